//! Adapter for AWS Lambda: HTTP APIs and function URLs (payload format 2.0).

use base64::{prelude::BASE64_STANDARD, Engine};
use core_logic::respond;
use lambda_runtime::{run, service_fn, tracing, Error, LambdaEvent};
use serde_json::{json, Value};
use std::collections::HashMap;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(|event: LambdaEvent<Value>| async move {
        Ok::<Value, Error>(handle(&event.payload))
    }))
    .await
}

fn handle(event: &Value) -> Value {
    let mut query = HashMap::new();
    if let Some(name) = event["queryStringParameters"]["name"].as_str() {
        query.insert("name".to_string(), name.to_string());
    }
    let (status, answer) = respond(&query, &body_of(event));
    tracing::info!(status, "answered");
    json!({
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": answer.to_string(),
    })
}

fn body_of(event: &Value) -> String {
    let body = event["body"].as_str().unwrap_or_default();
    if event["isBase64Encoded"] != json!(true) {
        return body.into();
    }
    let bytes = BASE64_STANDARD.decode(body).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn answers_a_request() {
        let answer = handle(&sample(include_str!("../events/aws-http.json")));
        assert_eq!(answer["statusCode"], 200);
        assert_eq!(answer["body"], r#"{"message":"Hello, Ada!"}"#);
    }

    #[test]
    fn reads_the_body_encoded_or_not() {
        let mut event = sample(include_str!("../events/aws-http-post.json"));
        assert_eq!(handle(&event)["body"], r#"{"message":"Hello, Grace!"}"#);
        event["body"] = json!(BASE64_STANDARD.encode(event["body"].as_str().unwrap()));
        event["isBase64Encoded"] = json!(true);
        assert_eq!(handle(&event)["body"], r#"{"message":"Hello, Grace!"}"#);
    }

    #[test]
    fn refuses_a_request_it_cannot_use() {
        let answer = handle(&sample(include_str!("../events/aws-http-invalid.json")));
        assert_eq!(answer["statusCode"], 400);
    }
}
