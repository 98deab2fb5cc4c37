//! A card that fails: the grace in which everything works, and the payment that ends it.

use chrono::TimeDelta;
use serde_json::json;
use url::Url;

use super::super::browser::Browser;
use super::super::failure::{Failure, same};
use super::super::story::Story;
use super::{CHARGED, instant};

/// Stripe's test card that can be saved and is declined whenever it is charged.
const DECLINED_LATER: &str = "4000 0000 0000 0341";
const GOOD: &str = "4242 4242 4242 4242";

pub(super) async fn payment_fails(year: &mut Story) -> Result<String, Failure> {
    let paid = year.ours("/subscription").await?;
    replace_card(year, DECLINED_LATER).await?;
    let end = instant(&paid["ends_at"])?;
    year.advance_clock(end + CHARGED - year.now().await?)
        .await?;
    let late = year
        .subscription_until("a payment that failed", |shown| {
            shown["status"] == "past_due"
        })
        .await?;
    Ok(format!(
        "the renewal was declined by the card that was given in the portal; {} in the API and in the ID token",
        late["claim"].as_str().unwrap_or_default()
    ))
}

pub(super) async fn has_grace(year: &mut Story) -> Result<String, Failure> {
    year.advance_clock(TimeDelta::days(2)).await?;
    let late = year
        .subscription_until("the grace", |shown| shown["status"] == "past_due")
        .await?;
    let left = instant(&late["ends_at"])? - year.now().await?;
    if !(11..14).contains(&left.num_days()) {
        return Err(Failure::unexpected("12 or 13 days of grace", late));
    }
    let body = json!({ "name": "In the grace" });
    let projects = year.path("/projects");
    let token = &year.organization_token;
    year.world
        .post(&projects, token, &body)
        .await?
        .expect(201)?;
    let wanted = json!({ "plan": "enterprise", "interval": "month", "seats": 3 });
    let refused = year.billing("change", Some(&wanted)).await?;
    refused.problem(409, "payment_outstanding")?;
    Ok(format!(
        "Stripe has tried again in vain; a write is 201 for {} days more, another plan is 409 payment_outstanding",
        left.num_days()
    ))
}

pub(super) async fn recovers(year: &mut Story) -> Result<String, Failure> {
    replace_card(year, GOOD).await?;
    year.advance_clock(TimeDelta::days(2)).await?;
    let now = year.now().await?;
    let paid = year
        .subscription_until("a paid plan", |shown| {
            shown["status"] == "active" && instant(&shown["ends_at"]).is_ok_and(|end| end > now)
        })
        .await?;
    same("seats", &Some(2), &paid["seats"].as_u64())?;
    Ok(format!(
        "another card in the portal, Stripe's next try is paid: {}",
        paid["claim"].as_str().unwrap_or_default()
    ))
}

/// As the administrator, on the page of the payment provider that the API opens.
async fn replace_card(year: &mut Story, card: &str) -> Result<(), Failure> {
    year.enter().await?;
    let opened = year.billing("portal", None).await?.json(201)?;
    let url = opened["portal_url"].as_str().unwrap_or_default();
    let url = Url::parse(url).map_err(|_| Failure::unexpected("a portal_url", &opened))?;
    let (mut browser, back) = (Browser::new()?, year.world.api.as_str());
    let page = browser.open(url, back).await?;
    let done = browser.fill_in(&page, &[("card", card)], back).await?;
    same("the status of the portal's page", &200, &done.status)
}
