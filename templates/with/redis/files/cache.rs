//! Data that the platforms share for a while. REDIS_URL=redis://HOST:6379/0 (rediss:// for TLS) names the server;
//! without it the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them.

use crate::shared_folder::{self, digest, SharedFolder};
use redis::{Commands, Connection, ConnectionLike, ExistenceCheck, SetExpiry, SetOptions};
use serde_json::{json, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, error::Error, fmt, path::Path};
use uuid::Uuid;

/// One delivery may work so long; longer than the function's timeout.
const LEASE: Duration = Duration::from_secs(60);
/// A finished id is remembered so long: as long as a queue may deliver it again.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

// Only who holds the lease may end it: after a pause it may be somebody else's.
const FINISH: &str = "if redis.call('get', KEYS[1]) == ARGV[1] then \
                      return redis.call('set', KEYS[1], 'done', 'PX', ARGV[2]) end";
const RELEASE: &str =
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";

pub type Problem = Box<dyn Error + Send + Sync>;

/// Another delivery of the same message is being worked on: fail, to have it delivered later.
#[derive(Debug)]
pub struct Busy(String);

impl fmt::Display for Busy {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "another delivery of `{}` is being worked on", self.0)
    }
}

impl Error for Busy {}

/// Values and the marks of finished messages.
pub struct Cache(Box<dyn Store>);

impl Cache {
    /// Opens the cache; keep it beside the handler, so that warm invocations use its connection again.
    pub fn connect() -> Result<Self, Problem> {
        Self::connect_below(&shared_folder::root())
    }

    fn connect_below(root: &Path) -> Result<Self, Problem> {
        match env::var("REDIS_URL") {
            Ok(url) if !url.is_empty() => Ok(Self(Box::new(Server::connect(&url)?))),
            _ => Ok(Self(Box::new(SharedFolder::named(root, "<%name%>-cache")?))),
        }
    }

    /// Calls `work` unless it was done for this id; says whether it called it.
    pub fn once(
        &mut self,
        id: &str,
        work: impl FnOnce(&mut Self) -> Result<(), Problem>,
    ) -> Result<bool, Problem> {
        let (key, token) = (format!("<%name%>:done:{id}"), Uuid::new_v4().to_string());
        match self.0.claim(&key, &token, LEASE)? {
            None => {}
            Some(held) if held == "done" => return Ok(false),
            Some(_) => return Err(Busy(id.into()).into()),
        }
        if let Err(problem) = work(self) {
            let _ = self.0.release(&key, &token); // what failed first says more; the lease runs out
            return Err(problem);
        }
        self.0.finish(&key, &token, KEPT)?;
        Ok(true)
    }

    /// The value of `key`; none when there is none (any more).
    pub fn get(&mut self, key: &str) -> Result<Option<Value>, Problem> {
        match self.0.get(&format!("<%name%>:{key}"))? {
            Some(text) => Ok(Some(serde_json::from_str(&text)?)),
            None => Ok(None),
        }
    }

    /// Keeps the value for a while.
    pub fn put(&mut self, key: &str, value: &Value, life: Duration) -> Result<(), Problem> {
        let key = format!("<%name%>:{key}");
        self.0.put(&key, &value.to_string(), life)
    }
}

trait Store: Send {
    /// What holds the key; none when it is now this token's.
    fn claim(&mut self, key: &str, token: &str, life: Duration) -> Result<Option<String>, Problem>;
    fn finish(&mut self, key: &str, token: &str, life: Duration) -> Result<(), Problem>;
    fn release(&mut self, key: &str, token: &str) -> Result<(), Problem>;
    fn get(&mut self, key: &str) -> Result<Option<String>, Problem>;
    fn put(&mut self, key: &str, text: &str, life: Duration) -> Result<(), Problem>;
}

struct Server {
    client: redis::Client,
    connection: Connection,
}

impl Server {
    fn connect(url: &str) -> Result<Self, Problem> {
        let client = redis::Client::open(url)?;
        let connection = connection_of(&client)?;
        Ok(Self { client, connection })
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

fn milliseconds(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX)
}

impl Store for Server {
    fn claim(&mut self, key: &str, token: &str, life: Duration) -> Result<Option<String>, Problem> {
        let unless_held = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .with_expiration(SetExpiry::PX(milliseconds(life)));
        loop {
            let set: Option<String> =
                self.connection()?
                    .set_options(key, token, unless_held.clone())?;
            if set.is_some() {
                return Ok(None);
            }
            let held = self.get(key)?;
            if held.is_some() {
                return Ok(held); // it may have run out between the two commands
            }
        }
    }

    fn finish(&mut self, key: &str, token: &str, life: Duration) -> Result<(), Problem> {
        let mut finish = redis::cmd("EVAL");
        finish
            .arg(FINISH)
            .arg(1)
            .arg(key)
            .arg(token)
            .arg(milliseconds(life));
        Ok(finish.exec(self.connection()?)?)
    }

    fn release(&mut self, key: &str, token: &str) -> Result<(), Problem> {
        let mut release = redis::cmd("EVAL");
        release.arg(RELEASE).arg(1).arg(key).arg(token);
        Ok(release.exec(self.connection()?)?)
    }

    fn get(&mut self, key: &str) -> Result<Option<String>, Problem> {
        Ok(self.connection()?.get(key)?)
    }

    fn put(&mut self, key: &str, text: &str, life: Duration) -> Result<(), Problem> {
        Ok(self.connection()?.pset_ex(key, text, milliseconds(life))?)
    }
}

fn now() -> u64 {
    milliseconds(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

fn entry(text: &str, life: Duration) -> Vec<u8> {
    json!({"text": text, "until": now().saturating_add(milliseconds(life))})
        .to_string()
        .into()
}

/// A file a key: its text, and when it ends.
impl Store for SharedFolder {
    fn claim(&mut self, key: &str, token: &str, life: Duration) -> Result<Option<String>, Problem> {
        if let Some(held) = Store::get(self, key)? {
            return Ok(Some(held));
        }
        let file = digest(key.as_bytes());
        self.remove(&file)?;
        let ours = self.create(&file, &entry(token, life))?;
        Ok((!ours).then(|| "somebody".into()))
    }

    fn finish(&mut self, key: &str, token: &str, life: Duration) -> Result<(), Problem> {
        if Store::get(self, key)?.as_deref() == Some(token) {
            Store::put(self, key, "done", life)?;
        }
        Ok(())
    }

    fn release(&mut self, key: &str, token: &str) -> Result<(), Problem> {
        if Store::get(self, key)?.as_deref() == Some(token) {
            self.remove(&digest(key.as_bytes()))?;
        }
        Ok(())
    }

    fn get(&mut self, key: &str) -> Result<Option<String>, Problem> {
        let Some(bytes) = self.read(&digest(key.as_bytes()))? else {
            return Ok(None);
        };
        // A file that is being written is not there yet.
        let kept: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let lives = kept["until"].as_u64().is_some_and(|until| until > now());
        Ok(kept["text"].as_str().filter(|_| lives).map(String::from))
    }

    fn put(&mut self, key: &str, text: &str, life: Duration) -> Result<(), Problem> {
        Ok(self.replace(&digest(key.as_bytes()), &entry(text, life))?)
    }
}

/// With REDIS_URL set, all of it runs against that server; with files otherwise.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_folder::Scratch;
    use std::thread::sleep;

    fn connect(scratch: &Scratch) -> Cache {
        Cache::connect_below(&scratch.0).unwrap()
    }

    #[test]
    fn does_the_work_of_a_message_once() {
        let (scratch, id) = (Scratch::new(), Uuid::new_v4().to_string());
        let mut calls = 0;
        for first in [true, false] {
            let called = connect(&scratch).once(&id, |_| {
                calls += 1;
                Ok(())
            });
            assert_eq!(called.unwrap(), first);
        }
        assert_eq!(calls, 1);
    }

    #[test]
    fn does_it_again_when_it_failed() {
        let (scratch, id) = (Scratch::new(), Uuid::new_v4().to_string());
        let mut cache = connect(&scratch);
        let failed = cache.once(&id, |_| Err("no".into()));
        assert_eq!(failed.unwrap_err().to_string(), "no");
        assert!(cache.once(&id, |_| Ok(())).unwrap());
    }

    #[test]
    fn puts_off_a_delivery_that_comes_meanwhile() {
        let (scratch, id) = (Scratch::new(), Uuid::new_v4().to_string());
        let (mut cache, mut other) = (connect(&scratch), connect(&scratch));
        let called = cache.once(&id, |_| {
            let meanwhile = other.once(&id, |_| Ok(()));
            assert!(meanwhile.unwrap_err().is::<Busy>());
            Ok(())
        });
        assert!(called.unwrap());
    }

    #[test]
    fn forgets_a_value_in_time() {
        let (scratch, key) = (Scratch::new(), Uuid::new_v4().to_string());
        let mut cache = connect(&scratch);
        let value = json!({"a": 1});
        cache.put(&key, &value, Duration::from_secs(1)).unwrap();
        assert_eq!(connect(&scratch).get(&key).unwrap(), Some(value));
        sleep(Duration::from_millis(1100));
        assert_eq!(cache.get(&key).unwrap(), None);
    }
}
