# The bucket of sealed objects, and the KMS key that wraps their data keys. Applied once.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "bucket" {
  description = "The name of a bucket that holds nothing else."
  type        = string
}

variable "prefix" {
  description = "What the names of the objects begin with."
  type        = string
  default     = "airflow/xcom"
}

variable "worker_role_arn" {
  description = "The role that a worker takes on for each Dag: secure-xcom iam aws prints it."
  type        = string
}

data "aws_region" "here" {}

resource "aws_s3_bucket" "xcom" {
  bucket = var.bucket

  # Without its objects no sealed value opens.
  lifecycle {
    prevent_destroy = true
  }
}

# There is no versioning: a purged value must be gone.
resource "aws_s3_bucket_public_access_block" "xcom" {
  bucket                  = aws_s3_bucket.xcom.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Its policy is that of `secure-xcom iam aws`, which ../access applies.
resource "aws_kms_key" "xcom" {
  description             = "Wraps the data keys of sealed XComs"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [policy]
  }
}

output "store" {
  description = "[secure_xcom] store"
  value       = "s3://${aws_s3_bucket.xcom.id}/${var.prefix}?region_name=${data.aws_region.here.id}&role_arn=${var.worker_role_arn}"
}

output "key" {
  description = "[secure_xcom] key"
  value       = "aws-kms:///${aws_kms_key.xcom.arn}?role_arn=${var.worker_role_arn}"
}
