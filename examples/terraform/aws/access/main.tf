# Who may do what with the objects and the data keys: xcom.tf.json beside this file, as secure-xcom prints it.
# Print and apply it again when the routes file changes, and with --per-dag also when a Dag is added.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}
