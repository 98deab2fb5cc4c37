//! One customer's first year by the clock: trial, personal plan, team, a card that fails, fewer seats, a cancellation
//! that is taken back.

mod alone;
mod money;
mod terms;

use std::io::Write;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::Value;

use super::failure::Failure;
use super::report::Report;
use super::story::{PATIENCE, POLL, Story};
use super::trial;

/// Stripe charges a period an hour after it has begun.
const CHARGED: TimeDelta = TimeDelta::minutes(61);

pub(super) async fn play<W: Write>(
    before: &Story,
    report: &mut Report<'_, W>,
) -> Result<(), Failure> {
    let mut year = Story::new(before.world.clone())?;
    let begun = year.now().await?;
    report.step("a year, sign-up", trial::sign_up(&mut year).await)?;
    let created = trial::create_project(&mut year).await;
    report.step("a year, work", created)?;
    let nearly = alone::trial_nearly_ends(&mut year).await;
    report.step("day 11, the trial nearly ends", nearly)?;
    report.step("day 15, it has ended", alone::trial_ends(&mut year).await)?;
    report.step("day 15, personal", alone::buys_personal(&mut year).await)?;
    let renewed = alone::is_renewed(&mut year, begun).await;
    report.step("day 80, renewed twice", renewed)?;
    report.step("day 80, a team", alone::becomes_a_team(&mut year).await)?;

    let failed = money::payment_fails(&mut year).await;
    report.step("month 4, a payment fails", failed)?;
    report.step("two days later, grace", money::has_grace(&mut year).await)?;
    report.step("recovery", money::recovers(&mut year).await)?;

    report.step("upgrade", terms::grows(&mut year).await)?;
    let refused = terms::has_no_room(&mut year).await;
    report.step("downgrade refused", refused)?;
    let allowed = terms::makes_room(&mut year).await;
    report.step("downgrade allowed after a removal", allowed)?;
    report.step("the next period", terms::is_smaller(&mut year).await)?;
    report.step("cancelled", terms::is_cancelled(&mut year).await)?;
    report.step("resumed", terms::is_resumed(&mut year).await)?;
    let later = terms::a_year_later(&mut year, begun).await;
    report.step("a year later", later)
}

impl Story {
    /// To a day of the story.
    async fn until_day(&self, begun: DateTime<Utc>, day: i64) -> Result<(), Failure> {
        let day = begun + TimeDelta::days(day);
        self.advance_clock(day - self.now().await?).await
    }

    /// A fresh login outside of the organization; tokens live ten minutes.
    async fn log_in_alone(&mut self) -> Result<Value, Failure> {
        let tokens = self.log_in(&[]).await?;
        self.personal_token = tokens.access_token;
        Ok(tokens.identity)
    }

    /// A fresh login in the organization.
    async fn enter(&mut self) -> Result<Value, Failure> {
        let organization = self.organization.clone();
        let tokens = self.log_in(&[("organization", &organization)]).await?;
        self.organization_token = tokens.access_token;
        Ok(tokens.identity)
    }

    /// Asks for the organization's subscription until it satisfies, and until a login shows the same.
    async fn subscription_until(
        &mut self,
        what: &str,
        satisfied: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let identity = self.enter().await?;
            let shown = self.ours("/subscription").await?;
            if satisfied(&shown) && identity["subscription"] == shown["claim"] {
                return Ok(shown);
            }
            if Instant::now() > deadline {
                let expected = format!("{what}, in the API and in the ID token");
                return Err(Failure::unexpected(
                    expected,
                    format!("{shown} and {}", identity["subscription"]),
                ));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// A call below the organization's subscription, as its administrator.
    async fn billing(
        &self,
        verb: &str,
        body: Option<&Value>,
    ) -> Result<super::world::Answer, Failure> {
        let path = self.path(&format!("/subscription/{verb}"));
        let token = &self.organization_token;
        self.world.call(Method::POST, &path, token, body).await
    }
}

fn instant(value: &Value) -> Result<DateTime<Utc>, Failure> {
    let instant = value.as_str().and_then(|text| text.parse().ok());
    instant.ok_or_else(|| Failure::unexpected("a time", value))
}
