//! Accepting an invitation, and spoiling one.

mod acme;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{APP, PASSWORD, claims};
use acme::Acme;

const NOT_THEIRS: &str = "the specified account is not allowed to accept the current invitation";
const GONE: &str = "invitation not found or already used";
const NEWCOMER: &str = "dana@example.com";

fn refused(error: &str, description: &str) -> (String, String) {
    (error.to_owned(), description.to_owned())
}

#[actix_web::test]
async fn a_newcomer_signs_up_and_is_a_member_with_the_roles() {
    let acme = Acme::start().await;
    let role = acme.tenant.role("org_billing").await;
    let more = json!({
        "roles": [role], "app_metadata": { "invitation": "7f" }, "user_metadata": { "lang": "fr" },
    });
    let invited = acme.invite(NEWCOMER, more).await;
    let login = acme.accept(&invited, PASSWORD).await;
    let tokens = acme.browser.exchange(&login).await.unwrap();
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["org_id"], acme.id);
    assert_eq!(access["https://tenantry.dev/roles"], json!(["org_billing"]));
    let user = acme.user(NEWCOMER).await;
    assert_eq!(user["email_verified"], true);
    assert_eq!(user["app_metadata"]["invitation"], "7f");
    assert_eq!(user["user_metadata"], json!({ "lang": "fr" }));
    assert_eq!(acme.open().await, 0);
}

#[actix_web::test]
async fn the_page_names_inviter_and_organization_and_fixes_the_address() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    let address = acme.click(&invited, &[]).await.page.location.unwrap();
    let page = acme.browser.get(&address).await;
    assert!(
        page.body
            .contains("Ada Buyer has invited you to join Acme Corp")
    );
    let field = format!("value=\"{NEWCOMER}\" autocomplete=\"username\" readonly");
    assert!(page.body.contains(&field), "{}", page.body);
    let form = [("email", "eve@example.com"), ("password", PASSWORD)];
    acme.fill(&address, &form).await.parameter("code").unwrap();
    assert_eq!(acme.user("eve@example.com").await, Value::Null);
}

#[actix_web::test]
async fn somebody_known_logs_in_with_the_password_held() {
    let acme = Acme::start().await;
    let invited = acme.invite("Ben@Example.com", json!({})).await;
    let wrong = acme.accept(&invited, "not the password").await.page;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("Wrong password"));
    let login = acme.accept(&invited, PASSWORD).await;
    let tokens = acme.browser.exchange(&login).await.unwrap();
    let sub = acme.tenant.person("ben@example.com").await;
    assert_eq!(claims(&tokens["id_token"])["sub"], sub);
}

#[actix_web::test]
async fn a_weak_password_is_refused_and_costs_nothing() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    assert_eq!(acme.accept(&invited, "short").await.page.status, 400);
    assert_eq!(acme.open().await, 1);
}

#[actix_web::test]
async fn a_used_ticket_does_not_work_again() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    acme.accept(&invited, PASSWORD).await;
    let again = acme.click(&invited, &[("prompt", "login")]).await.page;
    assert_eq!(again.error(), refused("invalid_request", GONE));
}

#[actix_web::test]
async fn a_revoked_invitation_ends_the_login_that_is_open() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    let address = acme.click(&invited, &[]).await.page.location.unwrap();
    let csrf = acme.browser.get(&address).await.csrf();
    let path = format!("{}/{}", acme.path(), invited.id);
    acme.tenant.call(Method::DELETE, &path, Value::Null).await;
    let form = [("csrf", csrf.as_str()), ("password", PASSWORD)];
    let page = acme.browser.post(&address, &form).await;
    assert_eq!(page.error(), refused("invalid_request", GONE));
    assert_eq!(acme.user(NEWCOMER).await, Value::Null);
}

#[actix_web::test]
async fn an_invitation_expires_by_the_sandboxs_clock() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({ "ttl_sec": 60 })).await;
    acme.sandbox.clock().advance(TimeDelta::seconds(61));
    let page = acme.click(&invited, &[]).await.page;
    assert_eq!(page.error(), refused("invalid_request", GONE));
}

#[actix_web::test]
async fn a_ticket_belongs_to_its_organization() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    let other = json!({ "name": "other" });
    let other = acme.tenant.call(Method::POST, "organizations", other).await;
    for organization in ["", other["id"].as_str().unwrap()] {
        let asked = [
            ("invitation", invited.ticket.as_str()),
            ("organization", organization),
        ];
        let page = acme.browser.authorize(&asked).await.page;
        assert_eq!(page.error(), refused("invalid_request", GONE));
    }
    assert_eq!(acme.open().await, 1);
}

#[actix_web::test]
async fn another_account_spoils_the_invitation() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    let address = acme.click(&invited, &[]).await.page.location.unwrap();
    let login = address.replace("/u/signup/invitation", "/u/login/identifier");
    let page = acme
        .browser
        .enter_credentials(&login, "ben@example.com", PASSWORD)
        .await;
    assert_eq!(page.error(), refused("access_denied", NOT_THEIRS));
    assert_eq!(acme.open().await, 0);
    let again = acme.click(&invited, &[]).await.page;
    assert_eq!(again.error(), refused("invalid_request", GONE));
}

#[actix_web::test]
async fn a_live_session_of_somebody_else_spoils_it_too() {
    let acme = Acme::start().await;
    acme.browser.log_in("ben@example.com", &[]).await;
    let kept = acme.invite(NEWCOMER, json!({})).await;
    let fresh = acme.click(&kept, &[("prompt", "login")]).await.page;
    assert!(fresh.location.unwrap().starts_with("/u/signup/invitation?"));
    assert_eq!(acme.open().await, 1);
    let page = acme.click(&kept, &[]).await.page;
    assert_eq!(page.error(), refused("access_denied", NOT_THEIRS));
    assert_eq!(acme.open().await, 0);
}

#[actix_web::test]
async fn the_invitees_own_session_accepts_at_once() {
    let acme = Acme::start().await;
    acme.browser.log_in("ben@example.com", &[]).await;
    let invited = acme.invite("ben@example.com", json!({})).await;
    let login = acme.click(&invited, &[]).await;
    let tokens = acme.browser.exchange(&login).await.unwrap();
    assert_eq!(claims(&tokens["id_token"])["org_id"], acme.id);
}

#[actix_web::test]
async fn a_silent_login_does_not_touch_the_invitation() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    let page = acme.click(&invited, &[("prompt", "none")]).await.page;
    assert_eq!(page.error(), refused("login_required", "Login required"));
    assert_eq!(acme.open().await, 1);
}

#[actix_web::test]
async fn google_may_vouch_for_the_address() {
    let acme = Acme::start().await;
    acme.enable_google().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    let profile = [("email", NEWCOMER), ("name", "Dana")];
    let login = acme
        .accept_through(&invited, "google-oauth2", &profile)
        .await;
    let tokens = acme.browser.exchange(&login).await.unwrap();
    let sub = claims(&tokens["id_token"])["sub"].clone();
    assert!(sub.as_str().unwrap().starts_with("google-oauth2|"));
}

#[actix_web::test]
async fn a_bound_invitation_leads_to_its_provider_and_takes_a_upn() {
    let acme = Acme::start().await;
    let connection = acme.enable("waad", "acme-entra").await;
    let more = json!({ "connection_id": connection });
    let invited = acme.invite(NEWCOMER, more).await;
    let first = acme.click(&invited, &[]).await.page.location.unwrap();
    assert!(first.starts_with("/u/invitation?"), "{first}");
    let profile = [("username", "d0042@acme.example"), ("email", NEWCOMER)];
    let login = acme.accept_through(&invited, "acme-entra", &profile).await;
    let tokens = acme.browser.exchange(&login).await.unwrap();
    let sub = claims(&tokens["id_token"])["sub"].clone();
    assert_eq!(sub, "waad|acme-entra|d0042@acme.example");
    assert_eq!(acme.user(NEWCOMER).await["email_verified"], true);
}

#[actix_web::test]
async fn a_provider_that_sends_no_address_spoils_the_invitation() {
    for (strategy, username) in [("waad", "d0042@acme.example"), ("samlp", "d0042")] {
        let acme = Acme::start().await;
        acme.enable(strategy, "acme-idp").await;
        let invited = acme.invite(NEWCOMER, json!({})).await;
        let profile = [("username", username)];
        let login = acme.accept_through(&invited, "acme-idp", &profile).await;
        assert_eq!(login.page.error(), refused("access_denied", NOT_THEIRS));
        assert_eq!(acme.open().await, 0);
    }
}

#[actix_web::test]
async fn the_right_address_from_the_wrong_connection_spoils_it() {
    let acme = Acme::start().await;
    let connection = acme.enable("oidc", "acme-oidc").await;
    let more = json!({ "connection_id": connection });
    let invited = acme.invite("ben@example.com", more).await;
    let database = ("connection", "Username-Password-Authentication");
    let address = acme.click(&invited, &[database]).await.page.location;
    let page = acme
        .fill(&address.unwrap(), &[("password", PASSWORD)])
        .await;
    assert_eq!(page.error(), refused("access_denied", NOT_THEIRS));
}

#[actix_web::test]
async fn an_invited_member_keeps_the_roles_held() {
    let acme = Acme::start().await;
    let person = acme
        .tenant
        .join(&acme.id, "ben@example.com", "org_readonly")
        .await;
    let role = acme.tenant.role("org_billing").await;
    let more = json!({ "roles": [role] });
    let invited = acme.invite("ben@example.com", more).await;
    acme.accept(&invited, PASSWORD).await;
    let path = format!(
        "organizations/{}/members/{}/roles",
        acme.id,
        person.replace('|', "%7C")
    );
    let roles = acme.tenant.call(Method::GET, &path, Value::Null).await;
    assert_eq!(roles.as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn the_log_says_how_invitations_ended() {
    let acme = Acme::start().await;
    let spoiled = acme.invite(NEWCOMER, json!({})).await;
    acme.browser.log_in("ben@example.com", &[]).await;
    acme.click(&spoiled, &[]).await;
    let accepted = acme.invite("ben@example.com", json!({})).await;
    acme.click(&accepted, &[]).await;
    for (kind, invited) in [("fi", spoiled), ("si", accepted)] {
        let log = acme.logged(kind).await;
        assert_eq!(log.as_array().unwrap().len(), 1);
        assert_eq!(log[0]["organization_id"], acme.id);
        assert_eq!(log[0]["details"]["invitation"]["id"], invited.id);
    }
    let first = acme.logged("fi").await[0]["log_id"].clone();
    let path = format!("logs?from={}&take=10", first.as_str().unwrap());
    let later = acme.tenant.call(Method::GET, &path, Value::Null).await;
    let mut ends = later.as_array().unwrap().iter().filter(|entry| {
        let kind = entry["type"].as_str().unwrap();
        ["si", "fi"].contains(&kind)
    });
    assert_eq!(ends.next().unwrap()["type"], "si");
}

#[actix_web::test]
async fn the_log_goes_on_where_it_was_when_the_clock_is_set_back() {
    let acme = Acme::start().await;
    acme.sandbox.clock().advance(TimeDelta::hours(2));
    let spoiled = acme.invite(NEWCOMER, json!({})).await;
    acme.browser.log_in("ben@example.com", &[]).await;
    acme.click(&spoiled, &[]).await;
    let read = acme.logged("fi").await[0]["log_id"].clone();
    acme.sandbox.clock().reset();
    let spoiled = acme.invite(NEWCOMER, json!({})).await;
    acme.click(&spoiled, &[]).await;
    let path = format!("logs?from={}&take=10", read.as_str().unwrap());
    let later = acme.tenant.call(Method::GET, &path, Value::Null).await;
    let mut kinds = later.as_array().unwrap().iter().map(|entry| &entry["type"]);
    assert!(kinds.any(|kind| kind == "fi"), "{later}");
}

#[actix_web::test]
async fn two_acceptances_at_once_make_one_member() {
    let acme = Acme::start().await;
    let invited = acme.invite("ben@example.com", json!({})).await;
    acme.browser.log_in("ben@example.com", &[]).await;
    let clicks = (0..8).map(|_| acme.click(&invited, &[]));
    let pages = futures::future::join_all(clicks).await;
    let codes = pages
        .iter()
        .filter(|login| login.page.parameter("code").is_some());
    assert_eq!(codes.count(), 1);
}

#[actix_web::test]
async fn the_links_address_is_the_applications_login_route() {
    let acme = Acme::start().await;
    let invited = acme.invite(NEWCOMER, json!({})).await;
    let mails = acme.browser.json("/sandbox/mailbox").await;
    let link = mails["mails"][0]["link"].as_str().unwrap();
    let start = format!("{APP}/login?invitation={}&organization=", invited.ticket);
    assert!(link.starts_with(&start), "{link}");
}
