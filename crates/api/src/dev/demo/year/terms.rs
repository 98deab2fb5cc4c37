//! More seats at once, fewer with the next period and only where there is room; a cancellation that is taken back.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::failure::{Failure, same};
use super::super::story::Story;
use super::super::team;
use super::super::tokens::Person;
use super::{CHARGED, instant};

fn team_of(seats: u32) -> Value {
    json!({ "plan": "team", "interval": "month", "seats": seats })
}

pub(super) async fn grows(year: &mut Story) -> Result<String, Failure> {
    let preview = year.billing("change/preview", Some(&team_of(3))).await?;
    let preview = preview.json(200)?;
    let due = preview["due_now"]["amount_cents"].as_u64();
    let changed = year.billing("change", Some(&team_of(3))).await?.json(200)?;
    same("seats", &Some(3), &changed["seats"].as_u64())?;
    team::by_password(year).await?;
    let email = format!("third-{}@example.com", year.tag);
    let body = json!({ "invitees": [{ "email": email, "roles": ["org_member"] }] });
    let sent = team::send(year, &body).await?;
    let mut third = Person::new(&email, &format!("Third-{}-1", year.tag))?;
    team::accept(year, &sent, &mut third).await?;
    Ok(format!(
        "from 2 to 3 seats at once for {} cents, as the preview said; two more people are members",
        due.unwrap_or_default()
    ))
}

pub(super) async fn has_no_room(year: &mut Story) -> Result<String, Failure> {
    let preview = year.billing("change/preview", Some(&team_of(2))).await?;
    let refusal = &preview.json(200)?["refusals"][0]["code"];
    same("the preview", &Some("seats_in_use"), &refusal.as_str())?;
    let refused = year.billing("change", Some(&team_of(2))).await?;
    refused.problem(409, "seats_in_use")?;
    let detail = refused.json(409)?["detail"].clone();
    Ok(format!("409 seats_in_use, in the preview too: {detail}"))
}

pub(super) async fn makes_room(year: &mut Story) -> Result<String, Failure> {
    let member = year.path_of_member(&year.member, "");
    let token = &year.organization_token;
    year.world.delete(&member, token).await?.expect(204)?;
    let waiting = year.billing("change", Some(&team_of(2))).await?.json(200)?;
    same("seats until then", &Some(3), &waiting["seats"].as_u64())?;
    same(
        "seats afterwards",
        &Some(2),
        &waiting["next"]["seats"].as_u64(),
    )?;
    let end = waiting["ends_at"].as_str().unwrap_or_default();
    Ok(format!(
        "one member was removed; 2 seats are taken for the time after {end}, until then there are 3"
    ))
}

pub(super) async fn is_smaller(year: &mut Story) -> Result<String, Failure> {
    let waiting = year.ours("/subscription").await?;
    let end = instant(&waiting["ends_at"])?;
    year.advance_clock(end + CHARGED - year.now().await?)
        .await?;
    let renewed = year
        .subscription_until("two seats", |shown| shown["seats"] == 2)
        .await?;
    same("what waits", &Value::Null, &renewed["next"])?;
    Ok(format!(
        "2 seats, {}",
        renewed["claim"].as_str().unwrap_or_default()
    ))
}

pub(super) async fn is_cancelled(year: &mut Story) -> Result<String, Failure> {
    let cancelled = year.billing("cancel", None).await?.json(200)?;
    same(
        "cancel_at_period_end",
        &Some(true),
        &cancelled["cancel_at_period_end"].as_bool(),
    )?;
    let refused = year.billing("change", Some(&team_of(3))).await?;
    refused.problem(409, "cancellation_pending")?;
    let end = cancelled["ends_at"].as_str().unwrap_or_default();
    Ok(format!(
        "everything stays until {end}; a change is 409 cancellation_pending"
    ))
}

pub(super) async fn is_resumed(year: &mut Story) -> Result<String, Failure> {
    let resumed = year.billing("resume", None).await?.json(200)?;
    let end = instant(&resumed["ends_at"])?;
    year.advance_clock(end + CHARGED - year.now().await?)
        .await?;
    let renewed = year
        .subscription_until("another period", |shown| {
            instant(&shown["ends_at"]).is_ok_and(|next| next > end)
        })
        .await?;
    same("status", &Some("active"), &renewed["status"].as_str())?;
    Ok(format!(
        "taken back before it took effect; the next period was charged: {}",
        renewed["claim"].as_str().unwrap_or_default()
    ))
}

pub(super) async fn a_year_later(
    year: &mut Story,
    begun: DateTime<Utc>,
) -> Result<String, Failure> {
    year.until_day(begun, 366).await?;
    let now = year.now().await?;
    let shown = year
        .subscription_until("a plan that runs", |shown| {
            shown["status"] == "active" && instant(&shown["ends_at"]).is_ok_and(|end| end > now)
        })
        .await?;
    let first = year.ours(&format!("/projects/{}", year.project)).await?;
    let members = year.ours("/members").await?;
    same(
        "members",
        &Some(2),
        &members["items"].as_array().map(Vec::len),
    )?;
    Ok(format!(
        "{}, two members, and {} of the first day",
        shown["claim"].as_str().unwrap_or_default(),
        first["name"]
    ))
}
