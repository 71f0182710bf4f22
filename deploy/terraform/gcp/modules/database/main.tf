# One PostgreSQL for all services of an environment, a database each. It stands in no request's path: servers go on without it.

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "The instance's region."
  type        = string
}

variable "network" {
  description = "The network it has its private address in."
  type        = string
}

variable "tier" {
  description = "Its size."
  type        = string
}

variable "availability" {
  description = "ZONAL or REGIONAL."
  type        = string
}

variable "database_version" {
  description = "The version of PostgreSQL."
  type        = string
}

variable "deletion_protection" {
  description = "False lets terraform destroy the instance."
  type        = bool
}

resource "google_sql_database_instance" "instance" {
  project             = var.project
  name                = "cantor"
  region              = var.region
  database_version    = var.database_version
  deletion_protection = var.deletion_protection
  settings {
    tier                        = var.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.availability
    disk_type                   = "PD_SSD"
    disk_size                   = 10
    disk_autoresize             = true
    deletion_protection_enabled = var.deletion_protection
    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" # the Auth Proxy brings one
    }
    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      start_time                     = "00:30"
      backup_retention_settings {
        retained_backups = 14
      }
    }
    insights_config {
      query_insights_enabled = true
    }
  }
  lifecycle {
    ignore_changes = [settings[0].disk_size] # it grows by itself; without this the next apply would make it anew
  }
}

output "instance" {
  description = "The instance's name."
  value       = google_sql_database_instance.instance.name
}
