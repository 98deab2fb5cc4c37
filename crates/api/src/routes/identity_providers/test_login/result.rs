//! What a test login has shown.

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::{IdentityProviderKey, TestLoginState};
use serde::Serialize;
use serde_json::Value;
use store::TestLogin;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = TestLogin, examples(json!({
    "state": "passed",
    "failure": null,
    "claims": {
        "subject": "d0042@corp.acme.example", "email": null, "email_verified": false, "groups": ["Finance"],
        "attributes": ["email_verified", "groups", "name", "preferred_username"],
    },
    "expires_at": "2026-11-21T09:15:00Z",
    "created_at": "2026-11-21T09:00:00Z",
})))]
struct TestLoginBody {
    /// `open`, `returned` (it is being finished), `passed`, `failed` or `expired`.
    state: &'static str,
    /// Why it failed.
    failure: Option<String>,
    /// What the identity provider says of whoever logged in: subject, e-mail address and whether it is verified, groups,
    /// and the names of everything that came.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    claims: Option<Value>,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

/// The latest test login that the caller began. Another administrator's is not shown.
#[utoipa::path(
    operation_id = "show_identity_provider_test",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path)),
    responses((status = 200, body = TestLoginBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/identity-providers/{idp_id}/test")]
pub(super) async fn show(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
) -> Result<web::Json<TestLoginBody>, Problem> {
    let found = caller.tx.identity_provider(&id.parse()?).await?;
    let provider = found.ok_or_else(Problem::not_found)?;
    let user = &caller.token.person.user_id;
    let latest = caller.tx.latest_test_login(&provider.name, user).await?;
    let test = latest.ok_or_else(Problem::not_found)?;
    Ok(web::Json(TestLoginBody::of(test, state.clock.now())))
}

impl TestLoginBody {
    fn of(test: TestLogin, now: DateTime<Utc>) -> Self {
        let has_expired = test.state == TestLoginState::Open && test.expires_at <= now;
        Self {
            state: if has_expired {
                "expired"
            } else {
                test.state.as_str()
            },
            failure: test.failure,
            claims: test.claims,
            expires_at: test.expires_at,
            created_at: test.created_at,
        }
    }
}
