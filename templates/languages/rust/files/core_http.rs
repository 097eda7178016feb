//! What the function does. It knows no cloud: the adapters call it.
<%if with%>

<%if "redis" in with%>
pub mod cache;
<%end%>
<%if "postgres" in with%>
pub mod database;
<%end%>
<%if "object-store" in with%>
pub mod objects;
<%end%>
<%if "queue" in with%>
pub mod outbox;
<%end%>
pub mod shared_folder;
<%end%>

use serde_json::{json, Value};
use std::collections::HashMap;

pub const LONGEST_NAME: usize = 100;

/// The answer to `name`; an error is the caller's mistake.
pub fn greet(name: &str) -> Result<Value, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("name is empty".into());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("name is longer than {LONGEST_NAME} characters"));
    }
    Ok(json!({"message": format!("Hello, {name}!")}))
}

/// Status and JSON answer for a request with these query parameters and this body.
pub fn respond(query: &HashMap<String, String>, body: &str) -> (u16, Value) {
    match name_of(query, body).and_then(|name| greet(&name)) {
        Ok(answer) => (200, answer),
        Err(problem) => (400, json!({"error": problem})),
    }
}

fn name_of(query: &HashMap<String, String>, body: &str) -> Result<String, String> {
    if let Some(name) = query.get("name") {
        return Ok(name.clone());
    }
    if body.is_empty() {
        return Ok("world".into());
    }
    let fields: Value = serde_json::from_str(body).map_err(|_| "body is not JSON")?;
    match fields["name"].as_str() {
        Some(name) => Ok(name.into()),
        None => Err("body has no text `name`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> HashMap<String, String> {
        HashMap::from([("name".to_string(), name.to_string())])
    }

    #[test]
    fn greets_the_name_of_query_or_body() {
        let expected = (200, json!({"message": "Hello, Ada!"}));
        assert_eq!(respond(&named("Ada"), ""), expected);
        assert_eq!(respond(&HashMap::new(), r#"{"name": "Ada"}"#), expected);
    }

    #[test]
    fn greets_the_world_without_a_name() {
        let expected = (200, json!({"message": "Hello, world!"}));
        assert_eq!(respond(&HashMap::new(), ""), expected);
    }

    #[test]
    fn refuses_what_is_no_name() {
        assert_eq!(respond(&named(" "), "").0, 400);
        assert_eq!(respond(&named(&"x".repeat(LONGEST_NAME + 1)), "").0, 400);
        for body in ["{", "[]", r#"{"name": 1}"#] {
            assert_eq!(respond(&HashMap::new(), body).0, 400, "{body}");
        }
    }
}
