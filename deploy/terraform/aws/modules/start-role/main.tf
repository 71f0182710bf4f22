# The account that starts tasks: the image, logs, and the values of their secrets.

variable "name" {
  description = "What it is called, without -start."
  type        = string
}

variable "secret_arns" {
  description = "The secrets that tasks are given the values of."
  type        = list(string)
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = var.secret_arns
  }
}

resource "aws_iam_role" "start" {
  name               = "${var.name}-start"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy" "secrets" {
  name   = "secrets"
  role   = aws_iam_role.start.id
  policy = data.aws_iam_policy_document.secrets.json
}

resource "aws_iam_role_policy_attachment" "start" {
  role       = aws_iam_role.start.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

output "arn" {
  description = "The account."
  value       = aws_iam_role.start.arn
}

output "tasks" {
  description = "Who may be an account of tasks: ECS."
  value       = data.aws_iam_policy_document.tasks.json
}
