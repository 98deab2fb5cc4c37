//! The visitor buys a plan for a team, pays, and says afterwards what the organization is called.

use serde_json::{Value, json};
use url::Url;

use super::browser::Browser;
use super::failure::{Failure, same};
use super::story::Story;
use super::world::Answer;

/// Stripe's test card that always pays.
const CARD: &str = "4242 4242 4242 4242";

pub(super) async fn check_out(story: &mut Story) -> Result<String, Failure> {
    let body = json!({"plan": "team", "interval": "month", "seats": 10});
    let created = pay(story, &body).await?;
    story.conversion = created["conversion_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    Ok(
        "team, monthly, 10 seats, no name yet; paid on the hosted page, which sent the browser back"
            .to_owned(),
    )
}

/// Checks out and pays on the hosted page; answers the checkout.
pub(super) async fn pay(story: &Story, order: &Value) -> Result<Value, Failure> {
    let created = story
        .world
        .post("v1/me/checkout", &story.personal_token, order)
        .await?
        .json(201)?;
    let payment = created["checkout_url"].as_str().unwrap_or_default();
    let payment =
        Url::parse(payment).map_err(|_| Failure::unexpected("a checkout_url", &created))?;
    let back = story.world.api.as_str();
    let mut browser = Browser::new()?;
    let page = browser.open(payment, back).await?;
    let returned = browser.fill_in(&page, &[("card", CARD)], back).await?;
    if !returned.url.as_str().starts_with(back) {
        return Err(Failure::unexpected(
            "a redirect back to the application",
            returned.url,
        ));
    }
    Ok(created)
}

pub(super) async fn is_activated(story: &mut Story) -> Result<String, Failure> {
    story
        .conversion_until("step activation", |body| body["step"] == "activation")
        .await?;
    let shown = story.mine("subscription").await?;
    same(
        "status of the subscription",
        &Some("activation"),
        &shown["status"].as_str(),
    )?;
    Ok(
        "its signature held; the plan runs, in activation until the organization has a name"
            .to_owned(),
    )
}

pub(super) async fn name_organization(story: &mut Story) -> Result<String, Failure> {
    let refused = put_name(story, "Not A Name").await?;
    refused.problem(422, "invalid_request")?;
    same(
        "the field",
        &Some("name"),
        &refused.json(422)?["errors"][0]["field"].as_str(),
    )?;
    put_name(story, &story.organization_name).await?.json(200)?;
    Ok(format!(
        "a bad one is 422 with the field named; {} is taken",
        story.organization_name
    ))
}

async fn put_name(story: &Story, name: &str) -> Result<Answer, Failure> {
    let path = format!("v1/me/conversions/{}/organization", story.conversion);
    let body = json!({"name": name, "display_name": "Visitors"});
    story.world.put(&path, &story.personal_token, &body).await
}

pub(super) async fn is_done(story: &mut Story) -> Result<String, Failure> {
    let shown = story
        .conversion_until("step done", |body| body["step"] == "done")
        .await?;
    story.organization = shown["organization"]["org_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if !story.organization.starts_with("org_") {
        return Err(Failure::unexpected("the organization's id", shown));
    }
    Ok(format!("organization {} is there", story.organization))
}
