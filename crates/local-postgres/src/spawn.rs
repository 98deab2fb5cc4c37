//! Child processes that cannot outlive this one.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::StartError;
use crate::account::Account;

pub(crate) struct Spawner<'a> {
    pub(crate) account: &'a Account,
    /// Receives what the child writes.
    pub(crate) log: PathBuf,
}

impl Spawner<'_> {
    /// A command that runs as the account, with nothing of this process's environment, in a process group of its own
    /// (Ctrl-C in the terminal is ours to handle), and that is interrupted when the spawning thread ends.
    pub(crate) fn command(&self, program: &Path) -> Result<Command, StartError> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(StartError::io("cannot open", &self.log))?;
        let errors = log
            .try_clone()
            .map_err(StartError::io("cannot open", &self.log))?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0);
        self.account.apply(&mut command);
        die_with_parent(&mut command);
        Ok(command)
    }
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the parent-death signal can only be set in the child, between fork and exec"
)]
fn die_with_parent(command: &mut Command) {
    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::Signal;
    use nix::unistd::{Pid, getppid};

    let parent = Pid::this();
    // std calls this after it has changed the uid, which would clear the signal.
    // SAFETY: prctl and getppid are async-signal-safe, and nothing here allocates or takes a lock.
    unsafe {
        command.pre_exec(move || {
            set_pdeathsig(Signal::SIGINT)?;
            // The parent may have died before the signal was set.
            if getppid() == parent {
                Ok(())
            } else {
                Err(io::Error::from_raw_os_error(nix::libc::ESRCH))
            }
        });
    }
}

/// Only Linux has the signal. Elsewhere a server outlives a killed parent, and the next start joins or replaces it.
#[cfg(not(target_os = "linux"))]
fn die_with_parent(_: &mut Command) {}

/// The end of a log, for an error message.
pub(crate) fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
