//! The data directory of `tenantry dev`: who holds it, and the secrets that it keeps between two starts.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::DevError;

/// Held as long as `dev` runs.
pub(super) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

/// Made once for each data directory. Nothing here is worth anything outside this machine.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    /// Another name after `--fresh`, so that a server that is not ours is left as it is.
    pub(super) database: String,
    pub(super) migrator_password: String,
    pub(super) api_password: String,
    pub(super) worker_password: String,
    pub(super) inbox_password: String,
    pub(super) stripe_webhook_secret: String,
    pub(super) cursor_key: String,
    /// Absent in a directory of an older version.
    #[serde(default = "random")]
    pub(super) event_stream_token: String,
    /// Likewise.
    #[serde(default = "random")]
    pub(super) platform_password: String,
    /// Likewise.
    #[serde(default = "random")]
    pub(super) secrets_key: String,
}

impl DataDirectory {
    /// Creates the directory if need be. `fresh` forgets the sandbox and the secrets, and so the database's name.
    pub(super) fn open(path: &Path, fresh: bool) -> Result<Self, DevError> {
        let failed = |source| DevError::Data {
            path: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(failed)?;
        let path = fs::canonicalize(path).map_err(failed)?;
        let lock = lock(&path)?;
        if fresh {
            for kept in ["sandbox", "secrets.json"].map(|name| path.join(name)) {
                remove(&kept).map_err(failed)?;
            }
        }
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn secrets(&self) -> Result<Secrets, DevError> {
        let path = self.join("secrets.json");
        let failed = |source| DevError::Data {
            path: path.clone(),
            source,
        };
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(error.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secrets = Secrets::random();
                let text =
                    serde_json::to_vec_pretty(&secrets).map_err(|error| failed(error.into()))?;
                write_private(&path, &text).map_err(failed)?;
                Ok(secrets)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

impl Secrets {
    fn random() -> Self {
        Self {
            database: format!("tenantry_dev_{}", &random()[..8]),
            migrator_password: random(),
            api_password: random(),
            worker_password: random(),
            inbox_password: random(),
            stripe_webhook_secret: format!("whsec_{}", random()),
            cursor_key: random(),
            event_stream_token: random(),
            platform_password: random(),
            secrets_key: random(),
        }
    }
}

/// 122 random bits.
fn random() -> String {
    Uuid::new_v4().simple().to_string()
}

fn lock(path: &Path) -> Result<File, DevError> {
    let failed = |source| DevError::Data {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DevError::AlreadyRuns(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?
        .write_all(text)
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    removed.or_else(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    struct Directory(PathBuf);

    impl Directory {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("tenantry-data-{}", random())))
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    #[test]
    fn secrets_are_kept_until_a_fresh_start() {
        let directory = Directory::new();
        let database = |fresh| {
            DataDirectory::open(&directory.0, fresh)?
                .secrets()
                .map(|kept| kept.database)
        };
        let first = database(false).unwrap();
        assert_eq!(database(false).unwrap(), first);
        assert_ne!(database(true).unwrap(), first);
    }

    #[test]
    fn only_their_owner_can_read_the_secrets() {
        let directory = Directory::new();
        DataDirectory::open(&directory.0, false)
            .unwrap()
            .secrets()
            .unwrap();
        let mode = fs::metadata(directory.0.join("secrets.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_directory_in_use_is_refused() {
        let directory = Directory::new();
        let _first = DataDirectory::open(&directory.0, false).unwrap();
        assert!(matches!(
            DataDirectory::open(&directory.0, true),
            Err(DevError::AlreadyRuns(_))
        ));
    }
}
