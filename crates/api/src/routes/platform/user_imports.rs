//! Users that are brought into an organization in bulk.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use domain::import::UserOutcome;
use domain::invitation::{InvalidEmail, InviteeEmail};
use domain::member::role_set;
use domain::role::UnknownRole;
use domain::{ImportId, OrganizationId, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{NewAuditEvent, TenantTx, UserImport, UserRow};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::PlatformProblems;
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

const ROUTE: &str = "POST user-imports";

/// More do not fit into a body anyway.
const MAX_USERS: usize = 5000;
const MAX_TEXT: usize = 255;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config.service(create).service(show).service(list_users);
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserImportRequest, examples(json!({
    "users": [{ "email": "bo@acme.example", "name": "Bo", "roles": ["org_member"], "external_id": "4711" }],
})))]
struct UserImportRequest {
    /// Name of the database connection that they log in with; absent is the first that organizations get.
    connection: Option<String>,
    users: Vec<UserRequest>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserRequest)]
struct UserRequest {
    email: String,
    name: Option<String>,
    /// Absent is `org_member`.
    roles: Option<Vec<String>>,
    /// What your own systems call them.
    external_id: Option<String>,
    /// bcrypt with ten rounds. Without one they choose a password first, by way of an adoption ticket.
    password_hash: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UserImport)]
struct UserImportBody {
    user_import_id: Uuid,
    /// `running` or `done`.
    status: &'static str,
    created_at: DateTime<Utc>,
    done_at: Option<DateTime<Utc>>,
    counts: UserImportCounts,
}

#[derive(Serialize, ToSchema)]
struct UserImportCounts {
    pending: u32,
    created: u32,
    updated: u32,
    failed: u32,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ImportedUser)]
struct ImportedUserBody {
    /// From 0, as in the request.
    number: u32,
    external_id: Option<String>,
    /// `pending`, `created`, `updated` (the account was there before) or `failed`.
    outcome: &'static str,
    /// Why it failed: `no_seats_left`, `not_found`, `unknown_connection`, `job_failed`, or Auth0's own code.
    why: Option<String>,
    user_id: Option<String>,
}

impl From<UserRow> for ImportedUserBody {
    fn from(row: UserRow) -> Self {
        Self {
            number: row.number,
            external_id: row.external_id,
            outcome: match row.outcome {
                UserOutcome::Stored => UserOutcome::Pending.as_str(),
                other => other.as_str(),
            },
            why: row.why,
            user_id: row.user_id.map(Into::into),
        }
    }
}

/// Begins to bring users into an organization: their accounts are made by Auth0's bulk import, then they become members
/// as far as there are seats. Who has an account in the connection already keeps their password.
#[utoipa::path(
    operation_id = "create_user_import",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = UserImportRequest,
    responses(
        (status = 202, body = UserImportBody, headers(("location" = String))),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/user-imports")]
async fn create(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<UserImportRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let org_id = org_id.parse()?;
    let mut tx = caller.organization(&state, &org_id).await?;
    let (connection, rows) = body.parse()?.check(&state)?;
    let user = &caller.person.user_id;
    let begun = idempotency
        .begin(&mut tx, user, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let import = UserImport {
        id: ImportId::from(Uuid::now_v7()),
        connection,
        client_id: caller.client_id.clone(),
        request_id: Some(request_id.to_string()),
        created_at: now,
        done_at: None,
    };
    begin(&mut tx, &import, &rows).await?;
    let location = format!(
        "/v1/platform/organizations/{org_id}/user-imports/{}",
        import.id
    );
    let body = shown(&mut tx, import).await?;
    let mut response = attempt.finish(&mut tx, StatusCode::ACCEPTED, &body).await?;
    tx.commit().await?;
    let location = location
        .parse()
        .map_err(|error| Problem::internal(&error))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

async fn begin(tx: &mut TenantTx, import: &UserImport, rows: &[UserRow]) -> Result<(), Problem> {
    tx.insert_user_import(import, rows).await?;
    let key = import.id.to_string();
    let payload = json!({ "import_id": import.id });
    tx.enqueue(kind::USER_IMPORT, &key, &payload, import.created_at)
        .await?;
    let target = format!("user_import:{}", import.id);
    let requested = NewAuditEvent {
        request_id: import.request_id.clone(),
        after: Some(json!({ "users": rows.len(), "connection": import.connection })),
        ..audit::by_client(
            &import.client_id,
            "user_import.requested",
            target,
            import.created_at,
        )
    };
    Ok(tx.insert_audit_event(&requested).await?)
}

/// How far an import of users is.
#[utoipa::path(
    operation_id = "show_user_import",
    tag = "platform",
    params(("org_id" = String, Path), ("user_import_id" = Uuid, Path)),
    responses((status = 200, body = UserImportBody), PlatformProblems),
)]
#[get("/v1/platform/organizations/{org_id}/user-imports/{user_import_id}")]
async fn show(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    http: HttpRequest,
    id: PathId<ImportId>,
) -> Result<web::Json<UserImportBody>, Problem> {
    let (mut tx, import) = open(&caller, &state, &http, id.parse()?).await?;
    Ok(web::Json(shown(&mut tx, import).await?))
}

/// What became of each user of an import, in their order.
#[utoipa::path(
    operation_id = "list_imported_users",
    tag = "platform",
    params(("org_id" = String, Path), ("user_import_id" = Uuid, Path), PageQuery),
    responses((status = 200, body = PageBody<ImportedUserBody>), PlatformProblems, PageProblems),
)]
#[get("/v1/platform/organizations/{org_id}/user-imports/{user_import_id}/users")]
async fn list_users(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    http: HttpRequest,
    id: PathId<ImportId>,
    page: PageQuery,
) -> Result<web::Json<PageBody<ImportedUserBody>>, Problem> {
    let id = id.parse()?;
    let key = &state.config.cursor_key;
    let import = id.to_string();
    let list = List {
        tenant: &import,
        name: "imported users",
    };
    let page = page.parse(key, list)?;
    let (mut tx, _) = open(&caller, &state, &http, id).await?;
    let rows = tx.user_rows(id, &page).await?;
    Ok(web::Json(PageBody::new(
        rows,
        |row| row.number,
        ImportedUserBody::from,
        key,
        list,
    )))
}

async fn open(
    caller: &PlatformAdmin,
    state: &AppState,
    http: &HttpRequest,
    id: ImportId,
) -> Result<(TenantTx, UserImport), Problem> {
    let org_id = http.match_info().get("org_id").unwrap_or_default();
    let org_id = org_id.parse().map_err(|_| Problem::not_found())?;
    let mut tx = caller.organization(state, &org_id).await?;
    let import = tx.user_import(id).await?.ok_or_else(Problem::not_found)?;
    Ok((tx, import))
}

async fn shown(tx: &mut TenantTx, import: UserImport) -> Result<UserImportBody, Problem> {
    let counts = tx.user_import_counts(import.id).await?;
    let count = |outcome| counts.get(&outcome).copied().unwrap_or_default();
    Ok(UserImportBody {
        user_import_id: import.id.as_uuid(),
        status: if import.done_at.is_some() {
            "done"
        } else {
            "running"
        },
        created_at: import.created_at,
        done_at: import.done_at,
        counts: UserImportCounts {
            pending: count(UserOutcome::Pending) + count(UserOutcome::Stored),
            created: count(UserOutcome::Created),
            updated: count(UserOutcome::Updated),
            failed: count(UserOutcome::Failed),
        },
    })
}

impl UserImportRequest {
    fn check(self, state: &AppState) -> Result<(String, Vec<UserRow>), Problem> {
        if !(1..=MAX_USERS).contains(&self.users.len()) {
            let detail = format_args!("From 1 to {MAX_USERS} at once.");
            return Err(Problem::invalid_field("users", "out_of_range", detail));
        }
        let usual = state.config.auth0.organization_connections.first();
        let connection = self.connection.or_else(|| usual.cloned());
        let connection = connection.filter(|name| is_short(name));
        let connection = connection.ok_or_else(|| {
            Problem::invalid_field("connection", "required", "Which connection they are in.")
        })?;
        let rows = self.users.into_iter().enumerate();
        let rows = rows.map(|(at, user)| user.check(at));
        Ok((connection, rows.collect::<Result<_, _>>()?))
    }
}

impl UserRequest {
    fn check(self, at: usize) -> Result<UserRow, Problem> {
        let field = |name: &str| format!("users[{at}].{name}");
        let email = InviteeEmail::try_from(self.email).map_err(|refusal: InvalidEmail| {
            Problem::invalid_field(field("email"), refusal.code(), refusal)
        })?;
        for (name, text) in [
            ("name", &self.name),
            ("external_id", &self.external_id),
            ("password_hash", &self.password_hash),
        ] {
            if text.as_ref().is_some_and(|text| !is_short(text)) {
                let detail = format_args!("1 to {MAX_TEXT} characters on one line.");
                return Err(Problem::invalid_field(field(name), "invalid", detail));
            }
        }
        let named = self.roles.unwrap_or_else(|| vec!["org_member".to_owned()]);
        let named = named.into_iter().map(Role::try_from);
        let roles = named.collect::<Result<Vec<_>, UnknownRole>>();
        let roles = roles
            .map_err(|refusal| Problem::invalid_field(field("roles"), refusal.code(), refusal))?;
        let roles = role_set(roles)
            .map_err(|refusal| Problem::invalid_field(field("roles"), refusal.code(), refusal))?;
        Ok(UserRow {
            number: u32::try_from(at).unwrap_or(u32::MAX),
            row_id: Uuid::now_v7(),
            email,
            name: self.name,
            roles,
            external_id: self.external_id,
            password_hash: self.password_hash,
            auth0_job: None,
            outcome: UserOutcome::Pending,
            why: None,
            user_id: None,
        })
    }
}

fn is_short(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
