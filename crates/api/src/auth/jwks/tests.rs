use super::*;
use crate::auth::testing::{KEY, KeyServer, OTHER_KEY, jwk};

/// Long enough for anything on loopback.
const SOON: Duration = Duration::from_secs(10);

/// Moves the monotonic clock, and lets network traffic go on in real time afterwards.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

async fn eventually(condition: impl Fn() -> bool) {
    timeout(SOON, async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the condition should have come true");
}

/// Keys of `server`, after one fetch has ended.
async fn fetched(server: &KeyServer) -> Jwks {
    let keys = Jwks::start(&server.url).unwrap();
    let shared = Arc::clone(&keys.shared);
    eventually(|| *shared.fetches.borrow() > 0).await;
    keys
}

async fn knows(keys: &Jwks, id: &str) -> bool {
    matches!(keys.key(id).await, Lookup::Known(_))
}

#[tokio::test]
async fn one_fetch_serves_everybody() {
    let server = KeyServer::start(&[jwk("a", &KEY)]).await;
    let keys = fetched(&server).await;
    for _ in 0..1000 {
        assert!(knows(&keys, "a").await);
    }
    assert_eq!(server.hits(), 1);
}

#[tokio::test]
async fn ten_thousand_forged_key_ids_cause_no_fetch_right_after_one() {
    let server = KeyServer::start(&[jwk("a", &KEY)]).await;
    let keys = fetched(&server).await;
    for number in 0..10_000 {
        assert!(!knows(&keys, &format!("forged-{number}")).await);
    }
    assert_eq!(server.hits(), 1);
}

#[tokio::test]
async fn a_flood_of_unknown_key_ids_causes_at_most_two_fetches_a_minute() {
    let server = KeyServer::start(&[jwk("a", &KEY)]).await;
    let keys = fetched(&server).await;
    for second in 0..60 {
        for number in 0..5 {
            assert!(!knows(&keys, &format!("forged-{second}-{number}")).await);
        }
        pass(Duration::from_secs(1)).await;
    }
    assert!(server.hits() <= 1 + 2, "{} fetches", server.hits());
}

#[tokio::test]
async fn a_new_key_is_found_by_one_shared_fetch() {
    let server = KeyServer::start(&[jwk("a", &KEY)]).await;
    let keys = fetched(&server).await;
    server.publish(&[jwk("a", &KEY), jwk("b", &OTHER_KEY)]);
    pass(Duration::from_secs(31)).await;
    let found = futures::future::join_all((0..50).map(|_| knows(&keys, "b"))).await;
    assert!(found.into_iter().all(|found| found));
    assert_eq!(server.hits(), 2);
    assert!(knows(&keys, "a").await);
}

#[tokio::test]
async fn a_revoked_key_is_gone_after_five_minutes() {
    let server = KeyServer::start(&[jwk("a", &KEY)]).await;
    let keys = fetched(&server).await;
    server.publish(&[jwk("b", &OTHER_KEY)]);
    pass(Duration::from_secs(301)).await;
    let shared = Arc::clone(&keys.shared);
    eventually(|| *shared.fetches.borrow() == 2).await;
    assert!(!knows(&keys, "a").await);
    assert!(knows(&keys, "b").await);
}

#[tokio::test]
async fn an_outage_of_ten_minutes_refuses_no_good_key() {
    let server = KeyServer::start(&[jwk("a", &KEY)]).await;
    let keys = fetched(&server).await;
    server.answer("500 Internal Server Error", "", "");
    for _ in 0..60 {
        pass(Duration::from_secs(10)).await;
        assert!(knows(&keys, "a").await);
    }
    server.publish(&[jwk("b", &OTHER_KEY)]);
    // The first of these may still be a fetch that the outage has spoilt.
    for _ in 0..2 {
        let ended = *keys.shared.fetches.borrow();
        pass(Duration::from_secs(31)).await;
        eventually(|| *keys.shared.fetches.borrow() > ended).await;
    }
    assert!(knows(&keys, "b").await, "it recovers by itself");
}

#[tokio::test]
async fn no_broken_answer_brings_keys_or_takes_them_away() {
    let target = KeyServer::start(&[jwk("attacker", &OTHER_KEY)]).await;
    let redirect = format!("location: {}\r\n", target.url);
    let large = format!(r#"{{"keys":[],"filler":"{}"}}"#, "x".repeat(300 * 1024));
    let broken = [
        ("302 Found", &*redirect, ""),
        ("500 Oops", "", ""),
        ("200 OK", "", "<html>"),
        ("200 OK", "", &large),
    ];
    for (status, headers, body) in broken {
        let server = KeyServer::start(&[]).await;
        server.answer(status, headers, body);
        let keys = fetched(&server).await;
        assert!(
            matches!(keys.key("attacker").await, Lookup::NoKeys),
            "{status} {body:.20}"
        );
        assert!(!keys.are_usable());
    }
    assert_eq!(target.hits(), 0);
}

#[tokio::test]
async fn a_cold_start_without_the_issuer_recovers_by_itself() {
    let server = KeyServer::start(&[]).await;
    let keys = fetched(&server).await;
    assert!(!keys.are_usable());
    server.publish(&[jwk("a", &KEY)]);
    pass(Duration::from_secs(2)).await;
    eventually(|| keys.are_usable()).await;
    assert!(knows(&keys, "a").await);
}
