//! The table of README, "When something goes wrong": each fault with what it becomes and how often the call is sent.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use management::{Class, Client, Config, Error, NewOrganization, OrganizationPatch};
use serde_json::{Value, json};

use crate::scripted::{Answer, Tenant};

struct Fault {
    name: &'static str,
    answer: Answer,
    becomes: fn(&Error) -> bool,
    class: fn(Class) -> bool,
    /// How often GET and DELETE are sent, and how often POST and PATCH.
    sent: [usize; 2],
}

/// In half a minute.
fn soon() -> SystemTime {
    SystemTime::now() + Duration::from_secs(30)
}

fn date() -> String {
    let date = DateTime::<Utc>::from(soon());
    date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn timestamp() -> String {
    DateTime::<Utc>::from(soon()).timestamp().to_string()
}

fn again(class: Class) -> bool {
    class == Class::Retry { wait: None }
}

fn again_soon(class: Class) -> bool {
    let Class::Retry { wait: Some(wait) } = class else {
        return false;
    };
    (20..=30).contains(&wait.as_secs())
}

fn never(class: Class) -> bool {
    class == Class::Permanent
}

type Header = (&'static str, String);
type Expected = fn(Class) -> bool;

fn rate_limits() -> Vec<Fault> {
    let limited = || Answer::error(429, "too_many_requests", "Too many requests.");
    let headers: [(&str, &[Header], Expected); 6] = [
        ("seconds", &[("retry-after", "30".into())], again_soon),
        ("a date", &[("retry-after", date())], again_soon),
        (
            "the reset",
            &[("x-ratelimit-reset", timestamp())],
            again_soon,
        ),
        (
            "both: seconds win",
            &[
                ("retry-after", "30".into()),
                ("x-ratelimit-reset", "1".into()),
            ],
            again_soon,
        ),
        (
            "nonsense",
            &[
                ("retry-after", "soon".into()),
                ("x-ratelimit-reset", "later".into()),
            ],
            again,
        ),
        ("no header", &[], again),
    ];
    let faults = headers.into_iter().map(|(name, headers, class)| Fault {
        name,
        answer: headers
            .iter()
            .fold(limited(), |answer, (name, value)| answer.with(name, value)),
        becomes: |error| matches!(error, Error::RateLimited { .. }),
        class,
        sent: [1, 1],
    });
    faults.collect()
}

fn outages() -> Vec<Fault> {
    let unavailable = |name, answer| Fault {
        name,
        answer,
        becomes: |error| matches!(error, Error::Unavailable { .. }),
        class: again,
        sent: [3, 1],
    };
    let silent = |name, answer| Fault {
        name,
        answer,
        becomes: |error| matches!(error, Error::Timeout { .. }),
        class: again,
        sent: [1, 1],
    };
    vec![
        unavailable("500", Answer::error(500, "server_error", "Oops")),
        unavailable(
            "502, in HTML",
            Answer::text(502, "text/html", "<html>Bad gateway</html>"),
        ),
        unavailable("503, empty", Answer::empty(503)),
        unavailable("504", Answer::empty(504)),
        unavailable("408", Answer::empty(408)),
        Fault {
            class: again_soon,
            sent: [1, 1],
            ..unavailable(
                "503 that says when",
                Answer::empty(503).with("retry-after", "30"),
            )
        },
        silent("a hang", Answer::Hang),
        silent("a slow drip", Answer::Drip),
        Fault {
            name: "a connection that breaks in the body",
            answer: Answer::BreakOff,
            becomes: |error| matches!(error, Error::Network { sent: true, .. }),
            class: again,
            sent: [3, 1],
        },
    ]
}

fn unreadable() -> Vec<Fault> {
    let organization = r#"{"id":"org_1","name":"acme"}"#;
    let answers = [
        (
            "HTML",
            Answer::text(200, "text/html", "<html>Sign in to the Wi-Fi</html>"),
        ),
        (
            "HTML that claims to be JSON",
            Answer::text(200, "application/json", "<html></html>"),
        ),
        (
            "truncated",
            Answer::text(200, "application/json", &organization[..20]),
        ),
        (
            "another type",
            Answer::text(200, "text/plain", organization),
        ),
        (
            "an error in disguise",
            Answer::json(
                200,
                &json!({ "statusCode": 503, "error": "Service Unavailable" }),
            ),
        ),
    ];
    let faults = answers.map(|(name, answer)| Fault {
        name,
        answer,
        becomes: |error| matches!(error, Error::Decode { status: 200, .. }),
        class: again,
        sent: [1, 1],
    });
    faults.into()
}

fn refusals() -> Vec<Fault> {
    vec![
        Fault {
            name: "409",
            answer: Answer::error(409, "organization_conflict", "It exists."),
            becomes: |error| matches!(error, Error::Conflict { .. }),
            class: |class| class == Class::Conflict,
            sent: [1, 1],
        },
        Fault {
            name: "401 after a new token",
            answer: Answer::error(401, "", "Invalid token."),
            becomes: |error| matches!(error, Error::Unauthorized { .. }),
            class: never,
            sent: [2, 2],
        },
        Fault {
            name: "403",
            answer: Answer::error(403, "insufficient_scope", "Insufficient scope"),
            becomes: |error| matches!(error, Error::Refused { status: 403, .. }),
            class: never,
            sent: [1, 1],
        },
        Fault {
            name: "a redirect",
            answer: Answer::empty(302).with("location", "https://elsewhere.example/"),
            becomes: |error| matches!(error, Error::Refused { status: 302, .. }),
            class: never,
            sent: [1, 1],
        },
    ]
}

/// A tenant that answers everything alike, and a client with little patience.
async fn faulty(answer: &Answer) -> (Tenant, Client) {
    let tenant = Tenant::start().await;
    for route in ["GET", "DELETE", "PATCH"] {
        tenant.answers(&format!("{route} organizations/o"), [answer.clone()]);
    }
    tenant.answers("POST organizations", [answer.clone()]);
    // Only those who never answer are waited for briefly: a busy machine may be late with the others.
    let timeout = match answer {
        Answer::Hang | Answer::Drip => Duration::from_millis(500),
        _ => Duration::from_secs(60),
    };
    let config = Config {
        timeout,
        ..tenant.config()
    };
    let client = Client::new(&config).unwrap();
    // The token is asked for within the same time, on a machine that may be busy: it is there before.
    tenant.answers("GET roles", [Answer::json(200, &json!([]))]);
    client.roles().by_name("any").await.unwrap();
    (tenant, client)
}

#[tokio::test]
async fn every_fault_becomes_what_the_table_says() {
    let all = [rate_limits(), outages(), unreadable(), refusals()];
    for fault in all.into_iter().flatten() {
        let (tenant, client) = faulty(&fault.answer).await;
        let organizations = client.organizations();
        let new = NewOrganization::default();
        let errors = [
            organizations.show("o").await.map(drop).unwrap_err(),
            organizations.delete("o").await.unwrap_err(),
            organizations.create(&new).await.unwrap_err(),
            organizations
                .change("o", &OrganizationPatch::default())
                .await
                .unwrap_err(),
        ];
        for error in &errors {
            assert!((fault.becomes)(error), "{}: {error:?}", fault.name);
            assert!(
                (fault.class)(error.class()),
                "{}: {:?}",
                fault.name,
                error.class()
            );
        }
        let sent = |method: &str| {
            let calls = tenant.calls();
            let calls = calls
                .iter()
                .filter(|call| call.route.contains("organizations"));
            calls.filter(|call| call.route.starts_with(method)).count()
        };
        let [reads, writes] = fault.sent;
        let counted = ["GET", "DELETE", "POST", "PATCH"].map(sent);
        assert_eq!(counted, [reads, reads, writes, writes], "{}", fault.name);
    }
}

#[tokio::test]
async fn whether_a_500_came_before_or_after_the_effect_is_found_by_looking() {
    let acme = json!({ "id": "org_1", "name": "acme" });
    let gone = Answer::error(404, "", "No organization found by that id or name");
    for (found, happened) in [(Answer::json(200, &acme), true), (gone, false)] {
        let tenant = Tenant::start().await;
        let oops = Answer::error(500, "server_error", "Oops");
        tenant.answers("POST organizations", [oops, Answer::json(201, &acme)]);
        tenant.answers("GET organizations/name/acme", [found]);
        let client = tenant.client();
        let new = NewOrganization {
            name: "acme".into(),
            ..NewOrganization::default()
        };
        let error = client.organizations().create(&new).await.unwrap_err();
        assert!(again(error.class()));
        let organization = match client.organizations().by_name("acme").await.unwrap() {
            Some(found) => found,
            None => client.organizations().create(&new).await.unwrap(),
        };
        assert_eq!(organization.id, "org_1");
        let posts = tenant
            .calls()
            .iter()
            .filter(|call| call.body != Value::Null)
            .count();
        assert_eq!(posts, if happened { 1 } else { 2 });
    }
}
