//! `postmaster.pid`, the file in which a running server says who and where it is
//! (PostgreSQL, src/include/utils/pidfile.h).

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

pub(crate) struct Postmaster {
    pub(crate) pid: i32,
    port: u16,
    ready: bool,
    data: PathBuf,
}

impl Postmaster {
    /// None when there is no such file, or it is not complete yet.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let line = |number: usize| text.lines().nth(number - 1).map(str::trim);
        Some(Self {
            pid: line(1)?.parse().ok()?,
            port: line(4)?.parse().ok()?,
            ready: line(8) == Some("ready"),
            data: data.to_owned(),
        })
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// The port of a server that lives and accepts connections.
    pub(crate) fn answering_port(&self) -> Option<u16> {
        let answers = self.ready
            && self.lives()
            && TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok();
        answers.then_some(self.port)
    }

    fn lives(&self) -> bool {
        !matches!(
            signal::kill(Pid::from_raw(self.pid), None),
            Err(Errno::ESRCH)
        )
    }

    /// Whether the process is a server on this directory, and not one that was given the number of a dead server.
    /// A server's working directory is its data directory; where that cannot be looked up the answer is no.
    pub(crate) fn is_orphan(&self) -> bool {
        let running_in = fs::read_link(format!("/proc/{}/cwd", self.pid)).ok();
        running_in.is_some() && running_in == fs::canonicalize(&self.data).ok()
    }

    /// Asks for a fast shutdown.
    pub(crate) fn stop(&self) {
        // ESRCH: it is gone, which is what was wanted.
        signal::kill(Pid::from_raw(self.pid), Signal::SIGINT).ok();
    }
}
