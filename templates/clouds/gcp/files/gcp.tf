# Deploys <%name%> and what triggers it, as infra/gcp.sh does with gcloud. Keep one.
terraform {
  required_version = ">= 1.5"
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.4"
    }
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0, < 8.0"
    }
  }
}

variable "project" {
  type = string
}

variable "region" {
  type = string
}

provider "google" {
  project = var.project
  region  = var.region
}

data "archive_file" "source" {
  type        = "zip"
  source_dir  = "${path.module}/../<%if gcp.source != "."%><%gcp.source%><%end%>"
  output_path = "${path.module}/.terraform/source.zip"
  excludes    = ["**/.*/**", "infra/**", "node_modules/**", "target/**", "**/bin/**", "**/obj/**", "local.settings.json"]
}

resource "google_storage_bucket" "source" {
  name                        = "${var.project}-<%name%>-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}

resource "google_storage_bucket_object" "source" {
  name   = "${data.archive_file.source.output_sha256}.zip"
  bucket = google_storage_bucket.source.name
  source = data.archive_file.source.output_path
}

# The function runs as an account of its own, which may do nothing until a role is added.
resource "google_service_account" "function" {
  account_id = substr("fn-<%name%>", 0, 30)
}

resource "google_cloudfunctions2_function" "function" {
  name     = "<%name%>"
  location = var.region

  build_config {
    runtime     = "<%gcp.runtime%>"
    entry_point = "<%gcp.entry%>"
<%if lang == "csharp"%>
    environment_variables = {
      GOOGLE_BUILDABLE = "src/Gcp"
    }
<%end%>
    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    available_memory      = "256Mi"
    timeout_seconds       = <%if trigger == "http"%>10<%else%>60<%end%>
    max_instance_count    = 100
    service_account_email = google_service_account.function.email
  }
}
<%if trigger != "http"%>

# The trigger calls the function as this account; it may do nothing else.
resource "google_service_account" "trigger" {
  account_id = substr("tr-<%name%>", 0, 30)
}

resource "google_project_iam_member" "receiver" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.trigger.member
}

resource "google_cloud_run_service_iam_member" "invoker" {
  service  = google_cloudfunctions2_function.function.name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.trigger.member
}
<%if trigger == "schedule" or trigger == "queue"%>

resource "google_pubsub_topic" "messages" {
  name = "<%name%>"
}
<%if trigger == "schedule"%>

resource "google_cloud_scheduler_job" "schedule" {
  name      = "<%name%>"
  schedule  = "*/5 * * * *"
  time_zone = "Etc/UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.messages.id
    data       = base64encode("{}")
  }
}
<%end%>
<%elif trigger == "storage"%>

resource "google_storage_bucket" "objects" {
  name                        = "${var.project}-<%name%>"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}

# Cloud Storage tells of its objects by Pub/Sub.
data "google_storage_project_service_account" "storage" {}

resource "google_project_iam_member" "storage" {
  project = var.project
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.storage.member
}
<%elif trigger == "event"%>

resource "google_eventarc_channel" "events" {
  name     = "<%name%>"
  location = var.region
}
<%end%>

resource "google_eventarc_trigger" "trigger" {
  name            = "<%name%>"
  location        = var.region
  service_account = google_service_account.trigger.email
<%if trigger == "event"%>
  channel         = google_eventarc_channel.events.id
<%elif trigger == "stream"%>
  # JSON, not the protobuf that Firestore sends otherwise.
  event_data_content_type = "application/json"
<%end%>

  destination {
    cloud_run_service {
      service = google_cloudfunctions2_function.function.name
      region  = var.region
    }
  }

  matching_criteria {
    attribute = "type"
<%if trigger == "schedule" or trigger == "queue"%>
    value     = "google.cloud.pubsub.topic.v1.messagePublished"
  }

  transport {
    pubsub {
      topic = google_pubsub_topic.messages.id
    }
  }
<%elif trigger == "storage"%>
    value     = "google.cloud.storage.object.v1.finalized"
  }

  matching_criteria {
    attribute = "bucket"
    value     = google_storage_bucket.objects.name
  }
<%elif trigger == "event"%>
    value     = "com.example.order.created"
  }
<%else%>
    value     = "google.cloud.firestore.document.v1.written"
  }

  matching_criteria {
    attribute = "database"
    value     = "(default)"
  }

  matching_criteria {
    attribute = "document"
    value     = "<%name%>/{id}"
    operator  = "match-path-pattern"
  }
<%end%>

  depends_on = [
    google_project_iam_member.receiver,
    google_cloud_run_service_iam_member.invoker,
<%if trigger == "storage"%>
    google_project_iam_member.storage,
<%end%>
  ]
}
<%end%>

output "url" {
  value = google_cloudfunctions2_function.function.url
}
