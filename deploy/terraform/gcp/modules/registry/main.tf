variable "project" {
  description = "The project that keeps the images."
  type        = string
}

variable "location" {
  description = "A region, or europe, us or asia."
  type        = string
}

variable "repository" {
  description = "The repository's name."
  type        = string
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.location
  repository_id = var.repository
  format        = "DOCKER"
  docker_config {
    immutable_tags = true # a version that was tried is the version that is rolled out
  }
  cleanup_policy_dry_run = false
  cleanup_policies {
    id     = "untagged"
    action = "DELETE"
    condition {
      tag_state  = "UNTAGGED"
      older_than = "2592000s"
    }
  }
}

output "repository" {
  description = "The repository's name."
  value       = google_artifact_registry_repository.images.repository_id
}
