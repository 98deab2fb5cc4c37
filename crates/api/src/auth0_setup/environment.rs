//! The file with the product's variables: what is in it stays, its order and comments too.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::SetupFailure;
use crate::config::OWN_SECRETS;

/// Only its owner may read it.
const MODE: u32 = 0o600;

pub(super) struct Environment {
    path: PathBuf,
    lines: Vec<String>,
}

impl Environment {
    /// A file that does not exist yet is empty.
    pub(super) fn read(path: &Path) -> Result<Self, SetupFailure> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(SetupFailure::File(path.to_owned(), error)),
        };
        Ok(Self {
            path: path.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let lines = self.lines.iter().rev();
        let mut values = lines.filter_map(|line| value_of(line, name));
        values.next().filter(|value| !value.is_empty())
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        if self.get(name) == Some(value) {
            return;
        }
        self.lines.retain(|line| value_of(line, name).is_none());
        // A shell that reads the file takes what is plain as it is.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:,@%+=-".contains(&byte);
        self.lines.push(match value.bytes().all(is_plain) {
            true => format!("{name}={value}"),
            false => format!("{name}=\"{value}\""),
        });
    }

    /// Those that are kept elsewhere than in the file.
    pub(super) fn take(&mut self, secrets: &[(&'static str, SecretString)]) {
        for (name, secret) in secrets {
            self.set(name, secret.expose_secret());
        }
    }

    /// What only we know: made once, kept from then on.
    pub(super) fn invent_secrets(&mut self) {
        for name in OWN_SECRETS {
            if self.get(name).is_none() {
                self.set(name, &secret());
            }
        }
    }

    /// The token that the event stream sends: the first of those that we accept.
    pub(super) fn events_token(&self) -> Option<&str> {
        let tokens = self.get("AUTH0_EVENTS_TOKENS")?;
        tokens.split(',').map(str::trim).find(|one| !one.is_empty())
    }

    /// Whole or not at all: a reader never sees half of it.
    pub(super) fn save(&self) -> Result<(), SetupFailure> {
        let mut text = self.lines.join("\n");
        text.push('\n');
        let new = self.path.with_extension("new");
        let failed = |error| SetupFailure::File(self.path.clone(), error);
        // The mode is given to a file that is made, never to one that was there.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut file: File = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(&new)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&new, &self.path).map_err(failed)
    }
}

fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let value = line.strip_prefix(name)?.strip_prefix('=')?.trim();
    let quoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    Some(quoted.unwrap_or(value))
}

/// 256 bits.
fn secret() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}
