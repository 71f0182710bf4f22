variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "The region of the subnetwork."
  type        = string
}

resource "google_compute_network" "network" {
  project                 = var.project
  name                    = "cantor"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "cluster" {
  project                  = var.project
  name                     = "cantor"
  region                   = var.region
  network                  = google_compute_network.network.id
  ip_cidr_range            = "10.0.0.0/20"
  private_ip_google_access = true
  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = "10.16.0.0/14"
  }
  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = "10.1.0.0/20"
  }
}

# Nodes have no address of their own; messages to Slack leave by this one.
resource "google_compute_router" "router" {
  project = var.project
  name    = "cantor"
  region  = var.region
  network = google_compute_network.network.id
}

resource "google_compute_router_nat" "nat" {
  project                            = var.project
  name                               = "cantor"
  router                             = google_compute_router.router.name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}

# Cloud SQL stands in a network of Google's that is joined to ours.
resource "google_compute_global_address" "databases" {
  project       = var.project
  name          = "cantor-databases"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = google_compute_network.network.id
}

resource "google_service_networking_connection" "databases" {
  network                 = google_compute_network.network.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.databases.name]
  deletion_policy         = "ABANDON" # the service lets go of it hours after the last instance is gone
}

output "network" {
  description = "The network's id; known when databases can be put into it."
  value       = google_compute_network.network.id
  depends_on  = [google_service_networking_connection.databases]
}

output "subnetwork" {
  description = "The id of the cluster's subnetwork."
  value       = google_compute_subnetwork.cluster.id
}
