//! Who belongs to the organization, and as what.

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::{Role, UserId};
use serde::Serialize;
use store::Membership;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadMembers;
use crate::body::PathId;
use crate::openapi::problems::{PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member, examples(json!({
    "user_id": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
    "roles": ["org_admin"],
    "email": "ada@example.com",
    "name": "Ada Buyer",
    "picture": null,
    "connection": "Username-Password-Authentication",
    "joined_at": "2026-11-21T09:00:00Z",
    "last_seen_at": null,
})))]
struct MemberBody {
    user_id: String,
    /// `org_admin`, `org_member`, `org_billing`, `org_readonly`.
    roles: Vec<&'static str>,
    /// For display only; it does not say who somebody is.
    email: Option<String>,
    name: Option<String>,
    picture: Option<String>,
    /// What they log in with.
    connection: Option<String>,
    joined_at: DateTime<Utc>,
    last_seen_at: Option<DateTime<Utc>>,
}

/// The members, by user id.
#[utoipa::path(
    operation_id = "list_members",
    tag = "members",
    params(("org_id" = String, Path), PageQuery),
    responses((status = 200, body = PageBody<MemberBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/members")]
pub(super) async fn list(
    mut caller: Authorized<ReadMembers>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<MemberBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: caller.organization.as_ref(),
        name: "members",
    };
    let members = caller.tx.memberships(&page.parse(key, list)?).await?;
    Ok(web::Json(PageBody::new(
        members,
        |member| member.person.user_id.clone(),
        MemberBody::from,
        key,
        list,
    )))
}

/// One member.
#[utoipa::path(
    operation_id = "show_member",
    tag = "members",
    params(
        ("org_id" = String, Path),
        ("user_id" = String, Path, description = "Percent-encoded: it contains a `|`"),
    ),
    responses((status = 200, body = MemberBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/members/{user_id}")]
pub(super) async fn show(
    mut caller: Authorized<ReadMembers>,
    user_id: PathId<UserId>,
) -> Result<web::Json<MemberBody>, Problem> {
    let member = caller
        .tx
        .membership(&user_id.parse()?)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(web::Json(member.into()))
}

impl From<Membership> for MemberBody {
    fn from(member: Membership) -> Self {
        Self {
            user_id: member.person.user_id.into(),
            roles: member.roles.into_iter().map(Role::as_str).collect(),
            email: member.email,
            name: member.name,
            picture: member.picture,
            connection: member.connection,
            joined_at: member.joined_at,
            last_seen_at: member.last_seen_at,
        }
    }
}
