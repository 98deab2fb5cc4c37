//! A visitor signs up and works until the trial is over.

use chrono::TimeDelta;
use serde_json::json;

use super::failure::{Failure, same};
use super::story::Story;

pub(super) async fn sign_up(story: &mut Story) -> Result<String, Failure> {
    let tokens = story.log_in(&[("screen_hint", "signup")]).await?;
    let claim = tokens.identity["subscription"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let parts: Vec<&str> = claim.split(';').collect();
    same(
        "plan and status of the claim",
        &Some((&"trial", &"active")),
        &parts.first().zip(parts.get(2)),
    )?;
    same("org_id", &None, &tokens.access["org_id"].as_str())?;
    story.personal_token = tokens.access_token;
    let shown = story.mine("subscription").await?;
    same(
        "the claim in the API",
        &Some(claim.as_str()),
        &shown["claim"].as_str(),
    )?;
    Ok(format!(
        "{} logged in with PKCE; both tokens verified; {claim} in the ID token and in the API",
        story.visitor.email
    ))
}

pub(super) async fn create_project(story: &mut Story) -> Result<String, Failure> {
    let body = json!({"name": format!("Plans of {}", story.tag)});
    let created = story
        .world
        .post("v1/me/projects", &story.personal_token, &body)
        .await?;
    let created = created.json(201)?;
    story.project = created["project_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    shows_the_project(story).await?;
    Ok(format!("project {} created and listed", story.project))
}

pub(super) async fn ends(story: &mut Story) -> Result<String, Failure> {
    story.advance_clock(TimeDelta::days(15)).await?;
    story.personal_token = story.log_in(&[]).await?.access_token;
    shows_the_project(story).await?;
    let body = json!({"name": "One too many"});
    let refused = story
        .world
        .post("v1/me/projects", &story.personal_token, &body)
        .await?;
    refused.problem(402, "subscription_expired")?;
    let shown = story.mine("subscription").await?;
    same("status", &Some("expired"), &shown["status"].as_str())?;
    Ok("15 days later reads go on, a write is 402 subscription_expired".to_owned())
}

async fn shows_the_project(story: &Story) -> Result<(), Failure> {
    let listed = story.mine("projects").await?;
    let first = &listed["items"][0]["project_id"];
    same(
        "listed project",
        &Some(story.project.as_str()),
        &first.as_str(),
    )
}
