//! Data that the platforms share. DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it the
//! data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them, and what work
//! put before it failed stays there.

use crate::shared_folder::{self, digest, SharedFolder};
use postgres::{config::SslMode, types::ToSql, Client, Config, NoTls};
use serde_json::{json, Value};
use std::{env, error::Error, fmt, path::Path, thread, time::Duration};
use tokio_postgres_rustls::MakeRustlsConnect;

const LIMIT: Duration = Duration::from_secs(5);

pub type Problem = Box<dyn Error + Send + Sync>;

/// Somebody else changed the item since it was read: read it again and decide anew.
#[derive(Debug)]
pub struct Conflict(String);

impl fmt::Display for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl Error for Conflict {}

/// Values by key, each with a version that grows with every change.
pub struct Database(Box<dyn Store>);

impl Database {
    /// Opens the shared data; keep it beside the handler, so that warm invocations use it again.
    pub fn open() -> Result<Self, Problem> {
        Self::open_below(&shared_folder::root())
    }

    fn open_below(root: &Path) -> Result<Self, Problem> {
        match env::var("DATABASE_URL") {
            Ok(url) if !url.is_empty() => Ok(Self(Box::new(Server::open(&url)?))),
            _ => Ok(Self(Box::new(SharedFolder::named(root, "<%name%>")?))),
        }
    }

    /// Calls `work` unless it was done for this id; says whether it called it. The mark and what `work` puts here are
    /// one transaction: both are kept or, when `work` fails, neither, and the message may be delivered again. A
    /// second delivery that comes meanwhile waits.
    pub fn once(
        &mut self,
        id: &str,
        work: impl FnOnce(&mut Self) -> Result<(), Problem>,
    ) -> Result<bool, Problem> {
        if !self.0.begin(id)? {
            return Ok(false);
        }
        if let Err(problem) = work(self).and_then(|()| self.0.keep()) {
            let _ = self.0.undo(id); // what failed first says more
            return Err(problem);
        }
        Ok(true)
    }

    /// The value of `key` and its version: null and 0 when there is none.
    pub fn get(&mut self, key: &str) -> Result<(Value, i64), Problem> {
        self.0.get(key)
    }

    /// Replaces what `get` gave with `version`; fails with `Conflict` when it is no longer that.
    pub fn put(&mut self, key: &str, value: &Value, version: i64) -> Result<(), Problem> {
        if self.0.put(key, value, version)? {
            return Ok(());
        }
        let message = format!("`{key}` is no longer at version {version}");
        Err(Conflict(message).into())
    }
}

trait Store: Send {
    /// Marks the id as done; false when it was.
    fn begin(&mut self, id: &str) -> Result<bool, Problem>;
    fn keep(&mut self) -> Result<(), Problem>;
    fn undo(&mut self, id: &str) -> Result<(), Problem>;
    fn get(&mut self, key: &str) -> Result<(Value, i64), Problem>;
    /// False when it is no longer at this version.
    fn put(&mut self, key: &str, value: &Value, version: i64) -> Result<bool, Problem>;
}

struct Server {
    config: Config,
    client: Option<Client>,
    working: bool,
}

/// The client waits on a runtime of its own, which a thread of Lambda's runtime may not.
fn aside<T: Send>(job: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(job).join().expect("the client does not panic"))
}

impl Server {
    fn open(url: &str) -> Result<Self, Problem> {
        let mut config: Config = url.parse()?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host_path("/var/run/postgresql");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(LIMIT);
        }
        let client = Some(aside(|| connect(&config))?);
        let mut server = Self {
            config,
            client,
            working: false,
        };
        // Two first calls at once would both create the tables, and one of them would fail.
        server.run(|client| {
            client.batch_execute("SELECT pg_advisory_lock(7238)")?;
            client.batch_execute(
                "CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY);
                 CREATE TABLE IF NOT EXISTS items
                     (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)",
            )?;
            client.batch_execute("SELECT pg_advisory_unlock(7238)")
        })?;
        Ok(server)
    }

    fn run<T: Send>(
        &mut self,
        job: impl FnOnce(&mut Client) -> Result<T, postgres::Error> + Send,
    ) -> Result<T, Problem> {
        let Self {
            config,
            client,
            working,
        } = self;
        aside(|| {
            // A connection that broke is made anew, but never in the middle of a transaction.
            let usable = |client: &mut Client| *working || client.is_valid(LIMIT).is_ok();
            let there = client.as_mut().is_some_and(usable);
            let client = match client {
                Some(client) if there => client,
                _ => client.insert(connect(config)?),
            };
            job(client).map_err(Problem::from)
        })
    }

    fn execute(&mut self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Problem> {
        self.run(|client| client.execute(sql, values))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        aside(|| drop(self.client.take()));
    }
}

/// `sslmode=require` also checks the server's certificate, by what this machine trusts (or SSL_CERT_FILE).
fn connect(config: &Config) -> Result<Client, Problem> {
    if config.get_ssl_mode() != SslMode::Require {
        return Ok(config.connect(NoTls)?);
    }
    let (tls, _) = MakeRustlsConnect::with_native_certs()
        .map_err(|problems| format!("no certificate to trust: {problems:?}"))?;
    Ok(config.connect(tls)?)
}

impl Store for Server {
    fn begin(&mut self, id: &str) -> Result<bool, Problem> {
        self.execute("BEGIN", &[])?;
        self.working = true;
        let marked = self.execute(
            "INSERT INTO done VALUES ($1) ON CONFLICT DO NOTHING",
            &[&id],
        );
        if !matches!(marked, Ok(1)) {
            self.undo(id)?;
        }
        Ok(marked? == 1)
    }

    fn keep(&mut self) -> Result<(), Problem> {
        // COMMIT of a transaction in which a statement failed undoes it without an error; SELECT gives one.
        self.run(|client| client.batch_execute("SELECT 1; COMMIT"))?;
        self.working = false;
        Ok(())
    }

    fn undo(&mut self, _id: &str) -> Result<(), Problem> {
        let undone = self.execute("ROLLBACK", &[]);
        self.working = false;
        undone.map(drop)
    }

    fn get(&mut self, key: &str) -> Result<(Value, i64), Problem> {
        let sql = "SELECT value, version FROM items WHERE key = $1";
        match self.run(|client| client.query_opt(sql, &[&key]))? {
            Some(row) => Ok((serde_json::from_str(row.get(0))?, row.get(1))),
            None => Ok((Value::Null, 0)),
        }
    }

    fn put(&mut self, key: &str, value: &Value, version: i64) -> Result<bool, Problem> {
        let text = value.to_string();
        let changed = if version == 0 {
            let sql = "INSERT INTO items VALUES ($1, 1, $2) ON CONFLICT DO NOTHING";
            self.execute(sql, &[&key, &text])?
        } else {
            let sql = "UPDATE items SET value = $2, version = version + 1 WHERE key = $1 AND version = $3";
            self.execute(sql, &[&key, &text, &version])?
        };
        Ok(changed == 1)
    }
}

impl Store for SharedFolder {
    fn begin(&mut self, id: &str) -> Result<bool, Problem> {
        let mark = digest(format!("done-{id}").as_bytes());
        Ok(self.create(&mark, id.as_bytes())?)
    }

    fn keep(&mut self) -> Result<(), Problem> {
        Ok(())
    }

    fn undo(&mut self, id: &str) -> Result<(), Problem> {
        Ok(self.remove(&digest(format!("done-{id}").as_bytes()))?)
    }

    fn get(&mut self, key: &str) -> Result<(Value, i64), Problem> {
        let Some(bytes) = self.read(&digest(key.as_bytes()))? else {
            return Ok((Value::Null, 0));
        };
        let mut item: Value = serde_json::from_slice(&bytes)?;
        let version = item["version"].as_i64().ok_or("an item has no version")?;
        Ok((item["value"].take(), version))
    }

    fn put(&mut self, key: &str, value: &Value, version: i64) -> Result<bool, Problem> {
        let (file, item) = (
            digest(key.as_bytes()),
            json!({"value": value, "version": version + 1}).to_string(),
        );
        if self.get(key)?.1 != version {
            return Ok(false);
        }
        if version == 0 {
            return Ok(self.create(&file, item.as_bytes())?);
        }
        self.replace(&file, item.as_bytes())?;
        Ok(true)
    }
}

/// With DATABASE_URL set, all of it runs against that server; with files otherwise.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_folder::Scratch;
    use uuid::Uuid;

    fn open(scratch: &Scratch) -> Database {
        Database::open_below(&scratch.0).unwrap()
    }

    #[test]
    fn does_the_work_of_a_message_once() {
        let (scratch, id) = (Scratch::new(), Uuid::new_v4().to_string());
        let mut calls = 0;
        for first in [true, false] {
            let called = open(&scratch).once(&id, |_| {
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
        let mut database = open(&scratch);
        let failed = database.once(&id, |database| {
            database.put(&id, &json!("half done"), 0)?;
            Err("no".into())
        });
        assert_eq!(failed.unwrap_err().to_string(), "no");
        if env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty()) {
            assert_eq!(database.get(&id).unwrap(), (Value::Null, 0));
        }
        assert!(database.once(&id, |_| Ok(())).unwrap());
    }

    #[test]
    fn refuses_to_overwrite_what_somebody_else_changed() {
        let (scratch, key) = (Scratch::new(), Uuid::new_v4().to_string());
        let (mut database, mut other) = (open(&scratch), open(&scratch));
        database.put(&key, &json!({"stock": 2}), 0).unwrap();
        assert!(other.put(&key, &json!(0), 0).unwrap_err().is::<Conflict>());
        let (value, version) = database.get(&key).unwrap();
        assert_eq!(value, json!({"stock": 2}));
        other.put(&key, &json!({"stock": 1}), version).unwrap();
        let refused = database.put(&key, &json!({"stock": 1}), version);
        assert!(refused.unwrap_err().is::<Conflict>());
        assert_eq!(
            database.get(&key).unwrap(),
            (json!({"stock": 1}), version + 1)
        );
    }
}
