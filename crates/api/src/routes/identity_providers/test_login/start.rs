//! Begins a test login.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Feature, IdentityProviderKey, IdentityProviderState, TestLoginId, TestLoginState};
use serde::Serialize;
use store::{IdentityProvider, NewAuditEvent, TestLogin};
use url::Url;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::Travelling;
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;
use crate::routes::identity_providers::target;
use crate::workflows::identity_provider::test_login::callback;

const ROUTE: &str = "POST identity-providers/test";

/// Long enough to find the password of another account.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);

#[derive(Serialize, ToSchema)]
#[schema(as = TestLoginStart)]
struct StartBody {
    /// To be opened in a browser, preferably a private window; it works once.
    url: String,
    expires_at: DateTime<Utc>,
}

struct NotReadyProblems;

impl IntoResponses for NotReadyProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::IdentityProviderNotReady])
    }
}

/// Begins a test login: whoever opens the address logs in through the identity provider, as anybody whom it knows. What
/// it said of them is then shown to the administrator who began the test, and nobody becomes a member by it.
#[utoipa::path(
    operation_id = "test_identity_provider",
    tag = "identity providers",
    params(
        ("org_id" = String, Path),
        ("idp_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 201, body = StartBody),
        TenantProblems,
        IdempotencyProblems,
        FeatureProblems,
        NotReadyProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/identity-providers/{idp_id}/test")]
pub(super) async fn start(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let (key, now) = (id.parse()?, state.clock.now());
    let user = caller.token.person.user_id.clone();
    // There is no body: which one it is tells one request from another.
    let which = key.to_string();
    let begun = idempotency.begin(&mut caller.tx, &user, ROUTE, which.as_bytes(), now);
    let attempt = match begun.await? {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let found = caller.tx.identity_provider(&key).await?;
    let provider = found.ok_or_else(Problem::not_found)?;
    caller.guard(Feature::Sso, now).await?;
    if !provider.is_enabled || provider.state != IdentityProviderState::Ready {
        return Err(Problem::new(Code::IdentityProviderNotReady));
    }
    let test = TestLogin {
        id: TestLoginId::from(Uuid::now_v7()),
        identity_provider: provider.name.clone(),
        setup: provider.setup,
        started_by: user.clone(),
        expires_at: now + LIFETIME,
        state: TestLoginState::Open,
        failure: None,
        sealed_code: None,
        claims: None,
        created_at: now,
    };
    caller.tx.insert_test_login(&test).await?;
    let event = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_person(
            &user,
            "identity_provider.test_started",
            target(&provider),
            now,
        )
    };
    caller.tx.insert_audit_event(&event).await?;
    let body = StartBody {
        url: authorize(&caller, &state, &provider, &test)?.into(),
        expires_at: test.expires_at,
    };
    let response = attempt
        .finish(&mut caller.tx, StatusCode::CREATED, &body)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}

/// Without the organization: whoever tests need not be a member, and must not become one.
fn authorize(
    caller: &Authorized<WriteIdentityProviders>,
    state: &AppState,
    provider: &IdentityProvider,
    test: &TestLogin,
) -> Result<Url, Problem> {
    let config = &state.config;
    // Two random ids: 244 bits.
    let code_verifier = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let challenge = digest::digest(&digest::SHA256, code_verifier.as_bytes());
    let travelling = Travelling {
        organization: caller.organization.clone(),
        test: test.id,
        code_verifier,
    };
    let internal = |error: url::ParseError| Problem::internal(&error);
    let back = callback(&config.http.public_url).map_err(internal)?;
    let mut url = config.auth0.domain.join("authorize").map_err(internal)?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &config.auth0.console_client_id)
        .append_pair("connection", &provider.connection_name)
        .append_pair("redirect_uri", back.as_str())
        .append_pair("scope", "openid profile email")
        .append_pair("prompt", "login")
        .append_pair("nonce", &test.id.to_string())
        .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
        .append_pair("code_challenge_method", "S256")
        .append_pair("state", &travelling.seal(&config.secrets_key)?);
    Ok(url)
}
