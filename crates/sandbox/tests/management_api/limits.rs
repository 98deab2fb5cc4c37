use std::time::{SystemTime, UNIX_EPOCH};

use sandbox::{Limits, SandboxConfig};
use serde_json::json;

use crate::api::{Api, Reply};

const MESSAGE: &str = "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.";

async fn on(limits: Limits) -> Api {
    Api::with(SandboxConfig {
        limits,
        ..SandboxConfig::default()
    })
    .await
}

fn assert_refused(reply: &Reply, limit: u64) {
    reply.assert_error(429, "too_many_requests", MESSAGE);
    assert!(reply.headers.get("retry-after").is_none());
    assert_eq!(reply.number("x-ratelimit-limit"), limit);
    assert_eq!(reply.number("x-ratelimit-remaining"), 0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!(reply.number("x-ratelimit-reset") + 1 >= now.as_secs());
}

/// Calls until one is refused; answers how many were not, and the refusal.
async fn until_refused(call: impl AsyncFn(usize) -> Reply) -> (usize, Reply) {
    for served in 0..1_000 {
        let reply = call(served).await;
        if reply.status == 429 {
            return (served, reply);
        }
    }
    panic!("nothing was refused");
}

#[actix_web::test]
async fn a_burst_of_five_organizations_is_let_through() {
    let api = on(Limits::SelfService).await;
    let create = async |number| {
        api.post("organizations", json!({ "name": format!("acme-{number}") }))
            .await
    };
    let (served, refused) = until_refused(create).await;
    assert!(served >= 5, "{served}");
    assert_refused(&refused, 5);
    api.get("organizations").await.assert_status(200);
}

#[actix_web::test]
async fn failures_count_and_say_so() {
    let api = on(Limits::SelfService).await;
    let failed = api.get("organizations/org_0123456789abcdef").await;
    assert_eq!(failed.number("x-ratelimit-remaining"), 19);
    failed.assert_status(404);
}

#[actix_web::test]
async fn the_free_plan_serves_two_calls_at_once() {
    let api = on(Limits::Free).await;
    let (served, refused) = until_refused(async |_| api.get("roles").await).await;
    assert!(served >= 2, "{served}");
    assert_refused(&refused, 2);
}

#[actix_web::test]
async fn without_limits_nothing_is_counted() {
    let api = on(Limits::Off).await;
    for number in 0..30 {
        let reply = api
            .post("organizations", json!({ "name": format!("acme-{number}") }))
            .await;
        assert!(reply.headers.get("x-ratelimit-limit").is_none());
        reply.assert_status(201);
    }
}
