//! Adapter for Azure Functions: a custom handler, called by the host over HTTP.

<%if trigger == "http"%>
use core_logic::respond;
<%else%>
use core_logic::{handle, Message};
<%end%>
<%if trigger == "http"%>
use serde_json::Value;
use std::collections::HashMap;
use tiny_http::{Header, Response, Server};
<%else%>
use serde_json::{json, Value};
use tiny_http::{Header, Response, Server};
<%end%>

fn main() {
    let port = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT").unwrap_or("8080".into());
    let server = Server::http(format!("127.0.0.1:{port}")).expect("cannot listen");
    let json = Header::from_bytes("content-type", "application/json").expect("a valid header");
    for mut request in server.incoming_requests() {
        let mut body = String::new();
        let (status, answer) = match request.as_reader().read_to_string(&mut body) {
            Ok(_) => serve(request.url(), &body),
            Err(problem) => (400, Value::from(problem.to_string())),
        };
        let response = Response::from_string(answer.to_string())
            .with_status_code(status)
            .with_header(json.clone());
        if let Err(problem) = request.respond(response) {
            eprintln!("the host went away: {problem}");
        }
    }
}

<%if trigger == "http"%>
/// The request comes as the caller sent it (enableForwardingHttpRequest in host.json).
fn serve(url: &str, body: &str) -> (u16, Value) {
    let query: HashMap<String, String> = match url.split_once('?') {
        Some((_, query)) => form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        None => HashMap::new(),
    };
    respond(&query, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_a_request() {
        let (status, answer) = serve("/hello?name=Ada", "");
        assert_eq!(status, 200);
        assert_eq!(answer["message"], "Hello, Ada!");
        assert_eq!(serve("/hello", r#"{"name": "Ada"}"#).1, answer);
        assert_eq!(serve("/hello?name=%20", "").0, 400);
    }
}
<%else%>
/// The host sends the trigger's datum under its binding's name, and takes a status that is not 2xx
/// for a failure, which it delivers again.
fn serve(_url: &str, body: &str) -> (u16, Value) {
    match handle_all(body) {
        Ok(logs) => (200, json!({"Outputs": {}, "Logs": logs})),
        Err(problem) => (500, json!({"error": problem})),
    }
}

fn handle_all(body: &str) -> Result<Vec<String>, String> {
    let call: Value = serde_json::from_str(body).map_err(|problem| problem.to_string())?;
    messages_of(&call["Data"], &call["Metadata"])?
        .iter()
        .map(|message| handle(message).map(|done| done.to_string()))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

<%if trigger == "queue"%>
fn messages_of(data: &Value, metadata: &Value) -> Result<Vec<Message>, String> {
    // The host hands on a message as a JSON string, or as JSON.
    let data = match data["message"].as_str() {
        Some(text) => serde_json::from_str(text).map_err(|problem| problem.to_string())?,
        None => data["message"].clone(),
    };
    Ok(vec![Message {
        id: text(&metadata["Id"]),
        source: "<%name%>".into(),
        data,
    }])
}
<%elif trigger == "schedule"%>
fn messages_of(data: &Value, metadata: &Value) -> Result<Vec<Message>, String> {
    Ok(vec![Message {
        id: text(&metadata["sys"]["RandGuid"]),
        source: "timer".into(),
        data: data["timer"].clone(),
    }])
}
<%elif trigger == "storage"%>
fn messages_of(_data: &Value, metadata: &Value) -> Result<Vec<Message>, String> {
    let properties = &metadata["Properties"];
    Ok(vec![Message {
        id: text(&metadata["Uri"]),
        source: "<%name%>".into(),
        data: json!({"uri": metadata["Uri"], "name": metadata["name"], "properties": properties}),
    }])
}
<%elif trigger == "event"%>
fn messages_of(data: &Value, _metadata: &Value) -> Result<Vec<Message>, String> {
    let event = &data["event"];
    Ok(vec![Message {
        id: text(&event["id"]),
        // Event Grid's own schema says topic, CloudEvents say source.
        source: text(&event["topic"]) + &text(&event["source"]),
        data: event["data"].clone(),
    }])
}
<%else%>
fn messages_of(data: &Value, _metadata: &Value) -> Result<Vec<Message>, String> {
    let documents = data["documents"].as_array().ok_or("no documents")?;
    Ok(documents
        .iter()
        .map(|document| Message {
            // The etag differs for each version of a document.
            id: text(&document["id"]) + "@" + &text(&document["_etag"]),
            source: "<%name%>".into(),
            data: document.clone(),
        })
        .collect())
}
<%end%>

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_the_event() {
        let event = include_str!("../events/azure-<%trigger%>.json");
        let (status, answer) = serve("/", event);
        assert_eq!(status, 200, "{answer}");
        let done = <%if trigger == "stream"%>2<%else%>1<%end%>;
        assert_eq!(answer["Logs"].as_array().map(Vec::len), Some(done));
    }
<%if trigger == "queue"%>

    #[test]
    fn fails_for_a_message_it_cannot_read() {
        let event = include_str!("../events/azure-queue-poison.json");
        assert_eq!(serve("/", event).0, 500);
    }
<%end%>
}
<%end%>
