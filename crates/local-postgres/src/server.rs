//! The server process: started, watched until it is ready, stopped.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use crate::account::Account;
use crate::cluster::Cluster;
use crate::postmaster::Postmaster;
use crate::spawn::{Spawner, last_lines};
use crate::{Binaries, Options, StartError};

/// Crash recovery after a power cut is the slow case.
const READY_DEADLINE: Duration = Duration::from_secs(60);
const STOP_DEADLINE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);

pub(crate) struct Server {
    port: u16,
    /// Dropping it tells the thread to stop the server.
    stop: Option<mpsc::Sender<()>>,
    /// The thread that spawned the server lives as long as it: the parent-death signal follows the thread.
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(
        cluster: &Cluster,
        binaries: &Binaries,
        account: &Account,
        options: &Options,
    ) -> Result<Self, StartError> {
        stop_orphan(cluster)?;
        // Nothing is lost with the log of an earlier run, and it would grow for ever.
        fs::remove_file(cluster.log()).ok();
        let port = free_port()?;
        let mut command = Spawner {
            account,
            log: cluster.log(),
        }
        .command(&binaries.program("postgres"))?;
        command.arg("-D").arg(cluster.data());
        for setting in settings(port, options) {
            command.arg("-c").arg(setting);
        }
        let (stop, stopped) = mpsc::channel();
        let (started, has_started) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("local-postgres".to_owned())
            .spawn(move || {
                let child = spawn(command, &started);
                // Returns when the sender is dropped.
                stopped.recv().ok();
                if let Some(child) = child {
                    end(child);
                }
            })
            .map_err(StartError::io(
                "cannot start a thread for",
                binaries.program("postgres"),
            ))?;
        let server = Self {
            port,
            stop: Some(stop),
            thread: Some(thread),
        };
        let pid = has_started
            .recv()
            .map_err(|_| StartError::Server("its thread ended".to_owned()))?
            .map_err(StartError::io("cannot run", binaries.program("postgres")))?;
        wait_until_ready(cluster, pid)?;
        Ok(server)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic in that thread has been printed; there is nothing to add here.
            thread.join().ok();
        }
    }
}

fn spawn(mut command: Command, started: &mpsc::Sender<std::io::Result<u32>>) -> Option<Child> {
    let (answer, child) = match command.spawn() {
        Ok(child) => (Ok(child.id()), Some(child)),
        Err(error) => (Err(error), None),
    };
    started.send(answer).ok();
    child
}

fn settings(port: u16, options: &Options) -> Vec<String> {
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        // No Unix socket: its default directory belongs to the packaged server, and its path may be too long elsewhere.
        "unix_socket_directories=".to_owned(),
        format!("max_connections={}", options.max_connections),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ];
    if !options.durable {
        settings.extend(
            [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ]
            .map(str::to_owned),
        );
    }
    settings
}

fn free_port() -> Result<u16, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(StartError::io("cannot listen on", "127.0.0.1"))
}

/// The server of a process that was just killed may still be writing its last checkpoint.
fn stop_orphan(cluster: &Cluster) -> Result<(), StartError> {
    let deadline = Instant::now() + STOP_DEADLINE;
    while let Some(orphan) = Postmaster::read(&cluster.data()).filter(Postmaster::is_orphan) {
        if Instant::now() > deadline {
            return Err(StartError::Server(format!(
                "process {} still runs on its data directory",
                orphan.pid
            )));
        }
        orphan.stop();
        thread::sleep(POLL);
    }
    Ok(())
}

fn wait_until_ready(cluster: &Cluster, pid: u32) -> Result<(), StartError> {
    let deadline = Instant::now() + READY_DEADLINE;
    while Instant::now() < deadline {
        let ours =
            Postmaster::read(&cluster.data()).filter(|found| found.pid.cast_unsigned() == pid);
        if ours.is_some_and(|found| found.is_ready()) {
            return Ok(());
        }
        if has_exited(pid) {
            return Err(StartError::Server(last_lines(&cluster.log())));
        }
        thread::sleep(POLL);
    }
    Err(StartError::Server(format!(
        "it was not ready after {} s",
        READY_DEADLINE.as_secs()
    )))
}

/// The child is not reaped here (its thread does that), so an ended one is a zombie.
fn has_exited(pid: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return cfg!(target_os = "linux");
    };
    status
        .rsplit_once(") ")
        .is_some_and(|(_, rest)| rest.starts_with('Z'))
}

/// Fast shutdown, then an immediate one, then none of its choosing.
fn end(mut child: Child) {
    let pid = Pid::from_raw(child.id().cast_signed());
    for (wish, patience) in [
        (Signal::SIGINT, STOP_DEADLINE),
        (Signal::SIGQUIT, Duration::from_secs(2)),
    ] {
        signal::kill(pid, wish).ok();
        if ended_within(&mut child, patience).is_some() {
            return;
        }
    }
    child.kill().ok();
    child.wait().ok();
}

fn ended_within(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(POLL);
    }
    None
}
