# What all services share: a cluster, a balancer that ends TLS, a bucket of release files, a place for logs.

variable "environment" {
  description = "dev, staging or prod."
  type        = string
}

variable "vpc" {
  description = "The network."
  type = object({
    id              = string
    public_subnets  = list(string)
    private_subnets = list(string)
  })
}

variable "certificate_arn" {
  description = "The balancer's certificate."
  type        = string
}

locals {
  name = "cantor-${var.environment}"
}

data "aws_caller_identity" "current" {}

resource "aws_ecs_cluster" "cluster" {
  name = local.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_cloudwatch_log_group" "logs" {
  name              = "/cantor/${var.environment}"
  retention_in_days = 30
}

resource "aws_s3_bucket" "releases" {
  bucket = "${local.name}-releases-${data.aws_caller_identity.current.account_id}"
}

resource "aws_s3_bucket_public_access_block" "releases" {
  bucket                  = aws_s3_bucket.releases.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_security_group" "balancer" {
  name        = "${local.name}-balancer"
  description = "HTTPS from everywhere, to servers"
  vpc_id      = var.vpc.id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.balancer.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "servers" {
  security_group_id            = aws_security_group.balancer.id
  referenced_security_group_id = aws_security_group.servers.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_security_group" "servers" {
  name        = "${local.name}-servers"
  description = "Only the balancer reaches servers"
  vpc_id      = var.vpc.id
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  security_group_id            = aws_security_group.servers.id
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

# PostgreSQL, S3, the registry, messages.
resource "aws_vpc_security_group_egress_rule" "out" {
  for_each          = toset(["443", "5432"])
  security_group_id = aws_security_group.servers.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.value)
  to_port           = tonumber(each.value)
}

resource "aws_lb" "balancer" {
  name                       = local.name
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = var.vpc.public_subnets
  drop_invalid_header_fields = true
  idle_timeout               = 60 # less than the 120 s after which a server closes an idle connection
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.balancer.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

output "cluster_arn" {
  description = "The cluster."
  value       = aws_ecs_cluster.cluster.arn
}

output "cluster_name" {
  description = "The cluster's name."
  value       = aws_ecs_cluster.cluster.name
}

output "listener_arn" {
  description = "The balancer's listener."
  value       = aws_lb_listener.https.arn
}

output "balancer_name" {
  description = "The balancer's name in the DNS."
  value       = aws_lb.balancer.dns_name
}

output "balancer_suffix" {
  description = "The balancer as metrics name it."
  value       = aws_lb.balancer.arn_suffix
}

output "servers_security_group" {
  description = "The servers' security group."
  value       = aws_security_group.servers.id
}

output "releases_bucket" {
  description = "The bucket of release files."
  value       = aws_s3_bucket.releases.bucket
}

output "log_group" {
  description = "Where logs go."
  value       = aws_cloudwatch_log_group.logs.name
}
