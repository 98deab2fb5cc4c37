//! Invitations that Auth0 uses up for the wrong account, and one whose invitee the company knows by another address.

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::failure::{Failure, same};
use super::story::Story;
use super::team::{Sent, accept, becomes_a_member, follow, mailed_link, send, until};
use super::tenant::Tenant;
use super::tokens::{Person, Provider, log_in};

/// What Auth0 says to the wrong account.
const NOT_ALLOWED: &str = "not allowed to accept the current invitation";

pub(super) async fn wrong_account_first(story: &mut Story) -> Result<String, Failure> {
    let email = format!("right-{}@example.com", story.tag);
    let body = json!({ "invitees": [{ "email": email, "roles": ["org_billing"] }] });
    let first = send(story, &body).await?;
    let stranger = format!("wrong-{}@example.com", story.tag);
    let mut stranger = Person::new(&stranger, &format!("Stranger-{}-1", story.tag))?;
    log_in(&story.world, &mut stranger, &[("screen_hint", "signup")]).await?;
    is_refused(story, &first.link, &mut stranger).await?;

    let again = Sent {
        link: mailed_link(story, &email, Some(&first.link)).await?,
        id: first.id,
    };
    let mut invitee = Person::new(&email, &format!("Invitee-{}-1", story.tag))?;
    let tokens = accept(story, &again, &mut invitee).await?;
    let roles = story.world.roles(&tokens.access);
    same("roles in the access token", &json!(["org_billing"]), roles)?;
    let shown = story.ours(&format!("/invitations/{}", again.id)).await?;
    let reasons: Vec<&Value> = shown["history"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|issue| &issue["reason"])
        .collect();
    same(
        "its history",
        &vec![&json!("created"), &json!("reissued")],
        &reasons,
    )?;
    Ok(format!(
        "opened while somebody else was signed in, Auth0 used it up; it went out again by itself under the same id, and {email} is a member with the same role"
    ))
}

pub(super) async fn another_address(story: &mut Story) -> Result<String, Failure> {
    let connection = format!("contoso-{}", story.tag);
    let tenant = Tenant::open(&story.world).await?;
    let body = json!({
        "name": connection, "strategy": "waad", "options": { "client_id": "tenantry" },
        "enabled_clients": [story.world.client_id],
    });
    tenant
        .call(Method::POST, "connections", Some(&body))
        .await?
        .expect(201)?;
    tenant.enable(&connection, &story.organization).await?;
    let email = format!("bo.long-{}@contoso.example", story.tag);
    let upn = format!("d0042-{}@corp.contoso.example", story.tag);
    let body = json!({
        "invitees": [{ "email": email, "roles": ["org_member"] }], "connection": connection,
    });
    let sent = send(story, &body).await?;
    let mut invitee = Person::new(&email, "")?;
    invitee.provider = Some(Provider {
        connection: connection.clone(),
        username: upn.clone(),
        email: String::new(),
    });
    is_refused(story, &sent.link, &mut invitee).await?;
    let shown = until(story, &sent.id, "accepted").await?;
    let organization = story.organization.clone();
    let extra = [
        ("organization", organization.as_str()),
        ("connection", connection.as_str()),
    ];
    let tokens = log_in(&story.world, &mut invitee, &extra).await?;
    same("who accepted", &tokens.access["sub"], &shown["accepted_by"])?;
    becomes_a_member(story, &tokens.access_token).await?;
    Ok(format!(
        "invited as {email}, known to the company's Entra ID as {upn} and without an address: the same person, by the bound connection"
    ))
}

/// The application reports the refusal, as the console does, so that nobody waits for the next look at Auth0's log.
pub(super) async fn is_refused(
    story: &Story,
    link: &Url,
    person: &mut Person,
) -> Result<(), Failure> {
    match follow(story, link, person).await {
        Ok(_) => return Err(Failure::unexpected("a refusal", "tokens")),
        Err(refusal) if refusal.to_string().contains(NOT_ALLOWED) => {}
        Err(other) => return Err(other),
    }
    let ticket = link.query_pairs().find(|(name, _)| name == "invitation");
    let ticket = ticket.map(|(_, ticket)| ticket.into_owned());
    let report = json!({ "organization": story.organization, "invitation": ticket });
    story
        .world
        .post("invitation", "", &report)
        .await?
        .expect(202)
}
