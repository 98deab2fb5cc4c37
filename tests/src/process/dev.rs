//! `tenantry dev` as a process, with ports and a data directory that can be started on again.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use api::dev::demo::{Person, Tokens, World, log_in};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use uuid::Uuid;

use super::{command, free_port};
use crate::PASSWORD;

/// The first start makes a database cluster, on a machine that may be busy.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// Where `dev` runs. The data goes when it is dropped.
pub struct Place {
    pub data: PathBuf,
    pub ports: Ports,
}

/// Of the flags in [`FLAGS`].
pub type Ports = [u16; 3];

pub const FLAGS: [&str; 3] = ["--port", "--sandbox-port", "--sandbox-tls-port"];

pub fn free_ports() -> Ports {
    [(); 3].map(|()| free_port())
}

/// A running `dev` that has said where it is.
pub struct Dev {
    pub process: Child,
    /// What it said.
    pub screen: String,
    output: Lines<BufReader<ChildStdout>>,
}

impl Place {
    /// # Panics
    /// There is no temporary directory.
    pub fn new() -> Self {
        let name = format!("tenantry-test-{}", Uuid::new_v4().simple());
        let data = std::env::temp_dir().join(name);
        fs::create_dir(&data).expect("a temporary directory");
        Self {
            data: fs::canonicalize(data).expect("it was just made"),
            ports: free_ports(),
        }
    }

    /// Ends in a slash.
    pub fn api(&self) -> String {
        format!("http://localhost:{}/", self.ports[0])
    }

    /// Ends in a slash.
    pub fn identity(&self) -> String {
        format!("http://localhost:{}/", self.ports[1])
    }

    pub async fn start(&self) -> Dev {
        let mut process = self.command(self.ports).spawn().expect("the binary starts");
        let stdout = process.stdout.take().expect("it is piped");
        let (mut output, mut screen) = (BufReader::new(stdout).lines(), String::new());
        while !screen.contains("in another terminal") {
            let line = timeout(START_LIMIT, output.next_line()).await;
            let line = line.expect("it starts in time").expect("it writes text");
            screen += &line.expect("it starts, see its standard error");
            screen += "\n";
        }
        Dev {
            process,
            screen,
            output,
        }
    }

    /// For a start that fails: exit code and standard error.
    pub async fn refusal(&self, ports: Ports) -> (Option<i32>, String) {
        let mut process = self.command(ports);
        process.stderr(Stdio::piped());
        let output = timeout(START_LIMIT, process.output()).await;
        let output = output.expect("it ends").expect("the binary starts");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), errors)
    }

    /// A login in a browser of its own.
    ///
    /// # Errors
    /// What the login pages said.
    pub async fn log_in(&self, email: &str, extra: &[(&str, &str)]) -> Result<Tokens, String> {
        let [api, identity] = [self.api(), self.identity()].map(|url| url.parse().expect("a URL"));
        let world = World::new(api, identity).expect("an HTTP client");
        let mut person = Person::new(email, PASSWORD).expect("a browser");
        let tokens = log_in(&world, &mut person, extra).await;
        tokens.map_err(|failure| failure.to_string())
    }

    /// Numbers of the processes that work in the data directory: the database server and its children.
    pub fn servers(&self) -> Vec<u32> {
        let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
        processes
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|id| {
                fs::read_link(format!("/proc/{id}/cwd"))
                    .is_ok_and(|directory| directory.starts_with(&self.data))
            })
            .collect()
    }

    fn command(&self, ports: Ports) -> Command {
        let mut command = command(&["dev", "--data"], &surroundings());
        command.arg(&self.data).stdout(Stdio::piped());
        for (flag, port) in FLAGS.into_iter().zip(ports) {
            command.arg(flag).arg(port.to_string());
        }
        command
    }
}

impl Dev {
    /// Waits for its end and answers with its exit code and what it said last.
    pub async fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        let mut output = self.output.into_inner();
        let ended = timeout(STOP_LIMIT, async {
            output.read_to_string(&mut rest).await.expect("text");
            self.process.wait().await.expect("it is our child")
        });
        (ended.await.expect("it ends in time").code(), rest)
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Best effort: it lies in the system's temporary directory.
        fs::remove_dir_all(&self.data).ok();
    }
}

/// What `dev` needs of the environment to find Postgres, and no variable of the product.
fn surroundings() -> BTreeMap<String, String> {
    ["PATH", "HOME", "PG_BIN"]
        .into_iter()
        .filter_map(|name| {
            let value = std::env::var_os(name)?.into_string().ok()?;
            Some((name.to_owned(), value))
        })
        .collect()
}
