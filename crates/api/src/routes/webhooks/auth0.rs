//! Auth0's events. Auth0 signs nothing: the token over TLS is the proof. It gives up within seconds, so nothing is done
//! here but to store.

use std::collections::BTreeMap;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Payload;
use actix_web::{HttpRequest, post, web};
use aws_lc_rs::{constant_time, digest};
use secrecy::{ExposeSecret, SecretString};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::ReceivedBody;
use crate::app::AppState;
use crate::auth0_event;
use crate::body::read_limited;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::strict_json;

/// Levels; a user's metadata may nest.
const MAX_DEPTH: usize = 64;

struct EventProblems;

impl IntoResponses for EventProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::MalformedRequest,
            Code::MalformedJson,
            Code::InvalidToken,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::DatabaseUnavailable,
        ])
    }
}

/// Takes in one event of the Auth0 tenant. The same event again is acknowledged again and has no further effect.
///
/// The bearer token is the event stream's, not a person's.
#[utoipa::path(
    operation_id = "receive_auth0_event",
    tag = "webhooks",
    request_body(content = Object, content_type = "application/json", description = "A CloudEvent, as Auth0's event streams send it"),
    responses((status = 200, body = ReceivedBody, description = "It is stored"), EventProblems),
)]
#[post("/webhooks/auth0/events")]
pub(in crate::routes) async fn receive(
    request: HttpRequest,
    payload: Payload,
    state: web::Data<AppState>,
) -> Result<web::Json<ReceivedBody>, Problem> {
    if !is_proved(request.headers(), &state.config.auth0.event_tokens) {
        tracing::warn!("an event without our token was refused");
        return Err(Problem::new(Code::InvalidToken));
    }
    let body = read_limited(payload.into_inner()).await?;
    let now = state.clock.now();
    let event = strict_json::parse(&body, MAX_DEPTH)
        .ok()
        .and_then(|event| auth0_event::read(event, now));
    let event = event.ok_or_else(|| Problem::new(Code::MalformedJson))?;
    let received = state.inbox.receive_webhook(&event, now).await?;
    tracing::info!(
        event_id = event.event_id,
        kind = event.kind,
        ?received,
        "event received"
    );
    Ok(web::Json(ReceivedBody { received: true }))
}

/// Exactly one header with one of the live tokens; how long it takes says nothing about them.
fn is_proved(headers: &HeaderMap, tokens: &[SecretString]) -> bool {
    let mut values = headers.get_all(AUTHORIZATION);
    let (Some(only), None) = (values.next(), values.next()) else {
        return false;
    };
    let Some((scheme, given)) = only.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return false;
    };
    let digest_of = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
    let given = digest_of(given);
    // Every token is compared, whichever fits.
    let fitting = tokens.iter().filter(|token| {
        let token = digest_of(token.expose_secret());
        constant_time::verify_slices_are_equal(token.as_ref(), given.as_ref()).is_ok()
    });
    let fits = fitting.count() > 0;
    scheme.eq_ignore_ascii_case("bearer") && fits
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn proved(values: &[&str]) -> bool {
        let tokens = ["old-token", "new-token"].map(SecretString::from);
        let request = values
            .iter()
            .fold(TestRequest::default(), |request, value| {
                request.append_header((AUTHORIZATION, *value))
            });
        is_proved(request.to_http_request().headers(), &tokens)
    }

    #[test]
    fn both_tokens_live_during_a_rotation_and_nothing_else_does() {
        assert!(proved(&["Bearer old-token"]) && proved(&["bearer new-token"]));
        for refused in [
            &[][..],
            &["old-token"],
            &["Basic old-token"],
            &["Bearer old-toke"],
            &["Bearer old-token "],
            &["Bearer "],
            &["Bearer old-token", "Bearer old-token"],
        ] {
            assert!(!proved(refused), "{refused:?}");
        }
    }

    #[test]
    fn without_tokens_nobody_is_proved() {
        let request = TestRequest::default().append_header((AUTHORIZATION, "Bearer "));
        assert!(!is_proved(request.to_http_request().headers(), &[]));
    }
}
