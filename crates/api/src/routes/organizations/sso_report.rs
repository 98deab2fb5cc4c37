//! Whom single sign-on would lock out.

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::Role;
use serde::Serialize;
use store::Outsider;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteOrganization;
use crate::openapi::problems::{PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = SsoOutsider)]
struct OutsiderBody {
    user_id: String,
    /// For display only.
    email: Option<String>,
    name: Option<String>,
    roles: Vec<&'static str>,
    /// What they came through; null where that is not known.
    connection: Option<String>,
    last_seen_at: Option<DateTime<Utc>>,
    /// What `enforce` means for them: `locked_out`, or `break_glass` for administrators.
    effect: &'static str,
    /// Until when they may come by another way all the same.
    glass_until: Option<DateTime<Utc>>,
}

impl OutsiderBody {
    fn at(now: DateTime<Utc>, outsider: Outsider) -> Self {
        let member = outsider.membership;
        let is_admin = member.roles.contains(&Role::OrgAdmin);
        Self {
            user_id: member.person.user_id.into(),
            email: member.email,
            name: member.name,
            roles: member.roles.into_iter().map(Role::as_str).collect(),
            connection: member.connection,
            last_seen_at: member.last_seen_at,
            effect: if is_admin {
                "break_glass"
            } else {
                "locked_out"
            },
            glass_until: outsider.glass_until.filter(|until| now < *until),
        }
    }
}

/// The members who did not come through one of the organization's enabled identity providers, by user id: those whom
/// `policies.sso` would tell (`warn`) or refuse (`enforce`), whatever it is now.
#[utoipa::path(
    operation_id = "show_sso_report",
    tag = "organizations",
    params(("org_id" = String, Path), PageQuery),
    responses((status = 200, body = PageBody<OutsiderBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/policies/sso-report")]
pub(super) async fn sso_report(
    mut caller: Authorized<WriteOrganization>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<OutsiderBody>>, Problem> {
    let now = state.clock.now();
    let key = &state.config.cursor_key;
    let list = List {
        tenant: caller.organization.as_ref(),
        name: "sso-report",
    };
    let outsiders = caller.tx.sso_outsiders(&page.parse(key, list)?).await?;
    Ok(web::Json(PageBody::new(
        outsiders,
        |outsider| outsider.membership.person.user_id.clone(),
        |outsider| OutsiderBody::at(now, outsider),
        key,
        list,
    )))
}
