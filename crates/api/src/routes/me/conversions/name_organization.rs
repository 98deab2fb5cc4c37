//! Gives the organization its name, before or after the payment. Naming what is paid starts the conversion.

use std::collections::BTreeMap;

use actix_web::{put, web};
use chrono::{DateTime, Utc};
use domain::{ConversionId, ConversionStep, DisplayName, OrganizationName};
use serde::Deserialize;
use serde_json::json;
use store::{Conversion, NewAuditEvent, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::ConversionBody;
use crate::app::AppState;
use crate::audit;
use crate::auth::Me;
use crate::body::{Body, PathId};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, MeProblems, MissingProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::me::checkout::{display_name, organization_name};
use crate::routes::me::claimed_name;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "name": "acme", "display_name": "Acme Ltd." })))]
struct OrganizationNaming {
    /// `a-z 0-9 - _`, first and last a letter or digit, not beginning `org_`.
    #[schema(min_length = 3, max_length = 50)]
    name: String,
    #[schema(min_length = 1, max_length = 64)]
    display_name: String,
    /// Whether the projects that the caller made stay with them instead of moving into the organization. Absent leaves
    /// what was said at the checkout.
    keep_projects_personal: Option<bool>,
}

/// What an acceptable request asks for.
struct Naming {
    name: OrganizationName,
    display_name: DisplayName,
    keep_projects_personal: Option<bool>,
}

struct NamingProblems;

impl IntoResponses for NamingProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::NoOrganizationInPlan,
            Code::OrganizationAlreadyNamed,
            Code::OrganizationNameTaken,
            Code::ConversionCancelled,
        ])
    }
}

/// Names the organization that the caller pays or has paid for. The same request again changes nothing.
#[utoipa::path(
    operation_id = "name_organization",
    tag = "me",
    params(("conversion_id" = uuid::Uuid, Path)),
    request_body = OrganizationNaming,
    responses((status = 200, body = ConversionBody), MeProblems, MissingProblems, BodyProblems, NamingProblems),
)]
#[put("/v1/me/conversions/{conversion_id}/organization")]
pub(super) async fn name_organization(
    me: Me,
    state: web::Data<AppState>,
    id: PathId<ConversionId>,
    body: Body<OrganizationNaming>,
    request_id: web::ReqData<RequestId>,
) -> Result<web::Json<ConversionBody>, Problem> {
    let mut tx = me.tx;
    // Raises the fence, so a run of the conversion cannot write over the name; rolled back when nothing changes.
    let before = tx
        .claim_conversion(id.parse()?)
        .await?
        .ok_or_else(Problem::not_found)?;
    let naming = body.parse()?.naming()?;
    let Some(next) = next_step(&before, &naming)? else {
        return Ok(web::Json(before.into()));
    };
    let now = state.clock.now();
    let after = naming.applied_to(before.clone(), next, now);
    claim_name(&mut tx, &before, &naming.name, now).await?;
    save(&mut tx, &after).await?;
    let named = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(json!({ "name": before.wanted_name, "display_name": before.display_name })),
        after: Some(json!({ "name": after.wanted_name, "display_name": after.display_name })),
        ..audit::by_person(
            &me.person.user_id,
            "conversion.named",
            format!("conversion:{}", after.id),
            now,
        )
    };
    tx.insert_audit_event(&named).await?;
    if next == ConversionStep::Named {
        let payload = json!({ "conversion_id": after.id });
        tx.enqueue(
            kind::CONVERSION,
            &format!("{}:{}", kind::CONVERSION, after.id),
            &payload,
            now,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(web::Json(after.into()))
}

/// The step that the name leads to; None when everything is as asked for already.
fn next_step(conversion: &Conversion, naming: &Naming) -> Result<Option<ConversionStep>, Problem> {
    if !conversion.plan.needs_organization() {
        return Err(Problem::new(Code::NoOrganizationInPlan));
    }
    if naming.is_had_by(conversion) {
        return Ok(None);
    }
    match conversion.step {
        ConversionStep::Requested => Ok(Some(ConversionStep::Requested)),
        ConversionStep::Paid => Ok(Some(ConversionStep::Named)),
        ConversionStep::Cancelling | ConversionStep::Cancelled => {
            Err(Problem::new(Code::ConversionCancelled))
        }
        ConversionStep::Named
        | ConversionStep::OrganizationCreated
        | ConversionStep::MemberAdded
        | ConversionStep::RoleSet
        | ConversionStep::Committed
        | ConversionStep::Done
        | ConversionStep::Parked => Err(Problem::new(Code::OrganizationAlreadyNamed)),
    }
}

async fn claim_name(
    tx: &mut TenantTx,
    before: &Conversion,
    name: &OrganizationName,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    match &before.wanted_name {
        Some(earlier) if earlier == name => return Ok(()),
        Some(earlier) => tx.release_organization_name(earlier, before.id).await?,
        None => {}
    }
    claimed_name::claim(tx, name, before.id, now).await
}

async fn save(tx: &mut TenantTx, conversion: &Conversion) -> Result<(), Problem> {
    if tx.save_conversion(conversion).await? {
        Ok(())
    } else {
        Err(Problem::new(Code::Conflict))
    }
}

impl OrganizationNaming {
    fn naming(self) -> Result<Naming, Problem> {
        Ok(Naming {
            name: organization_name("name", self.name)?,
            display_name: display_name("display_name", self.display_name)?,
            keep_projects_personal: self.keep_projects_personal,
        })
    }
}

impl Naming {
    fn is_had_by(&self, conversion: &Conversion) -> bool {
        conversion.wanted_name.as_ref() == Some(&self.name)
            && conversion.display_name.as_ref() == Some(&self.display_name)
            && self
                .keep_projects_personal
                .is_none_or(|keep| keep == conversion.keep_projects_personal)
    }

    fn applied_to(
        &self,
        conversion: Conversion,
        step: ConversionStep,
        now: DateTime<Utc>,
    ) -> Conversion {
        Conversion {
            wanted_name: Some(self.name.clone()),
            display_name: Some(self.display_name.clone()),
            keep_projects_personal: self
                .keep_projects_personal
                .unwrap_or(conversion.keep_projects_personal),
            step,
            updated_at: now,
            ..conversion
        }
    }
}
