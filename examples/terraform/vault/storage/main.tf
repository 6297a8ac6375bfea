# The engines that keep sealed objects and data keys, and the login of the workers. Applied once.

terraform {
  required_version = ">= 1.5"
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = ">= 4.0"
    }
  }
}

variable "kv_mount" {
  description = "The mount of sealed objects. It holds nothing else: the operator's rights cover all of it."
  type        = string
  default     = "xcom"
}

variable "transit_mount" {
  description = "The mount of the keys."
  type        = string
  default     = "transit"
}

variable "prefix" {
  description = "What the paths of the objects begin with."
  type        = string
  default     = "airflow"
}

variable "secret_id_file" {
  description = "Where a worker finds the secret id of its Dag's role."
  type        = string
  default     = "/run/xcom/secret_id"
}

resource "vault_mount" "objects" {
  path    = var.kv_mount
  type    = "kv"
  options = { version = "2" }

  # Without its objects no sealed value opens.
  lifecycle {
    prevent_destroy = true
  }
}

resource "vault_mount" "keys" {
  path = var.transit_mount
  type = "transit"

  lifecycle {
    prevent_destroy = true
  }
}

resource "vault_auth_backend" "workers" {
  type = "approle"
}

locals {
  login = "auth=approle&role_id=xcom-{domain}&secret_id_file=${var.secret_id_file}"
}

output "store" {
  description = "[secure_xcom] store"
  value       = "vault://${vault_mount.objects.path}/${var.prefix}?${local.login}"
}

output "key" {
  description = "[secure_xcom] key"
  value       = "vault-transit://${vault_mount.keys.path}/xcom-{domain}?${local.login}"
}
