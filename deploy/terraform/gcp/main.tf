# One environment: a project of Google Cloud with a cluster, a database, buckets, and what each service of the fleet needs in them.
# A service is a file: its folder in var.fleet brings a service.json, and everything below follows from it.

locals {
  all      = { for file in fileset(var.fleet, "*/service.json") : dirname(file) => jsondecode(file("${var.fleet}/${file}")) }
  services = { for name, service in local.all : name => service if contains(keys(service.environments), var.environment) }
  secrets  = toset(flatten([for service in local.services : values(service.secrets)]))
  channels = { for name, service in local.services : name => compact([lookup(var.notification_channels, service.slack, "")]) }
}

module "project" {
  source  = "./modules/project"
  project = var.project
}

module "network" {
  source     = "./modules/network"
  project    = var.project
  region     = var.region
  depends_on = [module.project]
}

module "edge" {
  source     = "./modules/edge"
  project    = var.project
  domain     = var.domain
  depends_on = [module.project]
}

module "registry" {
  count      = var.registry.create ? 1 : 0
  source     = "./modules/registry"
  project    = var.registry.project
  location   = var.registry.location
  repository = var.registry.repository
  depends_on = [module.project]
}

module "cluster" {
  source              = "./modules/cluster"
  project             = var.project
  region              = var.region
  network             = module.network.network
  subnetwork          = module.network.subnetwork
  registry            = var.registry
  deletion_protection = var.cluster_deletion_protection
  depends_on          = [module.registry]
}

module "database" {
  source              = "./modules/database"
  project             = var.project
  region              = var.region
  network             = module.network.network
  tier                = var.database.tier
  availability        = var.database.availability
  database_version    = var.database.version
  deletion_protection = var.database.deletion_protection
  depends_on          = [module.network]
}

module "buckets" {
  source     = "./modules/buckets"
  project    = var.project
  region     = var.region
  depends_on = [module.project]
}

module "warehouse" {
  source          = "./modules/warehouse"
  project         = var.project
  region          = var.region
  source_datasets = var.source_datasets
  exports         = var.exports
  corpus_bucket   = module.buckets.corpus
  depends_on      = [module.project]
}

# Empty: their values are put in by people, never by Terraform, whose state would keep them.
resource "google_secret_manager_secret" "secret" {
  for_each  = local.secrets
  project   = var.project
  secret_id = each.value
  replication {
    auto {}
  }
  depends_on = [module.project]
}

module "service" {
  for_each        = local.services
  source          = "./modules/service"
  project         = var.project
  name            = each.key
  instance        = module.database.instance
  releases_bucket = module.buckets.releases
  corpus_bucket   = each.value.reads_corpus ? module.buckets.corpus : null
  query_projects  = each.value.bigquery_projects
  datasets        = length(each.value.bigquery_projects) > 0 ? var.source_datasets : []
  secrets         = { for variable, secret in each.value.secrets : variable => google_secret_manager_secret.secret[secret].secret_id }
  depends_on      = [module.cluster]
}

module "monitoring" {
  source             = "./modules/monitoring"
  project            = var.project
  environment        = var.environment
  monitored_projects = var.monitored_projects
  services = {
    for name, service in local.services : name => {
      host      = service.environments[var.environment].host
      owner     = service.owner
      slo       = service.slo
      channels  = local.channels[name]
      namespace = "cantor-${name}"
    }
  }
  depends_on = [module.project]
}
