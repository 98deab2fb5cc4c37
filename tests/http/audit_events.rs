//! The audit trail of an organization: who may read it, what it finds, and that an export proves itself.

use api::prove::Proof;
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Options, Organization, TestApp};

fn path(organization: &Organization, rest: &str) -> String {
    format!("/v1/orgs/{}/audit-events{rest}", organization.id)
}

/// Creates projects with these names and answers the events that tell of them, oldest first.
async fn projects(app: &TestApp, organization: &Organization, names: &[&str]) -> Vec<Value> {
    let projects = format!("/v1/orgs/{}/projects", organization.id);
    for name in names {
        let created = app
            .post(&projects, &organization.token, &json!({ "name": name }))
            .await;
        created.assert_status(201);
    }
    let events = list(app, organization, "?action=project.created").await;
    items(&events).into_iter().rev().collect()
}

async fn list(app: &TestApp, organization: &Organization, query: &str) -> Answer {
    app.get(&path(organization, query), Some(&organization.token))
        .await
}

fn items(answer: &Answer) -> Vec<Value> {
    let page = answer.assert_status(200).json();
    page["items"].as_array().expect("items").clone()
}

async fn export(app: &TestApp, organization: &Organization, format: &str) -> Answer {
    let query = format!("/export?format={format}");
    list(app, organization, &query).await
}

/// What `tenantry prove audit` says of these lines: whether they hold, and the line that it prints.
fn prove(lines: &[&str]) -> (bool, Value) {
    let file = std::env::temp_dir().join(format!("audit-{}", uuid::Uuid::new_v4()));
    std::fs::write(&file, lines.join("\n") + "\n").expect("a file");
    let mut printed = Vec::new();
    let proof = Proof::Audit { file: file.clone() };
    let holds = api::prove::run(proof, &mut printed).is_ok();
    std::fs::remove_file(&file).expect("it was there");
    let printed = serde_json::from_slice(&printed).expect("one JSON line");
    (holds, printed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_with_who_what_whom_and_by_which_request() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    let body = json!({ "name": "Spring" });
    let projects = format!("/v1/orgs/{}/projects", organization.id);
    let created = app.post(&projects, &organization.token, &body).await;
    let project = created.assert_status(201).json();
    let target = format!("project:{}", project["project_id"].as_str().expect("an id"));
    let events = items(&list(&app, &organization, &format!("?target={target}")).await);
    assert_eq!(events.len(), 1, "{events:?}");
    let event = &events[0];
    assert_eq!(event["actor"], organization.admin.user_id);
    assert_eq!(event["action"], "project.created");
    assert_eq!(event["request_id"], created.header("x-request-id").unwrap());
    assert_eq!((&event["before"], &event["after"]), (&Value::Null, &body));
    assert_eq!(event["at"], project["created_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_with_where_it_came_from_as_far_as_our_own_proxies_know() {
    for (trusted, expected) in [("0", "127.0.0.1"), ("1", "203.0.113.7")] {
        let options = Options {
            variables: vec![("TRUSTED_PROXIES", trusted.into())],
            ..Options::default()
        };
        let app = TestApp::with(options).await;
        let organization = app.organization_of("enterprise").await;
        let projects = format!("/v1/orgs/{}/projects", organization.id);
        let request = app
            .request(Method::POST, &projects, Some(&organization.token))
            .header("x-forwarded-for", "198.51.100.1, 203.0.113.7")
            .json(&json!({ "name": "Spring" }));
        app.send(request).await.assert_status(201);
        let told = items(&list(&app, &organization, "?action=project.created").await);
        assert_eq!(told[0]["client_address"], expected);
        let exported = export(&app, &organization, "ndjson").await;
        let lines: Vec<&str> = exported.assert_status(200).body.lines().collect();
        assert!(prove(&lines).0);
        let edited = exported.body.replace(expected, "192.0.2.1");
        assert!(!prove(&edited.lines().collect::<Vec<_>>()).0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_the_list_and_pages_go_from_the_newest_to_the_oldest() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    let created = projects(&app, &organization, &["One", "Two", "Three"]).await;
    let actor = organization.admin.user_id.replace('|', "%7C");
    let at = |event: &Value| event["at"].as_str().expect("a time").to_owned();
    let query = format!(
        "?actor={actor}&from={}&to={}",
        at(&created[0]),
        at(&created[2])
    );
    let within = items(&list(&app, &organization, &query).await);
    assert_eq!(within, [created[1].clone(), created[0].clone()]);
    let first = list(&app, &organization, "?action=project.created&limit=2").await;
    assert_eq!(items(&first), [created[2].clone(), created[1].clone()]);
    let cursor = first.json()["next_cursor"]
        .as_str()
        .expect("more")
        .to_owned();
    let rest = format!("?action=project.created&limit=2&cursor={cursor}");
    assert_eq!(
        items(&list(&app, &organization, &rest).await),
        [created[0].clone()]
    );
    let none = items(&list(&app, &organization, "?action=project.deleted").await);
    assert!(none.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_makes_no_sense_is_refused_by_name() {
    let app = TestApp::start().await;
    let organization = app.organization_of("enterprise").await;
    for (query, field) in [
        ("?from=yesterday", "from"),
        ("?to=", "to"),
        ("?action=a&action=b", "action"),
        ("?actor=%00", "actor"),
        ("?ip=127.0.0.1", "ip"),
        ("/export?format=xml", "format"),
        ("/export?limit=1", "limit"),
    ] {
        let refused = list(&app, &organization, query).await;
        refused
            .assert_problem(400, "invalid_query")
            .assert_field(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_read_it() {
    let app = TestApp::start().await;
    let organization = app.organization_of("enterprise").await;
    for role in [Role::OrgMember, Role::OrgBilling, Role::OrgReadonly] {
        let (_, token) = app.member(&organization, role).await;
        for rest in ["", "/export"] {
            let refused = app.get(&path(&organization, rest), Some(&token)).await;
            refused.assert_problem(403, "permission_denied");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exporting_needs_a_plan_with_it_and_reading_does_not() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    assert!(!items(&list(&app, &organization, "").await).is_empty());
    let refused = export(&app, &organization, "ndjson").await;
    refused.assert_problem(402, "not_in_plan");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_whole_and_proves_itself() {
    let app = TestApp::start().await;
    let organization = app.organization_of("enterprise").await;
    projects(&app, &organization, &["One", "Two"]).await;
    let exported = export(&app, &organization, "ndjson").await;
    let media_type = exported.assert_status(200).header("content-type");
    assert_eq!(media_type, Some("application/x-ndjson"));
    let lines: Vec<&str> = exported.body.lines().collect();
    let (holds, proof) = prove(&lines);
    let listed = items(&list(&app, &organization, "?limit=200").await).len();
    assert_eq!(
        proof,
        json!({ "name": "audit", "events": listed, "broken": [] })
    );
    assert_eq!((holds, lines.len()), (true, listed + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_removed_or_reordered_event_is_found_offline() {
    let app = TestApp::start().await;
    let organization = app.organization_of("enterprise").await;
    projects(&app, &organization, &["One", "Two", "Three"]).await;
    let exported = export(&app, &organization, "ndjson").await;
    let whole: Vec<&str> = exported.body.lines().collect();
    let found = |lines: &[&str], at: usize, defect: &str| {
        let (holds, proof) = prove(lines);
        let first = &proof["broken"][0];
        assert_eq!(
            (holds, &first["line"], &first["defect"]),
            (false, &json!(at), &json!(defect))
        );
    };
    let edited = whole[2].replace("Two", "Tow").replace("One", "Eno");
    assert_ne!(edited, whole[2]);
    found(
        &[&whole[..2], &[&edited], &whole[3..]].concat(),
        3,
        "edited",
    );
    found(&[&whole[..2], &whole[3..]].concat(), 3, "missing");
    found(
        &[&whole[..2], &[whole[3], whole[2]], &whole[4..]].concat(),
        3,
        "missing",
    );
    found(&whole[..whole.len() - 1], whole.len(), "end");
    let last = whole.len() - 1;
    found(
        &[&whole[..last - 1], &whole[last..]].concat(),
        last,
        "missing",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spreadsheet_runs_nothing_of_an_export() {
    let app = TestApp::start().await;
    let organization = app.organization_of("enterprise").await;
    projects(
        &app,
        &organization,
        &["=HYPERLINK(\"http://evil.example\")"],
    )
    .await;
    let exported = export(&app, &organization, "csv").await;
    let media_type = exported.assert_status(200).header("content-type");
    assert_eq!(media_type, Some("text/csv; charset=utf-8"));
    let begins_formula = |cell: &str| {
        cell.trim_start_matches('"')
            .starts_with(['=', '+', '-', '@'])
    };
    assert!(exported.body.contains("HYPERLINK"));
    for line in exported.body.lines() {
        assert!(!line.split(',').any(begins_formula), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_trail_is_exported_in_pages_without_gap_or_repeat() {
    let app = TestApp::start().await;
    let organization = app.organization_of("enterprise").await;
    let store = app.database.store(store::DatabaseRole::Worker).await;
    let id: domain::OrganizationId = organization.id.parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    for number in 0..1_100 {
        let event = store::NewAuditEvent {
            id: uuid::Uuid::now_v7().into(),
            at: Default::default(),
            actor: "system:test".into(),
            action: "test.counted".into(),
            target: format!("number:{number}"),
            request_id: None,
            client_address: None,
            before: None,
            after: None,
        };
        tx.insert_audit_event(&event).await.expect("it is written");
    }
    tx.commit().await.expect("it is committed");
    let exported = export(&app, &organization, "ndjson").await;
    let lines: Vec<&str> = exported.assert_status(200).body.lines().collect();
    let (holds, proof) = prove(&lines);
    assert!(holds, "{proof}");
    assert!(lines.len() > 1_100);
}
