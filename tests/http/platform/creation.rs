//! An organization that a CRM asks for: exactly one, with a plan that Stripe knows nothing of, and an invitation for
//! whoever is to administer it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Link, Options, TestApp, eventually, process};
use uuid::Uuid;

fn wanted(name: &str, email: &str) -> Value {
    json!({
        "name": name, "display_name": "Made by hand", "plan": "team", "seats": 7,
        "comp_until": "2030-01-01T00:00:00Z",
        "first_admin": { "email": email, "locale": "de" },
        "external_reference": format!("crm-{name}"),
        "metadata": { "account_manager": "bo" },
    })
}

fn unique(beginning: &str) -> String {
    format!("{beginning}-{}", &Uuid::new_v4().simple().to_string()[..12])
}

async fn create(app: &TestApp, token: &str, body: &Value, key: &str) -> Answer {
    let request = app
        .request(Method::POST, "/v1/platform/organizations", Some(token))
        .header("idempotency-key", key)
        .json(body);
    app.send(request).await
}

fn creation_id(answer: &Answer) -> String {
    let body = answer.assert_status(202).json();
    body["creation_id"].as_str().expect("an id").to_owned()
}

async fn created(app: &TestApp, token: &str, creation: &str) -> Value {
    let path = format!("/v1/platform/organizations/{creation}");
    eventually("an organization", || async {
        let answer = app.get(&path, Some(token)).await;
        if answer.status == 202 {
            let body = answer.json();
            assert_eq!(body["status"], "provisioning", "{body}");
            return None;
        }
        Some(answer.assert_status(200).json())
    })
    .await
}

async fn at_auth0(app: &TestApp, beginning: &str) -> Vec<management::Organization> {
    use futures::TryStreamExt;
    let auth0 = app.auth0();
    let all: Vec<management::Organization> = auth0
        .organizations()
        .list()
        .try_collect()
        .await
        .expect("Auth0 lists");
    let ours = all.into_iter();
    ours.filter(|found| found.name.starts_with(beginning))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_invited_by_the_service_and_administers_the_organization() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let (name, email) = (unique("acme"), format!("{}@acme.example", unique("ada")));
    let answer = create(&app, &token, &wanted(&name, &email), "one").await;
    let location = answer.header("location").expect("where it is").to_owned();
    let creation = creation_id(&answer);
    assert_eq!(location, format!("/v1/platform/organizations/{creation}"));
    let organization = created(&app, &token, &creation).await;
    let org_id = organization["org_id"].as_str().expect("an id");
    assert_eq!(organization["plan"], "team");
    assert_eq!(organization["seats"], 7);
    assert_eq!(organization["needs_admin"], true);
    assert_eq!(organization["external_reference"], format!("crm-{name}"));
    let [made] = &at_auth0(&app, &name).await[..] else {
        panic!("not exactly one");
    };
    assert_eq!(made.metadata["account_manager"], "bo");
    assert_eq!(made.metadata["conversion"], creation);
    let link = app.mailed_link(&email).await;
    let mails = app.sandbox_get("sandbox/mailbox").await.to_string();
    assert!(mails.contains("Tenantry"), "{mails}");
    let login = app.follow(&link, &email).await.expect("they accept");
    let admin = login.token;
    let members = format!("/v1/orgs/{org_id}/members");
    let list = eventually("the first administrator", || async {
        let answer = app.get(&members, Some(&admin)).await;
        answer.status.is_success().then(|| answer.json())
    })
    .await;
    assert_eq!(list["items"][0]["roles"], json!(["org_admin"]));
    let events = format!("/v1/orgs/{org_id}/audit-events?action=organization.created");
    let events = app
        .get(&events, Some(&admin))
        .await
        .assert_status(200)
        .json();
    assert_eq!(events["items"][0]["actor"], "client:tenantry-platform");
    assert_eq!(events["items"][0]["after"]["terms"], "comp");
    let shown = app
        .get(
            &format!("/v1/platform/organizations/{org_id}"),
            Some(&token),
        )
        .await
        .json();
    assert_eq!(
        (&shown["seats_used"], &shown["needs_admin"]),
        (&1.into(), &false.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_admin_whom_nobody_mails_comes_in_by_the_link_that_is_told() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let (name, email) = (unique("acme"), format!("{}@acme.example", unique("ada")));
    let mut body = wanted(&name, &email);
    body["first_admin"]["send_email"] = json!(false);
    let creation = creation_id(&create(&app, &token, &body, "one").await);
    let organization = created(&app, &token, &creation).await;
    let org_id = organization["org_id"].as_str().expect("an id");
    let path = format!("/v1/platform/organizations/{org_id}/first-admin/link");
    let told = app.post(&path, &token, &json!({})).await;
    let told = told.assert_status(200).json();
    let link = Link::of(told["url"].as_str().expect("a link"));
    let login = app.follow(&link, &email).await.expect("they accept");
    let members = format!("/v1/orgs/{org_id}/members");
    eventually("the first administrator", || async {
        let answer = app.get(&members, Some(&login.token)).await;
        answer.status.is_success().then_some(())
    })
    .await;
    app.post(&path, &token, &json!({}))
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_is_refused_and_a_bad_request_names_its_field() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let name = unique("acme");
    creation_id(&create(&app, &token, &wanted(&name, "ada@acme.example"), "one").await);
    let again = create(&app, &token, &wanted(&name, "bo@acme.example"), "two").await;
    again.assert_problem(409, "organization_name_taken");
    for (field, value, named) in [
        ("name", json!("org_acme"), "name"),
        ("plan", json!("personal"), "plan"),
        ("seats", json!(21), "seats"),
        ("comp_until", json!("2020-01-01T00:00:00Z"), "comp_until"),
        ("comp_until", json!(null), "paid_until"),
        ("paid_until", json!("2030-01-01T00:00:00Z"), "paid_until"),
        (
            "first_admin",
            json!({ "email": "nobody" }),
            "first_admin.email",
        ),
        ("external_reference", json!(""), "external_reference"),
        ("metadata", json!({ "env": "production" }), "metadata"),
    ] {
        let mut body = wanted(&unique("bad"), "ada@acme.example");
        body[field] = value;
        let answer = create(&app, &token, &body, "three").await;
        answer
            .assert_problem(422, "invalid_request")
            .assert_field(named);
    }
}

/// Workers killed one after the other while the creations go on.
const KILLS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_killed_and_an_auth0_that_fails_leave_exactly_one_of_each() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let token = app.platform_token().await;
    for (kind, status) in [("status", 429), ("error_after", 503)] {
        let fault =
            json!({ "path": "/api/v2/", "kind": kind, "status": status, "probability": 0.1 });
        app.plan_fault(&fault).await;
    }
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    variables.insert("WORKER_LONGEST_BACKOFF_SECONDS".into(), "1".into());
    variables.insert("LOG".into(), "off".into());
    let beginning = unique("many");
    let mut creations = Vec::new();
    let mut worker = process::spawn(&["work"], &variables);
    for kill in 0..KILLS {
        if kill % 8 == 0 {
            let name = format!("{beginning}-{kill}");
            let body = wanted(&name, &format!("{name}@acme.example"));
            creations.push(creation_id(&create(&app, &token, &body, &name).await));
        }
        let path = format!("/v1/platform/organizations/{}", creations[0]);
        for _ in 0..kill % 12 {
            app.get(&path, Some(&token)).await;
        }
        worker.kill().await.expect("it can be killed");
        worker = process::spawn(&["work"], &variables);
    }
    for creation in &creations {
        created(&app, &token, creation).await;
    }
    app.clear_faults().await;
    let made = at_auth0(&app, &beginning).await;
    assert_eq!(made.len(), creations.len());
    for organization in made {
        let counts = sqlx::query_as::<_, (i64, i64, i64)>(
            "select (select count(*) from app.customers where org_id = $1), \
             (select count(*) from app.subscriptions where org_id = $1 and stripe_subscription_id is null), \
             (select count(*) from app.invitations where org_id = $1)",
        )
        .bind(&organization.id)
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("the administrator sees every row");
        assert_eq!(counts, (1, 1, 1), "{organization:?}");
    }
}
