use chrono::TimeDelta;
use sandbox::{Limits, SandboxConfig};
use serde_json::{Value, json};

use crate::api::{Api, Reply};

const APP: &str = "http://localhost:4000";
const CONSOLE: &str = "tenantry-console";

/// An organization that invites through the console.
struct Acme {
    api: Api,
    id: String,
}

impl Acme {
    async fn start() -> Self {
        let api = Api::with(SandboxConfig {
            app_urls: vec![APP.to_owned()],
            limits: Limits::Off,
            ..SandboxConfig::default()
        })
        .await;
        let id = api.organization("acme").await;
        Self { api, id }
    }

    fn path(&self) -> String {
        format!("organizations/{}/invitations", self.id)
    }

    async fn invite(&self, more: Value) -> Reply {
        let mut body = json!({
            "inviter": { "name": "Ada" }, "invitee": { "email": "ben@example.com" }, "client_id": CONSOLE,
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.api.post(&self.path(), body).await
    }

    async fn invited(&self, more: Value) -> Value {
        self.invite(more).await.assert_status(201)
    }

    async fn listed(&self, query: &str) -> Value {
        let path = format!("{}{query}", self.path());
        self.api.get(&path).await.assert_status(200)
    }

    async fn mails(&self) -> Value {
        let url = format!("{}sandbox/mailbox", self.api.running.base_url());
        let mut mails: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        mails["mails"].take()
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

#[actix_web::test]
async fn a_plain_invitation_answers_what_a_real_tenant_did() {
    let acme = Acme::start().await;
    let made = acme.invited(json!({})).await;
    let (ticket, org) = (text(&made, "ticket_id"), &acme.id);
    let url = format!("{APP}/login?invitation={ticket}&organization={org}&organization_name=acme");
    let expected = json!({
        "id": made["id"], "client_id": CONSOLE, "inviter": { "name": "Ada" },
        "invitee": { "email": "ben@example.com" }, "invitation_url": url, "ticket_id": ticket,
        "created_at": made["created_at"], "expires_at": made["expires_at"], "organization_id": org,
    });
    assert_eq!(made, expected);
    assert_eq!(
        (ticket.len(), text(&made, "id").len()),
        (32, "uinv_".len() + 16)
    );
    let path = format!("{}/{}", acme.path(), text(&made, "id"));
    assert_eq!(acme.api.get(&path).await.assert_status(200), expected);
}

#[actix_web::test]
async fn a_full_invitation_echoes_everything() {
    let acme = Acme::start().await;
    let connection = acme.api.connection("acme-ad", "waad").await;
    let enable = json!({ "connection_id": connection });
    let enabled = format!("organizations/{}/enabled_connections", acme.id);
    acme.api.post(&enabled, enable).await.assert_status(201);
    let more = json!({
        "connection_id": connection, "roles": [acme.api.role("viewer").await],
        "app_metadata": { "ref": "7f" }, "user_metadata": { "lang": "fr" },
    });
    let made = acme.invited(more.clone()).await;
    for name in ["connection_id", "roles", "app_metadata", "user_metadata"] {
        assert_eq!(made[name], more[name]);
    }
}

#[actix_web::test]
async fn the_link_keeps_what_the_login_route_has() {
    let acme = Acme::start().await;
    let settings = json!({ "default_redirection_uri": "https://app.example/login?from=mail#top" });
    acme.api
        .patch("tenants/settings", settings)
        .await
        .assert_status(200);
    let client = json!({ "initiate_login_uri": "" });
    let path = format!("clients/{CONSOLE}");
    acme.api.patch(&path, client).await.assert_status(200);
    let made = acme.invited(json!({})).await;
    let (ticket, org) = (text(&made, "ticket_id"), &acme.id);
    let url = format!(
        "https://app.example/login?from=mail&invitation={ticket}&organization={org}&organization_name=acme#top"
    );
    assert_eq!(made["invitation_url"], url);
}

#[actix_web::test]
async fn lists_have_no_total_and_start_with_the_newest() {
    let acme = Acme::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(acme.invited(json!({})).await["id"].clone());
        acme.api.running.clock().advance(TimeDelta::seconds(1));
    }
    let page = acme.listed("?include_totals=true&per_page=2").await;
    assert_eq!((&page["start"], &page["limit"]), (&json!(0), &json!(2)));
    assert_eq!(page.get("total"), None);
    assert_eq!(page["invitations"][0]["id"], ids[2]);
    let oldest = acme.listed("?sort=created_at:1&fields=id").await;
    let expected: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
    assert_eq!(oldest, json!(expected));
}

#[actix_web::test]
async fn a_deleted_invitation_is_gone() {
    let acme = Acme::start().await;
    let made = acme.invited(json!({})).await;
    let path = format!("{}/{}", acme.path(), text(&made, "id"));
    acme.api.delete(&path).await.assert_status(204);
    let (code, message) = ("inexistent_invitation", "The invitation does not exist.");
    acme.api
        .delete(&path)
        .await
        .assert_error(404, code, message);
    acme.api.get(&path).await.assert_error(404, code, message);
    assert_eq!(acme.listed("").await, json!([]));
}

#[actix_web::test]
async fn lifetimes_are_the_vendors() {
    let acme = Acme::start().await;
    for (asked, seconds) in [(0, 604_800), (60, 60), (2_592_000, 2_592_000)] {
        let made = acme.invited(json!({ "ttl_sec": asked })).await;
        let at = |name: &str| {
            text(&made, name)
                .parse::<chrono::DateTime<chrono::Utc>>()
                .unwrap()
        };
        assert_eq!((at("expires_at") - at("created_at")).num_seconds(), seconds);
    }
    acme.api.running.clock().advance(TimeDelta::seconds(61));
    assert_eq!(acme.listed("").await.as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn bodies_are_validated_with_the_vendors_words() {
    let acme = Acme::start().await;
    let long = "x".repeat(301);
    for (more, says) in [
        (
            json!({ "inviter": {} }),
            "'Missing required property: name' on property inviter",
        ),
        (
            json!({ "inviter": { "name": "" } }),
            "'String is too short (0 chars), minimum 1' on property inviter.name",
        ),
        (
            json!({ "inviter": { "name": long } }),
            "'String is too long (301 chars), maximum 300' on property inviter.name",
        ),
        (
            json!({ "invitee": { "email": "ben" } }),
            "'Object didn't pass validation for format email: ben' on property invitee.email",
        ),
        (
            json!({ "roles": [] }),
            "'Array is too short (0), minimum 1' on property roles",
        ),
        (
            json!({ "roles": ["admin"] }),
            "'Object didn't pass validation for format role-id: admin' on property roles.0",
        ),
        (
            json!({ "ttl_sec": 2_592_001 }),
            "'Value 2592001 is greater than maximum 2592000' on property ttl_sec",
        ),
        (
            json!({ "user_id": "auth0|1" }),
            "'Additional properties not allowed: user_id'",
        ),
    ] {
        let message = format!("Payload validation error: {says}.");
        acme.invite(more)
            .await
            .assert_error(400, "invalid_body", &message);
    }
}

#[actix_web::test]
async fn what_the_tenant_does_not_have_is_refused() {
    let acme = Acme::start().await;
    let elsewhere = acme.api.connection("elsewhere", "oidc").await;
    for (more, message) in [
        (
            json!({ "client_id": "nope" }),
            "The specified client_id does not exist.",
        ),
        (
            json!({ "client_id": "tenantry-management" }),
            "The specified client_id (tenantry-management) does not allow organizations.",
        ),
        (
            json!({ "connection_id": "con_0" }),
            "The specified connection does not exist.",
        ),
        (
            json!({ "connection_id": elsewhere }),
            "The specified connection is not enabled for the organization.",
        ),
        (
            json!({ "roles": ["rol_0000000000000000"] }),
            "One or more of the specified roles do not exist: rol_0000000000000000",
        ),
    ] {
        acme.invite(more)
            .await
            .assert_error(400, "invalid_body", message);
    }
    let nowhere = acme.api.get("organizations/org_nope/invitations").await;
    nowhere.assert_error(404, "", "No organization found by that id or name");
}

#[actix_web::test]
async fn without_a_login_route_there_is_no_link() {
    let api = Api::start().await;
    let id = api.organization("acme").await;
    let acme = Acme { api, id };
    let refused = acme.invite(json!({})).await;
    assert_eq!(
        (refused.status, text(&refused.body, "errorCode")),
        (400, "invalid_body")
    );
    let message = "A default login route is required to generate the invitation url.";
    assert!(text(&refused.body, "message").starts_with(message));
}

#[actix_web::test]
async fn a_strict_tenant_wants_a_public_login_route() {
    let config = SandboxConfig {
        strict: true,
        ..SandboxConfig::default()
    };
    let api = Api::with(config).await;
    let path = format!("clients/{CONSOLE}");
    let local = json!({ "initiate_login_uri": "http://localhost:4000/login" });
    assert_eq!(api.patch(&path, local).await.status, 400);
    let public = json!({ "initiate_login_uri": "https://app.example/login" });
    api.patch(&path, public).await.assert_status(200);
}

#[actix_web::test]
async fn the_letter_names_the_inviter_and_the_organization() {
    let acme = Acme::start().await;
    let organization = json!({
        "display_name": "Acme <b>Corp</b>",
        "branding": { "colors": { "primary": "#00AA11", "page_background": "#FFEEDD" } },
    });
    let path = format!("organizations/{}", acme.id);
    acme.api.patch(&path, organization).await.assert_status(200);
    let more = json!({ "inviter": { "name": "Ada\r\nBcc: all@example.com <i>" } });
    let made = acme.invited(more).await;
    let mail = acme.mails().await[0].clone();
    let named = (
        text(&mail, "template"),
        text(&mail, "to"),
        text(&mail, "subject"),
    );
    let subject = "You have been invited to join Acme <b>Corp</b>";
    assert_eq!(named, ("user_invitation", "ben@example.com", subject));
    assert_eq!(mail["link"], made["invitation_url"]);
    assert!(text(&mail, "text").starts_with("Ada Bcc: all@example.com <i> has invited you"));
    let html = text(&mail, "html");
    let link = text(&made, "invitation_url").replace('&', "&amp;");
    for part in [
        "Acme &lt;b&gt;Corp&lt;/b&gt;",
        "&lt;i&gt;",
        "#00AA11",
        "#FFEEDD",
        &link,
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[actix_web::test]
async fn no_letter_is_sent_when_none_is_wanted() {
    let acme = Acme::start().await;
    acme.invited(json!({ "send_invitation_email": false }))
        .await;
    assert_eq!(acme.mails().await, json!([]));
}

#[actix_web::test]
async fn an_organization_takes_its_invitations_with_it() {
    let acme = Acme::start().await;
    acme.invited(json!({})).await;
    let path = format!("organizations/{}", acme.id);
    acme.api.delete(&path).await.assert_status(204);
    assert_eq!(acme.api.get(&acme.path()).await.status, 404);
}
