# Nothing is created: the provider is mocked. The fleet is the committed one.
mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      email = "cantor-x@example-cantor-prod.iam.gserviceaccount.com"
      name  = "projects/example-cantor-prod/serviceAccounts/cantor-x@example-cantor-prod.iam.gserviceaccount.com"
    }
  }
}

variables {
  environment = "prod"
  project     = "example-cantor-prod"
  region      = "europe-west1"
  domain      = "related.example.com"
  registry    = { project = "example-cantor-shared", location = "europe-west1" }
  notification_channels = {
    C0123456789 = "projects/example-cantor-prod/notificationChannels/1"
  }
}

run "every_service_of_the_environment_is_made_and_no_other" {
  command = plan
  assert {
    condition     = keys(module.service) == ["articles", "drugs", "papers", "questions"]
    error_message = "prod has the services articles, drugs, papers and questions."
  }
  assert {
    condition     = output.services["articles"] == "https://articles.related.example.com"
    error_message = "A service answers as NAME.DOMAIN."
  }
  assert {
    condition     = output.without_channel == ["drugs"]
    error_message = "A service without a channel is named."
  }
}

run "another_environment_has_others" {
  command = plan
  variables {
    environment = "dev"
    project     = "example-cantor-dev"
  }
  assert {
    condition     = keys(module.service) == ["articles", "drugs"]
    error_message = "dev has the services articles and drugs."
  }
}

run "all_of_it_applies" {
  command = apply
  variables {
    source_datasets    = ["example-warehouse.cms"]
    exports            = { articles-en = { query = "SELECT id, title, body FROM `example-warehouse.cms.articles`" } }
    monitored_projects = ["example-cantor-dev", "example-cantor-staging"]
  }
  assert {
    condition     = module.monitoring.alerts == 4 * (6 + 2)
    error_message = "Each service has three burn rates for each of two promises, one alert that it is down, and one that a build failed."
  }
  assert {
    condition     = keys(google_secret_manager_secret.secret) == ["cantor-webhook", "drug-catalog-reader", "drugs-gateway-key"]
    error_message = "A secret that two services use is made once."
  }
  assert {
    condition     = jsonencode({ for name, service in module.service : name => service.reads if length(service.reads) > 0 }) == jsonencode({ papers = ["example-warehouse.cms"] })
    error_message = "Only a service that asks BigQuery may read its datasets."
  }
  assert {
    condition     = alltrue([for service in module.service : !endswith(service.database_user, ".gserviceaccount.com")])
    error_message = "PostgreSQL's user is the account without its ending."
  }
}

run "a_wrong_environment_is_refused" {
  command = plan
  variables {
    environment = "production"
  }
  expect_failures = [var.environment]
}
