//! What an administrator takes away is gone with the next request, whatever old tokens say.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use super::failure::{Failure, same};
use super::story::Story;
use super::team::{mailed_link, same_refusal, send};

/// Requests with the token of somebody who was removed, and how many of them are under way at a time.
const CALLS: usize = 1000;
const AT_A_TIME: usize = 20;

pub(super) async fn expires_by_the_clock(story: &mut Story) -> Result<String, Failure> {
    let email = format!("late-{}@example.com", story.tag);
    let body = json!({
        "invitees": [{ "email": email, "roles": ["org_member"] }],
        "ttl_seconds": 3600,
    });
    let sent = send(story, &body).await?;
    story.advance_clock(TimeDelta::hours(2)).await?;
    same_refusal(story, &sent.link, &email).await?;
    let organization = story.organization.clone();
    let tokens = story.log_in(&[("organization", &organization)]).await?;
    story.organization_token = tokens.access_token;
    let shown = story.ours(&format!("/invitations/{}", sent.id)).await?;
    same("its state", &Some("expired"), &shown["state"].as_str())?;
    let path = story.path(&format!("/invitations/{}", sent.id));
    let resend = format!("{path}/resend");
    let token = story.organization_token.clone();
    story
        .world
        .post(&resend, &token, &json!({}))
        .await?
        .expect(200)?;
    mailed_link(story, &email, Some(&sent.link)).await?;
    story.world.delete(&path, &token).await?.expect(204)?;
    Ok("one hour to live: two hours later the link is dead and the state is expired; sent again it lives again".to_owned())
}

pub(super) async fn roles(story: &mut Story) -> Result<String, Failure> {
    let body = json!({ "name": "Before the change" });
    let projects = story.path("/projects");
    let token = story.member_token.clone();
    story
        .world
        .post(&projects, &token, &body)
        .await?
        .expect(201)?;
    let path = story.path_of_member(&story.member, "/roles");
    let readonly = json!({ "roles": ["org_readonly"] });
    story
        .world
        .put(&path, &story.organization_token, &readonly)
        .await?
        .expect(200)?;
    story
        .world
        .post(&projects, &token, &body)
        .await?
        .problem(403, "permission_denied")?;
    story.world.get(&projects, &token).await?.expect(200)?;
    Ok("org_member became org_readonly: the very next write with the same token is 403, reads go on".to_owned())
}

pub(super) async fn removal(story: &mut Story) -> Result<String, Failure> {
    let path = story.path_of_member(&story.member, "");
    story
        .world
        .get(&story.path("/projects"), &story.member_token)
        .await?
        .expect(200)?;
    story
        .world
        .delete(&path, &story.organization_token)
        .await?
        .expect(204)?;
    let story = &*story;
    let (mut refused, projects) = (0, story.path("/projects"));
    for _ in 0..CALLS / AT_A_TIME {
        let calls = (0..AT_A_TIME).map(|_| story.world.get(&projects, &story.member_token));
        for answer in join_all(calls).await {
            answer?.problem(403, "membership_required")?;
            refused += 1;
        }
    }
    Ok(format!(
        "{refused} requests with the token of the removed member, still valid by its time: {refused} refused"
    ))
}

pub(super) async fn last_admin(story: &mut Story) -> Result<String, Failure> {
    let path = story.path_of_member(&story.administrator, "");
    let roles = format!("{path}/roles");
    let token = story.organization_token.clone();
    story
        .world
        .delete(&path, &token)
        .await?
        .problem(409, "last_admin")?;
    let body = json!({ "roles": ["org_member"] });
    story
        .world
        .put(&roles, &token, &body)
        .await?
        .problem(409, "last_admin")?;
    Ok("the only administrator can neither leave nor give the role up".to_owned())
}
