//! The team grows: the administrator invites people, who accept in every way there is, work, change and go.

use std::time::Instant;

use serde_json::{Value, json};
use url::Url;

use super::failure::{Failure, same};
use super::story::{PATIENCE, POLL, Story};
use super::tenant::Tenant;
use super::tokens::{Person, Provider, Tokens, log_in};
use super::world::Answer;

const SOCIAL: &str = "google-oauth2";

/// An invitation on its way.
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) link: Url,
}

pub(super) async fn by_password(story: &mut Story) -> Result<String, Failure> {
    let email = format!("member-{}@example.com", story.tag);
    let body = json!({ "invitees": [{ "email": email, "roles": ["org_member"] }] });
    let sent = send(story, &body).await?;
    let again = story
        .world
        .post(
            &story.path("/invitations"),
            &story.organization_token,
            &body,
        )
        .await?
        .json(200)?;
    let outcome = again["items"][0]["outcome"].as_str();
    same("the second answer", &Some("already_pending"), &outcome)?;
    let mut member = Person::new(&email, &format!("Member-{}-1", story.tag))?;
    let tokens = accept(story, &sent, &mut member).await?;
    story.member = tokens.access["sub"].as_str().unwrap_or_default().to_owned();
    story.member_token = tokens.access_token;
    Ok(format!(
        "{email} was invited once, chose a password on the page of the link, and is a member by the invitation's id"
    ))
}

pub(super) async fn by_social_login(story: &mut Story) -> Result<String, Failure> {
    let tenant = Tenant::open(&story.world).await?;
    tenant.enable(SOCIAL, &story.organization).await?;
    let email = format!("social-{}@example.com", story.tag);
    let body = json!({
        "invitees": [{ "email": email, "roles": ["org_readonly"] }],
        "connection": SOCIAL,
    });
    let sent = send(story, &body).await?;
    let mut member = Person::new(&email, "")?;
    member.provider = Some(Provider {
        connection: SOCIAL.to_owned(),
        username: String::new(),
        email: email.clone(),
    });
    let tokens = accept(story, &sent, &mut member).await?;
    let sub = tokens.access["sub"].as_str().unwrap_or_default();
    if !sub.starts_with("google-oauth2|") {
        return Err(Failure::unexpected("a user of Google's", sub));
    }
    Ok(format!("{email} came in with Google as {sub}"))
}

pub(super) async fn resend_and_revoke(story: &mut Story) -> Result<String, Failure> {
    let email = format!("unwanted-{}@example.com", story.tag);
    let body = json!({ "invitees": [{ "email": email, "roles": ["org_member"] }] });
    let first = send(story, &body).await?;
    let path = story.path(&format!("/invitations/{}", first.id));
    let resend = format!("{path}/resend");
    let token = story.organization_token.clone();
    let resent = story.world.post(&resend, &token, &json!({})).await?;
    same("its issue", &Some(2), &resent.json(200)?["issue"].as_u64())?;
    let second = mailed_link(story, &email, Some(&first.link)).await?;
    same_refusal(story, &first.link, &email).await?;
    story.world.delete(&path, &token).await?.expect(204)?;
    until(story, &first.id, "revoked").await?;
    gone_at_auth0(story, &second, &email).await?;
    Ok(
        "the second link took the place of the first; after it was revoked neither is good"
            .to_owned(),
    )
}

pub(super) async fn works(story: &mut Story) -> Result<String, Failure> {
    let members = story.ours("/members").await?;
    let roles: Vec<&Value> = members["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|member| &member["roles"])
        .collect();
    same("number of members", &3, &roles.len())?;
    let body = json!({ "name": "By the new member" });
    story
        .world
        .post(&story.path("/projects"), &story.member_token, &body)
        .await?
        .expect(201)?;
    let body = json!({ "invitees": [{ "email": "friend@example.com", "roles": ["org_admin"] }] });
    story
        .world
        .post(&story.path("/invitations"), &story.member_token, &body)
        .await?
        .problem(403, "permission_denied")?;
    Ok("a project created as org_member; inviting an administrator is 403".to_owned())
}

/// Sends it as the administrator, and waits for Auth0's mail.
pub(super) async fn send(story: &Story, body: &Value) -> Result<Sent, Failure> {
    let created = story
        .world
        .post(&story.path("/invitations"), &story.organization_token, body)
        .await?
        .json(201)?;
    let invitation = &created["items"][0]["invitation"];
    let email = invitation["email"].as_str().unwrap_or_default();
    let link = mailed_link(story, email, None).await?;
    let id = invitation["invitation_id"].as_str().unwrap_or_default();
    Ok(Sent {
        id: id.to_owned(),
        link,
    })
}

/// Goes where the link leads, and is a member afterwards, by exactly this invitation.
pub(super) async fn accept(
    story: &Story,
    sent: &Sent,
    person: &mut Person,
) -> Result<Tokens, Failure> {
    let tokens = follow(story, &sent.link, person).await?;
    let in_token = tokens.access["org_id"].as_str();
    same("org_id", &Some(story.organization.as_str()), &in_token)?;
    becomes_a_member(story, &tokens.access_token).await?;
    let shown = story.ours(&format!("/invitations/{}", sent.id)).await?;
    same("its state", &Some("accepted"), &shown["state"].as_str())?;
    same("who accepted", &tokens.access["sub"], &shown["accepted_by"])?;
    Ok(tokens)
}

/// The application begins the login with what the link carries.
pub(super) async fn follow(
    story: &Story,
    link: &Url,
    person: &mut Person,
) -> Result<Tokens, Failure> {
    let carried = |name: &str| {
        let mut pairs = link.query_pairs();
        let found = pairs.find(|(found, _)| found == name);
        let missing = || Failure::unexpected(format!("{name} in the link"), link);
        found
            .map(|(_, value)| value.into_owned())
            .ok_or_else(missing)
    };
    let (invitation, organization) = (carried("invitation")?, carried("organization")?);
    let extra = [
        ("invitation", invitation.as_str()),
        ("organization", organization.as_str()),
    ];
    log_in(&story.world, person, &extra).await
}

/// The link has nothing to accept any more.
pub(super) async fn same_refusal(story: &Story, link: &Url, email: &str) -> Result<(), Failure> {
    let mut late = Person::new(email, "Too-late-1")?;
    match follow(story, link, &mut late).await {
        Ok(_) => Err(Failure::unexpected("a refusal", "tokens")),
        Err(refusal) if refusal.to_string().contains("invitation not found") => Ok(()),
        Err(other) => Err(other),
    }
}

/// Auth0 follows a moment after it was revoked here.
async fn gone_at_auth0(story: &Story, link: &Url, email: &str) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Whoever is early finds the page of the invitation, and leaves it.
        let mut browser = Person::new(email, "Too-late-1")?.browser;
        let page = browser.open(authorize(story, link)?, story.world.api.as_str());
        if page.await?.query("error_description").is_some() {
            return same_refusal(story, link, email).await;
        }
        if Instant::now() > deadline {
            return Err(Failure::unexpected("a revoked invitation at Auth0", link));
        }
        tokio::time::sleep(POLL).await;
    }
}

fn authorize(story: &Story, link: &Url) -> Result<Url, Failure> {
    let mut url = story.world.identity_url("authorize")?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &story.world.client_id)
        .append_pair("redirect_uri", &format!("{}callback", story.world.api))
        .append_pair("code_challenge", &"a".repeat(43))
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(
            link.query_pairs()
                .filter(|(name, _)| name != "organization_name"),
        );
    Ok(url)
}

/// Waits until our row says so.
pub(super) async fn until(story: &Story, id: &str, state: &str) -> Result<Value, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let shown = story.ours(&format!("/invitations/{id}")).await?;
        if shown["state"] == state {
            return Ok(shown);
        }
        if Instant::now() > deadline {
            return Err(Failure::unexpected(format!("state {state}"), shown));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The first call finds nobody and has the worker ask; a later one is let in.
pub(super) async fn becomes_a_member(story: &Story, token: &str) -> Result<(), Failure> {
    let path = story.path("");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = story.world.get(&path, token).await?;
        if answer.status == 200 {
            return Ok(());
        }
        answer.problem(403, "membership_required")?;
        if Instant::now() > deadline {
            return Err(Failure::unexpected("a member", answer.text));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The link of the newest invitation to this address, and not the one that is known.
pub(super) async fn mailed_link(
    story: &Story,
    email: &str,
    known: Option<&Url>,
) -> Result<Url, Failure> {
    let url = story.world.identity_url("sandbox/mailbox")?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request = story.world.http.get(url.clone());
        let mailbox = Answer::of(request.send().await?).await?.json(200)?;
        let mut mails = mailbox["mails"].as_array().into_iter().flatten();
        let mail = mails.find(|mail| mail["template"] == "user_invitation" && mail["to"] == email);
        let link = mail.and_then(|mail| mail["link"].as_str()?.parse().ok());
        match link {
            Some(link) if known != Some(&link) => return Ok(link),
            _ if Instant::now() > deadline => {
                return Err(Failure::unexpected("an invitation by e-mail", "none"));
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
}
