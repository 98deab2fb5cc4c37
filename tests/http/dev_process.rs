//! `tenantry dev` as a person meets it: one process that says where it is, keeps what it was given, and leaves nothing.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tests::process::dev::{FLAGS, Place, free_ports};
use tests::{eventually, process};

#[tokio::test(flavor = "multi_thread")]
async fn it_says_where_it_is_listens_on_loopback_only_and_stops_in_order() {
    let place = Place::new();
    let dev = place.start().await;
    for url in [place.api(), place.identity()] {
        assert!(dev.screen.contains(&url), "{}", dev.screen);
    }
    let mut listening = listening(dev.process.id().expect("it runs"));
    assert!(listening.len() >= 3, "{listening:?}");
    let servers = place.servers();
    assert!(!servers.is_empty(), "it has a database server of its own");
    listening.extend(servers.into_iter().flat_map(self::listening));
    let (v4, v6) = ("0100007F", "00000000000000000000000001000000");
    for address in &listening {
        assert!(
            address.starts_with(v4) || address.starts_with(v6),
            "{address}"
        );
    }
    process::signal(&dev.process, "INT");
    let (code, said) = dev.end().await;
    assert_eq!((code, said.trim()), (Some(0), "Stopping."));
    assert_eq!(place.servers(), Vec::<u32>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_no_server_behind_and_the_next_start_finds_everything() {
    let place = Place::new();
    let mut dev = place.start().await;
    let before = keys(&place).await;
    let tokens = place
        .log_in("dora@example.com", &[("screen_hint", "signup")])
        .await;
    let first = tokens.expect("she can sign up");
    let project = create_project(&place, &first.access_token).await;
    dev.process.kill().await.expect("it can be killed");
    eventually("the end of the database server", || async {
        place.servers().is_empty().then_some(())
    })
    .await;

    let dev = place.start().await;
    assert_eq!(keys(&place).await, before);
    let again = place
        .log_in("dora@example.com", &[])
        .await
        .expect("she is known");
    assert_eq!(again.access["sub"], first.access["sub"]);
    for token in [&again.access_token, &first.access_token] {
        assert_eq!(
            projects(&place, token).await["items"][0]["project_id"],
            project
        );
    }
    process::signal(&dev.process, "TERM");
    assert_eq!(dev.end().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_told_with_the_flag_that_moves_it() {
    let place = Place::new();
    for (flag, port) in FLAGS.into_iter().zip(place.ports) {
        let _taken = TcpListener::bind(("127.0.0.1", port)).expect("it was free");
        let (code, said) = place.refusal(place.ports).await;
        let sentence = format!(
            "tenantry: Port {port} is taken: stop what listens there, or choose another with {flag}.\n"
        );
        assert_eq!((code, said), (Some(1), sentence));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_directory_has_one_dev() {
    let place = Place::new();
    let dev = place.start().await;
    let (code, said) = place.refusal(free_ports()).await;
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
    assert!(
        said.contains("--data") && said.contains(place.data.to_str().unwrap()),
        "{said}"
    );
    process::signal(&dev.process, "INT");
    assert_eq!(dev.end().await.0, Some(0));
}

/// Local addresses of the sockets that this process listens on, as the kernel writes them.
fn listening(process: u32) -> BTreeSet<String> {
    let files = fs::read_dir(format!("/proc/{process}/fd")).expect("it runs, and we may look");
    let sockets: BTreeSet<_> = files
        .flatten()
        .filter_map(|file| {
            let target = fs::read_link(file.path()).ok()?;
            let inode = target
                .to_str()?
                .strip_prefix("socket:[")?
                .strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let tables =
        ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")));
    let rows = tables
        .iter()
        .flatten()
        .flat_map(|table| table.lines().skip(1));
    rows.map(|row| row.split_whitespace().collect::<Vec<_>>())
        // 0A is LISTEN (include/net/tcp_states.h).
        .filter(|columns| columns[3] == "0A" && sockets.contains(columns[9]))
        .map(|columns| columns[1].to_owned())
        .collect()
}

async fn create_project(place: &Place, token: &str) -> Value {
    let url = format!("{}v1/me/projects", place.api());
    let request = client().post(url).bearer_auth(token);
    let created = json(request.json(&json!({ "name": "Kept" }))).await;
    created["project_id"].clone()
}

async fn projects(place: &Place, token: &str) -> Value {
    let request = client().get(format!("{}v1/me/projects", place.api()));
    json(request.bearer_auth(token)).await
}

async fn keys(place: &Place) -> Value {
    json(client().get(format!("{}.well-known/jwks.json", place.identity()))).await
}

async fn json(request: RequestBuilder) -> Value {
    let answer = request.send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

fn client() -> Client {
    Client::builder()
        .no_proxy()
        .build()
        .expect("a client can be built")
}
