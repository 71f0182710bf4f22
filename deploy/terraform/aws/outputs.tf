output "balancer" {
  description = "What NAME.DOMAIN points to while a service is here: a CNAME or an alias."
  value       = module.platform.balancer_name
}

output "services" {
  description = "The services that run here and how their requests are shared, in percent."
  value       = { for name, service in module.service : name => service.weights }
}

output "builds" {
  description = "When the collections of each service that is built here are built."
  value       = { for name, builds in module.builds : name => builds.schedules }
}
