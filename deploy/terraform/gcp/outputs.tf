output "services" {
  description = "The services of this environment and where they answer."
  value       = { for name, service in local.services : name => "https://${service.environments[var.environment].host}" }
}

output "address" {
  description = "What *.DOMAIN must point to."
  value       = module.edge.address
}

output "certificate_record" {
  description = "The CNAME that proves the domain to Google, so that it makes the certificate."
  value       = module.edge.certificate_record
}

output "without_channel" {
  description = "Services whose Slack channel is not in notification_channels: nobody is told of their alerts."
  value       = [for name, channels in local.channels : name if length(channels) == 0]
}
