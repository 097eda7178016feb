//! Objects that the platforms share, in a store that speaks S3. OBJECT_STORE_BUCKET names the bucket, OBJECT_STORE_URL
//! the endpoint unless it is AWS's own; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION are
//! taken as Lambda sets them. Without a bucket the objects are files of this machine (DATA_FOLDER), to try things out:
//! other machines do not see them.

use crate::shared_folder::{self, digest, SharedFolder};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use std::{env, error::Error, fmt, path::Path, time::Duration};
use ureq::Agent;

pub type Problem = Box<dyn Error + Send + Sync>;

/// Somebody else changed the object since it was read: read it again and decide anew.
#[derive(Debug)]
pub struct Conflict(String);

impl fmt::Display for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "`{}` is no longer what was read", self.0)
    }
}

impl Error for Conflict {}

/// Bytes by key, with a version that is another after every change.
pub struct Objects(Box<dyn Store>);

impl Objects {
    /// Opens the store; keep it beside the handler, so that warm invocations use its connection again.
    pub fn connect() -> Result<Self, Problem> {
        Self::connect_below(&shared_folder::root())
    }

    fn connect_below(root: &Path) -> Result<Self, Problem> {
        match env::var("OBJECT_STORE_BUCKET") {
            Ok(name) if !name.is_empty() => Ok(Self(Box::new(Server::connect(name)?))),
            _ => Ok(Self(Box::new(SharedFolder::named(root, "<%name%>-objects")?))),
        }
    }

    /// The bytes of `key` and their version; none when there is no such object.
    pub fn get(&self, key: &str) -> Result<Option<(Vec<u8>, String)>, Problem> {
        self.0.get(key)
    }

    /// Replaces what `get` gave with `version` (none: there was none), or fails with `Conflict`.
    pub fn put(&self, key: &str, data: &[u8], version: Option<&str>) -> Result<(), Problem> {
        if self.0.put(key, data, version)? {
            return Ok(());
        }
        Err(Conflict(key.into()).into())
    }

    pub fn delete(&self, key: &str) -> Result<(), Problem> {
        self.0.delete(key)
    }
}

trait Store: Send + Sync {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, String)>, Problem>;
    /// False when it is no longer this version.
    fn put(&self, key: &str, data: &[u8], version: Option<&str>) -> Result<bool, Problem>;
    fn delete(&self, key: &str) -> Result<(), Problem>;
}

struct Server {
    agent: Agent,
    bucket: Bucket,
    credentials: Credentials,
}

/// A signed request is valid so long.
const VALID: Duration = Duration::from_secs(60);

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl Server {
    fn connect(name: String) -> Result<Self, Problem> {
        let region = set("AWS_REGION")
            .or_else(|| set("AWS_DEFAULT_REGION"))
            .unwrap_or("us-east-1".into());
        let (endpoint, style) = match set("OBJECT_STORE_URL") {
            Some(url) => (url, UrlStyle::Path),
            None => (
                format!("https://s3.{region}.amazonaws.com"),
                UrlStyle::VirtualHost,
            ),
        };
        let settings = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(VALID));
        Ok(Self {
            agent: settings.build().into(),
            bucket: Bucket::new(endpoint.parse()?, style, name, region)?,
            credentials: Credentials::from_env()
                .ok_or("AWS_ACCESS_KEY_ID or its secret is not set")?,
        })
    }
}

fn refusal(doing: &str, key: &str, status: u16, answer: &str) -> Problem {
    format!("cannot {doing} `{key}`: {status} {answer}").into()
}

impl Store for Server {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, String)>, Problem> {
        let url = self
            .bucket
            .get_object(Some(&self.credentials), key)
            .sign(VALID);
        let mut response = self.agent.get(url.as_str()).call()?;
        let version = response
            .headers()
            .get("etag")
            .map(|tag| tag.to_str().map(String::from));
        let bytes = response
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec()?;
        if response.status() == 200 {
            return Ok(Some((bytes, version.ok_or("the store sends no ETag")??)));
        }
        let answer = String::from_utf8_lossy(&bytes);
        if answer.contains("NoSuchKey") {
            return Ok(None);
        }
        Err(refusal("read", key, response.status().as_u16(), &answer))
    }

    fn put(&self, key: &str, data: &[u8], version: Option<&str>) -> Result<bool, Problem> {
        let url = self
            .bucket
            .put_object(Some(&self.credentials), key)
            .sign(VALID);
        let request = self.agent.put(url.as_str());
        let request = match version {
            Some(version) => request.header("if-match", version),
            None => request.header("if-none-match", "*"),
        };
        let mut response = request.send(data)?;
        match response.status().as_u16() {
            200..=299 => Ok(true),
            404 | 409 | 412 => Ok(false),
            status => Err(refusal(
                "write",
                key,
                status,
                &response.body_mut().read_to_string()?,
            )),
        }
    }

    fn delete(&self, key: &str) -> Result<(), Problem> {
        let url = self
            .bucket
            .delete_object(Some(&self.credentials), key)
            .sign(VALID);
        let mut response = self.agent.delete(url.as_str()).call()?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(refusal(
                "delete",
                key,
                status,
                &response.body_mut().read_to_string()?,
            )),
        }
    }
}

impl Store for SharedFolder {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, String)>, Problem> {
        let found = self.read(&digest(key.as_bytes()))?;
        Ok(found.map(|bytes| {
            let version = digest(&bytes);
            (bytes, version)
        }))
    }

    fn put(&self, key: &str, data: &[u8], version: Option<&str>) -> Result<bool, Problem> {
        let found = Store::get(self, key)?;
        if found.as_ref().map(|(_, now)| now.as_str()) != version {
            return Ok(false);
        }
        if version.is_none() {
            return Ok(self.create(&digest(key.as_bytes()), data)?);
        }
        self.replace(&digest(key.as_bytes()), data)?;
        Ok(true)
    }

    fn delete(&self, key: &str) -> Result<(), Problem> {
        Ok(self.remove(&digest(key.as_bytes()))?)
    }
}

/// With OBJECT_STORE_BUCKET set, all of it runs against that store; with files otherwise.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_folder::Scratch;
    use uuid::Uuid;

    /// Opens the store, with a key that is its own.
    fn open(scratch: &Scratch) -> (Objects, String) {
        let key = format!("tests/{} ä+", Uuid::new_v4());
        (Objects::connect_below(&scratch.0).unwrap(), key)
    }

    #[test]
    fn keeps_bytes() {
        let scratch = Scratch::new();
        let (objects, key) = open(&scratch);
        assert_eq!(objects.get(&key).unwrap(), None);
        objects.put(&key, b"\x00\xff", None).unwrap();
        assert_eq!(objects.get(&key).unwrap().unwrap().0, b"\x00\xff");
        objects.delete(&key).unwrap();
        assert_eq!(objects.get(&key).unwrap(), None);
    }

    #[test]
    fn makes_an_object_only_once() {
        let scratch = Scratch::new();
        let (objects, key) = open(&scratch);
        objects.put(&key, b"1", None).unwrap();
        let again = objects.put(&key, b"2", None);
        assert!(again.unwrap_err().is::<Conflict>());
        objects.delete(&key).unwrap();
    }

    #[test]
    fn refuses_to_overwrite_what_somebody_else_changed() {
        let scratch = Scratch::new();
        let (objects, key) = open(&scratch);
        objects.put(&key, b"1", None).unwrap();
        let (_, version) = objects.get(&key).unwrap().unwrap();
        objects.put(&key, b"2", Some(&version)).unwrap();
        let late = objects.put(&key, b"3", Some(&version));
        assert!(late.unwrap_err().is::<Conflict>());
        assert_eq!(objects.get(&key).unwrap().unwrap().0, b"2");
        objects.delete(&key).unwrap();
    }
}
