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

variable "collections" {
  description = "For each of its collections the cantor.yaml."
  type        = map(string)
}

variable "schedules" {
  description = "When they are built, as EventBridge Scheduler reads it."
  type        = list(string)
}

variable "time_zone" {
  description = "The time zone of the schedules."
  type        = string
}

variable "facts" {
  description = "What its service.json says of the environment."
  type = object({
    version          = string
    disk_mib         = number
    build_cpu        = number
    build_memory_mib = number
  })
}

variable "image" {
  description = "The command's image, without a tag."
  type        = string
}

variable "vpc" {
  description = "The network."
  type = object({
    id              = string
    private_subnets = list(string)
  })
}

variable "platform" {
  description = "What the module platform made."
  type = object({
    cluster_arn     = string
    releases_bucket = string
    log_group       = string
  })
}

variable "task_role_arn" {
  description = "The account of its servers."
  type        = string
}

variable "store_secret_arn" {
  description = "The secret with the address of its store."
  type        = string
}

variable "secret_arns" {
  description = "Other variables, and the secrets they are taken from."
  type        = map(string)
}

variable "corpus" {
  description = "The file system that builds see as /corpus; null for none."
  type = object({
    file_system_id  = string
    access_point_id = string
  })
}

variable "topic_arn" {
  description = "The SNS topic that is told of a build that failed; null for none."
  type        = string
}
