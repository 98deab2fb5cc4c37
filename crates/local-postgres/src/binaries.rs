//! Finds `initdb` and `postgres` where installers put them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::Account;
use crate::npm;

/// A directory with `initdb` and `postgres`, and the major version that they report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binaries {
    pub(crate) directory: PathBuf,
    pub(crate) major: u32,
}

impl Binaries {
    /// None unless both programs are there and `postgres --version` can be read.
    fn at(directory: &Path) -> Option<Self> {
        // Through symlinks, because initdb looks for its share directory relative to the real place.
        let directory = fs::canonicalize(directory.join("postgres"))
            .ok()?
            .parent()?
            .to_owned();
        if !directory.join("initdb").is_file() {
            return None;
        }
        let version = Command::new(directory.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major = major_of(&String::from_utf8_lossy(&version.stdout))?;
        Some(Self { directory, major })
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The first usable set of binaries: `preferred`, then PATH, `pg_config`, the packagers' directories (highest version
/// first), and what npm has put below `base`.
pub(crate) fn find_binaries(
    preferred: Option<&Path>,
    base: &Path,
    account: &Account,
) -> Option<Binaries> {
    let candidates = preferred
        .map(Path::to_owned)
        .into_iter()
        .chain(on_path())
        .chain(pg_config())
        .chain(numbered("/usr/lib/postgresql", "", "bin"))
        .chain(numbered("/usr", "pgsql-", "bin"))
        .chain(numbered("/opt/homebrew/opt", "postgresql@", "bin"))
        .chain(numbered("/usr/local/opt", "postgresql@", "bin"))
        .chain([npm::binaries(base)]);
    candidates
        .filter_map(|directory| Binaries::at(&directory))
        .find(|found| account.can_enter(&found.directory))
}

fn on_path() -> Vec<PathBuf> {
    std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    output
        .status
        .success()
        .then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// `PARENT/PREFIX<number>/SUFFIX`, highest number first.
fn numbered(parent: &str, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let number = entry
                .file_name()
                .to_str()?
                .strip_prefix(prefix)?
                .parse()
                .ok()?;
            Some((number, entry.path().join(suffix)))
        })
        .collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, directory)| directory).collect()
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15; also `18.4`, `19beta1`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let end = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_style_of_version() {
        assert_eq!(
            major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_of("postgres (PostgreSQL) 18.4"), Some(18));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("something else"), None);
    }
}
