# Nothing is created: the provider is mocked. The fleet is the committed one.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/0123456789abcdef", arn_suffix = "targetgroup/x/0123456789abcdef" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/x/0123456789abcdef", arn_suffix = "app/x/0123456789abcdef" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/x/0123456789abcdef/0123456789abcdef" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/x" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/x:1", arn_without_revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/x" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-0123456789abcdef0" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/x" }
  }
}

variables {
  environment     = "prod"
  region          = "eu-central-1"
  images          = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/cantor"
  certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  vpc = {
    id              = "vpc-0123456789abcdef0"
    public_subnets  = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    private_subnets = ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]
  }
  store_secrets = {
    articles  = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:articles-store-AbCdEf"
    drugs     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:drugs-store-AbCdEf"
    papers    = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:papers-store-AbCdEf"
    questions = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:questions-store-AbCdEf"
  }
  secrets = {
    cantor-webhook      = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:cantor-webhook-AbCdEf"
    drug-catalog-reader = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:drug-catalog-reader-AbCdEf"
    drugs-gateway-key   = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:drugs-gateway-key-AbCdEf"
  }
}

run "a_canary_has_its_share_and_none_is_not_in_the_rule" {
  command = plan
  assert {
    condition     = output.services["questions"] == tomap({ stable = 95, canary = 5 })
    error_message = "questions has a canary of 5 %."
  }
  assert {
    condition     = output.services["articles"] == tomap({ stable = 100 })
    error_message = "articles has no canary: its rule names one group."
  }
}

run "all_of_it_applies" {
  command = apply
  assert {
    condition     = module.service["drugs"].size == { cpu = 256, memory = 512 }
    error_message = "A small service is the smallest that Fargate sells."
  }
  assert {
    condition     = module.service["articles"].size.memory >= 1024
    error_message = "A larger one has the memory that was reckoned."
  }
}

run "some_services_only" {
  command = plan
  variables {
    only = ["questions"]
  }
  assert {
    condition     = keys(module.service) == ["questions"]
    error_message = "Only the services that are named run here."
  }
}

run "a_balancer_in_one_zone_is_refused" {
  command = plan
  variables {
    vpc = { id = "vpc-0123456789abcdef0", public_subnets = ["subnet-0123456789abcdef0"], private_subnets = ["subnet-0123456789abcdef2"] }
  }
  expect_failures = [var.vpc]
}

run "services_that_are_named_are_built_by_their_schedule" {
  command = apply
  variables {
    builds = ["articles", "drugs"]
    corpus = { file_system_id = "fs-0123456789abcdef0", access_point_id = "fsap-0123456789abcdef0" }
  }
  assert {
    condition     = jsonencode(output.builds["articles"]) == jsonencode({ articles-en = ["cron(30 2 * * ? *)"], articles-ja = ["cron(30 2 * * ? *)"] })
    error_message = "Both collections of articles are built at half past two."
  }
  assert {
    condition     = keys(output.builds) == ["articles", "drugs"]
    error_message = "Nothing else is built here."
  }
}

run "a_build_that_fails_is_told" {
  command = apply
  variables {
    builds    = ["drugs"]
    topic_arn = "arn:aws:sns:eu-central-1:123456789012:cantor"
  }
  assert {
    condition     = module.builds["drugs"].is_told
    error_message = "The topic is told of it."
  }
  assert {
    condition     = jsondecode(module.builds["drugs"].failed_pattern).detail.taskDefinitionArn[0].prefix == "arn:aws:ecs:eu-central-1:123456789012:task-definition/x:"
    error_message = "By tasks of every revision, and of no other service."
  }
}

run "without_a_topic_nobody_is_told" {
  command = apply
  variables {
    builds = ["drugs"]
  }
  assert {
    condition     = !module.builds["drugs"].is_told
    error_message = "There is nobody to tell."
  }
}

run "a_service_that_reads_files_is_not_built_without_a_corpus" {
  command = plan
  variables {
    builds = ["articles"]
  }
  expect_failures = [check.corpus]
}
