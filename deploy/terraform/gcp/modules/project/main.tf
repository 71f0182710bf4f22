variable "project" {
  description = "The project's id."
  type        = string
}

locals {
  services = [
    "artifactregistry", "bigquery", "bigquerydatatransfer", "certificatemanager", "compute", "container", "iam", "iamcredentials",
    "logging", "monitoring", "secretmanager", "servicenetworking", "sqladmin", "storage",
  ]
}

resource "google_project_service" "service" {
  for_each           = toset(local.services)
  project            = var.project
  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false # others may use them
}
