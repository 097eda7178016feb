//! Folders of files that stand in for a server, to try things out: other machines do not see them.

use std::path::{Path, PathBuf};
use std::{env, fs, io};
use uuid::Uuid;

/// Where they are: DATA_FOLDER, or else where temporary files are.
pub fn root() -> PathBuf {
    env::var_os("DATA_FOLDER")
        .filter(|path| !path.is_empty())
        .map_or_else(env::temp_dir, PathBuf::from)
}

pub struct SharedFolder {
    pub path: PathBuf,
}

impl SharedFolder {
    /// The folder of this name below `root`.
    pub fn named(root: &Path, name: &str) -> io::Result<Self> {
        let path = root.join(name);
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// The bytes of a file, if there is one.
    pub fn read(&self, file: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path.join(file)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Puts the bytes there in one step, in place of what is there.
    pub fn replace(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let written = self.path.join(format!(".{}", Uuid::new_v4()));
        fs::write(&written, bytes)?;
        fs::rename(written, self.path.join(file))
    }

    /// Puts the bytes there in one step; false when the file is there already.
    pub fn create(&self, file: &str, bytes: &[u8]) -> io::Result<bool> {
        let written = self.path.join(format!(".{}", Uuid::new_v4()));
        fs::write(&written, bytes)?;
        // Fails when there is one, where a rename replaces it.
        let linked = fs::hard_link(&written, self.path.join(file));
        fs::remove_file(written)?;
        match linked {
            Ok(()) => Ok(true),
            Err(problem) if problem.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    pub fn remove(&self, file: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(file)) {
            Err(problem) if problem.kind() != io::ErrorKind::NotFound => Err(problem),
            _ => Ok(()),
        }
    }
}
<%if "postgres" in with or "redis" in with or "object-store" in with%>

/// Names the file of a key, whatever characters the key has; tells contents apart.
pub fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    format!("{:x}", Sha256::digest(bytes))
}
<%end%>

/// A folder of a test's own, gone with it.
#[cfg(test)]
pub(crate) struct Scratch(pub(crate) PathBuf);

#[cfg(test)]
impl Scratch {
    pub(crate) fn new() -> Self {
        Self(env::temp_dir().join(Uuid::new_v4().to_string()))
    }
}

#[cfg(test)]
impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
