# What one service needs: an account that its pods are, a database that the account may use, its part of the buckets, its secrets.

variable "project" {
  description = "The project's id."
  type        = string
}

variable "name" {
  description = "The service's name."
  type        = string
}

variable "instance" {
  description = "The instance of Cloud SQL."
  type        = string
}

variable "releases_bucket" {
  description = "The bucket of release files; the service's are below its name."
  type        = string
}

variable "corpus_bucket" {
  description = "The bucket that it reads files from; null when it reads none."
  type        = string
}

variable "query_projects" {
  description = "The projects in which it asks BigQuery."
  type        = set(string)
}

variable "datasets" {
  description = "The datasets that it may read, as project.dataset."
  type        = set(string)
}

variable "secrets" {
  description = "Ids of the secrets it may read, by the variables they are for."
  type        = map(string)
}

resource "google_service_account" "service" {
  project      = var.project
  account_id   = "cantor-${var.name}"
  display_name = "Cantor ${var.name}"
}

# The pods' account in the cluster is this account; no key exists.
resource "google_service_account_iam_member" "workload_identity" {
  service_account_id = google_service_account.service.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[cantor-${var.name}/cantor]"
}

resource "google_project_iam_member" "database" {
  for_each = toset(["roles/cloudsql.client", "roles/cloudsql.instanceUser"])
  project  = var.project
  role     = each.value
  member   = "serviceAccount:${google_service_account.service.email}"
}

resource "google_sql_database" "database" {
  project         = var.project
  instance        = var.instance
  name            = var.name
  deletion_policy = "ABANDON" # terraform forgets it; nobody deletes pushed items by mistake
}

resource "google_sql_user" "service" {
  project         = var.project
  instance        = var.instance
  name            = trimsuffix(google_service_account.service.email, ".gserviceaccount.com")
  type            = "CLOUD_IAM_SERVICE_ACCOUNT"
  deletion_policy = "ABANDON" # it owns tables
}

resource "google_storage_bucket_iam_member" "releases" {
  bucket = var.releases_bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.service.email}"
  condition {
    title       = "its own releases"
    description = "Objects below the service's name. Names may be listed: that is a right on the whole bucket."
    expression  = "resource.type == 'storage.googleapis.com/Bucket' || resource.name.startsWith('projects/_/buckets/${var.releases_bucket}/objects/${var.name}/')"
  }
}

resource "google_project_iam_member" "queries" {
  for_each = var.query_projects
  project  = each.value
  role     = "roles/bigquery.jobUser"
  member   = "serviceAccount:${google_service_account.service.email}"
}

resource "google_bigquery_dataset_iam_member" "source" {
  for_each   = var.datasets
  project    = split(".", each.value)[0]
  dataset_id = split(".", each.value)[1]
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.service.email}"
}

resource "google_storage_bucket_iam_member" "corpus" {
  count  = var.corpus_bucket == null ? 0 : 1
  bucket = var.corpus_bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.service.email}"
}

resource "google_secret_manager_secret_iam_member" "secret" {
  for_each  = var.secrets
  project   = var.project
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.service.email}"
}

output "account" {
  description = "The account's address."
  value       = google_service_account.service.email
}

output "database_user" {
  description = "The account as a user of the database."
  value       = google_sql_user.service.name
}

output "reads" {
  description = "The datasets of BigQuery that it may read."
  value       = keys(google_bigquery_dataset_iam_member.source)
}
