//! What a restart keeps.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sandbox::{Running, Sandbox, SandboxConfig};

use crate::browser::{APP, Browser, claims};
use crate::keys::{access_token, verifies};

/// A folder of this test's own, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("sandbox-{}", uuid::Uuid::new_v4())))
    }

    async fn start(&self) -> Running {
        let config = SandboxConfig {
            data_dir: Some(self.0.clone()),
            tls_port: Some(0),
            app_urls: vec![APP.to_owned()],
            ..SandboxConfig::default()
        };
        Sandbox::start(config).await.unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join("sandbox").join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing hangs on it: the system clears its temporary files too.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[tokio::test]
async fn a_restart_keeps_keys_people_and_the_clock() {
    let folder = Folder::new();
    let first = folder.start().await;
    let authority = first.authority_pem().unwrap().to_owned();
    let browser = Browser::new(first.base_url());
    let token = access_token(&browser).await;
    first.clock().advance(chrono::TimeDelta::days(3));
    let kept = std::fs::read_to_string(folder.file("clock")).unwrap();
    assert_eq!(kept, "259200000", "other processes follow it at once");
    first.stop().await.unwrap();

    let second = folder.start().await;
    let browser = Browser::new(second.base_url());
    assert!(verifies(&browser, &token).await);
    assert_eq!(second.authority_pem().unwrap(), authority);
    assert_eq!(
        claims(&access_token(&browser).await)["sub"],
        claims(&token)["sub"]
    );
    assert!(
        browser.json("/sandbox/clock").await["offset_ms"]
            .as_i64()
            .unwrap()
            >= 3 * 86_400_000
    );
}

#[tokio::test]
async fn the_state_on_disk_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.start().await.stop().await.unwrap();
    for file in ["tenant.json", "ca-key.pem"] {
        let mode = std::fs::metadata(folder.file(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn changes_reach_the_disk_without_a_stop() {
    let folder = Folder::new();
    let sandbox = folder.start().await;
    let browser = Browser::new(sandbox.base_url());
    let refresh_token = {
        let login = browser.log_in("ada@example.com", &[]).await;
        browser.exchange(&login).await.unwrap()["refresh_token"].clone()
    };
    let file = folder.file("tenant.json");
    let deadline = Instant::now() + Duration::from_secs(5);
    while !std::fs::read_to_string(&file)
        .unwrap()
        .contains(refresh_token.as_str().unwrap())
    {
        assert!(
            Instant::now() < deadline,
            "the login never reached the disk"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
