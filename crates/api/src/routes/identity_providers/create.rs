//! Connects an identity provider.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::{HttpResponse, post, web};
use domain::identity_provider::{InvalidIdentityProviderName, MAX_CONNECTIONS, UnknownStrategy};
use domain::{
    Feature, GroupRole, IdentityProviderKey, IdentityProviderName, IdentityProviderState, Strategy,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{IdentityProvider, NewAuditEvent, StoreError};
use utoipa::ToSchema;

use super::{
    GroupRoleBody, IdentityProviderBody, IdentityProviderProblems, published, request, target, told,
};
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;
use crate::workflows::identity_provider;

const ROUTE: &str = "POST identity-providers";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewIdentityProvider, examples(json!({
    "name": "okta",
    "strategy": "okta",
    "display_name": "Acme's Okta",
    "options": { "domain": "acme.okta.com", "client_id": "0oa1b2c3", "client_secret": "…" },
})))]
struct NewIdentityProvider {
    /// Letters, digits and single hyphens between them; it never changes.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// `oidc`, `samlp`, `okta`, `waad`, `google-apps`, `adfs` or `pingfederate`.
    strategy: String,
    /// The name when it is left out.
    #[schema(min_length = 1, max_length = 64)]
    display_name: Option<String>,
    #[serde(default = "yes")]
    show_as_button: bool,
    /// Whoever the identity provider vouches for becomes a member by logging in, as soon and as long as the organization
    /// has proved a domain.
    #[serde(default)]
    assign_membership_on_login: bool,
    #[serde(default = "yes")]
    is_enabled: bool,
    /// `org_member` (when it is left out), `org_billing` or `org_readonly`.
    default_role: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<GroupRoleBody>)]
    group_roles: Vec<GroupRole>,
    /// By strategy, as Auth0's My Organization API has them. Secrets are taken and never shown.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    options: Map<String, Value>,
}

fn yes() -> bool {
    true
}

/// Connects an identity provider of the organization's own. Auth0 follows within seconds: `state` becomes `ready`, and
/// `id` is known. An answer that is replayed has no `Location`.
#[utoipa::path(
    operation_id = "create_identity_provider",
    tag = "identity providers",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewIdentityProvider,
    responses(
        (status = 202, body = IdentityProviderBody, headers(("location" = String))),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        IdentityProviderProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/identity-providers")]
pub(super) async fn create(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<NewIdentityProvider>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut provider = wanted(&caller, &state, body.parse()?)?;
    let user = caller.token.person.user_id.clone();
    let bytes = body.bytes()?;
    let begun = idempotency.begin(&mut caller.tx, &user, ROUTE, bytes, now);
    if let Begun::Done(response) = begun.await? {
        return Ok(response);
    }
    caller.guard(Feature::Sso, now).await?;
    let (mut caller, discovered) = caller
        .while_away(&state, published::read(&state, &provider))
        .await?;
    provider.discovered = discovered?;
    let begun = idempotency.begin(&mut caller.tx, &user, ROUTE, bytes, now);
    let attempt = match begun.await? {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    caller.guard(Feature::Sso, now).await?;
    make_room(&mut caller, &state, &provider).await?;
    match caller.tx.insert_identity_provider(&provider).await {
        Err(StoreError::Taken { .. }) => return Err(Problem::new(Code::IdentityProviderTaken)),
        inserted => inserted?,
    }
    identity_provider::push(&mut caller.tx, &provider.name, now).await?;
    let created = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        after: Some(told(&provider)),
        ..audit::by_person(&user, "identity_provider.created", target(&provider), now)
    };
    caller.tx.insert_audit_event(&created).await?;
    let location = format!(
        "/v1/orgs/{}/identity-providers/{}",
        caller.organization, provider.name
    );
    let shown = IdentityProviderBody::of(&mut caller.tx, provider).await?;
    let mut response = attempt
        .finish(&mut caller.tx, StatusCode::ACCEPTED, &shown)
        .await?;
    caller.tx.commit().await?;
    let location = HeaderValue::try_from(location).expect("ids and names are visible ASCII");
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

fn wanted(
    caller: &Authorized<WriteIdentityProviders>,
    state: &AppState,
    new: NewIdentityProvider,
) -> Result<IdentityProvider, Problem> {
    let name = IdentityProviderName::try_from(new.name).map_err(
        |refusal: InvalidIdentityProviderName| {
            Problem::invalid_field("name", refusal.code(), refusal)
        },
    )?;
    let strategy = Strategy::try_from(new.strategy).map_err(|refusal: UnknownStrategy| {
        Problem::invalid_field("strategy", refusal.code(), refusal)
    })?;
    let display_name = match new.display_name {
        Some(text) => request::display_name(text)?,
        None => name.to_string(),
    };
    let default_role = new.default_role.unwrap_or_else(|| "org_member".into());
    let options = request::options(strategy, new.options, &Default::default())?;
    let now = state.clock.now();
    let mut provider = IdentityProvider {
        connection_name: name.connection_name(&caller.organization),
        connection_id: None,
        strategy,
        display_name,
        show_as_button: new.show_as_button,
        assign_membership_on_login: new.assign_membership_on_login,
        is_enabled: new.is_enabled,
        default_role: request::role_by_default(default_role)?,
        options: Map::new(),
        discovered: Map::new(),
        secret_hints: Default::default(),
        sealed_secrets: None,
        group_roles: request::group_roles(new.group_roles)?,
        state: IdentityProviderState::Pending,
        failure: None,
        removal: None,
        setup: 1,
        tested: None,
        proof_lost_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
        name,
    };
    let key = &state.config.secrets_key;
    request::take(&mut provider, options, &caller.organization, key)?;
    Ok(provider)
}

/// Auth0 lets an organization have ten connections, those that it shares with others and its own user store included.
async fn make_room(
    caller: &mut Authorized<WriteIdentityProviders>,
    state: &AppState,
    provider: &IdentityProvider,
) -> Result<(), Problem> {
    caller.tx.lock_subscription().await?;
    let key = IdentityProviderKey::Name(provider.name.clone());
    if caller.tx.identity_provider(&key).await?.is_some() {
        return Err(Problem::new(Code::IdentityProviderTaken));
    }
    let shared = state.config.auth0.organization_connections.len();
    let own = usize::from(caller.tx.user_store().await?.is_some());
    let present = caller.tx.identity_providers().await?.len();
    if shared + own + present < MAX_CONNECTIONS {
        Ok(())
    } else {
        let detail = format!("Auth0 lets an organization have {MAX_CONNECTIONS} connections.");
        Err(Problem::new(Code::TooManyConnections).detail(detail))
    }
}
