//! A queue between platforms: what one puts in, another takes out. QUEUE_URL=redis://HOST:6379/0 (rediss:// for TLS)
//! names the server; without it the messages are files of this machine (DATA_FOLDER), to try things out: other
//! machines do not see them.

use crate::shared_folder::{self, SharedFolder};
use redis::streams::{
    StreamAutoClaimOptions, StreamAutoClaimReply, StreamReadOptions, StreamReadReply,
};
use redis::{Commands, Connection, ConnectionLike};
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, error::Error, fs, io, path::Path};
use uuid::Uuid;

/// How long a taken message is hidden as a rule; then it is delivered again.
pub const LEASE: Duration = Duration::from_secs(60);

const KEY: &str = "<%name%>:queue";
const GROUP: &str = "workers";

pub type Problem = Box<dyn Error + Send + Sync>;

/// A message that was taken; its receipt is what ends it.
#[derive(Debug)]
pub struct Taken {
    /// The same each time it is delivered: what to key idempotency by.
    pub id: String,
    pub data: Value,
    pub receipt: String,
}

/// Hands every message to one of those who take.
pub struct Outbox(Box<dyn Queue>);

impl Outbox {
    /// Opens the queue; keep it beside the handler, so that warm invocations use its connection again.
    pub fn connect() -> Result<Self, Problem> {
        Self::connect_below(&shared_folder::root())
    }

    fn connect_below(root: &Path) -> Result<Self, Problem> {
        match env::var("QUEUE_URL") {
            Ok(url) if !url.is_empty() => Ok(Self(Box::new(Stream::connect(&url)?))),
            _ => Ok(Self(Box::new(Files {
                folder: SharedFolder::named(root, "<%name%>-queue")?,
                sent: 0,
            }))),
        }
    }

    /// Puts one message in and returns its id.
    pub fn send(&mut self, data: &Value) -> Result<String, Problem> {
        let id = Uuid::new_v4().to_string();
        self.0.send(&id, &data.to_string())?;
        Ok(id)
    }

    /// One message, hidden from others for `lease`; none when there is none.
    pub fn take(&mut self, lease: Duration) -> Result<Option<Taken>, Problem> {
        self.0.take(lease)
    }

    /// Takes the message out for good.
    pub fn done(&mut self, message: &Taken) -> Result<(), Problem> {
        self.0.done(&message.receipt)
    }
}

trait Queue: Send {
    fn send(&mut self, id: &str, text: &str) -> Result<(), Problem>;
    fn take(&mut self, lease: Duration) -> Result<Option<Taken>, Problem>;
    fn done(&mut self, receipt: &str) -> Result<(), Problem>;
}

/// A Redis stream with one group of consumers: every message goes to one of them.
struct Stream {
    client: redis::Client,
    connection: Connection,
    consumer: String,
}

impl Stream {
    fn connect(url: &str) -> Result<Self, Problem> {
        let client = redis::Client::open(url)?;
        let mut connection = connection_of(&client)?;
        let made = connection.xgroup_create_mkstream(KEY, GROUP, "0");
        match made {
            Err(problem) if problem.code() == Some("BUSYGROUP") => {} // somebody made it before
            made => made?,
        }
        Ok(Self {
            client,
            connection,
            consumer: Uuid::new_v4().to_string(),
        })
    }

    /// The connection; made anew when it broke.
    fn connection(&mut self) -> Result<&mut Connection, Problem> {
        if !self.connection.check_connection() {
            self.connection = connection_of(&self.client)?;
        }
        Ok(&mut self.connection)
    }
}

fn connection_of(client: &redis::Client) -> Result<Connection, Problem> {
    let limit = Duration::from_secs(5);
    let connection = client.get_connection_with_timeout(limit)?;
    connection.set_read_timeout(Some(limit))?;
    connection.set_write_timeout(Some(limit))?;
    Ok(connection)
}

impl Queue for Stream {
    fn send(&mut self, id: &str, text: &str) -> Result<(), Problem> {
        Ok(self
            .connection()?
            .xadd(KEY, "*", &[("id", id), ("data", text)])?)
    }

    fn take(&mut self, lease: Duration) -> Result<Option<Taken>, Problem> {
        let (consumer, idle) = (self.consumer.clone(), lease.as_millis().to_string());
        let connection = self.connection()?;
        let one = StreamAutoClaimOptions::default().count(1);
        let late: StreamAutoClaimReply =
            connection.xautoclaim_options(KEY, GROUP, &consumer, idle, "0", one)?;
        let mut entries = late.claimed;
        if entries.is_empty() {
            let one = StreamReadOptions::default()
                .group(GROUP, &consumer)
                .count(1);
            let fresh: Option<StreamReadReply> = connection.xread_options(&[KEY], &[">"], &one)?;
            let streams = fresh.map(|reply| reply.keys).unwrap_or_default();
            entries = streams.into_iter().flat_map(|stream| stream.ids).collect();
        }
        let Some(entry) = entries.into_iter().next() else {
            return Ok(None);
        };
        let field = |name| entry.get(name).ok_or(format!("a message has no `{name}`"));
        let (id, data): (String, String) = (field("id")?, field("data")?);
        Ok(Some(Taken {
            id,
            data: serde_json::from_str(&data)?,
            receipt: entry.id,
        }))
    }

    fn done(&mut self, receipt: &str) -> Result<(), Problem> {
        let connection = self.connection()?;
        let _: usize = connection.xack(KEY, GROUP, &[receipt])?;
        let _: usize = connection.xdel(KEY, &[receipt])?;
        Ok(())
    }
}

/// A file a message; its name says when it may be taken, so a rename takes it.
struct Files {
    folder: SharedFolder,
    sent: u32,
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Sorts by time, and by the count what is sent within a millisecond.
fn name(from: Duration, count: u32, id: &str) -> String {
    format!("{:016}-{count:08}-{id}", from.as_millis())
}

impl Queue for Files {
    fn send(&mut self, id: &str, text: &str) -> Result<(), Problem> {
        self.sent += 1;
        Ok(self
            .folder
            .replace(&name(now(), self.sent, id), text.as_bytes())?)
    }

    fn take(&mut self, lease: Duration) -> Result<Option<Taken>, Problem> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder.path)? {
            files.extend(entry?.file_name().into_string().ok());
        }
        files.sort();
        for file in files {
            // Hidden files are being written.
            let [since, _, id] = file.splitn(3, '-').collect::<Vec<_>>()[..] else {
                continue;
            };
            let Ok(since) = since.parse::<u128>() else {
                continue;
            };
            if since > now().as_millis() {
                return Ok(None);
            }
            let receipt = name(now() + lease, 0, id);
            let path = self.folder.path.join(&receipt);
            match fs::rename(self.folder.path.join(&file), &path) {
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => continue, // somebody was faster
                renamed => renamed?,
            }
            return Ok(Some(Taken {
                id: id.into(),
                data: serde_json::from_slice(&fs::read(path)?)?,
                receipt,
            }));
        }
        Ok(None)
    }

    fn done(&mut self, receipt: &str) -> Result<(), Problem> {
        Ok(self.folder.remove(receipt)?)
    }
}

/// With QUEUE_URL set, all of it runs against that server; with files otherwise. One test: they would take each
/// other's messages.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_folder::Scratch;
    use serde_json::json;
    use std::thread::sleep;

    const SHORT: Duration = Duration::from_millis(10);

    #[test]
    fn hands_on_messages() {
        let scratch = Scratch::new();
        let mut queue = Outbox::connect_below(&scratch.0).unwrap();
        let mut other = Outbox::connect_below(&scratch.0).unwrap();
        while let Some(left) = queue.take(Duration::ZERO).unwrap() {
            queue.done(&left).unwrap();
        }
        delivers_again_what_is_not_done_in_time(&mut queue, &mut other);
        gives_each_message_to_one_in_the_order_they_came(&mut queue, &mut other);
    }

    fn delivers_again_what_is_not_done_in_time(queue: &mut Outbox, other: &mut Outbox) {
        let id = queue.send(&json!({"n": 1})).unwrap();
        assert_eq!(queue.take(SHORT).unwrap().unwrap().id, id);
        sleep(5 * SHORT);
        let again = other.take(SHORT).unwrap().unwrap();
        assert_eq!(
            (again.id.as_str(), &again.data),
            (id.as_str(), &json!({"n": 1}))
        );
        other.done(&again).unwrap();
        sleep(5 * SHORT);
        assert!(queue.take(SHORT).unwrap().is_none());
    }

    fn gives_each_message_to_one_in_the_order_they_came(queue: &mut Outbox, other: &mut Outbox) {
        let sent: Vec<_> = (0..3)
            .map(|n| queue.send(&json!({"n": n})).unwrap())
            .collect();
        let taken = [queue.take(LEASE), other.take(LEASE), queue.take(LEASE)];
        for (n, message) in taken.into_iter().enumerate() {
            let message = message.unwrap().unwrap();
            assert_eq!((&message.id, &message.data), (&sent[n], &json!({"n": n})));
            queue.done(&message).unwrap();
        }
        assert!(other.take(LEASE).unwrap().is_none());
    }
}
