# One dashboard over several projects, and for each service a check from outside, its promises, and alerts that burn with them.
# What is counted is what the load balancer saw: it counts requests that no server answered, too.

variable "project" {
  description = "The project whose metrics scope is the whole fleet's."
  type        = string
}

variable "environment" {
  description = "dev, staging or prod, for names."
  type        = string
}

variable "monitored_projects" {
  description = "Other projects that are shown too."
  type        = set(string)
}

variable "services" {
  description = "The services."
  type = map(object({
    host      = string
    owner     = string
    namespace = string
    channels  = list(string)
    slo = object({
      availability = number
      fast         = number
      within_ms    = number
    })
  }))
}

locals {
  # GKE's Gateway calls a backend service gkegw1-HASH-NAMESPACE-SERVICE-PORT-HASH and cuts what is longer than 63 letters, which
  # names of up to 20 letters never are; metrics carry that name as backend_target_name.
  backend = { for name, service in var.services : name => "resource.type=\"https_lb_rule\" resource.labels.backend_target_name=monitoring.regex.full_match(\"gkegw[0-9]*-[a-z0-9]+-${service.namespace}-(stable|canary)-80-[a-z0-9]+\")" }
  burns = {
    # Which share of the budget of 28 days is gone in which time: SRE Workbook, chapter 5, for 30 days.
    fast   = { rate = 14.4, long = 3600, short = 300, least_faults = 10, severity = "CRITICAL", says = "2 % of the month's budget in an hour" }
    steady = { rate = 6, long = 21600, short = 1800, least_faults = 20, severity = "ERROR", says = "5 % of the month's budget in six hours" }
    slow   = { rate = 1, long = 259200, short = 21600, least_faults = 50, severity = "WARNING", says = "10 % of the month's budget in three days" }
  }
  # Every service with every burn rate, for each of its two promises.
  alerts = merge([
    for name, service in var.services : merge([
      for burn, rule in local.burns : {
        "${name}-available-${burn}" = { service = name, burn = burn, slo = "available", rule = rule }
        "${name}-in-time-${burn}"   = { service = name, burn = burn, slo = "in-time", rule = rule }
      }
    ]...)
  ]...)
  slo = {
    for key, alert in local.alerts : key => alert.slo == "available" ? google_monitoring_slo.available[alert.service].name : google_monitoring_slo.in_time[alert.service].name
  }
}

resource "google_monitoring_monitored_project" "project" {
  for_each      = var.monitored_projects
  metrics_scope = var.project
  name          = each.value
}

resource "google_monitoring_custom_service" "service" {
  for_each     = var.services
  project      = var.project
  service_id   = "cantor-${each.key}"
  display_name = "Cantor ${each.key} (${var.environment})"
}

resource "google_monitoring_slo" "available" {
  for_each            = var.services
  project             = var.project
  service             = google_monitoring_custom_service.service[each.key].service_id
  slo_id              = "available"
  display_name        = "${each.value.slo.availability} % answered without a fault of the server"
  goal                = each.value.slo.availability / 100
  rolling_period_days = 28
  request_based_sli {
    good_total_ratio {
      total_service_filter = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" ${local.backend[each.key]}"
      bad_service_filter   = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" ${local.backend[each.key]} metric.labels.response_code_class=500"
    }
  }
}

resource "google_monitoring_slo" "in_time" {
  for_each            = var.services
  project             = var.project
  service             = google_monitoring_custom_service.service[each.key].service_id
  slo_id              = "in-time"
  display_name        = "${each.value.slo.fast} % answered within ${each.value.slo.within_ms} ms"
  goal                = each.value.slo.fast / 100
  rolling_period_days = 28
  request_based_sli {
    distribution_cut {
      distribution_filter = "metric.type=\"loadbalancing.googleapis.com/https/backend_latencies\" ${local.backend[each.key]}"
      range {
        max = each.value.slo.within_ms
      }
    }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each              = local.alerts
  project               = var.project
  display_name          = "Cantor ${each.value.service} (${var.environment}): ${each.value.slo}, ${each.value.burn} burn"
  combiner              = "AND"
  severity              = each.value.rule.severity
  notification_channels = var.services[each.value.service].channels

  # The long window says that it matters, the short one that it goes on: the alert ends soon after the fault.
  dynamic "conditions" {
    for_each = { long = each.value.rule.long, short = each.value.rule.short }
    content {
      display_name = "burns ${each.value.rule.rate} times too fast over ${conditions.value} s"
      condition_threshold {
        filter          = "select_slo_burn_rate(\"${local.slo[each.key]}\", \"${conditions.value}s\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.rule.rate
        duration        = "0s"
      }
    }
  }

  # Few requests: one that fails is no reason to wake anybody.
  dynamic "conditions" {
    for_each = each.value.slo == "available" ? [min(each.value.rule.long, 86400)] : []
    content {
      display_name = "${each.value.rule.least_faults} faults or more"
      condition_threshold {
        filter          = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" ${local.backend[each.value.service]} metric.labels.response_code_class=500"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.rule.least_faults - 1
        duration        = "0s"
        aggregations {
          alignment_period     = "${conditions.value}s"
          per_series_aligner   = "ALIGN_SUM"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "Cantor ${each.value.service}: ${each.value.rule.says}"
    content   = "Owner: ${var.services[each.value.service].owner}. The runbook is deploy/fleet/${each.value.service}/runbook.md. First look: did a release or a version of the server come just now? Both go back by one command."
  }
}

resource "google_monitoring_uptime_check_config" "service" {
  for_each         = var.services
  project          = var.project
  display_name     = "Cantor ${each.key} (${var.environment})"
  timeout          = "10s"
  period           = "60s"
  selected_regions = ["EUROPE", "USA_VIRGINIA", "ASIA_PACIFIC"]
  http_check {
    path         = "/openapi/v1.json" # needs no key
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }
  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project
      host       = each.value.host
    }
  }
}

resource "google_monitoring_alert_policy" "down" {
  for_each              = var.services
  project               = var.project
  display_name          = "Cantor ${each.key} (${var.environment}): does not answer"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = each.value.channels
  conditions {
    display_name = "two of three places do not reach it for two minutes"
    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" resource.type=\"uptime_url\" metric.labels.check_id=\"${google_monitoring_uptime_check_config.service[each.key].uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"
      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
      }
    }
  }
  documentation {
    mime_type = "text/markdown"
    content   = "Owner: ${each.value.owner}. The runbook is deploy/fleet/${each.key}/runbook.md."
  }
}

# Users go on getting the release before, and nobody would notice: Kubernetes tells why it gave a job up.
resource "google_monitoring_alert_policy" "build" {
  for_each              = var.services
  project               = var.project
  display_name          = "Cantor ${each.key} (${var.environment}): a build failed"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = each.value.channels
  conditions {
    display_name = "a job was tried too often, took too long, or one of its collections could not be built"
    condition_matched_log {
      filter = "log_id(\"events\") jsonPayload.involvedObject.kind=\"Job\" jsonPayload.involvedObject.namespace=\"${each.value.namespace}\" jsonPayload.reason=(\"BackoffLimitExceeded\" OR \"DeadlineExceeded\" OR \"FailedIndexes\")"
    }
  }
  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }
  documentation {
    mime_type = "text/markdown"
    content   = "Owner: ${each.value.owner}. Users get the release before. Why it failed: kubectl -n ${each.value.namespace} logs -l app.kubernetes.io/component=build -c build. The runbook is deploy/fleet/${each.key}/runbook.md."
  }
}

locals {
  tiles = [
    { title = "Requests a second", type = "loadbalancing.googleapis.com/https/request_count", filter = "resource.type=\"https_lb_rule\"", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["resource.label.\"backend_target_name\""] },
    { title = "Faults a second", type = "loadbalancing.googleapis.com/https/request_count", filter = "resource.type=\"https_lb_rule\" metric.labels.response_code_class=500", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["resource.label.\"backend_target_name\""] },
    { title = "Time of 99 % of answers, ms", type = "loadbalancing.googleapis.com/https/backend_latencies", filter = "resource.type=\"https_lb_rule\"", aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_99", by = ["resource.label.\"backend_target_name\""] },
    { title = "Processors of servers", type = "kubernetes.io/container/cpu/core_usage_time", filter = "resource.type=\"k8s_container\" resource.labels.container_name=\"server\"", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["resource.label.\"namespace_name\""] },
    { title = "Memory of servers", type = "kubernetes.io/container/memory/used_bytes", filter = "resource.type=\"k8s_container\" resource.labels.container_name=\"server\"", aligner = "ALIGN_MEAN", reducer = "REDUCE_SUM", by = ["resource.label.\"namespace_name\""] },
    { title = "Restarts of servers", type = "kubernetes.io/container/restart_count", filter = "resource.type=\"k8s_container\" resource.labels.container_name=\"server\"", aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["resource.label.\"namespace_name\""] },
    { title = "Processors of builds", type = "kubernetes.io/container/cpu/core_usage_time", filter = "resource.type=\"k8s_container\" resource.labels.container_name=\"build\"", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["resource.label.\"namespace_name\""] },
    { title = "Connections of databases", type = "cloudsql.googleapis.com/database/postgresql/num_backends", filter = "resource.type=\"cloudsql_database\"", aligner = "ALIGN_MEAN", reducer = "REDUCE_SUM", by = ["metric.label.\"database\""] },
  ]
}

# Of every project in the scope: the fleet on one page.
resource "google_monitoring_dashboard" "fleet" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = "Cantor: the fleet"
    mosaicLayout = {
      columns = 48
      tiles = [
        for at, tile in local.tiles : {
          xPos   = (at % 2) * 24
          yPos   = floor(at / 2) * 16
          width  = 24
          height = 16
          widget = {
            title = tile.title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = "metric.type=\"${tile.type}\" ${tile.filter}"
                    aggregation = {
                      alignmentPeriod    = "60s"
                      perSeriesAligner   = tile.aligner
                      crossSeriesReducer = tile.reducer
                      groupByFields      = tile.by
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })
}

output "alerts" {
  description = "How many alert policies there are."
  value       = length(google_monitoring_alert_policy.burn) + length(google_monitoring_alert_policy.down) + length(google_monitoring_alert_policy.build)
}
