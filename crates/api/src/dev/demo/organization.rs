//! The buyer comes back as the administrator of the new organization.

use serde_json::{Value, json};

use super::failure::{Failure, same};
use super::story::Story;

pub(super) async fn log_in(story: &mut Story) -> Result<String, Failure> {
    let organization = story.organization.clone();
    let tokens = story.log_in(&[("organization", &organization)]).await?;
    same(
        "org_id in the access token",
        &Some(organization.as_str()),
        &tokens.access["org_id"].as_str(),
    )?;
    let roles = story.world.roles(&tokens.access);
    same("roles in the access token", &json!(["org_admin"]), roles)?;
    let claim = tokens.identity["subscription"].as_str().unwrap_or_default();
    if !(claim.starts_with("team;") && claim.ends_with(";active")) {
        return Err(Failure::unexpected(
            "subscription team;…;active in the ID token",
            claim,
        ));
    }
    let sub = tokens.access["sub"].as_str().unwrap_or_default();
    story.administrator = sub.to_owned();
    story.organization_token = tokens.access_token;
    Ok(format!(
        "the tokens carry org_id, role org_admin and {claim}"
    ))
}

pub(super) async fn shows_its_administrator(story: &mut Story) -> Result<String, Failure> {
    let shown = story.ours("").await?;
    same(
        "the organization's name",
        &Some(story.organization_name.as_str()),
        &shown["name"].as_str(),
    )?;
    let members = story.ours("/members").await?;
    let roles: Vec<&Value> = members["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|member| &member["roles"])
        .collect();
    same("members' roles", &vec![&json!(["org_admin"])], &roles)?;
    Ok("one member, the buyer, with role org_admin".to_owned())
}

pub(super) async fn has_its_plan(story: &mut Story) -> Result<String, Failure> {
    let shown = story.ours("/subscription").await?;
    same("plan", &Some("team"), &shown["plan"].as_str())?;
    same("status", &Some("active"), &shown["status"].as_str())?;
    same("seats", &Some(10), &shown["seats"].as_u64())?;
    Ok("team, active, 10 seats".to_owned())
}

pub(super) async fn has_its_projects(story: &mut Story) -> Result<String, Failure> {
    let moved = story.ours(&format!("/projects/{}", story.project)).await?;
    let body = json!({"name": "The first of the team"});
    let path = format!("v1/orgs/{}/projects", story.organization);
    let created = story
        .world
        .post(&path, &story.organization_token, &body)
        .await?
        .json(201)?;
    let listed = story.ours("/projects").await?;
    same(
        "number of projects",
        &Some(2),
        &listed["items"].as_array().map(Vec::len),
    )?;
    Ok(format!(
        "{} came along from the trial; {} is new",
        moved["name"], created["name"]
    ))
}
