//! A real server from the machine's binaries, as whoever runs the tests.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use local_postgres::{LocalPostgres, Options, WhenTaken};

const CHILD: &str = "LOCAL_POSTGRES_TEST_CHILD";

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        Self(path)
    }

    fn options(&self) -> Options {
        Options {
            durable: false,
            ..Options::new(&self.0)
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn answers(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn becomes_true(mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_server_answers_until_it_is_stopped_and_keeps_its_cluster() {
    let directory = Directory::new("restart");
    let first = LocalPostgres::start(&directory.options()).expect("first start");
    let (port, url) = (first.port(), first.admin_url());
    let password = url.split('@').next().expect("credentials").to_owned();
    assert!(answers(port));
    first.stop();
    assert!(!answers(port));
    let second = LocalPostgres::start(&directory.options()).expect("second start");
    assert!(
        second.admin_url().starts_with(&password),
        "the cluster was made anew"
    );
}

#[test]
fn a_second_start_joins_the_running_server_and_leaves_it_running() {
    let directory = Directory::new("join");
    let first = LocalPostgres::start(&directory.options()).expect("first start");
    let second = LocalPostgres::start(&directory.options()).expect("second start");
    assert!(second.is_joined());
    assert_eq!(second.admin_url(), first.admin_url());
    second.stop();
    assert!(answers(first.port()));
}

#[test]
fn tests_get_a_server_of_their_own_when_the_directory_is_taken() {
    let directory = Directory::new("next-free");
    let first = LocalPostgres::start(&directory.options()).expect("first start");
    let options = Options {
        when_taken: WhenTaken::NextFree,
        ..directory.options()
    };
    let second = LocalPostgres::start(&options).expect("second start");
    assert!(!second.is_joined());
    assert_ne!(second.port(), first.port());
}

#[test]
fn forgetting_spares_a_cluster_that_is_held() {
    let directory = Directory::new("forget");
    let server = LocalPostgres::start(&directory.options()).expect("start");
    let cluster = server.directory().to_owned();
    LocalPostgres::forget(&directory.0).expect("forget");
    assert!(cluster.exists());
    server.stop();
    LocalPostgres::forget(&directory.0).expect("forget");
    assert!(!cluster.exists());
}

#[test]
fn the_password_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new("password");
    let server = LocalPostgres::start(&directory.options()).expect("start");
    let metadata = std::fs::metadata(server.directory().join("password")).expect("password file");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let password = std::fs::read_to_string(server.directory().join("password")).expect("password");
    assert!(!format!("{server:?}").contains(&password));
}

#[test]
#[cfg(target_os = "linux")]
fn killing_the_parent_leaves_no_server_behind() {
    let directory = Directory::new("killed");
    let mut parent = Command::new(std::env::current_exe().expect("own path"))
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "holds_a_server_until_killed",
        ])
        .env(CHILD, &directory.0)
        .stdout(Stdio::piped())
        .spawn()
        .expect("re-exec");
    let lines = BufReader::new(parent.stdout.take().expect("piped")).lines();
    let port = lines
        .map_while(Result::ok)
        .find_map(|line| {
            line.split_once("port=")
                .and_then(|(_, port)| port.parse::<u16>().ok())
        })
        .expect("the child says its port");
    assert!(answers(port));
    parent.kill().expect("SIGKILL");
    parent.wait().expect("reaped");
    assert!(
        becomes_true(|| !answers(port)),
        "Postgres outlived its parent"
    );
    let again =
        LocalPostgres::start(&directory.options()).expect("starts on what the killed one left");
    assert!(!again.is_joined());
}

#[test]
#[ignore = "the other half of killing_the_parent_leaves_no_server_behind"]
fn holds_a_server_until_killed() {
    let Some(directory) = std::env::var_os(CHILD) else {
        return;
    };
    let server = LocalPostgres::start(&Options::new(directory)).expect("start");
    println!("port={}", server.port());
    loop {
        std::thread::park();
    }
}
