//! Imports of organizations that Auth0 had before us.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use domain::import::{Outcome, Why};
use domain::{ImportId, Interval, OrganizationId, Plan};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ImportItem, NewAuditEvent, PlatformImport, TenantTx};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::PlatformProblems;
use super::agreed::{Agreed, Said};
use crate::app::AppState;
use crate::audit;
use crate::auth::PlatformAdmin;
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, PageProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

const ROUTE: &str = "POST /v1/platform/imports";

/// In one request; the whole tenant has no such limit.
const MAX_ORGANIZATIONS: usize = 200;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(create)
        .service(show)
        .service(list_organizations);
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportRequest, examples(json!({
    "org_ids": ["org_Vq3kfGpRcXh2Tn7L"],
    "plan": "team",
    "seats": 20,
    "comp_until": "2027-12-31T00:00:00Z",
    "dry_run": true,
})))]
struct ImportRequest {
    /// From 1 to 200 of them. These, or `all`.
    org_ids: Option<Vec<String>>,
    /// Every organization of the Auth0 tenant.
    all: Option<bool>,
    /// What each of them gets: `team` or `enterprise`.
    #[schema(value_type = String)]
    plan: Plan,
    /// `month` or `year`, the default.
    #[schema(value_type = Option<String>)]
    interval: Option<Interval>,
    /// Absent is as many as there are members, as far as the plan goes.
    #[schema(minimum = 1)]
    seats: Option<u32>,
    /// Until when it is paid by other means than Stripe. This or `comp_until`.
    paid_until: Option<DateTime<Utc>>,
    /// Until when it is free of charge. This or `paid_until`.
    comp_until: Option<DateTime<Utc>>,
    /// Whether an organization may have more members than seats; false when absent.
    may_exceed_seats: Option<bool>,
    /// Looks and changes nothing; false when absent.
    dry_run: Option<bool>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
struct ImportBody {
    import_id: Uuid,
    /// `running` or `done`.
    status: &'static str,
    dry_run: bool,
    created_at: DateTime<Utc>,
    done_at: Option<DateTime<Utc>>,
    /// Whether all that is to be imported is known yet.
    listed: bool,
    counts: ImportCounts,
}

#[derive(Serialize, ToSchema)]
struct ImportCounts {
    pending: u32,
    importable: u32,
    imported: u32,
    already_ours: u32,
    refused: u32,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ImportedOrganization)]
struct ImportedBody {
    org_id: String,
    /// `pending`, `importable` (after a dry run), `imported`, `already_ours` or `refused`.
    outcome: &'static str,
    /// Why it was refused: `not_found`, `invalid_name`, `name_taken`, `other_environment`, `being_created`,
    /// `metadata_full`, `too_few_seats` or `failed`.
    why: Option<&'static str>,
    name: Option<String>,
    members: Option<u32>,
    /// Nobody in it has the role of an administrator.
    needs_admin: Option<bool>,
}

impl From<ImportItem> for ImportedBody {
    fn from(item: ImportItem) -> Self {
        Self {
            org_id: item.organization.into(),
            outcome: item.outcome.as_str(),
            why: item.why.map(Why::as_str),
            name: item.name,
            members: item.members,
            needs_admin: item.needs_admin,
        }
    }
}

/// Begins to take over organizations with their members and roles. What they have in Auth0 stays as it is, beside a
/// marker of ours; whoever has no role of ours becomes a plain member.
#[utoipa::path(
    operation_id = "create_platform_import",
    tag = "platform",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = ImportRequest,
    responses(
        (status = 202, body = ImportBody, headers(("location" = String))),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
    ),
)]
#[post("/v1/platform/imports")]
async fn create(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<ImportRequest>,
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
    let import = wanted.import(&caller, *request_id, now);
    begin(&mut tx, &import, &wanted.organizations).await?;
    let body = shown(&mut tx, import).await?;
    let location = format!("/v1/platform/imports/{}", body.import_id);
    let mut response = attempt.finish(&mut tx, StatusCode::ACCEPTED, &body).await?;
    tx.commit().await?;
    let location = location
        .parse()
        .map_err(|error| Problem::internal(&error))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// How far an import is.
#[utoipa::path(
    operation_id = "show_platform_import",
    tag = "platform",
    params(("import_id" = Uuid, Path)),
    responses((status = 200, body = ImportBody), PlatformProblems),
)]
#[get("/v1/platform/imports/{import_id}")]
async fn show(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    id: PathId<ImportId>,
) -> Result<web::Json<ImportBody>, Problem> {
    let id = id.parse()?;
    let mut tx = caller.own(&state).await?;
    let import = tx
        .platform_import(id)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(web::Json(shown(&mut tx, import).await?))
}

/// What became of each organization of an import, by their ids.
#[utoipa::path(
    operation_id = "list_imported_organizations",
    tag = "platform",
    params(("import_id" = Uuid, Path), PageQuery),
    responses((status = 200, body = PageBody<ImportedBody>), PlatformProblems, PageProblems),
)]
#[get("/v1/platform/imports/{import_id}/organizations")]
async fn list_organizations(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    id: PathId<ImportId>,
    page: PageQuery,
) -> Result<web::Json<PageBody<ImportedBody>>, Problem> {
    let id = id.parse()?;
    let key = &state.config.cursor_key;
    let import = id.to_string();
    let list = List {
        tenant: &import,
        name: "imported organizations",
    };
    let page = page.parse(key, list)?;
    let mut tx = caller.own(&state).await?;
    tx.platform_import(id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let items = tx.import_items(id, &page).await?;
    Ok(web::Json(PageBody::new(
        items,
        |item| item.organization.clone(),
        ImportedBody::from,
        key,
        list,
    )))
}

async fn shown(tx: &mut TenantTx, import: PlatformImport) -> Result<ImportBody, Problem> {
    let counts = tx.import_counts(import.id).await?;
    let count = |outcome| counts.get(&outcome).copied().unwrap_or_default();
    Ok(ImportBody {
        import_id: import.id.as_uuid(),
        status: if import.done_at.is_some() {
            "done"
        } else {
            "running"
        },
        dry_run: import.dry_run,
        created_at: import.created_at,
        done_at: import.done_at,
        listed: import.listed,
        counts: ImportCounts {
            pending: count(Outcome::Pending),
            importable: count(Outcome::Importable),
            imported: count(Outcome::Imported),
            already_ours: count(Outcome::AlreadyOurs),
            refused: count(Outcome::Refused),
        },
    })
}

async fn begin(
    tx: &mut TenantTx,
    import: &PlatformImport,
    organizations: &[OrganizationId],
) -> Result<(), Problem> {
    tx.insert_platform_import(import).await?;
    tx.add_import_items(import.id, organizations).await?;
    let key = import.id.to_string();
    let payload = json!({ "import_id": import.id });
    tx.enqueue(kind::PLATFORM_IMPORT, &key, &payload, import.created_at)
        .await?;
    let target = format!("import:{}", import.id);
    let requested = NewAuditEvent {
        request_id: import.request_id.clone(),
        after: Some(json!({
            "whole_tenant": import.whole_tenant,
            "organizations": organizations.len(),
            "plan": import.plan,
            "dry_run": import.dry_run,
        })),
        ..audit::by_client(
            &import.client_id,
            "import.requested",
            target,
            import.created_at,
        )
    };
    Ok(tx.insert_audit_event(&requested).await?)
}

/// An acceptable request.
struct Wanted {
    organizations: Vec<OrganizationId>,
    agreed: Agreed,
    seats: Option<u32>,
    may_exceed_seats: bool,
    dry_run: bool,
}

impl ImportRequest {
    fn check(self, now: DateTime<Utc>) -> Result<Wanted, Problem> {
        let organizations = match (self.org_ids, self.all.unwrap_or(false)) {
            (Some(ids), false) => organizations(&ids)?,
            (None, true) => Vec::new(),
            _ => {
                let detail = "Either org_ids or all says which organizations.";
                return Err(Problem::invalid_field("org_ids", "not_exactly_one", detail));
            }
        };
        let said = Said {
            plan: self.plan,
            interval: self.interval,
            seats: self.seats,
            paid_until: self.paid_until,
            comp_until: self.comp_until,
        };
        Ok(Wanted {
            organizations,
            agreed: said.check(now)?,
            seats: self.seats,
            may_exceed_seats: self.may_exceed_seats.unwrap_or(false),
            dry_run: self.dry_run.unwrap_or(false),
        })
    }
}

fn organizations(texts: &[String]) -> Result<Vec<OrganizationId>, Problem> {
    if !(1..=MAX_ORGANIZATIONS).contains(&texts.len()) {
        let detail = format_args!("From 1 to {MAX_ORGANIZATIONS} at once.");
        return Err(Problem::invalid_field("org_ids", "out_of_range", detail));
    }
    let parsed = texts.iter().enumerate().map(|(index, text)| {
        text.parse().map_err(|refusal: domain::ids::InvalidId| {
            Problem::invalid_field(format!("org_ids[{index}]"), refusal.code(), refusal)
        })
    });
    parsed.collect()
}

impl Wanted {
    fn import(
        &self,
        caller: &PlatformAdmin,
        request_id: RequestId,
        now: DateTime<Utc>,
    ) -> PlatformImport {
        PlatformImport {
            id: ImportId::from(Uuid::now_v7()),
            whole_tenant: self.organizations.is_empty(),
            dry_run: self.dry_run,
            plan: self.agreed.choice.plan(),
            interval: self.agreed.choice.interval(),
            seats: self.seats,
            agreement: self.agreed.agreement,
            may_exceed_seats: self.may_exceed_seats,
            position: None,
            listed: !self.organizations.is_empty(),
            client_id: caller.client_id.clone(),
            request_id: Some(request_id.to_string()),
            created_at: now,
            done_at: None,
        }
    }
}
