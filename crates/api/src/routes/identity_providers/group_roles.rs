//! Who would get which role by a mapping of groups. Nothing is changed.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::{GroupRole, IdentityProviderKey, Role};
use serde::{Deserialize, Serialize};
use store::{GroupedMember, IdentityProvider};
use utoipa::ToSchema;

use super::{GroupRoleBody, request};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems};
use crate::problem::Problem;

const ROUTE: &str = "POST identity-providers/group-roles/preview";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GroupRolesPreviewRequest, examples(json!({
    "group_roles": [{ "group": "Finance", "role": "org_billing" }],
    "groups": ["Finance"],
})))]
struct PreviewRequest {
    /// The mapping that there is when it is left out.
    #[schema(value_type = Option<Vec<GroupRoleBody>>)]
    group_roles: Option<Vec<GroupRole>>,
    /// Of somebody who would come for the first time.
    #[serde(default)]
    groups: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GroupRolesPreview)]
struct PreviewBody {
    /// What somebody in `groups` would get who came for the first time.
    first_login: Vec<&'static str>,
    /// Members who log in through it, at most 1000.
    members: Vec<PreviewMember>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GroupRolesPreviewMember)]
struct PreviewMember {
    user_id: String,
    email: Option<String>,
    /// As the identity provider told when Auth0 was read last.
    groups: Vec<String>,
    roles: Vec<&'static str>,
    /// What they would get if they came for the first time by this mapping.
    would_get: Vec<&'static str>,
}

/// Shows who would get which role by a mapping, without giving any. The groups of members are those that were read last.
#[utoipa::path(
    operation_id = "preview_group_roles",
    tag = "identity providers",
    params(
        ("org_id" = String, Path),
        ("idp_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    request_body = PreviewRequest,
    responses(
        (status = 200, body = PreviewBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/identity-providers/{idp_id}/group-roles/preview")]
pub(super) async fn preview(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    idempotency: Idempotency,
    body: Body<PreviewRequest>,
) -> Result<HttpResponse, Problem> {
    let found = caller.tx.identity_provider(&id.parse()?).await?;
    let mut provider = found.ok_or_else(Problem::not_found)?;
    let request = body.parse()?;
    if let Some(pairs) = request.group_roles {
        provider.group_roles = request::group_roles(pairs)?;
    }
    let user = caller.token.person.user_id.clone();
    let now = state.clock.now();
    let begun = idempotency.begin(&mut caller.tx, &user, ROUTE, body.bytes()?, now);
    let attempt = match begun.await? {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let members = caller.tx.grouped_members(&provider.connection_name).await?;
    let shown = PreviewBody {
        first_login: would_get(&provider, &request.groups),
        members: members
            .into_iter()
            .map(|member| PreviewMember::of(&provider, member))
            .collect(),
    };
    let response = attempt
        .finish(&mut caller.tx, StatusCode::OK, &shown)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}

fn would_get(provider: &IdentityProvider, groups: &[String]) -> Vec<&'static str> {
    words(&provider.group_roles.of(groups, provider.default_role))
}

fn words(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_str()).collect()
}

impl PreviewMember {
    fn of(provider: &IdentityProvider, member: GroupedMember) -> Self {
        Self {
            would_get: would_get(provider, &member.groups),
            user_id: member.user_id.into(),
            email: member.email,
            groups: member.groups,
            roles: words(&member.roles),
        }
    }
}
