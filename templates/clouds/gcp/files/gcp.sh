#!/bin/sh
# Deploys <%name%> and what triggers it: infra/gcp.sh PROJECT REGION
set -eu
project=${1:?usage: infra/gcp.sh PROJECT REGION}
region=${2:?usage: infra/gcp.sh PROJECT REGION}
cd "$(dirname "$0")/.."

gcloud run deploy <%name%> --project "$project" --region "$region" --quiet \
  --source <%gcp.source%> --function <%gcp.entry%> --base-image <%gcp.runtime%> \
<%if lang == "csharp"%>
  --set-build-env-vars GOOGLE_BUILDABLE=src/Gcp \
<%end%>
  --memory 256Mi --timeout <%if trigger == "http"%>10s<%else%>60s<%end%> --no-allow-unauthenticated
<%if trigger != "http"%>

# The trigger calls the function as this account; it may do nothing else.
account=<%name%>-trigger
if [ ${#account} -gt 30 ]; then account=trigger-$(printf %s "$account" | cksum | cut -d' ' -f1); fi
gcloud iam service-accounts describe "$account@$project.iam.gserviceaccount.com" --project "$project" >/dev/null 2>&1 ||
  gcloud iam service-accounts create "$account" --project "$project"
for role in roles/run.invoker roles/eventarc.eventReceiver; do
  gcloud projects add-iam-policy-binding "$project" --condition None --role "$role" \
    --member "serviceAccount:$account@$project.iam.gserviceaccount.com" >/dev/null
done

trigger() {
  gcloud eventarc triggers create <%name%> --project "$project" --location "$region" \
    --destination-run-service <%name%> --destination-run-region "$region" \
    --service-account "$account@$project.iam.gserviceaccount.com" "$@"
}
<%if trigger == "schedule"%>
gcloud pubsub topics create <%name%> --project "$project"
gcloud scheduler jobs create pubsub <%name%> --project "$project" --location "$region" \
  --schedule '*/5 * * * *' --time-zone Etc/UTC --topic <%name%> --message-body '{}'
trigger --event-filters type=google.cloud.pubsub.topic.v1.messagePublished \
  --transport-topic "projects/$project/topics/<%name%>"
<%elif trigger == "queue"%>
gcloud pubsub topics create <%name%> --project "$project"
trigger --event-filters type=google.cloud.pubsub.topic.v1.messagePublished \
  --transport-topic "projects/$project/topics/<%name%>"
<%elif trigger == "storage"%>
gcloud storage buckets create "gs://$project-<%name%>" --project "$project" --location "$region" \
  --uniform-bucket-level-access --public-access-prevention
trigger --event-filters type=google.cloud.storage.object.v1.finalized \
  --event-filters "bucket=$project-<%name%>"
<%elif trigger == "event"%>
gcloud eventarc channels create <%name%> --project "$project" --location "$region"
trigger --channel <%name%> --event-filters type=com.example.order.created
<%else%>
# JSON, not the protobuf that Firestore sends otherwise.
trigger --event-filters type=google.cloud.firestore.document.v1.written \
  --event-filters 'database=(default)' --event-filters-path-pattern 'document=<%name%>/{id}' \
  --event-data-content-type application/json
<%end%>
<%end%>
