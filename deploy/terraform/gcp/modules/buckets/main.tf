variable "project" {
  description = "The project's id; the buckets' names begin with it."
  type        = string
}

variable "region" {
  description = "The buckets' region."
  type        = string
}

locals {
  # What each is for, and after how many days an object that was deleted is gone for good.
  buckets = { releases = 7, corpus = 7 }
}

resource "google_storage_bucket" "bucket" {
  for_each                    = local.buckets
  project                     = var.project
  name                        = "${var.project}-cantor-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  soft_delete_policy {
    retention_duration_seconds = each.value * 86400
  }
  # An upload that broke off.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }
}

output "releases" {
  description = "The bucket of release files."
  value       = google_storage_bucket.bucket["releases"].name
}

output "corpus" {
  description = "The bucket of what builds read."
  value       = google_storage_bucket.bucket["corpus"].name
}
