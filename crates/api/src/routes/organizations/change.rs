//! Changes how the organization is called and how it looks, here at once and in Auth0 right after.

use actix_web::{HttpResponse, patch, web};
use domain::branding::{InvalidColor, InvalidLogoUrl};
use domain::organization::InvalidDisplayName;
use domain::{BrandColors, Branding, Color, DisplayName};
use serde::Deserialize;
use serde_json::json;
use store::{Customer, NewAuditEvent, StoreError};
use utoipa::ToSchema;

use super::{BrandingBody, OrganizationBody, shown};
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteOrganization;
use crate::body::Body;
use crate::etag::{IfMatch, RequiredPreconditionProblems};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::subscription::{self, PlanProblems};

/// What is not there stays as it is; a branding is taken as a whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganizationChange, examples(json!({
    "display_name": "Acme Rockets",
    "branding": { "logo_url": "https://cdn.acme.example/logo.png", "primary": "#0059d6", "page_background": "#ffffff" },
})))]
struct OrganizationChange {
    #[schema(min_length = 1, max_length = 64)]
    display_name: Option<String>,
    branding: Option<BrandingBody>,
}

/// Changes display name and branding. The login at Auth0 follows within seconds.
#[utoipa::path(
    operation_id = "change_organization",
    tag = "organizations",
    params(
        ("org_id" = String, Path),
        ("If-Match" = String, Header, description = "The `ETag` that was read"),
    ),
    request_body = OrganizationChange,
    responses(
        (status = 200, body = OrganizationBody, headers(("etag" = String, description = "Its new version"))),
        TenantProblems,
        BodyProblems,
        PlanProblems,
        RequiredPreconditionProblems,
    ),
)]
#[patch("/v1/orgs/{org_id}")]
pub(super) async fn change(
    mut caller: Authorized<WriteOrganization>,
    state: web::Data<AppState>,
    if_match: IfMatch,
    body: Body<OrganizationChange>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let before = caller.tx.customer().await?.ok_or_else(Problem::not_found)?;
    let change = body.parse()?;
    let display_name = change.display_name.map(display_name).transpose()?;
    let branding = change.branding.map(branding).transpose()?;
    let now = state.clock.now();
    subscription::require_live(&mut caller.tx, now).await?;
    if_match.require(before.version)?;
    let mut after = Customer {
        display_name: display_name.or(before.display_name.clone()),
        branding: branding.unwrap_or_else(|| before.branding.clone()),
        updated_at: now,
        ..before.clone()
    };
    match caller.tx.save_customer(&after).await {
        Err(StoreError::Stale) => return Err(Problem::new(Code::PreconditionFailed)),
        saved => saved?,
    }
    after.version += 1;
    let key = kind::ORGANIZATION_SETTINGS;
    caller.tx.enqueue(key, key, &json!({}), now).await?;
    let target = format!("organization:{}", caller.organization);
    let user = &caller.token.person.user_id;
    let changed = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(told(&before)),
        after: Some(told(&after)),
        ..audit::by_person(user, "organization.changed", target, now)
    };
    caller.tx.insert_audit_event(&changed).await?;
    caller.tx.commit().await?;
    // No change is made while it is to be deleted.
    shown(&state, caller.organization, after, None)
}

fn told(customer: &Customer) -> serde_json::Value {
    json!({ "display_name": customer.display_name, "branding": customer.branding })
}

fn display_name(text: String) -> Result<DisplayName, Problem> {
    text.try_into().map_err(|refusal: InvalidDisplayName| {
        Problem::invalid_field("display_name", refusal.code(), refusal)
    })
}

fn branding(body: BrandingBody) -> Result<Branding, Problem> {
    let logo_url = body.logo_url.map(TryInto::try_into).transpose();
    let logo_url = logo_url.map_err(|refusal: InvalidLogoUrl| {
        Problem::invalid_field("branding.logo_url", refusal.code(), refusal)
    })?;
    let colors = match (body.primary, body.page_background) {
        (None, None) => None,
        (Some(primary), Some(page_background)) => Some(BrandColors {
            primary: color("branding.primary", primary)?,
            page_background: color("branding.page_background", page_background)?,
        }),
        (primary, _) => {
            let missing = if primary.is_none() {
                "primary"
            } else {
                "page_background"
            };
            let detail = "There are both colours or none.";
            return Err(Problem::invalid_field(
                format!("branding.{missing}"),
                "required",
                detail,
            ));
        }
    };
    Ok(Branding { logo_url, colors })
}

fn color(field: &str, text: String) -> Result<Color, Problem> {
    text.try_into()
        .map_err(|refusal: InvalidColor| Problem::invalid_field(field, "invalid", refusal))
}
