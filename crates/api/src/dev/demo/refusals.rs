//! What must not work, and what must have no second effect.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::failure::{Failure, same};
use super::story::Story;
use super::tenant::Tenant;
use super::world::Answer;

/// The only one that the billing stand-in takes.
const STRIPE_KEY: &str = "sk_test_tenantry";

pub(super) async fn foreign_is_missing(story: &mut Story) -> Result<String, Failure> {
    let own = organization_path(&story.organization);
    // A login outside of any organization is no login to this one.
    story
        .world
        .get(&own, &story.personal_token)
        .await?
        .problem(401, "invalid_token")?;
    // Inside one, every other is missing, whether it exists or not.
    let tenant = Tenant::open(&story.world).await?;
    let foreign = organization_path(
        &tenant
            .another_organization(&story.organization, &story.tag)
            .await?,
    );
    let foreign = story.world.get(&foreign, &story.organization_token).await?;
    let missing = organization_path("org_0000000000000000");
    let missing = story.world.get(&missing, &story.organization_token).await?;
    foreign.problem(404, "not_found")?;
    let (foreign, missing) = (without_request_id(&foreign)?, without_request_id(&missing)?);
    same("the body for a foreign organization", &missing, &foreign)?;
    Ok("a foreign and a never existing one are the same 404, byte for byte; a personal token is 401".to_owned())
}

fn organization_path(id: &str) -> String {
    format!("v1/orgs/{id}")
}

pub(super) async fn forged_token(story: &mut Story) -> Result<String, Failure> {
    let mut parts: Vec<String> = story
        .organization_token
        .split('.')
        .map(str::to_owned)
        .collect();
    parts[1] = URL_SAFE_NO_PAD.encode(
        json!({"iss": story.world.identity.as_str(), "sub": "auth0|forged", "org_id": story.organization}).to_string(),
    );
    let refused = story.world.get("v1/me", &parts.join(".")).await?;
    refused.problem(401, "invalid_token")?;
    Ok("another payload under a true signature is 401 invalid_token".to_owned())
}

pub(super) async fn forged_webhook(story: &mut Story) -> Result<String, Failure> {
    let url = story
        .world
        .api
        .join("webhooks/stripe")
        .map_err(|error| Failure::new(error.to_string()))?;
    let body = json!({"id": "evt_forged", "type": "checkout.session.completed"}).to_string();
    // In time, so that it is the signature that is refused.
    let signature = format!(
        "t={},v1={}",
        story.now().await?.timestamp(),
        "00".repeat(32)
    );
    let request = story
        .world
        .http
        .post(url)
        .header("stripe-signature", signature)
        .body(body);
    Answer::of(request.send().await?)
        .await?
        .problem(400, "invalid_signature")?;
    Ok("a wrong signature is 400 invalid_signature".to_owned())
}

pub(super) async fn repeated_webhook(story: &mut Story) -> Result<String, Failure> {
    let event = payment_event(story).await?;
    let url = story
        .world
        .identity_url(&format!("stripe/sandbox/events/{event}/resend"))?;
    let request = story
        .world
        .http
        .post(url)
        .json(&json!({"times": 10, "concurrent": true}));
    let sent = Answer::of(request.send().await?).await?.json(200)?;
    same(
        "answers to ten copies",
        &json!([200, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
        &sent["statuses"],
    )?;
    let all = Tenant::open(&story.world).await?.organizations().await?;
    let ours = all
        .iter()
        .filter(|found| found["metadata"]["conversion"] == story.conversion.as_str());
    let ids: Vec<String> = ours
        .filter_map(|found| found["id"].as_str().map(str::to_owned))
        .collect();
    same(
        "organizations of this payment",
        &vec![story.organization.clone()],
        &ids,
    )?;
    Ok(
        "ten more copies of the payment event are accepted and change nothing: one organization"
            .to_owned(),
    )
}

/// The event that told the API of the payment.
async fn payment_event(story: &Story) -> Result<String, Failure> {
    let url = story
        .world
        .identity_url("stripe/v1/events?type=checkout.session.completed&limit=100")?;
    let request = story.world.http.get(url).bearer_auth(STRIPE_KEY);
    let events = Answer::of(request.send().await?).await?.json(200)?;
    let ours = events["data"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|event| {
            event["data"]["object"]["client_reference_id"].as_str()
                == Some(story.conversion.as_str())
        });
    ours.and_then(|event| event["id"].as_str().map(str::to_owned))
        .ok_or_else(|| Failure::unexpected("the event of the payment", "no such event"))
}

/// The one thing that differs between two answers that are otherwise the same bytes.
fn without_request_id(answer: &Answer) -> Result<String, Failure> {
    let body = answer.json(404)?;
    let request_id = body["request_id"].as_str().unwrap_or_default();
    Ok(if request_id.is_empty() {
        answer.text.clone()
    } else {
        answer.text.replace(request_id, "…")
    })
}
