//! The team grows: the administrator invites somebody, who accepts with a password and works as a member.

use std::time::Instant;

use serde_json::{Value, json};
use url::Url;

use super::browser::Browser;
use super::failure::{Failure, same};
use super::story::{PATIENCE, POLL, Story};
use super::tokens::{Person, log_in};
use super::world::Answer;

pub(super) async fn invite(story: &mut Story) -> Result<String, Failure> {
    let email = format!("member-{}@example.com", story.tag);
    let body = json!({ "invitees": [{ "email": email, "roles": ["org_member"] }] });
    let path = format!("v1/orgs/{}/invitations", story.organization);
    let created = story
        .world
        .post(&path, &story.organization_token, &body)
        .await?
        .json(201)?;
    let invitation = &created["items"][0]["invitation"];
    story.invitation = invitation["invitation_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let again = story
        .world
        .post(&path, &story.organization_token, &body)
        .await?
        .json(200)?;
    let outcome = again["items"][0]["outcome"].as_str();
    same("the second answer", &Some("already_pending"), &outcome)?;
    story.invitation_link = mailed_link(story, &email).await?;
    Ok(format!(
        "{email} as org_member, once; Auth0 wrote to them, and the API shows nobody the link"
    ))
}

pub(super) async fn accept(story: &mut Story) -> Result<String, Failure> {
    let mut member = Person {
        email: format!("member-{}@example.com", story.tag),
        password: format!("Member-{}-1", story.tag),
        browser: Browser::new()?,
    };
    let link: Url = story
        .invitation_link
        .parse()
        .map_err(|error| Failure::new(format!("the link in the mail: {error}")))?;
    // The link leads through our login link to the application, which begins the login with what it carries.
    let landed = member.browser.open(link, story.world.api.as_str()).await?;
    let carried = |name: &str| {
        let missing = || Failure::unexpected(format!("{name} in the link"), &landed.url);
        landed.query(name).ok_or_else(missing)
    };
    let (invitation, organization) = (carried("invitation")?, carried("organization")?);
    let extra = [
        ("invitation", invitation.as_str()),
        ("organization", organization.as_str()),
    ];
    let tokens = log_in(&story.world, &mut member, &extra).await?;
    let in_token = tokens.access["org_id"].as_str();
    same("org_id", &Some(story.organization.as_str()), &in_token)?;
    story.member_token = tokens.access_token;
    becomes_a_member(story).await?;
    let shown = story
        .ours(&format!("/invitations/{}", story.invitation))
        .await?;
    same("its state", &Some("accepted"), &shown["state"].as_str())?;
    same("who accepted", &tokens.access["sub"], &shown["accepted_by"])?;
    Ok(format!(
        "{} chose a password on the page of the link; a member here by the invitation's id",
        member.email
    ))
}

pub(super) async fn works(story: &mut Story) -> Result<String, Failure> {
    let members = story.ours("/members").await?;
    let roles: Vec<&Value> = members["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|member| &member["roles"])
        .collect();
    same("number of members", &2, &roles.len())?;
    let body = json!({ "name": "By the new member" });
    let projects = format!("v1/orgs/{}/projects", story.organization);
    story
        .world
        .post(&projects, &story.member_token, &body)
        .await?
        .expect(201)?;
    let body = json!({ "invitees": [{ "email": "friend@example.com", "roles": ["org_admin"] }] });
    let invitations = format!("v1/orgs/{}/invitations", story.organization);
    story
        .world
        .post(&invitations, &story.member_token, &body)
        .await?
        .problem(403, "permission_denied")?;
    Ok("a project created as org_member; inviting an administrator is 403".to_owned())
}

/// The first call finds nobody and has the worker ask; a later one is let in.
async fn becomes_a_member(story: &Story) -> Result<(), Failure> {
    let path = format!("v1/orgs/{}", story.organization);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = story.world.get(&path, &story.member_token).await?;
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

/// The link of the newest invitation to this address.
async fn mailed_link(story: &Story, email: &str) -> Result<String, Failure> {
    let url = story.world.identity_url("sandbox/mailbox")?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request = story.world.http.get(url.clone());
        let mailbox = Answer::of(request.send().await?).await?.json(200)?;
        let mut mails = mailbox["mails"].as_array().into_iter().flatten();
        let mail = mails.find(|mail| mail["template"] == "user_invitation" && mail["to"] == email);
        if let Some(link) = mail.and_then(|mail| mail["link"].as_str()) {
            return Ok(link.to_owned());
        }
        if Instant::now() > deadline {
            return Err(Failure::unexpected("an invitation by e-mail", "none"));
        }
        tokio::time::sleep(POLL).await;
    }
}
