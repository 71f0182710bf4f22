# An Autopilot cluster: it is billed by what pods ask for, so many small services cost what they take and no more.

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "The cluster's region."
  type        = string
}

variable "network" {
  description = "The network's id."
  type        = string
}

variable "subnetwork" {
  description = "The subnetwork's id, with the ranges pods and services."
  type        = string
}

variable "registry" {
  description = "Where images are kept; nodes may read there."
  type = object({
    project    = string
    location   = string
    repository = string
  })
}

variable "deletion_protection" {
  description = "False lets terraform destroy the cluster."
  type        = bool
}

resource "google_service_account" "nodes" {
  project      = var.project
  account_id   = "cantor-nodes"
  display_name = "Nodes of the cluster cantor"
}

resource "google_project_iam_member" "nodes" {
  for_each = toset(["roles/container.defaultNodeServiceAccount"])
  project  = var.project
  role     = each.value
  member   = "serviceAccount:${google_service_account.nodes.email}"
}

resource "google_artifact_registry_repository_iam_member" "nodes" {
  project    = var.registry.project
  location   = var.registry.location
  repository = var.registry.repository
  role       = "roles/artifactregistry.reader"
  member     = "serviceAccount:${google_service_account.nodes.email}"
}

resource "google_container_cluster" "cluster" {
  project             = var.project
  name                = "cantor"
  location            = var.region
  enable_autopilot    = true
  network             = var.network
  subnetwork          = var.subnetwork
  deletion_protection = var.deletion_protection
  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }
  private_cluster_config {
    enable_private_nodes = true
  }
  release_channel {
    channel = "REGULAR"
  }
  gateway_api_config {
    channel = "CHANNEL_STANDARD"
  }
  cluster_autoscaling {
    auto_provisioning_defaults {
      service_account = google_service_account.nodes.email
    }
  }
  # Upgrades move pods; they do it at night, one after the other.
  maintenance_policy {
    recurring_window {
      start_time = "2026-01-01T00:00:00Z"
      end_time   = "2026-01-01T05:00:00Z"
      recurrence = "FREQ=DAILY"
    }
  }
}

output "name" {
  description = "The cluster's name."
  value       = google_container_cluster.cluster.name
}
