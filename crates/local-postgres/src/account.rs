//! The operating-system account that the server runs as, and what that account can reach.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use crate::StartError;

/// Where clusters go when their intended place lies below a directory that only root can enter, such as `/root`.
const FALLBACK: &str = "/var/lib/local-postgres";

pub(crate) struct Account {
    /// None: the account of this process.
    run_as: Option<(Uid, Gid)>,
}

impl Account {
    /// This process's own account; for root, `postgres`, else `nobody`. The account needs an entry in passwd:
    /// initdb looks its own name up.
    pub(crate) fn for_server() -> Result<Self, StartError> {
        if !Uid::effective().is_root() {
            return Ok(Self { run_as: None });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self {
                run_as: Some((user.uid, user.gid)),
            })
            .ok_or(StartError::NoAccount)
    }

    /// Runs the command as this account. std drops root's supplementary groups together with the uid.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Some((uid, gid)) = self.run_as {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
    }

    /// Hands a file or directory that this process made to the account.
    pub(crate) fn give(&self, path: &Path) -> Result<(), StartError> {
        let Some((uid, gid)) = self.run_as else {
            return Ok(());
        };
        std::os::unix::fs::chown(path, Some(uid.as_raw()), Some(gid.as_raw()))
            .map_err(StartError::io("cannot change the owner of", path))
    }

    /// Creates the directory, or its substitute when the account could not enter it, and returns its absolute path.
    pub(crate) fn reachable(&self, wanted: &Path) -> Result<PathBuf, StartError> {
        let wanted = create(wanted)?;
        if self.can_enter(&wanted) {
            return Ok(wanted);
        }
        let mut hasher = DefaultHasher::new();
        wanted.hash(&mut hasher);
        create(&Path::new(FALLBACK).join(format!("{:016x}", hasher.finish())))
    }

    /// Whether the account may pass through every directory down to and including this one.
    pub(crate) fn can_enter(&self, directory: &Path) -> bool {
        let Some((uid, gid)) = self.run_as else {
            return true;
        };
        directory.ancestors().all(|ancestor| {
            fs::metadata(ancestor).is_ok_and(|found| {
                let mode = found.mode();
                mode & 0o001 != 0
                    || (found.uid() == uid.as_raw() && mode & 0o100 != 0)
                    || (found.gid() == gid.as_raw() && mode & 0o010 != 0)
            })
        })
    }
}

fn create(directory: &Path) -> Result<PathBuf, StartError> {
    fs::create_dir_all(directory).map_err(StartError::io("cannot create", directory))?;
    fs::canonicalize(directory).map_err(StartError::io("cannot resolve", directory))
}
