//! Makes a SCIM token. Auth0 answers its secret once, and so do we: what is kept for a repeat of the request is the
//! answer without it.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use domain::provisioning::{MAX_TOKENS, TOKEN_SECONDS};
use domain::{Feature, IdentityProviderKey, ScimTokenId};
use management::NewScimToken;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{IdentityProvider, MadeScimToken, NewAuditEvent, Provisioning, ScimToken, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::{ScimTokenBody, told};
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;
use crate::routes::identity_providers::provisioning::{
    Asker, ProvisioningProblems, auth0, provider, refused, set_up,
};
use crate::routes::identity_providers::target;

const ROUTE: &str = "POST scim-tokens";

/// After this whoever asked has their answer or will never have one.
const WAITED: TimeDelta = TimeDelta::minutes(1);

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewScimToken, examples(json!({ "token_lifetime": 7776000 })))]
struct ScimTokenRequest {
    /// In seconds, more than 900 and at most ten years; without it the token does not end by itself.
    #[schema(minimum = 901, maximum = 315_360_000)]
    token_lifetime: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CreatedScimToken)]
struct CreatedScimTokenBody {
    /// Shown once. It is missing in the answer to a repeated request.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(flatten)]
    shown: ScimTokenBody,
}

struct TokenProblems;

impl IntoResponses for TokenProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::TooManyScimTokens])
    }
}

/// Makes a token for the identity provider. Two may live at a time, so that a new one can take the place of the other.
///
/// The secret is in this answer alone. When the answer is lost, revoke the token and make another.
#[utoipa::path(
    operation_id = "create_scim_token",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ScimTokenRequest,
    responses(
        (status = 201, body = CreatedScimTokenBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        ProvisioningProblems,
        TokenProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/identity-providers/{idp_id}/provisioning/scim-tokens")]
pub(super) async fn create(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    idempotency: Idempotency,
    body: Body<ScimTokenRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let lifetime = lifetime(&body.parse()?)?;
    let provider = provider(&mut caller, &id.parse()?).await?;
    let asker = Asker::of(&caller);
    let begun = idempotency
        .begin(&mut caller.tx, &asker.user, ROUTE, body.bytes()?, now)
        .await?;
    let (attempt, noted) = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) => (attempt, None),
        Begun::Unfinished(attempt, id) => (attempt, Some(id)),
    };
    caller.guard(Feature::Scim, now).await?;
    let set_up = set_up(&mut caller.tx, &provider).await?;
    if let Some(earlier) = noted {
        settle_earlier(&mut caller.tx, earlier, now).await?;
    }
    let waiting = wait_for(&mut caller, &provider, &set_up, now).await?;
    attempt.note(&mut caller.tx, waiting).await?;
    caller.tx.commit().await?;

    let made = ask(&state, &asker, &set_up, waiting, lifetime).await?;
    let secret = made.token.clone();
    let token = read(made)?;
    let mut tx = asker.again(&state).await?;
    if !tx.fill_scim_token(waiting, &token).await? {
        return Err(Problem::new(Code::Conflict).detail("Provisioning was ended meanwhile."));
    }
    let created = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        after: Some(told(&provider, &token)),
        ..audit::by_person(&asker.user, "scim_token.created", target(&provider), now)
    };
    tx.insert_audit_event(&created).await?;
    let mut body = CreatedScimTokenBody {
        token: None,
        shown: ScimTokenBody::made(token, now),
    };
    attempt.finish(&mut tx, StatusCode::CREATED, &body).await?;
    tx.commit().await?;
    body.token = Some(secret);
    Ok(HttpResponse::Created().json(&body))
}

fn lifetime(request: &ScimTokenRequest) -> Result<Option<u32>, Problem> {
    match request.token_lifetime {
        Some(seconds) if !TOKEN_SECONDS.contains(&seconds) => {
            let says = "More than 900 seconds and at most ten years.";
            Err(Problem::invalid_field(
                "token_lifetime",
                "out_of_range",
                says,
            ))
        }
        lifetime => Ok(lifetime),
    }
}

/// An earlier try of the same request that has not come to its end.
///
/// # Errors
/// 409 while it may still be under way.
async fn settle_earlier(tx: &mut TenantTx, id: Uuid, now: DateTime<Utc>) -> Result<(), Problem> {
    match tx.scim_token(id).await? {
        Some(token) if now - token.created_at < WAITED => Err(Problem::new(Code::Conflict)
            .detail("The same request is still under way.")
            .retry_after(60)),
        _ => Ok(()),
    }
}

/// Takes one of the two places. Should nobody come back for the token, a job ends it.
async fn wait_for(
    caller: &mut Authorized<WriteIdentityProviders>,
    provider: &IdentityProvider,
    set_up: &Provisioning,
    now: DateTime<Utc>,
) -> Result<Uuid, Problem> {
    let tx = &mut caller.tx;
    tx.lock_provisioning(&provider.name).await?;
    let mut live = 0;
    for token in tx.scim_tokens(&provider.name).await? {
        if token.has_ended(now) {
            tx.delete_scim_token(token.id).await?;
        } else {
            live += 1;
        }
    }
    if live >= MAX_TOKENS {
        return Err(Problem::new(Code::TooManyScimTokens).detail("Revoke one of them first."));
    }
    let id = Uuid::now_v7();
    tx.insert_scim_token(&ScimToken {
        id,
        identity_provider: provider.name.clone(),
        made: None,
        created_at: now,
        created_by: caller.token.person.user_id.clone(),
    })
    .await?;
    let payload = json!({ "connection_id": set_up.connection_id, "id": id });
    let key = id.to_string();
    tx.enqueue(kind::SCIM_TOKEN_LEFT, &key, &payload, now + WAITED)
        .await?;
    Ok(id)
}

/// Without an answer of Auth0's the place is kept until the job has looked what became of it.
async fn ask(
    state: &AppState,
    asker: &Asker,
    set_up: &Provisioning,
    waiting: Uuid,
    lifetime: Option<u32>,
) -> Result<NewScimToken, Problem> {
    let connections = auth0(state)?.connections();
    let connection = set_up.connection_id.as_ref();
    let error = match connections.create_scim_token(connection, lifetime).await {
        Ok(made) => return Ok(made),
        Err(error) => error,
    };
    if matches!(error.class(), management::Class::Retry { .. }) {
        return Err(refused(&error));
    }
    let mut tx = asker.again(state).await?;
    tx.delete_waiting_scim_token(waiting).await?;
    tx.commit().await?;
    match error {
        // Here is a place, so one that was revoked here is just being ended there.
        management::Error::Conflict { .. } => {
            Err(Problem::new(Code::Auth0Unavailable).retry_after(2))
        }
        error => Err(refused(&error)),
    }
}

fn read(made: NewScimToken) -> Result<MadeScimToken, Problem> {
    let token_id: ScimTokenId = made
        .shown
        .token_id
        .parse()
        .map_err(|error: domain::ids::InvalidId| Problem::internal(&error))?;
    let chars: Vec<char> = made.token.chars().collect();
    let valid_until = made.shown.valid_until.map(|until| until.parse());
    Ok(MadeScimToken {
        token_id,
        secret_hash: digest::digest(&digest::SHA256, made.token.as_bytes())
            .as_ref()
            .to_vec(),
        last_four: chars[chars.len().saturating_sub(4)..].iter().collect(),
        scopes: made.shown.scopes,
        valid_until: valid_until
            .transpose()
            .map_err(|error: chrono::ParseError| Problem::internal(&error))?,
    })
}
