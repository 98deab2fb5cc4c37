//! `POST /sandbox/actions/post-login`: runs the trigger on an event of the caller's making, as the dashboard's test
//! button does. Nothing that the Actions ask for is carried out, except their own Management API calls.

use actix_web::{HttpResponse, post, web};
use serde_json::{Value, json};

use super::trigger;
use crate::state::State;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(post_login);
}

#[post("/sandbox/actions/post-login")]
async fn post_login(state: web::Data<State>, event: web::Json<Value>) -> HttpResponse {
    if !event.is_object() {
        return HttpResponse::BadRequest().json(json!({"message": "the event is not an object"}));
    }
    let run = trigger(&state, event.into_inner(), false).await;
    let logs: Vec<_> = run
        .logs
        .iter()
        .map(|(action, text)| json!({"action": action, "text": text}))
        .collect();
    HttpResponse::Ok().json(json!({
        "denied": run.outcome.denied,
        "mfa": run.outcome.mfa.map(|request| request.factors),
        "id_token_claims": run.outcome.id_token_claims,
        "access_token_claims": run.outcome.access_token_claims,
        "scopes_added": run.scopes_added,
        "scopes_removed": run.scopes_removed,
        "app_metadata": run.outcome.app_metadata,
        "user_metadata": run.outcome.user_metadata,
        "logs": logs,
    }))
}
