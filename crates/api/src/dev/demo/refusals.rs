//! What must not work, and what must have no second effect.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::failure::{Failure, same};
use super::story::Story;
use super::world::Answer;

/// The sandbox's machine client; its secret is no secret.
const MANAGEMENT: (&str, &str) = ("tenantry-management", "tenantry-management-secret");
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
    let foreign = organization_path(&another_organization(story).await?);
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
    let ours = organizations(story).await?.into_iter().filter(|found| {
        found["metadata"]["conversion"].as_str() == Some(story.conversion.as_str())
    });
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
    let events = Answer::of(
        story
            .world
            .http
            .get(url)
            .bearer_auth(STRIPE_KEY)
            .send()
            .await?,
    )
    .await?
    .json(200)?;
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

/// One that the visitor has nothing to do with; made when there is none yet.
async fn another_organization(story: &Story) -> Result<String, Failure> {
    let found = organizations(story)
        .await?
        .into_iter()
        .find(|found| found["id"] != story.organization.as_str());
    let found = match found {
        Some(found) => found,
        None => {
            let body = json!({"name": format!("other-{}", story.tag), "display_name": "Others"});
            management(story, Method::POST, "organizations", Some(&body))
                .await?
                .json(201)?
        }
    };
    Ok(found["id"].as_str().unwrap_or_default().to_owned())
}

/// Every organization of the sandbox's tenant, by the Management API.
async fn organizations(story: &Story) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for page in 0.. {
        let path = format!("organizations?per_page=100&page={page}");
        let Value::Array(found) = management(story, Method::GET, &path, None)
            .await?
            .json(200)?
        else {
            break;
        };
        if found.is_empty() {
            break;
        }
        all.extend(found);
    }
    Ok(all)
}

async fn management(
    story: &Story,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer, Failure> {
    let (client_id, client_secret) = MANAGEMENT;
    let asked = json!({
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "audience": story.world.identity_url("api/v2/")?.as_str(),
    });
    let token_url = story.world.identity_url("oauth/token")?;
    let token = Answer::of(story.world.http.post(token_url).json(&asked).send().await?)
        .await?
        .json(200)?;
    let token = token["access_token"].as_str().unwrap_or_default();
    let url = story.world.identity_url(&format!("api/v2/{path}"))?;
    let mut request = story.world.http.request(method, url).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(body);
    }
    Answer::of(request.send().await?).await
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
