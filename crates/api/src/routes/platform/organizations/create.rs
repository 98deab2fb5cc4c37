//! Begins to create an organization for a customer of the CRM, who has not bought it here.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::display_name::InvalidDisplayName;
use domain::invitation::{DEFAULT_TTL_SECONDS, InvalidEmail, InviteeEmail, MAX_TTL_SECONDS};
use domain::organization::InvalidOrganizationName;
use domain::{
    ConversionId, ConversionStep, DisplayName, Interval, InvitationId, OrganizationName, Plan,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Conversion, NewAuditEvent, PlatformCreation, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use crate::app::AppState;
use crate::audit;
use crate::auth::PlatformAdmin;
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::platform::PlatformProblems;
use crate::routes::platform::agreed::{Agreed, Said};

const ROUTE: &str = "POST /v1/platform/organizations";

/// Auth0 takes 25 entries, of which our own need some.
const MAX_METADATA: usize = 10;
const MAX_METADATA_CHARS: usize = 255;
/// What we write there ourselves.
const OUR_METADATA: [&str; 4] = ["conversion", "v", "env", "subscription"];

const MAX_REFERENCE: usize = 100;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlatformOrganizationRequest, examples(json!({
    "name": "acme",
    "display_name": "Acme Ltd.",
    "plan": "team",
    "seats": 20,
    "paid_until": "2027-12-31T00:00:00Z",
    "first_admin": { "email": "ada@acme.example", "locale": "de" },
    "external_reference": "crm-4711",
    "metadata": { "account_manager": "bo" },
})))]
struct CreationRequest {
    /// `a-z 0-9 - _`, first and last a letter or digit, not beginning `org_`.
    #[schema(min_length = 3, max_length = 50)]
    name: String,
    #[schema(min_length = 1, max_length = 64)]
    display_name: String,
    /// `team` or `enterprise`.
    #[schema(value_type = String)]
    plan: Plan,
    /// `month` or `year`, the default.
    #[schema(value_type = Option<String>)]
    interval: Option<Interval>,
    /// Absent is the plan's least.
    #[schema(minimum = 1)]
    seats: Option<u32>,
    /// Until when it is paid by other means than Stripe. This or `comp_until`.
    paid_until: Option<DateTime<Utc>>,
    /// Until when it is free of charge. This or `paid_until`.
    comp_until: Option<DateTime<Utc>>,
    first_admin: FirstAdminRequest,
    /// What your own systems call it, 1 to 100 characters; it can be searched for.
    external_reference: Option<String>,
    /// At most 10 texts that go into the organization's metadata at Auth0.
    metadata: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FirstAdminRequest)]
struct FirstAdminRequest {
    /// Where the invitation goes.
    email: String,
    /// Whether Auth0 sends it; true when absent. Else `POST …/first-admin/link` tells the link.
    send_email: Option<bool>,
    /// BCP 47.
    locale: Option<String>,
    /// How long it can be accepted, at most 30 days; 7 days when absent.
    #[schema(minimum = 1, maximum = 2592000)]
    ttl_seconds: Option<u32>,
}

/// An organization that does not exist yet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlatformCreation)]
pub(super) struct CreationBody {
    /// Ask for it in the place of `org_id` until the organization exists; it goes on to work then.
    creation_id: Uuid,
    /// `provisioning`, or `delayed` when a person has to look.
    status: &'static str,
    name: Option<String>,
    display_name: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Conversion> for CreationBody {
    fn from(conversion: Conversion) -> Self {
        let is_delayed = conversion.step == ConversionStep::Parked;
        Self {
            creation_id: conversion.id.as_uuid(),
            status: if is_delayed {
                "delayed"
            } else {
                "provisioning"
            },
            name: conversion.wanted_name.map(Into::into),
            display_name: conversion.display_name.map(Into::into),
            created_at: conversion.created_at,
        }
    }
}

pub(super) struct CreationProblems;

impl IntoResponses for CreationProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::OrganizationNameTaken])
    }
}

/// Creates an organization with a plan that is not paid at Stripe, and invites its first administrator. It exists a
/// moment later; until then the `location` says how far it is.
#[utoipa::path(
    operation_id = "create_platform_organization",
    tag = "platform",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = CreationRequest,
    responses(
        (status = 202, body = CreationBody, headers(("location" = String))),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        CreationProblems,
    ),
)]
#[post("/v1/platform/organizations")]
pub(super) async fn create(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<CreationRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let wanted = body.parse()?.check(now)?;
    let mut tx = caller.own(&state).await?;
    let user = &caller.person.user_id;
    let begun = idempotency
        .begin(&mut tx, user, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let conversion = wanted.conversion(&caller, now);
    let creation = wanted.creation(&conversion, &caller, *request_id);
    if !tx
        .claim_organization_name(&wanted.name, conversion.id)
        .await?
    {
        return Err(Problem::new(Code::OrganizationNameTaken));
    }
    begin(&mut tx, &conversion, &creation).await?;
    let location = format!("/v1/platform/organizations/{}", conversion.id);
    let body = CreationBody::from(conversion);
    let mut response = attempt.finish(&mut tx, StatusCode::ACCEPTED, &body).await?;
    tx.commit().await?;
    let location = location
        .parse()
        .map_err(|error| Problem::internal(&error))?;
    let headers = response.headers_mut();
    headers.insert(actix_web::http::header::LOCATION, location);
    Ok(response)
}

async fn begin(
    tx: &mut TenantTx,
    conversion: &Conversion,
    creation: &PlatformCreation,
) -> Result<(), Problem> {
    let now = conversion.created_at;
    tx.insert_conversion(conversion).await?;
    tx.insert_platform_creation(creation).await?;
    let key = format!("{}:{}", kind::CONVERSION, conversion.id);
    let payload = json!({ "conversion_id": conversion.id });
    tx.enqueue(kind::CONVERSION, &key, &payload, now).await?;
    let target = format!("conversion:{}", conversion.id);
    let requested = NewAuditEvent {
        request_id: creation.request_id.clone(),
        after: Some(json!({
            "plan": conversion.plan,
            "seats": conversion.seats,
            "organization": conversion.wanted_name,
            "terms": creation.terms,
            "external_reference": creation.external_reference,
        })),
        ..audit::by_client(&creation.client_id, "organization.requested", target, now)
    };
    Ok(tx.insert_audit_event(&requested).await?)
}

/// An acceptable request.
struct Wanted {
    name: OrganizationName,
    display_name: DisplayName,
    agreed: Agreed,
    admin_email: InviteeEmail,
    admin_locale: Option<String>,
    send_email: bool,
    ttl_seconds: u32,
    external_reference: Option<String>,
    metadata: BTreeMap<String, String>,
}

impl CreationRequest {
    fn check(self, now: DateTime<Utc>) -> Result<Wanted, Problem> {
        let name =
            OrganizationName::try_from(self.name).map_err(|refusal: InvalidOrganizationName| {
                Problem::invalid_field("name", refusal.code(), refusal)
            })?;
        let display_name =
            DisplayName::try_from(self.display_name).map_err(|refusal: InvalidDisplayName| {
                Problem::invalid_field("display_name", refusal.code(), refusal)
            })?;
        let said = Said {
            plan: self.plan,
            interval: self.interval,
            seats: self.seats,
            paid_until: self.paid_until,
            comp_until: self.comp_until,
        };
        let admin = self.first_admin;
        Ok(Wanted {
            name,
            display_name,
            agreed: said.check(now)?,
            admin_email: email(admin.email)?,
            admin_locale: locale(admin.locale)?,
            send_email: admin.send_email.unwrap_or(true),
            ttl_seconds: ttl(admin.ttl_seconds)?,
            external_reference: reference(self.external_reference)?,
            metadata: metadata(self.metadata.unwrap_or_default())?,
        })
    }
}

impl Wanted {
    fn conversion(&self, caller: &PlatformAdmin, now: DateTime<Utc>) -> Conversion {
        let choice = &self.agreed.choice;
        Conversion {
            id: ConversionId::from(Uuid::now_v7()),
            person: caller.person.clone(),
            plan: choice.plan(),
            interval: choice.interval(),
            seats: choice.seats(),
            lookup_key: choice.price().lookup_key.to_owned(),
            wanted_name: Some(self.name.clone()),
            display_name: Some(self.display_name.clone()),
            // The back office has none.
            keep_projects_personal: true,
            step: ConversionStep::Named,
            try_no: 0,
            auth0_org_id: None,
            stripe_customer_id: None,
            checkout_session_id: None,
            stripe_subscription_id: None,
            checkout_url: None,
            paid_until: Some(self.agreed.agreement.until),
            fence: 0,
            last_error: None,
            created_at: now,
            updated_at: now,
        }
    }

    fn creation(
        &self,
        conversion: &Conversion,
        caller: &PlatformAdmin,
        request_id: RequestId,
    ) -> PlatformCreation {
        PlatformCreation {
            id: conversion.id,
            terms: self.agreed.agreement.terms,
            invitation: InvitationId::from(Uuid::now_v7()),
            admin_email: self.admin_email.clone(),
            admin_locale: self.admin_locale.clone(),
            send_email: self.send_email,
            ttl_seconds: self.ttl_seconds,
            external_reference: self.external_reference.clone(),
            metadata: self.metadata.clone(),
            client_id: caller.client_id.clone(),
            request_id: Some(request_id.to_string()),
            created_at: conversion.created_at,
        }
    }
}

fn email(text: String) -> Result<InviteeEmail, Problem> {
    text.try_into().map_err(|refusal: InvalidEmail| {
        Problem::invalid_field("first_admin.email", refusal.code(), refusal)
    })
}

fn locale(text: Option<String>) -> Result<Option<String>, Problem> {
    let is_tag = |text: &String| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=35).contains(&text.len()) && text.bytes().all(is_part)
    };
    if text.as_ref().is_none_or(is_tag) {
        Ok(text)
    } else {
        let detail = "1 to 35 letters, digits and hyphens.";
        Err(Problem::invalid_field(
            "first_admin.locale",
            "invalid",
            detail,
        ))
    }
}

fn ttl(seconds: Option<u32>) -> Result<u32, Problem> {
    let seconds = seconds.unwrap_or(DEFAULT_TTL_SECONDS);
    if (1..=MAX_TTL_SECONDS).contains(&seconds) {
        Ok(seconds)
    } else {
        let detail = format_args!("From 1 to {MAX_TTL_SECONDS} seconds.");
        let field = "first_admin.ttl_seconds";
        Err(Problem::invalid_field(field, "out_of_range", detail))
    }
}

fn reference(text: Option<String>) -> Result<Option<String>, Problem> {
    let is_fit = |text: &String| {
        (1..=MAX_REFERENCE).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    if text.as_ref().is_none_or(is_fit) {
        Ok(text)
    } else {
        let detail = format_args!("1 to {MAX_REFERENCE} characters on one line.");
        Err(Problem::invalid_field(
            "external_reference",
            "invalid",
            detail,
        ))
    }
}

fn metadata(entries: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Problem> {
    let refused = |code, detail: &str| Err(Problem::invalid_field("metadata", code, detail));
    if entries.len() > MAX_METADATA {
        return refused("too_many", "At most 10 entries.");
    }
    let is_short = |text: &str| (1..=MAX_METADATA_CHARS).contains(&text.chars().count());
    if !entries
        .iter()
        .all(|(key, value)| is_short(key) && is_short(value))
    {
        return refused("too_long", "Keys and values have 1 to 255 characters.");
    }
    if OUR_METADATA.iter().any(|ours| entries.contains_key(*ours)) {
        return refused("reserved", "conversion, v, env and subscription are ours.");
    }
    Ok(entries)
}
