//! The real binary as a process of its own, to be killed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command as StdCommand;
use std::sync::OnceLock;

use tokio::process::{Child, Command};

/// `tenantry`, built if it is not fresh. The binary belongs to another package, so cargo does not build it for us.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = StdCommand::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--package",
                "api",
                "--bin",
                "tenantry",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the binary builds");
        let test = std::env::current_exe().expect("this test is a file");
        let profile = test
            .ancestors()
            .nth(2)
            .expect("it lies in target/PROFILE/deps");
        profile.join("tenantry")
    })
}

/// A running `tenantry`, killed when it is dropped.
pub fn spawn(arguments: &[&str], variables: &BTreeMap<String, String>) -> Child {
    Command::new(binary())
        .args(arguments)
        .env_clear()
        .envs(variables)
        .kill_on_drop(true)
        .spawn()
        .expect("the binary starts")
}

/// Sends a signal by its name, such as `STOP`.
pub fn signal(child: &Child, name: &str) {
    let id = child.id().expect("it still runs").to_string();
    let sent = StdCommand::new("kill")
        .args([format!("-{name}"), id])
        .status()
        .expect("kill runs");
    assert!(sent.success(), "the signal arrives");
}
