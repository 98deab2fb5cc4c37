//! Stripe's events. Proved, stored, acknowledged; what they mean is a job's business.

use std::collections::BTreeMap;

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Payload;
use actix_web::{HttpRequest, post, web};
use chrono::{DateTime, Utc};
use serde_json::Value;
use store::{NewWebhook, Provider};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::ReceivedBody;
use crate::app::AppState;
use crate::billing::signature;
use crate::body::read_limited;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::strict_json;

const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// Levels; more than Stripe nests with every expansion (<https://docs.stripe.com/expand>, at most four).
const MAX_DEPTH: usize = 64;

/// Characters of an id or a type, far more than Stripe's have (<https://docs.stripe.com/upgrades>, 255).
const MAX_TEXT: usize = 255;

struct WebhookProblems;

impl IntoResponses for WebhookProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::MalformedRequest,
            Code::MalformedJson,
            Code::InvalidSignature,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::DatabaseUnavailable,
        ])
    }
}

/// Takes in one event. The same event again is acknowledged again and has no further effect.
#[utoipa::path(
    operation_id = "receive_stripe_webhook",
    tag = "webhooks",
    params(("Stripe-Signature" = String, Header)),
    request_body(content = Object, content_type = "application/json", description = "An event, as Stripe signed it"),
    responses((status = 200, body = ReceivedBody, description = "It is stored"), WebhookProblems),
)]
#[post("/webhooks/stripe")]
pub(in crate::routes) async fn receive(
    request: HttpRequest,
    payload: Payload,
    state: web::Data<AppState>,
) -> Result<web::Json<ReceivedBody>, Problem> {
    let body = read_limited(payload.into_inner()).await?;
    let now = state.clock.now();
    let header =
        only_signature(request.headers()).ok_or_else(|| Problem::new(Code::InvalidSignature))?;
    signature::verify(header, &body, &state.config.stripe.webhook_secrets, now).map_err(
        |refused| {
            tracing::warn!(reason = %refused, "webhook refused");
            Problem::new(Code::InvalidSignature)
        },
    )?;
    let event = strict_json::parse(&body, MAX_DEPTH)
        .ok()
        .and_then(|event| webhook(event, now));
    let event = event.ok_or_else(|| Problem::new(Code::MalformedJson))?;
    let received = state.inbox.receive_webhook(&event, now).await?;
    tracing::info!(
        event_id = event.event_id,
        kind = event.kind,
        ?received,
        "webhook received"
    );
    Ok(web::Json(ReceivedBody { received: true }))
}

fn only_signature(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(SIGNATURE);
    let first = values.next()?;
    if values.next().is_none() {
        first.to_str().ok()
    } else {
        None
    }
}

/// Only what the inbox needs is asked for: the job judges the rest, and sets aside what it does not understand.
fn webhook(body: Value, now: DateTime<Utc>) -> Option<NewWebhook> {
    let text = |field: &str| body.get(field)?.as_str().map(str::to_owned);
    let known = |text: &String| (1..=MAX_TEXT).contains(&text.chars().count());
    let created_at = body
        .get("created")
        .and_then(Value::as_i64)
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Some(NewWebhook {
        provider: Provider::Stripe,
        event_id: text("id").filter(known)?,
        kind: text("type").filter(known)?,
        livemode: body
            .get("livemode")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        account: text("account"),
        api_version: text("api_version"),
        created_at: created_at.unwrap_or(now),
        body,
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_needs_an_id_and_a_type_and_nothing_else() {
        let now = DateTime::UNIX_EPOCH;
        assert!(webhook(json!({ "id": "evt_1", "type": "invoice.paid" }), now).is_some());
        for body in [
            json!([]),
            json!("evt_1"),
            json!({ "id": "evt_1" }),
            json!({ "id": 1, "type": "x" }),
            json!({ "id": "", "type": "x" }),
        ] {
            assert!(webhook(body.clone(), now).is_none(), "{body}");
        }
    }

    #[test]
    fn what_stripe_says_of_itself_is_kept() {
        let body = json!({ "id": "evt_1", "type": "invoice.paid", "created": 60, "livemode": true, "account": "acct_1" });
        let event = webhook(body, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            (
                event.created_at.timestamp(),
                event.livemode,
                event.account.as_deref()
            ),
            (60, true, Some("acct_1"))
        );
    }

    #[test]
    fn the_signature_comes_exactly_once() {
        let signature_of = |values: &[&str]| {
            let request = values
                .iter()
                .fold(TestRequest::default(), |request, value| {
                    request.append_header((SIGNATURE, *value))
                });
            only_signature(request.to_http_request().headers()).map(str::to_owned)
        };
        assert_eq!(signature_of(&["t=1,v1=00"]).as_deref(), Some("t=1,v1=00"));
        assert_eq!(signature_of(&[]), None);
        assert_eq!(signature_of(&["t=1,v1=00", "t=1,v1=00"]), None);
    }
}
