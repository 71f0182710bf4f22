# From BigQuery to files: each export is a scheduled query that writes Parquet into the bucket of the corpus.

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "The dataset's region; what is exported must be there too."
  type        = string
}

variable "source_datasets" {
  description = "Datasets that exports read, as project.dataset."
  type        = set(string)
}

variable "exports" {
  description = "A SELECT and when it runs, by the folder of the corpus that it fills."
  type = map(object({
    query    = string
    schedule = string
  }))
}

variable "corpus_bucket" {
  description = "The bucket that is exported to."
  type        = string
}

resource "google_service_account" "exporter" {
  project      = var.project
  account_id   = "cantor-exporter"
  display_name = "Exports of BigQuery to the corpus of Cantor"
}

# Views that exports read, and events that come back from servers' logs, have a place of their own.
resource "google_bigquery_dataset" "cantor" {
  project    = var.project
  dataset_id = "cantor"
  location   = var.region
}

resource "google_bigquery_dataset_iam_member" "own" {
  project    = var.project
  dataset_id = google_bigquery_dataset.cantor.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.exporter.email}"
}

resource "google_bigquery_dataset_iam_member" "source" {
  for_each   = var.source_datasets
  project    = split(".", each.value)[0]
  dataset_id = split(".", each.value)[1]
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.exporter.email}"
}

resource "google_project_iam_member" "jobs" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = "serviceAccount:${google_service_account.exporter.email}"
}

resource "google_storage_bucket_iam_member" "corpus" {
  bucket = var.corpus_bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.exporter.email}"
}

resource "google_bigquery_data_transfer_config" "export" {
  for_each             = var.exports
  project              = var.project
  location             = var.region
  display_name         = "cantor ${each.key}"
  data_source_id       = "scheduled_query"
  schedule             = each.value.schedule
  service_account_name = google_service_account.exporter.email
  params = {
    query = "EXPORT DATA OPTIONS (uri = 'gs://${var.corpus_bucket}/${each.key}/*.parquet', format = 'PARQUET', overwrite = true) AS ${each.value.query}"
  }
  depends_on = [google_project_iam_member.jobs, google_storage_bucket_iam_member.corpus]
}

output "exporter" {
  description = "The account that exports."
  value       = google_service_account.exporter.email
}
