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

/// One unit of work, whatever brought it.
pub struct Message {
    /// The same each time it is delivered: what to key idempotency by.
    pub id: String,
    pub source: String,
    pub data: Value,
}

/// Does the work of one message and says what was done; an error has it delivered again.
pub fn handle(message: &Message) -> Result<Value, String> {
    let Some(fields) = message.data.as_object() else {
        return Err(format!("data of {} is not an object", message.id));
    };
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    Ok(json!({"id": message.id, "source": message.source, "fields": names}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(data: Value) -> Message {
        Message {
            id: "1".into(),
            source: "here".into(),
            data,
        }
    }

    #[test]
    fn says_what_was_done_each_time_it_is_delivered() {
        let expected = json!({"id": "1", "source": "here", "fields": ["a", "b"]});
        for _ in 0..2 {
            let done = handle(&message(json!({"b": 1, "a": 2})));
            assert_eq!(done, Ok(expected.clone()));
        }
    }

    #[test]
    fn refuses_data_that_is_no_object() {
        for data in [json!(null), json!("text"), json!([1]), json!(7)] {
            assert!(handle(&message(data)).is_err());
        }
    }
}
