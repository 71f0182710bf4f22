variable "environment" {
  description = "dev, staging or prod: which environment of the fleet this is."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Expected dev, staging or prod."
  }
}

variable "region" {
  description = "The region."
  type        = string
}

variable "fleet" {
  description = "The folder that cantor fleet render wrote."
  type        = string
  default     = "../../fleet"
}

variable "only" {
  description = "The services that run here; null for all of the environment. A service comes from here, or goes back to here, by its name."
  type        = set(string)
  default     = null
}

variable "images" {
  description = "Where the images are kept, without a tag: the same ones as in the other cloud."
  type        = string
}

variable "vpc" {
  description = "The network: subnets of the balancer, which the internet reaches, and of the servers, which reach the internet through a NAT."
  type = object({
    id              = string
    public_subnets  = list(string)
    private_subnets = list(string)
  })
  validation {
    condition     = length(var.vpc.public_subnets) >= 2 && length(var.vpc.private_subnets) >= 1
    error_message = "A balancer wants subnets in two zones, and servers one at least."
  }
}

variable "certificate_arn" {
  description = "The certificate of *.DOMAIN, from Certificate Manager in this region."
  type        = string
}

variable "store_secrets" {
  description = "For each service the ARN of the secret with the address of its PostgreSQL, postgres://user:password@host/database?sslmode=require."
  type        = map(string)
}

variable "secrets" {
  description = "The ARN of each other secret that services name."
  type        = map(string)
  default     = {}
}

variable "topic_arn" {
  description = "The SNS topic that alarms are sent to; null for none. Its policy must let cloudwatch.amazonaws.com and events.amazonaws.com publish."
  type        = string
  default     = null
}

variable "builds" {
  description = "The services whose collections are built here, by their schedule. Where the other cloud builds them, it is not named."
  type        = set(string)
  default     = []
}

variable "corpus" {
  description = "The file system of EFS that builds see as /corpus, by an access point that the user 1654 may read, with mount targets in the private subnets; null where no service that is built here reads files."
  type = object({
    file_system_id  = string
    access_point_id = string
  })
  default = null
}
