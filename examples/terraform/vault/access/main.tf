# Who may do what with the objects and the data keys: xcom.tf.json beside this file, as secure-xcom prints it.
# Print and apply it again when a Dag is added, and when the routes file changes.

terraform {
  required_version = ">= 1.5"
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = ">= 4.0"
    }
  }
}
