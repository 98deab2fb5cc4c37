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
    let shown = story
        .world
        .get("v1/me/subscription", &tokens.access_token)
        .await?
        .json(200)?;
    same(
        "the subscription's claim",
        &Some(claim.as_str()),
        &shown["claim"].as_str(),
    )?;
    story.personal_token = tokens.access_token;
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
        .await?
        .json(201)?;
    story.project = created["project_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let listed = story
        .world
        .get("v1/me/projects", &story.personal_token)
        .await?
        .json(200)?;
    same(
        "listed project",
        &Some(story.project.as_str()),
        &listed["items"][0]["project_id"].as_str(),
    )?;
    Ok(format!("project {} created and listed", story.project))
}

pub(super) async fn ends(story: &mut Story) -> Result<String, Failure> {
    story.advance_clock(TimeDelta::days(15)).await?;
    let tokens = story.log_in(&[]).await?;
    story.personal_token = tokens.access_token;
    let listed = story
        .world
        .get("v1/me/projects", &story.personal_token)
        .await?
        .json(200)?;
    same(
        "listed project",
        &Some(story.project.as_str()),
        &listed["items"][0]["project_id"].as_str(),
    )?;
    let body = json!({"name": "One too many"});
    story
        .world
        .post("v1/me/projects", &story.personal_token, &body)
        .await?
        .problem(402, "subscription_expired")?;
    let claim = tokens.identity["subscription"].as_str().unwrap_or_default();
    same(
        "status in the new ID token",
        &Some("expired"),
        &claim.rsplit(';').next(),
    )?;
    Ok("15 days later: reads go on, a write is 402 subscription_expired, the new ID token says expired".to_owned())
}
