use domain::Role;
use serde_json::json;
use tests::{Domain, Options, Organization, TestApp, eventually};

/// The worker looks every second for proofs that are due.
async fn start() -> TestApp {
    let variables = vec![("WORKER_SWEEP_SECONDS", "1".to_owned())];
    TestApp::with(Options {
        variables,
        ..Options::default()
    })
    .await
}

/// Later, with a token of then.
async fn later(app: &TestApp, organization: &mut Organization, by: &str) {
    app.advance(by).await;
    let login = app
        .log_in(&organization.admin, Some(&organization.id))
        .await;
    organization.token = login.expect("an administrator logs in").token;
}

/// Waits until the proof was looked for at this time of the clock, and answers the domain.
async fn looked_for(
    app: &TestApp,
    organization: &Organization,
    domain: &Domain,
    before: &serde_json::Value,
) -> serde_json::Value {
    eventually("another look", || async {
        let shown = app.get(&domain.path, Some(&organization.token)).await;
        let shown = shown.assert_status(200).json();
        (shown["checked_at"] != before["checked_at"]).then_some(shown)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_looked_for_again_after_thirty_days_and_not_before() {
    let app = start().await;
    let mut acme = app.organization().await;
    let domain = app.verified_domain(&acme).await;
    let first = app.get(&domain.path, Some(&acme.token)).await.json();
    later(&app, &mut acme, "P29DT23H").await;
    app.domain_becomes(&acme, &domain, "verified", |shown| {
        shown["checked_at"] == first["checked_at"]
    })
    .await;
    later(&app, &mut acme, "PT1H").await;
    let again = looked_for(&app, &acme, &domain, &first).await;
    assert_eq!(again["status"], "verified");
    assert!(again["warned_at"].is_null(), "{again}");
    assert_eq!(again["verified_at"], first["verified_at"]);
}

/// The subjects of the mails that tell of this domain.
async fn mails(app: &TestApp, to: &str, domain: &Domain) -> Vec<String> {
    let mailbox = app.sandbox_get("sandbox/mailbox").await;
    let mails = mailbox["mails"].as_array().expect("mails").iter();
    let theirs = mails.filter(|mail| mail["to"] == to && mail["template"] == "smtp");
    let about = theirs.filter(|mail| {
        let text = mail["text"].as_str().expect("a text");
        text.contains(&domain.host) && text.contains(&domain.txt)
    });
    let subject = |mail: &serde_json::Value| mail["subject"].as_str().map(str::to_owned);
    about.filter_map(subject).collect()
}

/// Waits until so many came.
async fn mailed(app: &TestApp, to: &str, domain: &Domain, count: usize) -> Vec<String> {
    eventually("the mail", || async {
        let mails = mails(app, to, domain).await;
        (mails.len() >= count).then_some(mails)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_proof_warns_for_a_week_and_then_the_domain_is_lost() {
    let app = start().await;
    let mut acme = app.organization().await;
    let (second, _) = app.member(&acme, Role::OrgAdmin).await;
    let (member, _) = app.member(&acme, Role::OrgMember).await;
    let admins = [acme.admin.email.clone(), second.email];
    let domain = app.verified_domain(&acme).await;
    app.remove_dns(&domain.host).await;
    later(&app, &mut acme, "P30D").await;
    let warned = app
        .domain_becomes(&acme, &domain, "verified", |shown| {
            shown["warned_at"].is_string()
        })
        .await;
    assert_eq!(warned["warned_at"], warned["checked_at"]);
    for admin in &admins {
        let told = mailed(&app, admin, &domain, 1).await;
        let subject = format!("the proof of {} is missing", domain.name);
        assert!(told[0].ends_with(&subject), "{told:?}");
    }
    let names = [domain.name.clone()];
    later(&app, &mut acme, "P6DT23H59M").await;
    let late = looked_for(&app, &acme, &domain, &warned).await;
    assert_eq!(late["status"], "verified");
    assert_eq!(late["lost_at"], warned["lost_at"]);
    assert_eq!(app.discovery_domains(&acme).await, names);
    later(&app, &mut acme, "PT2M").await;
    let lost = app.domain_becomes(&acme, &domain, "failed", |_| true).await;
    assert_eq!(lost["failure"], "lost");
    for admin in &admins {
        let told = mailed(&app, admin, &domain, 2).await;
        assert_eq!(told.len(), 2, "the second miss was no news: {told:?}");
        let subject = format!("{} is lost", domain.name);
        let lost = told.iter().filter(|told| told.ends_with(&subject));
        assert_eq!(lost.count(), 1, "{told:?}");
    }
    assert_eq!(mails(&app, &member.email, &domain).await.len(), 0);
    eventually("Auth0 to forget it", || async {
        app.discovery_domains(&acme).await.is_empty().then_some(())
    })
    .await;
    let other = app.organization().await;
    let theirs = app.domain_named(&other, &domain.name).await;
    app.publish(&theirs).await;
    app.verify(&other, &theirs, "verified").await;
    let path = format!("/v1/orgs/{}/audit-events?limit=200", acme.id);
    let trail = app.get(&path, Some(&acme.token)).await.json().to_string();
    for action in ["domain.proof_missed", "domain.lost"] {
        assert!(trail.contains(action), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_back_in_time_ends_the_warning() {
    let app = start().await;
    let mut acme = app.organization().await;
    let domain = app.verified_domain(&acme).await;
    app.remove_dns(&domain.host).await;
    app.verify(&acme, &domain, "verified").await;
    app.domain_becomes(&acme, &domain, "verified", |shown| {
        shown["warned_at"].is_string()
    })
    .await;
    app.publish(&domain).await;
    later(&app, &mut acme, "P1D").await;
    let back = app
        .domain_becomes(&acme, &domain, "verified", |shown| {
            shown["warned_at"].is_null()
        })
        .await;
    assert!(back["lost_at"].is_null(), "{back}");
}

#[tokio::test(flavor = "multi_thread")]
async fn name_servers_that_do_not_answer_take_no_domain_away() {
    let app = start().await;
    let mut acme = app.organization().await;
    let domain = app.verified_domain(&acme).await;
    let broken = json!({ "txt": [], "behaviour": "servfail" });
    app.set_dns(&domain.host, &broken).await;
    later(&app, &mut acme, "P30D").await;
    let warned = app
        .domain_becomes(&acme, &domain, "verified", |shown| {
            shown["warned_at"].is_string()
        })
        .await;
    later(&app, &mut acme, "P8D").await;
    let late = looked_for(&app, &acme, &domain, &warned).await;
    assert_eq!(late["status"], "verified");
    app.remove_dns(&domain.host).await;
    later(&app, &mut acme, "P1D").await;
    app.domain_becomes(&acme, &domain, "failed", |_| true).await;
}
