variable "environment" {
  description = "dev, staging or prod: which environment of the fleet this project is."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Expected dev, staging or prod."
  }
}

variable "project" {
  description = "The id of the Google Cloud project, as the fleet's environments.yaml has it."
  type        = string
}

variable "region" {
  description = "The region of everything, as the fleet's environments.yaml has it."
  type        = string
}

variable "domain" {
  description = "Services answer as NAME.DOMAIN, as the fleet's environments.yaml has it."
  type        = string
}

variable "fleet" {
  description = "The folder that cantor fleet render wrote."
  type        = string
  default     = "../../fleet"
}

variable "registry" {
  description = "Where images are kept. With create it is made here; one environment makes it for all."
  type = object({
    project    = string
    location   = string
    repository = optional(string, "cantor")
    create     = optional(bool, false)
  })
}

variable "database" {
  description = "The PostgreSQL instance that all services share. REGIONAL stands by in a second zone and costs twice as much."
  type = object({
    tier                = optional(string, "db-custom-1-3840")
    availability        = optional(string, "ZONAL")
    version             = optional(string, "POSTGRES_17")
    deletion_protection = optional(bool, true)
  })
  default = {}
  validation {
    condition     = contains(["ZONAL", "REGIONAL"], var.database.availability)
    error_message = "Expected ZONAL or REGIONAL."
  }
}

variable "cluster_deletion_protection" {
  description = "False lets terraform destroy the cluster."
  type        = bool
  default     = true
}

variable "source_datasets" {
  description = "Datasets of BigQuery that exports, and services with bigquery:// sources, read, as project.dataset."
  type        = set(string)
  default     = []
}

variable "exports" {
  description = "What BigQuery exports to the bucket of the corpus: pods see gs://BUCKET/NAME/*.parquet as /corpus/NAME/*.parquet. The query is one SELECT."
  type = map(object({
    query    = string
    schedule = optional(string, "every day 01:00")
  }))
  default = {}
}

variable "monitored_projects" {
  description = "Other projects whose metrics this one shows too: with the other environments' there is one dashboard over all."
  type        = set(string)
  default     = []
}

variable "notification_channels" {
  description = "Monitoring's notification channel of each Slack channel id that services name. Slack is joined by hand, once, in the console: it asks for a consent that Terraform cannot give."
  type        = map(string)
  default     = {}
}
