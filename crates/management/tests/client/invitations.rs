//! Invitations.

use futures::TryStreamExt;
use management::{Error, Invitation, Invitee, Inviter, NewInvitation};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::scripted::{Answer, Tenant};

const TICKET: &str = "Mh3BJVTaC4nsZImXBzPulFiq5kFP1KLs";

/// As recorded from a real tenant: what was not asked for is absent.
fn recorded(id: &str) -> Value {
    let url = format!("https://app.example/login?invitation={TICKET}&organization=org_1");
    json!({
        "id": id, "organization_id": "org_1", "client_id": "spa", "inviter": { "name": "Ada" },
        "invitee": { "email": "ben@example.com" }, "invitation_url": url, "ticket_id": TICKET,
        "created_at": "2023-01-25T17:49:32.656Z", "expires_at": "2023-02-01T17:49:32.656Z",
    })
}

fn for_ben() -> NewInvitation {
    NewInvitation {
        inviter: Inviter {
            name: "Ada".to_owned(),
        },
        invitee: Invitee {
            email: "ben@example.com".to_owned(),
        },
        client_id: "spa".to_owned(),
        ..NewInvitation::default()
    }
}

async fn created(new: &NewInvitation) -> (Value, Invitation) {
    let tenant = Tenant::start().await;
    let answer = Answer::json(201, &recorded("uinv_1"));
    tenant.answers("POST organizations/org_1/invitations", [answer]);
    let client = tenant.client();
    let made = client.organizations().create_invitation("org_1", new).await;
    (tenant.bodies().remove(0), made.unwrap())
}

#[tokio::test]
async fn a_plain_invitation_sends_only_what_it_has() {
    let (body, made) = created(&for_ben()).await;
    assert_eq!(
        body,
        json!({
            "inviter": { "name": "Ada" }, "invitee": { "email": "ben@example.com" }, "client_id": "spa",
            "send_invitation_email": true,
        })
    );
    assert_eq!((made.id.as_str(), made.roles.len()), ("uinv_1", 0));
    assert_eq!((made.expires_at - made.created_at).num_days(), 7);
    assert_eq!(made.ticket_id.expose_secret(), TICKET);
}

#[tokio::test]
async fn a_full_invitation_sends_everything() {
    let full = NewInvitation {
        connection_id: Some("con_1".to_owned()),
        roles: vec!["rol_1".to_owned()],
        app_metadata: Map::from_iter([("ref".to_owned(), json!("7f"))]),
        user_metadata: Map::from_iter([("lang".to_owned(), json!("fr"))]),
        ttl_sec: Some(60),
        send_invitation_email: false,
        ..for_ben()
    };
    let (body, _) = created(&full).await;
    assert_eq!(
        body,
        json!({
            "inviter": { "name": "Ada" }, "invitee": { "email": "ben@example.com" }, "client_id": "spa",
            "connection_id": "con_1", "roles": ["rol_1"], "app_metadata": { "ref": "7f" },
            "user_metadata": { "lang": "fr" }, "ttl_sec": 60, "send_invitation_email": false,
        })
    );
}

#[tokio::test]
async fn invitations_are_listed_without_a_total() {
    let tenant = Tenant::start().await;
    let pages = [
        json!({ "invitations": [recorded("uinv_2"), recorded("uinv_1")], "start": 0, "limit": 2 }),
        json!({ "invitations": [], "start": 50, "limit": 0 }),
    ];
    let route = "GET organizations/org_1/invitations";
    tenant.answers(route, pages.iter().map(|page| Answer::json(200, page)));
    let listed = tenant.client().organizations().invitations("org_1");
    let ids: Vec<String> = listed.map_ok(|found| found.id).try_collect().await.unwrap();
    assert_eq!(ids, ["uinv_2", "uinv_1"]);
    let query = &tenant.calls()[0].query;
    assert!(query.starts_with("sort=created_at%3A-1&"), "{query}");
}

#[tokio::test]
async fn an_invitation_that_is_gone_is_none() {
    let tenant = Tenant::start().await;
    let gone = Answer::error(
        404,
        "inexistent_invitation",
        "The invitation does not exist.",
    );
    let route = "GET organizations/org_1/invitations/uinv_1";
    tenant.answers(route, [Answer::json(200, &recorded("uinv_1")), gone]);
    let client = tenant.client();
    let show = || client.organizations().invitation("org_1", "uinv_1");
    assert_eq!(
        show().await.unwrap().unwrap().invitee.email,
        "ben@example.com"
    );
    assert!(show().await.unwrap().is_none());
}

#[tokio::test]
async fn deleting_says_whether_it_was_still_there() {
    let tenant = Tenant::start().await;
    let gone = Answer::error(
        404,
        "inexistent_invitation",
        "The invitation does not exist.",
    );
    let broken = Answer::error(403, "insufficient_scope", "Insufficient scope");
    let route = "DELETE organizations/org_1/invitations/uinv_1";
    tenant.answers(route, [Answer::empty(204), gone, broken]);
    let client = tenant.client();
    let delete = || client.organizations().delete_invitation("org_1", "uinv_1");
    assert_eq!((delete().await, delete().await), (Ok(true), Ok(false)));
    assert!(matches!(
        delete().await,
        Err(Error::Refused { status: 403, .. })
    ));
}

#[tokio::test]
async fn neither_address_nor_ticket_shows_in_debug() {
    let (_, made) = created(&for_ben()).await;
    assert!(!format!("{made:?}").contains(TICKET));
}
