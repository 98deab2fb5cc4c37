//! The visitor buys a plan for a team, pays, and says afterwards what the organization is called.

use serde_json::json;
use url::Url;

use super::browser::Browser;
use super::failure::{Failure, same};
use super::story::Story;

/// Stripe's test card that always pays.
const CARD: &str = "4242 4242 4242 4242";

pub(super) async fn check_out(story: &mut Story) -> Result<String, Failure> {
    let body = json!({"plan": "team", "interval": "month", "seats": 5});
    let created = story
        .world
        .post("v1/me/checkout", &story.personal_token, &body)
        .await?
        .json(201)?;
    story.conversion = created["conversion_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
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
    Ok(
        "team, monthly, 5 seats, no name yet; paid on the hosted page, which sent the browser back"
            .to_owned(),
    )
}

pub(super) async fn is_activated(story: &mut Story) -> Result<String, Failure> {
    let paid = |body: &serde_json::Value| body["status"] == "activation";
    let shown = story
        .until(
            "step activation",
            &conversion_path(story),
            &story.personal_token,
            paid,
        )
        .await?;
    let subscription = story
        .world
        .get("v1/me/subscription", &story.personal_token)
        .await?
        .json(200)?;
    same(
        "status of the subscription",
        &Some("activation"),
        &subscription["status"].as_str(),
    )?;
    Ok(format!(
        "signed and accepted; the conversion waits for a name ({})",
        shown["status"]
    ))
}

pub(super) async fn name_organization(story: &mut Story) -> Result<String, Failure> {
    let path = format!("{}/organization", conversion_path(story));
    let refused = json!({"name": "Not A Name", "display_name": "Visitors"});
    story
        .world
        .put(&path, &story.personal_token, &refused)
        .await?
        .problem(422, "invalid_request")?;
    let body = json!({"name": story.organization_name, "display_name": "Visitors"});
    story
        .world
        .put(&path, &story.personal_token, &body)
        .await?
        .json(200)?;
    Ok(format!(
        "a bad name is 422 with the field named; {} is taken",
        story.organization_name
    ))
}

pub(super) async fn is_done(story: &mut Story) -> Result<String, Failure> {
    let done = |body: &serde_json::Value| body["status"] == "done";
    let shown = story
        .until(
            "the conversion's end",
            &conversion_path(story),
            &story.personal_token,
            done,
        )
        .await?;
    story.organization = shown["organization"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if !story.organization.starts_with("org_") {
        return Err(Failure::unexpected("the organization's id", shown));
    }
    Ok(format!(
        "organization {} exists, exactly once (counted below)",
        story.organization
    ))
}

fn conversion_path(story: &Story) -> String {
    format!("v1/me/conversions/{}", story.conversion)
}
