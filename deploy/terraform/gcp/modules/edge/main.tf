# The address and the certificate of the Gateway that all services share: deploy/kubernetes/gateway names both "cantor".

variable "project" {
  description = "The project's id."
  type        = string
}

variable "domain" {
  description = "Services answer as NAME.DOMAIN."
  type        = string
}

resource "google_compute_global_address" "gateway" {
  project = var.project
  name    = "cantor"
}

resource "google_certificate_manager_dns_authorization" "domain" {
  project = var.project
  name    = "cantor"
  domain  = var.domain
}

resource "google_certificate_manager_certificate" "domain" {
  project = var.project
  name    = "cantor"
  managed {
    domains            = [var.domain, "*.${var.domain}"]
    dns_authorizations = [google_certificate_manager_dns_authorization.domain.id]
  }
}

resource "google_certificate_manager_certificate_map" "gateway" {
  project = var.project
  name    = "cantor"
}

resource "google_certificate_manager_certificate_map_entry" "services" {
  project      = var.project
  name         = "cantor"
  map          = google_certificate_manager_certificate_map.gateway.name
  certificates = [google_certificate_manager_certificate.domain.id]
  hostname     = "*.${var.domain}"
}

output "address" {
  description = "The address that *.DOMAIN must point to."
  value       = google_compute_global_address.gateway.address
}

output "certificate_record" {
  description = "The record that proves the domain."
  value       = google_certificate_manager_dns_authorization.domain.dns_resource_record
}
