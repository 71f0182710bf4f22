# The same server on AWS: the side that a service comes from, or goes back to. A cluster of ECS on Fargate behind one balancer;
# every service has two target groups, stable and canary, whose weights the balancer follows at once.

locals {
  all      = { for file in fileset(var.fleet, "*/service.json") : dirname(file) => jsondecode(file("${var.fleet}/${file}")) }
  services = { for name, service in local.all : name => service if contains(keys(service.environments), var.environment) && (var.only == null || contains(coalesce(var.only, []), name)) }
  builds   = { for name, service in local.services : name => service if contains(var.builds, name) }
  # Rules of a listener have an order, two a service; a name keeps its own, whatever else comes and goes.
  priority = { for name in keys(local.services) : name => 2 + 2 * (parseint(substr(sha256(name), 0, 8), 16) % 24999) }
}

module "platform" {
  source          = "./modules/platform"
  environment     = var.environment
  vpc             = var.vpc
  certificate_arn = var.certificate_arn
}

module "service" {
  for_each         = local.services
  source           = "./modules/service"
  environment      = var.environment
  region           = var.region
  name             = each.key
  facts            = each.value.environments[var.environment]
  slo              = each.value.slo
  image            = "${var.images}/cantor-server"
  priority         = local.priority[each.key]
  vpc              = var.vpc
  platform         = module.platform
  store_secret_arn = var.store_secrets[each.key]
  secret_arns      = { for variable, secret in each.value.secrets : variable => var.secrets[secret] if startswith(variable, "CANTOR_") }
  topic_arn        = var.topic_arn
}

module "builds" {
  for_each         = local.builds
  source           = "./modules/builds"
  environment      = var.environment
  region           = var.region
  name             = each.key
  collections      = { for collection in each.value.collections : collection => file("${var.fleet}/${each.key}/collections/${collection}.yaml") }
  schedules        = each.value.aws_schedules
  time_zone        = each.value.time_zone
  facts            = each.value.environments[var.environment]
  image            = "${var.images}/cantor"
  vpc              = var.vpc
  platform         = module.platform
  task_role_arn    = module.service[each.key].task_role_arn
  store_secret_arn = var.store_secrets[each.key]
  secret_arns      = { for variable, secret in each.value.secrets : variable => var.secrets[secret] }
  corpus           = each.value.reads_corpus ? var.corpus : null
  topic_arn        = var.topic_arn
}

check "corpus" {
  assert {
    condition     = var.corpus != null || alltrue([for service in local.builds : !service.reads_corpus])
    error_message = "A service that is built here reads /corpus: say where it is in the variable corpus."
  }
}

check "priorities" {
  assert {
    condition     = length(distinct(values(local.priority))) == length(local.priority)
    error_message = "Two names come to the same place among the balancer's rules: ${join(", ", sort([for name, priority in local.priority : name if length([for other in values(local.priority) : other if other == priority]) > 1]))}. Give one of these services another name, or run it elsewhere."
  }
}
