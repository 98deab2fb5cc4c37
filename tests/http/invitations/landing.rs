//! The page that an invitation's link leads to.

use domain::Role;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Link, TestApp};

const BO: &str = "bo.long@acme.example";

async fn open(app: &TestApp, organization: &str, ticket: &str) -> Answer {
    let query = format!("invitation={ticket}&organization={organization}&organization_name=acme");
    let page = app.get(&format!("/invitation?{query}"), None).await;
    page.assert_status(200);
    page
}

async fn open_link(app: &TestApp, link: &Link) -> Answer {
    open(app, &link.organization, &link.ticket).await
}

/// Body and headers, but for what is another one each time.
fn whole(answer: &Answer) -> String {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{}\n{headers:#?}\n{}", answer.status, answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_who_is_invited_and_goes_on_as_that_person() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.rename(&acme, "Acme \"&\" 'Co'")
        .await
        .assert_status(200);
    app.invited(&acme, BO, Role::OrgMember).await;
    app.settled().await;
    let link = app.mailed_link(BO).await;
    let page = open_link(&app, &link).await;
    let text = &page.body;
    assert!(text.contains("Acme &quot;&amp;&quot; 'Co'"), "{text}");
    assert!(text.contains("b…@acme.example"), "{text}");
    let href = text.split("class=\"button\" href=\"").nth(1);
    let href = href
        .and_then(|rest| rest.split('"').next())
        .expect("a way on");
    let login = app.get(&href.replace("&amp;", "&"), None).await;
    login.assert_status(302);
    let expected = format!(
        "{}/?organization={}&invitation={}&organization_name={}&login_hint=bo.long%40acme.example&prompt=login",
        app.url, acme.id, link.ticket, acme.name
    );
    assert_eq!(login.header("location"), Some(expected.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_it_comes_from_elsewhere() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.invited(&acme, BO, Role::OrgMember).await;
    app.settled().await;
    let page = open_link(&app, &app.mailed_link(BO).await).await;
    let policy = page.header("content-security-policy").expect("a policy");
    let issuer = app.sandbox.base_url();
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {issuer}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    );
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let text = &page.body;
    assert_eq!(text.matches("<script").count(), 1, "{text}");
    for inline in ["<style", "style=", "onload", "onclick", "javascript:"] {
        assert!(!text.contains(inline), "{text}");
    }
    for file in ["/invitation/landing.js", "/invitation/landing.css"] {
        assert!(text.contains(file));
        let file = app.get(file, None).await;
        assert!(!file.assert_status(200).body.contains("://"));
    }
    app.get("/invitation/other.js", None)
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_links_that_lead_nowhere_are_one_page_to_the_byte() {
    let app = TestApp::start().await;
    let (mut acme, other) = (app.organization().await, app.organization().await);
    let mut links = Vec::new();
    for name in ["revoked", "used", "resent", "expired"] {
        let email = format!("{name}@acme.example");
        let id = app.invited(&acme, &email, Role::OrgMember).await;
        app.settled().await;
        let link = app.mailed_link(&email).await;
        assert!(open_link(&app, &link).await.body.contains("…@acme.example"));
        let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
        match name {
            "revoked" => {
                let revoke = app.request(Method::DELETE, &path, Some(&acme.token));
                app.send(revoke).await.assert_status(204);
            }
            "used" => {
                let login = app.follow(&link, &email).await.expect("it is theirs");
                super::is_let_in(&app, &acme, &login).await;
            }
            "resent" => {
                let path = format!("{path}/resend");
                let again = app.post(&path, &acme.token, &json!({})).await;
                again.assert_status(200);
            }
            _ => {}
        }
        links.push(link);
    }
    let live = app.invited(&other, BO, Role::OrgMember).await;
    let elsewhere = app.mailed_link(BO).await;
    app.advance("P7D").await;
    acme.token = app.enter(&acme, &acme.admin).await;
    app.settled().await;
    let unknown = open(&app, &acme.id, "Mh3BJVTaC4nsZImXBzPulFiq5kFP1KLs").await;
    let mut pages = vec![
        open(&app, "org_0000000000000000", "x").await,
        open(&app, "acme", "x%00%0d%0a%3Cscript%3E").await,
        open(&app, &acme.id, &elsewhere.ticket).await,
        app.get("/invitation", None).await,
    ];
    for link in &links {
        pages.push(open_link(&app, link).await);
    }
    for page in &pages {
        assert_eq!(whole(page), whole(&unknown));
    }
    assert!(!unknown.body.contains("A team"), "{live}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ticket_is_stored_nowhere() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.invited(&acme, BO, Role::OrgMember).await;
    app.settled().await;
    let ticket = app.mailed_link(BO).await.ticket;
    assert_eq!(app.rows_that_mention(&[ticket]).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_refused_login_it_says_so_whoever_asks() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.invited(&acme, BO, Role::OrgMember).await;
    app.settled().await;
    let link = app.mailed_link(BO).await;
    let refused = |ticket: String| {
        let path = format!(
            "/invitation?error=access_denied&invitation={ticket}&organization={}",
            acme.id
        );
        let app = &app;
        async move { app.get(&path, None).await }
    };
    let (known, unknown) = (refused(link.ticket).await, refused("nobodys".into()).await);
    assert!(known.body.contains("data-page=\"refused\""));
    assert_eq!(whole(&known), whole(&unknown));
}
