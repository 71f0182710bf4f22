locals {
  full_name = "cantor-${var.environment}-${var.name}"
  # A balancer allows 32 letters, a service's name has up to 20.
  short = { dev = "d", staging = "s", prod = "p" }[var.environment]
  # Without a canary the rule names the stable group alone.
  weights = var.facts.canary == null ? { stable = 100 } : { stable = 100 - var.facts.canary.weight, canary = var.facts.canary.weight }
  tracks = {
    stable = { version = var.facts.version, replicas = var.facts.min_replicas }
    canary = {
      version  = try(var.facts.canary.version, var.facts.version)
      replicas = var.facts.canary == null ? 0 : max(1, ceil(var.facts.min_replicas * var.facts.canary.weight / 100))
    }
  }
}

module "size" {
  source     = "../fargate-size"
  cpu        = var.facts.cpu
  memory_mib = var.facts.memory_mib
}

module "start" {
  source      = "../start-role"
  name        = local.full_name
  secret_arns = concat([var.store_secret_arn], values(var.secret_arns))
}

# The account of the server: its release files, nothing else.
data "aws_iam_policy_document" "releases" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["arn:aws:s3:::${var.platform.releases_bucket}/${var.name}/*"]
  }
  statement {
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::${var.platform.releases_bucket}"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.name}/*"]
    }
  }
}

resource "aws_iam_role" "server" {
  name               = local.full_name
  assume_role_policy = module.start.tasks
}

resource "aws_iam_role_policy" "releases" {
  name   = "releases"
  role   = aws_iam_role.server.id
  policy = data.aws_iam_policy_document.releases.json
}

resource "aws_lb_target_group" "track" {
  for_each             = local.tracks
  name                 = "cantor-${local.short}-${substr(each.key, 0, 1)}-${var.name}"
  vpc_id               = var.vpc.id
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  deregistration_delay = 20 # the server's drain
  health_check {
    path                = "/health/ready"
    matcher             = "200"
    interval            = 5
    timeout             = 4
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener_rule" "host" {
  listener_arn = var.platform.listener_arn
  priority     = var.priority
  condition {
    host_header {
      values = [var.facts.host]
    }
  }
  condition {
    path_pattern {
      values = ["/v1/*", "/openapi/*"]
    }
  }
  action {
    type = "forward"
    forward {
      dynamic "target_group" {
        for_each = local.weights
        content {
          arn    = aws_lb_target_group.track[target_group.key].arn
          weight = target_group.value
        }
      }
    }
  }
}

# Who asks for the canary by name gets it, whatever its weight. A target group must stand in some rule before ECS puts tasks into it,
# and in the rule above it does only while it has a share.
resource "aws_lb_listener_rule" "canary" {
  listener_arn = var.platform.listener_arn
  priority     = var.priority - 1
  condition {
    host_header {
      values = [var.facts.host]
    }
  }
  condition {
    http_header {
      http_header_name = "X-Cantor-Track"
      values           = ["canary"]
    }
  }
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.track["canary"].arn
  }
}

resource "aws_ecs_task_definition" "track" {
  for_each                 = local.tracks
  family                   = "${local.full_name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = module.size.cpu
  memory                   = module.size.memory
  task_role_arn            = aws_iam_role.server.arn
  execution_role_arn       = module.start.arn
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
  # 20 GiB come with every task.
  dynamic "ephemeral_storage" {
    for_each = var.facts.disk_mib > 18 * 1024 ? [ceil(var.facts.disk_mib / 1024) + 3] : []
    content {
      size_in_gib = ephemeral_storage.value
    }
  }
  volume {
    name = "data"
  }
  volume {
    name = "tmp"
  }
  container_definitions = jsonencode([{
    name      = "server"
    image     = "${var.image}:${each.value.version}"
    essential = true
    command   = ["--data", "/data", "--blobs", "s3://${var.platform.releases_bucket}/${var.name}", "--urls", "http://0.0.0.0:8080", "--drain", "20", "--log", "json"]
    user      = "1654"
    # The drain of 20 s, and the 30 s in which the server finishes what is in flight.
    stopTimeout            = 60
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = false }
    portMappings           = [{ containerPort = 8080, protocol = "tcp" }]
    mountPoints            = [{ sourceVolume = "data", containerPath = "/data", readOnly = false }, { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    environment            = [{ name = "AWS_REGION", value = var.region }, { name = "CANTOR_SERVICE", value = var.facts.host }, { name = "CANTOR_ADDRESS", value = "https://${var.facts.host}" }]
    secrets                = concat([{ name = "CANTOR_STORE", valueFrom = var.store_secret_arn }], [for variable, arn in var.secret_arns : { name = variable, valueFrom = arn }])
    logConfiguration = {
      logDriver = "awslogs"
      options   = { "awslogs-group" = var.platform.log_group, "awslogs-region" = var.region, "awslogs-stream-prefix" = "${var.name}-${each.key}" }
    }
  }])
}

resource "aws_ecs_service" "track" {
  for_each                           = local.tracks
  name                               = "${var.name}-${each.key}"
  cluster                            = var.platform.cluster_arn
  task_definition                    = aws_ecs_task_definition.track[each.key].arn
  desired_count                      = each.value.replicas
  launch_type                        = "FARGATE"
  availability_zone_rebalancing      = "ENABLED"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 120
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets         = var.vpc.private_subnets
    security_groups = [var.platform.servers_security_group]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.track[each.key].arn
    container_name   = "server"
    container_port   = 8080
  }
  lifecycle {
    ignore_changes = [desired_count] # the stable track's is the autoscaler's
  }
  depends_on = [aws_lb_listener_rule.host, aws_lb_listener_rule.canary]
}

resource "aws_appautoscaling_target" "track" {
  for_each           = local.tracks
  service_namespace  = "ecs"
  resource_id        = "service/${var.platform.cluster_name}/${aws_ecs_service.track[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = each.value.replicas
  max_capacity       = each.key == "stable" ? var.facts.max_replicas : each.value.replicas
  depends_on         = [aws_lb_listener_rule.host] # a canary that is taken back loses its share before its tasks
}

resource "aws_appautoscaling_policy" "processor" {
  name               = "${local.full_name}-processor"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "ecs"
  resource_id        = aws_appautoscaling_target.track["stable"].resource_id
  scalable_dimension = aws_appautoscaling_target.track["stable"].scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 300
    scale_out_cooldown = 30
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# Faults of the servers above what is promised: the budget of 28 days burns fourteen times too fast, for five minutes.
resource "aws_cloudwatch_metric_alarm" "faults" {
  for_each            = local.weights
  alarm_name          = "${local.full_name}-${each.key}-faults"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 14.4 * (100 - var.slo.availability)
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.topic_arn])
  ok_actions          = compact([var.topic_arn])
  metric_query {
    id          = "share"
    expression  = "IF(faults >= 3, 100 * faults / requests, 0)"
    label       = "faults in percent"
    return_data = true
  }
  metric_query {
    id = "faults"
    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_Target_5XX_Count"
      period      = 60
      stat        = "Sum"
      dimensions  = { LoadBalancer = var.platform.balancer_suffix, TargetGroup = aws_lb_target_group.track[each.key].arn_suffix }
    }
  }
  metric_query {
    id = "requests"
    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "RequestCount"
      period      = 60
      stat        = "Sum"
      dimensions  = { LoadBalancer = var.platform.balancer_suffix, TargetGroup = aws_lb_target_group.track[each.key].arn_suffix }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  for_each            = local.weights
  alarm_name          = "${local.full_name}-${each.key}-slow"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  dimensions          = { LoadBalancer = var.platform.balancer_suffix, TargetGroup = aws_lb_target_group.track[each.key].arn_suffix }
  extended_statistic  = "p${var.slo.fast}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.slo.within_ms / 1000
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.topic_arn])
  ok_actions          = compact([var.topic_arn])
}

output "weights" {
  description = "How its requests are shared, in percent."
  value       = local.weights
}

output "size" {
  description = "The size that Fargate sells for it."
  value       = { cpu = module.size.cpu, memory = module.size.memory }
}

output "task_role_arn" {
  description = "The account of its servers, which its builds have too."
  value       = aws_iam_role.server.arn
}
