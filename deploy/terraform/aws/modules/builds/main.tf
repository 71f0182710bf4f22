# Builds of one service by its schedule: EventBridge Scheduler runs a task of ECS for each collection. Nothing keeps a build from
# beginning while the last one runs; each writes a release of its own, and the one that began later stands.

locals {
  full_name = "cantor-${var.environment}-${var.name}-build"
  # A schedule's name has up to 64 letters.
  runs = {
    for run in setproduct(keys(var.collections), range(length(var.schedules))) :
    "${substr(sha256(run[0]), 0, 8)}-${run[1]}" => { collection = run[0], schedule = var.schedules[run[1]] }
  }
  volumes = merge({ data = "/data", tmp = "/tmp" }, var.corpus == null ? {} : { corpus = "/corpus" })
}

module "size" {
  source     = "../fargate-size"
  cpu        = var.facts.build_cpu
  memory_mib = var.facts.build_memory_mib
}

resource "aws_security_group" "builds" {
  name        = local.full_name
  description = "Nobody reaches builds"
  vpc_id      = var.vpc.id
}

# PostgreSQL, S3, the registry, and the corpus.
resource "aws_vpc_security_group_egress_rule" "out" {
  for_each          = toset(concat(["443", "5432"], var.corpus == null ? [] : ["2049"]))
  security_group_id = aws_security_group.builds.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.value)
  to_port           = tonumber(each.value)
}

module "start" {
  source      = "../start-role"
  name        = local.full_name
  secret_arns = concat([var.store_secret_arn], values(var.secret_arns))
}

# The account of the schedule: it may run these tasks, as these accounts, and nothing else.
data "aws_iam_policy_document" "scheduler" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "run" {
  statement {
    actions   = ["ecs:RunTask"]
    resources = [for definition in aws_ecs_task_definition.build : "${definition.arn_without_revision}:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.platform.cluster_arn]
    }
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = [var.task_role_arn, module.start.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "scheduler" {
  name               = "${local.full_name}-schedule"
  assume_role_policy = data.aws_iam_policy_document.scheduler.json
}

resource "aws_iam_role_policy" "run" {
  name   = "run"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.run.json
}

resource "aws_ecs_task_definition" "build" {
  for_each                 = var.collections
  family                   = "${local.full_name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = module.size.cpu
  memory                   = module.size.memory
  task_role_arn            = var.task_role_arn
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
  dynamic "volume" {
    for_each = local.volumes
    content {
      name = volume.key
      dynamic "efs_volume_configuration" {
        for_each = volume.key == "corpus" ? [var.corpus] : []
        content {
          file_system_id     = efs_volume_configuration.value.file_system_id
          transit_encryption = "ENABLED"
          authorization_config {
            access_point_id = efs_volume_configuration.value.access_point_id
          }
        }
      }
    }
  }
  container_definitions = jsonencode([{
    name                   = "build"
    image                  = "${var.image}:${var.facts.version}"
    essential              = true
    command                = ["build", "--config", "env:CANTOR_CONFIG", "--data", "/data", "--blobs", "s3://${var.platform.releases_bucket}/${var.name}"]
    user                   = "1654"
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = false }
    mountPoints            = [for volume, path in local.volumes : { sourceVolume = volume, containerPath = path, readOnly = volume == "corpus" }]
    environment            = [{ name = "AWS_REGION", value = var.region }, { name = "CANTOR_CONFIG", value = each.value }]
    secrets                = concat([{ name = "CANTOR_STORE", valueFrom = var.store_secret_arn }], [for variable, arn in var.secret_arns : { name = variable, valueFrom = arn }])
    logConfiguration = {
      logDriver = "awslogs"
      options   = { "awslogs-group" = var.platform.log_group, "awslogs-region" = var.region, "awslogs-stream-prefix" = "${var.name}-build" }
    }
  }])
}

resource "aws_scheduler_schedule" "build" {
  for_each                     = local.runs
  name                         = "${local.full_name}-${each.key}"
  description                  = "Builds ${each.value.collection} of ${var.name}"
  schedule_expression          = each.value.schedule
  schedule_expression_timezone = var.time_zone
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = var.platform.cluster_arn
    role_arn = aws_iam_role.scheduler.arn
    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.build[each.value.collection].arn
      launch_type         = "FARGATE"
      task_count          = 1
      network_configuration {
        subnets          = var.vpc.private_subnets
        security_groups  = [aws_security_group.builds.id]
        assign_public_ip = false
      }
    }
    # Of starting it; a build that fails is begun again the next time.
    retry_policy {
      maximum_retry_attempts       = 5
      maximum_event_age_in_seconds = 3600
    }
  }
}

# Users go on getting the release before, and nobody would notice. A task that could not be started has no exit code.
resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${local.full_name}-failed"
  description = "A build of ${var.name} failed"
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      clusterArn        = [var.platform.cluster_arn]
      lastStatus        = ["STOPPED"]
      taskDefinitionArn = [for definition in aws_ecs_task_definition.build : { prefix = "${definition.arn_without_revision}:" }]
      "$or"             = [{ containers = { exitCode = [{ "anything-but" = 0 }] } }, { stopCode = ["TaskFailedToStart"] }]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  count = var.topic_arn == null ? 0 : 1
  rule  = aws_cloudwatch_event_rule.failed.name
  arn   = var.topic_arn
  input_transformer {
    input_paths    = { why = "$.detail.stoppedReason", task = "$.detail.taskArn", at = "$.time" }
    input_template = "\"A build of ${var.name} (${var.environment}) failed at <at>: <why>. Users get the release before. Its log: streams ${var.name}-build of the log group ${var.platform.log_group}, task <task>.\""
  }
}

output "schedules" {
  description = "When each collection is built."
  value       = { for run in local.runs : run.collection => run.schedule... }
}

output "is_told" {
  description = "Whether somebody is told of a build that failed."
  value       = length(aws_cloudwatch_event_target.failed) > 0
}

output "failed_pattern" {
  description = "Which events tell of a build that failed."
  value       = aws_cloudwatch_event_rule.failed.event_pattern
}
