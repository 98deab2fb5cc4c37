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

    pub(super) fn get(&self, name: &str) -> Option<String> {
        let lines = self.lines.iter().rev();
        let mut values = lines.filter_map(|line| assigned(line, name));
        values.next().map(read).filter(|value| !value.is_empty())
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        let last = self
            .lines
            .iter()
            .rev()
            .find_map(|line| assigned(line, name));
        if last.is_some_and(|text| read(text) == value && is_literal(text)) {
            return;
        }
        self.lines.retain(|line| assigned(line, name).is_none());
        self.lines.push(format!("{name}={}", quoted(value)));
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
    pub(super) fn events_token(&self) -> Option<String> {
        let tokens = self.get("AUTH0_EVENTS_TOKENS")?;
        let mut tokens = tokens.split(',').map(str::trim);
        tokens.find(|one| !one.is_empty()).map(str::to_owned)
    }

    /// Whole or not at all: a reader never sees half of it.
    pub(super) fn save(&self) -> Result<(), SetupFailure> {
        let mut text = self.lines.join("\n");
        text.push('\n');
        let failed = |error| SetupFailure::File(self.path.clone(), error);
        // Where the path is a link, what it leads to is written.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let new = beside(&path);
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
        fs::rename(&new, &path).map_err(failed)
    }
}

/// A name that nobody else gives to a file.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tenantry-new"))
}

/// What stands behind the name, with its quotation marks.
fn assigned<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    Some(line.strip_prefix(name)?.strip_prefix('=')?.trim())
}

/// As a shell, Docker Compose and `deploy/make-secrets` read it.
fn read(text: &str) -> String {
    if let Some(inner) = within(text, '\'') {
        return inner.to_owned();
    }
    let Some(inner) = within(text, '"') else {
        return text.to_owned();
    };
    let mut value = String::new();
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = characters.next_if(|next| character == '\\' && EXPANDED.contains(next));
        value.push(escaped.unwrap_or(character));
    }
    value
}

/// What a shell takes for something else in double quotation marks.
const EXPANDED: [char; 4] = ['$', '`', '"', '\\'];

/// Whether a shell takes it as it stands, and runs or expands nothing.
fn is_literal(text: &str) -> bool {
    if let Some(inner) = within(text, '\'') {
        return !inner.contains('\'');
    }
    match within(text, '"') {
        // Written by us, or nothing in it means anything to a shell.
        Some(_) => {
            quoted(&read(text)) == text
                || !within(text, '"').is_some_and(|inner| inner.contains(EXPANDED))
        }
        None => text.bytes().all(is_plain),
    }
}

fn within(text: &str, mark: char) -> Option<&str> {
    text.strip_prefix(mark)?.strip_suffix(mark)
}

/// Docker Compose knows no `'\''`, and takes a backslash before the last mark for a part of the value. Of what double
/// quotation marks then need it knows all but the backtick.
fn quoted(value: &str) -> String {
    if value.bytes().all(is_plain) {
        return value.to_owned();
    }
    if !value.contains('\'') && !value.ends_with('\\') {
        return format!("'{value}'");
    }
    let mut text = String::from('"');
    for character in value.chars() {
        if EXPANDED.contains(&character) {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
    text
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:,@%+=-".contains(&byte)
}

/// 256 bits.
fn secret() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use uuid::Uuid;

    use super::*;

    const VALUES: [&str; 9] = [
        "Tenantry",
        "Acme & Sons",
        r#"Ac"me $(touch x)"#,
        "Bob's Burgers",
        r#"Bob's "best" $HOME `id` \\ \n"#,
        r"ends in \",
        "a\\b",
        "#1",
        "it's",
    ];

    fn file() -> PathBuf {
        std::env::temp_dir().join(format!("environment-{}", Uuid::new_v4().simple()))
    }

    fn empty() -> Environment {
        Environment::read(&file()).expect("it need not be there")
    }

    #[test]
    fn a_shell_reads_what_was_written() {
        let mut environment = empty();
        for (at, value) in VALUES.iter().enumerate() {
            environment.set(&format!("V{at}"), value);
            assert_eq!(environment.get(&format!("V{at}")).as_deref(), Some(*value));
        }
        environment.save().expect("it can be written");
        for (at, value) in VALUES.iter().enumerate() {
            let script = format!(". {}; printf %s \"$V{at}\"", environment.path.display());
            let said = Command::new("sh")
                .args(["-c", &script])
                .output()
                .expect("there is a shell");
            assert_eq!(String::from_utf8_lossy(&said.stdout), *value);
            assert!(said.stderr.is_empty(), "{said:?}");
        }
        let before = environment.lines.clone();
        for (at, value) in VALUES.iter().enumerate() {
            environment.set(&format!("V{at}"), value);
        }
        assert_eq!(environment.lines, before);
        fs::remove_file(&environment.path).expect("it is there");
    }

    #[test]
    fn what_a_shell_would_run_is_written_again() {
        let mut environment = empty();
        environment.lines = vec![
            r#"A="Ac"me $(id)""#.into(),
            r#"export B="Acme""#.into(),
            "C=$(id)".into(),
        ];
        environment.set("A", r#"Ac"me $(id)"#);
        environment.set("B", "Acme");
        environment.set("C", "$(id)");
        assert_eq!(
            environment.lines,
            [r#"export B="Acme""#, r#"A='Ac"me $(id)'"#, "C='$(id)'"]
        );
    }

    #[test]
    fn only_the_file_is_touched() {
        let (mut environment, real) = (empty(), file());
        let other = environment.path.with_extension("new");
        fs::write(&other, "theirs").expect("it can be written");
        fs::write(&real, "A=1\n").expect("it can be written");
        std::os::unix::fs::symlink(&real, &environment.path).expect("it can be made");
        environment.set("B", "2");
        environment.save().expect("it can be written");
        assert_eq!(fs::read_to_string(&other).expect("it is there"), "theirs");
        assert_eq!(fs::read_to_string(&real).expect("it is there"), "B=2\n");
        assert!(environment.path.is_symlink());
        for path in [other, real, environment.path] {
            fs::remove_file(path).expect("it is there");
        }
    }
}
