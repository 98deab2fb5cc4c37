//! Changes an identity provider, unless somebody else did so since it was read.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, patch, web};
use domain::{Feature, GroupRole, IdentityProviderKey, IdentityProviderState};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{IdentityProvider, NewAuditEvent, TenantTx};
use utoipa::ToSchema;

use super::removal::{RemovalProblems, may_close};
use super::{GroupRoleBody, IdentityProviderBody, published, request, shown, target, told};
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::{Body, PathId};
use crate::etag::{IfMatch, RequiredPreconditionProblems};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;
use crate::routes::way_back::WayBack;
use crate::workflows::identity_provider;

/// What is not there stays as it is; options are taken as a whole, but a secret that is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityProviderChange, examples(json!({ "assign_membership_on_login": true })))]
struct IdentityProviderChange {
    #[schema(min_length = 1, max_length = 64)]
    display_name: Option<String>,
    show_as_button: Option<bool>,
    assign_membership_on_login: Option<bool>,
    is_enabled: Option<bool>,
    /// `org_member`, `org_billing` or `org_readonly`.
    default_role: Option<String>,
    #[schema(value_type = Option<Vec<GroupRoleBody>>)]
    group_roles: Option<Vec<GroupRole>>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    options: Option<Map<String, Value>>,
}

/// Changes an identity provider. Name and strategy never change. It is not switched off while members log in through it,
/// nor while `policies.sso` is `enforce` and no other one has been tested. Other options, and a secret that is sent, end
/// what its test login has proved (`proof_lost_at`), so the same goes for them: set `policies.sso` to `warn`, change it,
/// test it, and enforce again.
#[utoipa::path(
    operation_id = "change_identity_provider",
    tag = "identity providers",
    params(
        ("org_id" = String, Path),
        ("idp_id" = String, Path),
        ("If-Match" = String, Header, description = "The `ETag` that was read"),
    ),
    request_body = IdentityProviderChange,
    responses(
        (status = 200, body = IdentityProviderBody, headers(("etag" = String, description = "Its new version"))),
        TenantProblems,
        BodyProblems,
        FeatureProblems,
        RequiredPreconditionProblems,
        RemovalProblems,
    ),
)]
#[patch("/v1/orgs/{org_id}/identity-providers/{idp_id}")]
pub(super) async fn change(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    if_match: IfMatch,
    body: Body<IdentityProviderChange>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let found = caller.tx.identity_provider(&id.parse()?).await?;
    let before = found.ok_or_else(Problem::not_found)?;
    let change = body.parse()?;
    let now = state.clock.now();
    caller.guard(Feature::Sso, now).await?;
    if_match.require(before.version)?;
    let has_options = change.options.is_some();
    let mut after = changed(&caller, &state, before.clone(), change)?;
    if has_options {
        let slow = published::read(&state, &after);
        let (again, discovered) = caller.while_away(&state, slow).await?;
        after.discovered = discovered?;
        caller = again;
    }
    let way_back = way_back(&mut caller.tx, &before, &after).await?;
    if !after.logs_in_as(&before) {
        after.begin_setup(now);
    }
    after.updated_at = now;
    let saved = caller.tx.save_identity_provider(&after).await?;
    after.version = saved.ok_or_else(|| Problem::new(Code::PreconditionFailed))?;
    if let Some(way_back) = way_back {
        way_back.keep(&mut caller.tx).await?;
    }
    identity_provider::push(&mut caller.tx, &after.name, now).await?;
    let user = &caller.token.person.user_id;
    let event = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(told(&before)),
        after: Some(told(&after)),
        ..audit::by_person(user, "identity_provider.changed", target(&after), now)
    };
    caller.tx.insert_audit_event(&event).await?;
    let response = shown(&mut caller.tx, after).await?;
    caller.tx.commit().await?;
    Ok(response)
}

/// What must be left of it, where the change closes the identity provider or ends what its test login has proved.
async fn way_back(
    tx: &mut TenantTx,
    before: &IdentityProvider,
    after: &IdentityProvider,
) -> Result<Option<WayBack>, Problem> {
    if before.is_enabled && !after.is_enabled {
        return Ok(Some(may_close(tx, before).await?));
    }
    if after.logs_in_as(before) {
        return Ok(None);
    }
    tx.lock_members().await?;
    Ok(Some(WayBack::before(tx).await?))
}

fn changed(
    caller: &Authorized<WriteIdentityProviders>,
    state: &AppState,
    before: IdentityProvider,
    wanted: IdentityProviderChange,
) -> Result<IdentityProvider, Problem> {
    let mut after = before;
    if let Some(text) = wanted.display_name {
        after.display_name = request::display_name(text)?;
    }
    if let Some(text) = wanted.default_role {
        after.default_role = request::role_by_default(text)?;
    }
    if let Some(pairs) = wanted.group_roles {
        after.group_roles = request::group_roles(pairs)?;
    }
    let keep = |new: Option<bool>, old: &mut bool| *old = new.unwrap_or(*old);
    keep(wanted.show_as_button, &mut after.show_as_button);
    keep(
        wanted.assign_membership_on_login,
        &mut after.assign_membership_on_login,
    );
    keep(wanted.is_enabled, &mut after.is_enabled);
    if let Some(sent) = wanted.options {
        let kept: &BTreeMap<String, String> = &after.secret_hints;
        let options = request::options(after.strategy, sent, kept)?;
        let key = &state.config.secrets_key;
        request::take(&mut after, options, &caller.organization, key)?;
    }
    after.state = IdentityProviderState::Pending;
    after.failure = None;
    Ok(after)
}
