<%if trigger == "queue"%>
//! Adapter for AWS Lambda: a batch of an SQS queue.
<%elif trigger == "stream"%>
//! Adapter for AWS Lambda: a batch of a DynamoDB stream.
<%elif trigger == "storage"%>
//! Adapter for AWS Lambda: notifications of an S3 bucket.
<%elif trigger == "schedule"%>
//! Adapter for AWS Lambda: a rule on a schedule.
<%else%>
//! Adapter for AWS Lambda: an event of an EventBridge bus.
<%end%>

use core_logic::{handle, Message};
use lambda_runtime::{run, service_fn, tracing, Error, LambdaEvent};
<%if trigger == "event"%>
use serde_json::Value;
<%else%>
use serde_json::{json, Value};
<%end%>

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(|event: LambdaEvent<Value>| async move {
        answer(&event.payload).map_err(Error::from)
    }))
    .await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
<%if trigger == "queue" or trigger == "stream" or trigger == "storage"%>

fn records(event: &Value) -> impl Iterator<Item = &Value> {
    event["Records"].as_array().into_iter().flatten()
}
<%end%>

<%if trigger == "queue"%>
/// Names the messages that failed; Lambda delivers only those again.
fn answer(event: &Value) -> Result<Value, String> {
    let mut failures = Vec::new();
    for record in records(event) {
        match message_of(record).and_then(|message| handle(&message)) {
            Ok(done) => tracing::info!(%done, "handled"),
            Err(problem) => {
                tracing::error!(problem, "message failed");
                failures.push(json!({"itemIdentifier": record["messageId"]}));
            }
        }
    }
    Ok(json!({"batchItemFailures": failures}))
}

fn message_of(record: &Value) -> Result<Message, String> {
    let body = record["body"].as_str().unwrap_or_default();
    Ok(Message {
        id: text(&record["messageId"]),
        source: text(&record["eventSourceARN"]),
        data: serde_json::from_str(body).map_err(|problem| problem.to_string())?,
    })
}
<%elif trigger == "stream"%>
/// Stops at the first change that fails: Lambda goes on from there, so the order holds.
fn answer(event: &Value) -> Result<Value, String> {
    for record in records(event) {
        match handle(&message_of(record)) {
            Ok(done) => tracing::info!(%done, "handled"),
            Err(problem) => {
                tracing::error!(problem, "change failed");
                let number = &record["dynamodb"]["SequenceNumber"];
                return Ok(json!({"batchItemFailures": [{"itemIdentifier": number}]}));
            }
        }
    }
    Ok(json!({"batchItemFailures": []}))
}

fn message_of(record: &Value) -> Message {
    let change = &record["dynamodb"];
    Message {
        id: text(&record["eventID"]),
        source: text(&record["eventSourceARN"]),
        data: json!({
            "operation": record["eventName"],
            "keys": change["Keys"],
            "new": change["NewImage"],
            "old": change["OldImage"],
        }),
    }
}
<%elif trigger == "storage"%>
fn answer(event: &Value) -> Result<Value, String> {
    for record in records(event) {
        let done = handle(&message_of(record))?;
        tracing::info!(%done, "handled");
    }
    Ok(Value::Null)
}

fn message_of(record: &Value) -> Message {
    let (bucket, object) = (&record["s3"]["bucket"], &record["s3"]["object"]);
    let encoded = format!("key={}", text(&object["key"]));
    let key = form_urlencoded::parse(encoded.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    Message {
        // The sequencer differs for each version of a key, and is the same when delivered again.
        id: format!("{key}@{}", text(&object["sequencer"])),
        source: text(&bucket["arn"]),
        data: json!({"bucket": bucket["name"], "key": key, "size": object["size"]}),
    }
}
<%else%>
fn answer(event: &Value) -> Result<Value, String> {
    let done = handle(&Message {
        id: text(&event["id"]),
        source: text(&event["source"]),
<%if trigger == "schedule"%>
        data: json!({"time": event["time"]}),
<%else%>
        data: event["detail"].clone(),
<%end%>
    })?;
    tracing::info!(%done, "handled");
    Ok(Value::Null)
}
<%end%>

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn handles_the_event() {
        let event = sample(include_str!("../events/aws-<%trigger%>.json"));
<%if trigger == "queue" or trigger == "stream"%>
        assert_eq!(answer(&event), Ok(json!({"batchItemFailures": []})));
<%else%>
        assert_eq!(answer(&event), Ok(Value::Null));
<%end%>
    }
<%if trigger == "queue"%>

    #[test]
    fn names_only_the_message_that_failed() {
        let event = sample(include_str!("../events/aws-queue-poison.json"));
        let failed = &event["Records"][1]["messageId"];
        let expected = json!({"batchItemFailures": [{"itemIdentifier": failed}]});
        assert_eq!(answer(&event), Ok(expected));
    }
<%elif trigger == "storage"%>

    #[test]
    fn decodes_the_key() {
        let event = sample(include_str!("../events/aws-storage.json"));
        let message = message_of(&event["Records"][0]);
        assert_eq!(message.data["key"], "photos/happy face.jpg");
    }
<%elif trigger == "event"%>

    #[test]
    fn fails_for_an_event_it_cannot_use() {
        let event = sample(include_str!("../events/aws-event-poison.json"));
        assert!(answer(&event).is_err());
    }
<%end%>
}
