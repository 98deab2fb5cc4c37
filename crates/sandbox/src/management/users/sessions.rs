//! `/users/{id}/sessions` and `/users/{id}/refresh-tokens`: what a person is logged in with, and the end of all of it.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::find;
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{CHECKPOINT, Checkpoint, OFFSET, Position};
use crate::management::path;
use crate::management::query::Query;
use crate::management::refusal::Answer;
use crate::state::State;
use crate::tenant::{RefreshToken, Session};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/users/{id}/sessions")
            .route(guarded(
                Bucket::Other,
                &["read:sessions"],
                web::get().to(list_sessions),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:sessions"],
                web::delete().to(end_sessions),
            )),
    )
    .service(
        path("/users/{id}/refresh-tokens")
            .route(guarded(
                Bucket::Other,
                &["read:refresh_tokens"],
                web::get().to(list_refresh_tokens),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:refresh_tokens"],
                web::delete().to(revoke_refresh_tokens),
            )),
    );
}

async fn list_sessions(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET, CHECKPOINT])?;
    let now = state.clock().now();
    let checkpoint = Checkpoint::or_first(&query, now)?;
    state.read(|tenant| {
        find(tenant, &id)?;
        let live = tenant
            .sessions
            .values()
            .filter(|session| session.user_id == *id && session.expires_at > now);
        let mut rows: Vec<_> = live
            .map(|session| (by_id(&session.id), session_body(session)))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        checkpoint.answer_with_total(&query, "sessions", rows)
    })
}

async fn list_refresh_tokens(
    state: web::Data<State>,
    id: web::Path<String>,
    query: Query,
) -> Answer {
    query.only(&[OFFSET, CHECKPOINT])?;
    let now = state.clock().now();
    let checkpoint = Checkpoint::or_first(&query, now)?;
    state.read(|tenant| {
        find(tenant, &id)?;
        let live = tenant.refresh_tokens.values().filter(|token| {
            let is_spent = token.used_at.is_some() || token.revoked || token.expires_at <= now;
            token.user_id == *id && !is_spent
        });
        let mut rows: Vec<_> = live
            .map(|token| (by_id(&token.family), refresh_token_body(token)))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        checkpoint.answer_with_total(&query, "tokens", rows)
    })
}

/// Whoever is not there has no sessions, so their end has come as well.
async fn end_sessions(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| tenant.sessions.retain(|_, session| session.user_id != *id));
    Ok(HttpResponse::Accepted().json(json!({})))
}

async fn revoke_refresh_tokens(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        for token in tenant.refresh_tokens.values_mut() {
            token.revoked |= token.user_id == *id;
        }
    });
    Ok(HttpResponse::Accepted().json(json!({})))
}

fn by_id(id: &str) -> Position {
    Position {
        key: String::new(),
        id: id.to_owned(),
    }
}

fn session_body(session: &Session) -> Value {
    json!({
        "id": session.id,
        "user_id": session.user_id,
        "created_at": text(session.created_at),
        "updated_at": text(session.authenticated_at),
        "authenticated_at": text(session.authenticated_at),
        "expires_at": text(session.expires_at),
        "clients": [],
        "device": {},
    })
}

/// A token is shown under the id of its family, never by its value.
fn refresh_token_body(token: &RefreshToken) -> Value {
    let scopes: Vec<&str> = token.scope.split_whitespace().collect();
    let resource_servers: Vec<Value> = token
        .audience
        .iter()
        .map(|audience| json!({ "audience": audience, "scopes": scopes }))
        .collect();
    json!({
        "id": token.family,
        "user_id": token.user_id,
        "client_id": token.client_id,
        "session_id": token.session_id,
        "rotating": true,
        "expires_at": text(token.expires_at),
        "resource_servers": resource_servers,
        "device": {},
    })
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
