//! From then on people come through the identity provider, and an administrator still has a way in when it is away.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::failure::{Failure, same};
use super::super::story::{PATIENCE, POLL, Story};
use super::super::team::{self, becomes_a_member, until};
use super::super::tenant::Tenant;
use super::super::tokens::{Person, log_in};
use super::super::world::Answer;
use super::super::wrong_click::is_refused;
use super::{Enterprise, known_as};

const REFUSED: &str = "sso_required";

/// What the administrator says of it.
const REASON: &str = "The identity provider has been down since nine.";

pub(super) async fn only_by_sso(
    story: &mut Story,
    ours: &mut Enterprise,
) -> Result<String, Failure> {
    let (email, upn) = (
        format!("dana.long@{}", ours.domain),
        format!("d0815@ad.{}", ours.domain),
    );
    let connection = ours.saml.connection.clone();
    let body = json!({
        "invitees": [{ "email": email, "roles": ["org_member"] }], "connection": connection,
    });
    let sent = team::send(story, &body).await?;
    let tenant = Tenant::open(&story.world).await?;
    let path = format!("users-by-email?email={email}");
    let known = tenant.call(Method::GET, &path, None).await?.json(200)?;
    same("accounts made beforehand", &json!([]), &known)?;
    let mut dana = known_as(&connection, &upn)?;
    is_refused(story, &sent.link, &mut dana).await?;
    let accepted = until(story, &sent.id, "accepted").await?;
    let tokens = story.through(&connection, &upn).await?;
    same(
        "who accepted",
        &tokens.access["sub"],
        &accepted["accepted_by"],
    )?;
    becomes_a_member(story, &tokens.access_token).await?;
    Ok(format!(
        "{email}, bound to the SAML provider; no account was made beforehand; the directory calls them {upn} and tells no address: a member by the bound connection"
    ))
}

pub(super) async fn enforced(story: &mut Story, ours: &mut Enterprise) -> Result<String, Failure> {
    let email = format!("password-{}@example.com", story.tag);
    let body = json!({ "invitees": [{ "email": email, "roles": ["org_member"] }] });
    let sent = team::send(story, &body).await?;
    let mut member = Person::new(&email, &format!("Password-{}-1", story.tag))?;
    ours.token = team::accept(story, &sent, &mut member).await?.access_token;
    story.insist("enforce").await?.expect(200)?;
    let organization = story.path("");
    let next = story.world.get(&organization, &ours.token).await?;
    next.problem(403, REFUSED)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let extra = [("organization", story.organization.as_str())];
        match log_in(&story.world, &mut member, &extra).await {
            Err(refusal) if refusal.to_string().contains(REFUSED) => break,
            Err(other) => return Err(other),
            Ok(_) if Instant::now() > deadline => {
                return Err(Failure::unexpected("a refused login", "tokens"));
            }
            Ok(_) => tokio::time::sleep(POLL).await,
        }
    }
    let upn = format!("d0815@ad.{}", ours.domain);
    let through = story.through(&ours.saml.connection, &upn).await?;
    let through = through.access_token;
    story
        .world
        .get(&organization, &through)
        .await?
        .expect(200)?;
    Ok(format!(
        "{email}: the very next request with a token of a password is 403 {REFUSED}, and so is the next login; through the identity provider both go on"
    ))
}

pub(super) async fn break_glass(story: &mut Story) -> Result<String, Failure> {
    let organization = story.organization.clone();
    // A session that runs would do for a login, and not for this.
    let fresh = [("organization", organization.as_str()), ("prompt", "login")];
    let tokens = story.log_in(&fresh).await?;
    story.organization_token = tokens.access_token;
    let token = story.organization_token.clone();
    let path = story.path("");
    story
        .world
        .get(&path, &token)
        .await?
        .problem(403, REFUSED)?;
    let reason = json!({ "reason": REASON });
    let broken = story.administer(Method::POST, "/policies/break-glass", Some(&reason));
    let until = broken.await?.json(201)?["until"].clone();
    story.world.get(&path, &token).await?.expect(200)?;
    let trail = story.ours("/audit-events").await?;
    let told = trail["items"].as_array().into_iter().flatten();
    let mut told = told.filter(|event| event["action"] == "organization.glass_broken");
    let event = told.next().unwrap_or(&Value::Null);
    same(
        "the reason in the audit trail",
        &json!(REASON),
        &event["after"]["reason"],
    )?;
    let deadline = Instant::now() + PATIENCE;
    while !is_warned(story, &story.visitor.email).await? {
        if Instant::now() > deadline {
            return Err(Failure::unexpected("a mail to the administrator", "none"));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(format!(
        "an administrator with a password, let in for nothing else, works until {until}; the audit trail and a mail to all administrators say who and why"
    ))
}

async fn is_warned(story: &Story, email: &str) -> Result<bool, Failure> {
    let url = story.world.identity_url("sandbox/mailbox")?;
    let mailbox = Answer::of(story.world.http.get(url).send().await?).await?;
    let mailbox = mailbox.json(200)?;
    let mut mails = mailbox["mails"].as_array().into_iter().flatten();
    let has_reason = |mail: &Value| {
        mail["text"]
            .as_str()
            .is_some_and(|text| text.contains(REASON))
    };
    Ok(mails.any(|mail| mail["to"] == email && has_reason(mail)))
}
