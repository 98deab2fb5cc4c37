//! One cluster's directory: who holds it, its superuser's password, its data.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::postmaster::Postmaster;
use crate::spawn::{Spawner, last_lines};
use crate::{Binaries, StartError, WhenTaken};

/// How long another process may take to bring its server up, which includes its initdb.
const JOIN_DEADLINE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

pub(crate) struct Cluster {
    directory: PathBuf,
    /// Held as long as this process runs the server; the kernel lets go of it however the process ends.
    _lock: Option<File>,
}

pub(crate) enum Ownership {
    Ours,
    Joined { port: u16 },
}

impl Cluster {
    pub(crate) fn open(
        base: &Path,
        binaries: &Binaries,
        account: &Account,
        when_taken: WhenTaken,
    ) -> Result<(Self, Ownership), StartError> {
        for number in 1_u32.. {
            let suffix = if number == 1 {
                String::new()
            } else {
                format!("-{number}")
            };
            let directory = base.join(format!("pg-{}{suffix}", binaries.major));
            create_private(&directory, account)?;
            if let Some(lock) = lock(&directory)? {
                return Ok((
                    Self {
                        directory,
                        _lock: Some(lock),
                    },
                    Ownership::Ours,
                ));
            }
            if when_taken == WhenTaken::Join {
                return Self::join(directory);
            }
        }
        unreachable!("there is always a higher number");
    }

    fn join(directory: PathBuf) -> Result<(Self, Ownership), StartError> {
        let deadline = Instant::now() + JOIN_DEADLINE;
        while Instant::now() < deadline {
            if let Some(port) =
                Postmaster::read(&directory.join("data")).and_then(|found| found.answering_port())
            {
                return Ok((
                    Self {
                        directory,
                        _lock: None,
                    },
                    Ownership::Joined { port },
                ));
            }
            // The holder may also have gone, or failed, since we looked.
            if let Some(lock) = lock(&directory)? {
                return Ok((
                    Self {
                        directory,
                        _lock: Some(lock),
                    },
                    Ownership::Ours,
                ));
            }
            std::thread::sleep(POLL);
        }
        Err(StartError::Unanswered(directory))
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    pub(crate) fn password(&self) -> Result<String, StartError> {
        let path = self.directory.join("password");
        fs::read_to_string(&path).map_err(StartError::io("cannot read", path))
    }

    /// Runs initdb unless the cluster exists. Returns the superuser's password.
    pub(crate) fn prepare(
        &self,
        binaries: &Binaries,
        account: &Account,
    ) -> Result<String, StartError> {
        if self.data().is_dir() {
            return self.password();
        }
        let password = random_password()?;
        write_private(&self.directory.join("password"), &password, account)?;
        // An initdb that is killed half-way leaves only this directory, never a half-made cluster.
        let unfinished = self.directory.join("data.unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)
                .map_err(StartError::io("cannot remove", &unfinished))?;
        }
        self.initdb(&unfinished, binaries, account)?;
        fs::rename(&unfinished, self.data())
            .map_err(StartError::io("cannot rename", unfinished))?;
        Ok(password)
    }

    fn initdb(
        &self,
        target: &Path,
        binaries: &Binaries,
        account: &Account,
    ) -> Result<(), StartError> {
        // Other systems than Linux do not all know C.UTF-8.
        let locale = if cfg!(target_os = "linux") {
            "--locale=C.UTF-8"
        } else {
            "--locale=C"
        };
        let mut command = Spawner {
            account,
            log: self.log(),
        }
        .command(&binaries.program("initdb"))?;
        command
            .arg("-D")
            .arg(target)
            .arg("--pwfile")
            .arg(self.directory.join("password"))
            .args([
                "-U",
                "postgres",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                locale,
                "--no-sync",
                "--no-instructions",
            ]);
        let status = command
            .status()
            .map_err(StartError::io("cannot run", binaries.program("initdb")))?;
        if status.success() {
            Ok(())
        } else {
            Err(StartError::Initdb(last_lines(&self.log())))
        }
    }
}

pub(crate) fn forget_all(base: &Path) -> Result<(), StartError> {
    let entries = fs::read_dir(base).map_err(StartError::io("cannot read", base))?;
    for directory in entries.flatten().map(|entry| entry.path()) {
        let is_cluster = directory
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("pg-"));
        if is_cluster && let Some(_lock) = lock(&directory)? {
            fs::remove_dir_all(&directory).map_err(StartError::io("cannot remove", &directory))?;
        }
    }
    Ok(())
}

fn lock(directory: &Path) -> Result<Option<File>, StartError> {
    let path = directory.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(StartError::io("cannot open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(StartError::io("cannot lock", path)(source)),
    }
}

fn create_private(directory: &Path, account: &Account) -> Result<(), StartError> {
    fs::create_dir_all(directory).map_err(StartError::io("cannot create", directory))?;
    account.give(directory)?;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
        .map_err(StartError::io("cannot protect", directory))
}

fn write_private(path: &Path, text: &str, account: &Account) -> Result<(), StartError> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(StartError::io("cannot create", path))?;
    file.write_all(text.as_bytes())
        .map_err(StartError::io("cannot write", path))?;
    account.give(path)
}

fn random_password() -> Result<String, StartError> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 24];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(StartError::io("cannot read", source))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
