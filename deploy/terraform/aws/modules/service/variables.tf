variable "environment" {
  description = "dev, staging or prod."
  type        = string
}

variable "region" {
  description = "The region."
  type        = string
}

variable "name" {
  description = "The service's name."
  type        = string
}

variable "facts" {
  description = "What its service.json says of the environment."
  type = object({
    host         = string
    version      = string
    cpu          = number
    memory_mib   = number
    disk_mib     = number
    min_replicas = number
    max_replicas = number
    canary = optional(object({
      version = string
      weight  = number
    }))
  })
}

variable "slo" {
  description = "What is promised."
  type = object({
    availability = number
    fast         = number
    within_ms    = number
  })
}

variable "image" {
  description = "The server's image, without a tag."
  type        = string
}

variable "priority" {
  description = "The place of its rule among those of the listener."
  type        = number
}

variable "vpc" {
  description = "The network."
  type = object({
    id              = string
    public_subnets  = list(string)
    private_subnets = list(string)
  })
}

variable "platform" {
  description = "What the module platform made."
  type = object({
    cluster_arn            = string
    cluster_name           = string
    listener_arn           = string
    balancer_suffix        = string
    servers_security_group = string
    releases_bucket        = string
    log_group              = string
  })
}

variable "store_secret_arn" {
  description = "The secret with the address of its store."
  type        = string
}

variable "secret_arns" {
  description = "Other variables, and the secrets they are taken from."
  type        = map(string)
}

variable "topic_arn" {
  description = "Where alarms are sent; null for nowhere."
  type        = string
}
