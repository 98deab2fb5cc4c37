//! Alone: the trial to its end, a personal plan, and the way to a team.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::super::failure::{Failure, same};
use super::super::purchase::pay;
use super::super::story::{PATIENCE, POLL, Story};
use super::super::world::Answer;
use super::super::{organization, purchase};
use super::instant;

pub(super) async fn trial_nearly_ends(year: &mut Story) -> Result<String, Failure> {
    year.advance_clock(TimeDelta::days(11)).await?;
    year.log_in_alone().await?;
    let shown = year.mine("subscription").await?;
    let left = instant(&shown["ends_at"])? - year.now().await?;
    same("whole days that are left", &2, &left.num_days())?;
    write(year).await?.expect(201)?;
    let reminder = reminder(year).await?;
    Ok(format!(
        "{}; all of it works for {} hours more; by mail: {reminder:?}",
        shown["claim"].as_str().unwrap_or_default(),
        left.num_hours()
    ))
}

/// Nobody is reminded at night, so the clock goes on to the morning.
async fn reminder(year: &mut Story) -> Result<String, Failure> {
    let now = year.now().await?;
    let is_day = (9..21).contains(&now.hour());
    if !is_day {
        let minutes = i64::from((33 - now.hour()) % 24 * 60) + 5 - i64::from(now.minute());
        year.advance_clock(TimeDelta::minutes(minutes)).await?;
        year.log_in_alone().await?;
    }
    let url = year.world.identity_url("sandbox/mailbox")?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request = year.world.http.get(url.clone());
        let mailbox = Answer::of(request.send().await?).await?.json(200)?;
        let mut mails = mailbox["mails"].as_array().into_iter().flatten();
        let to_me =
            |mail: &&Value| mail["template"] == "smtp" && mail["to"] == year.visitor.email.as_str();
        if let Some(mail) = mails.find(to_me) {
            return Ok(mail["subject"].as_str().unwrap_or_default().to_owned());
        }
        if Instant::now() > deadline {
            return Err(Failure::unexpected("a reminder by mail", "none"));
        }
        tokio::time::sleep(POLL).await;
    }
}

pub(super) async fn trial_ends(year: &mut Story) -> Result<String, Failure> {
    year.advance_clock(TimeDelta::days(4)).await?;
    year.log_in_alone().await?;
    write(year).await?.problem(402, "subscription_expired")?;
    let projects = year.mine("projects").await?;
    let count = projects["items"].as_array().map(Vec::len);
    same("projects that can be read", &Some(2), &count)?;
    Ok("a write is 402 subscription_expired; both projects are read as before".to_owned())
}

pub(super) async fn buys_personal(year: &mut Story) -> Result<String, Failure> {
    let body = json!({ "plan": "personal", "interval": "month" });
    pay(year, &body).await?;
    let shown = mine_until(year, "a personal plan", |shown| {
        shown["plan"] == "personal" && shown["status"] == "active"
    })
    .await?;
    write(year).await?.expect(201)?;
    Ok(format!(
        "paid on the hosted page, {}; writes are 201 again",
        shown["claim"].as_str().unwrap_or_default()
    ))
}

pub(super) async fn is_renewed(year: &mut Story, begun: DateTime<Utc>) -> Result<String, Failure> {
    year.until_day(begun, 80).await?;
    let now = year.now().await?;
    let shown = mine_until(year, "a renewed plan", |shown| {
        instant(&shown["ends_at"]).is_ok_and(|end| end > now)
    })
    .await?;
    write(year).await?.expect(201)?;
    Ok(format!(
        "two more months were charged; {}",
        shown["claim"].as_str().unwrap_or_default()
    ))
}

pub(super) async fn becomes_a_team(year: &mut Story) -> Result<String, Failure> {
    let body = json!({
        "plan": "team", "interval": "month", "seats": 2,
        "organization": { "name": year.organization_name, "display_name": "A year" },
    });
    let created = pay(year, &body).await?;
    year.conversion = created["conversion_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    purchase::is_done(year).await?;
    organization::log_in(year).await?;
    let moved = year.ours("/projects").await?;
    let kept = moved["items"].as_array().map(Vec::len);
    same("projects that came along", &Some(4), &kept)?;
    let personal = mine_until(year, "the end of the personal plan", |shown| {
        shown["cancel_at_period_end"] == true
    })
    .await?;
    let end = personal["ends_at"].as_str().unwrap_or_default();
    Ok(format!(
        "team of 2 as {}; its 4 projects came along; the personal plan is charged no more and ends {end}",
        year.organization
    ))
}

/// Asks for the person's own subscription until it satisfies, and until a login shows the same.
async fn mine_until(
    year: &mut Story,
    what: &str,
    satisfied: impl Fn(&Value) -> bool,
) -> Result<Value, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let identity = year.log_in_alone().await?;
        let shown = year.mine("subscription").await?;
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

async fn write(year: &Story) -> Result<Answer, Failure> {
    let body = json!({ "name": "One more" });
    let token = &year.personal_token;
    year.world.post("v1/me/projects", token, &body).await
}
