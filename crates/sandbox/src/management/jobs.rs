//! `/jobs`: the bulk import of users. The order is taken at once and carried out later.

mod multipart;

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use self::multipart::fields;
use super::call::guarded;
use super::path;
use super::refusal::{Answer, Missing, Refusal};
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::user_imports::{ImportJob, JobState};

/// Bytes of the file (Auth0, "Bulk User Imports").
const LARGEST_FILE: usize = 500 * 1024;
/// Bytes of the whole form.
const LARGEST_FORM: usize = LARGEST_FILE + 64 * 1024;

/// Jobs of a tenant at a time.
const AT_ONCE: usize = 2;

/// Long enough to be seen pending.
const TAKES: Duration = Duration::from_millis(300);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["create:users", "read:users"];
    cfg.service(
        path("/jobs/users-imports")
            .app_data(web::PayloadConfig::new(LARGEST_FORM))
            .route(guarded(
                Bucket::Other,
                &["create:users"],
                web::post().to(import_users),
            )),
    )
    .service(path("/jobs/{id}").route(guarded(Bucket::Other, read, web::get().to(show))))
    .service(path("/jobs/{id}/errors").route(guarded(
        Bucket::Other,
        read,
        web::get().to(errors),
    )));
}

async fn import_users(state: web::Data<State>, http: HttpRequest, body: web::Bytes) -> Answer {
    let content_type = http.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let form = fields(content_type.unwrap_or_default(), &body)
        .ok_or_else(|| Refusal::body("The body must be multipart/form-data."))?;
    let text = |name: &str| {
        let field = form.get(name)?;
        String::from_utf8(field.clone()).ok()
    };
    let file = form
        .get("users")
        .ok_or_else(|| Refusal::body("Users file is required"))?;
    if file.len() > LARGEST_FILE {
        return Err(Refusal::too_large());
    }
    let connection_id = text("connection_id")
        .ok_or_else(|| Refusal::body("Missing required property: connection_id"))?;
    let users: Vec<Value> = serde_json::from_slice(file).map_err(|_| {
        Refusal::body(
            "Failed to parse users file JSON when importing users. Make sure it is valid JSON.",
        )
    })?;
    let now = state.clock().now();
    let job = state.write(|tenant| {
        let connection = tenant.connections.get(&connection_id);
        let connection = connection
            .filter(|found| found.strategy == "auth0")
            .ok_or_else(|| {
                Refusal::bad_request(
                    "inexistent_connection",
                    "Connection must be a database connection",
                )
            })?;
        let active = tenant.import_jobs.values();
        if active.filter(|job| job.state == JobState::Pending).count() >= AT_ONCE {
            return Err(Refusal::too_many_imports());
        }
        let job = ImportJob {
            id: ids::job(),
            connection_id: connection_id.clone(),
            connection: connection.name.clone(),
            external_id: text("external_id"),
            upsert: text("upsert").as_deref() == Some("true"),
            created_at: now,
            users,
            ..ImportJob::default()
        };
        tenant.import_jobs.insert(job.id.clone(), job.clone());
        Ok(job)
    })?;
    let (later, id) = (state, job.id.clone());
    actix_web::rt::spawn(async move {
        actix_web::rt::time::sleep(TAKES).await;
        let now = later.clock().now();
        later.write(|tenant| tenant.run_import(&id, now));
    });
    Ok(HttpResponse::Accepted().json(body_of(&job)))
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let job = tenant.import_jobs.get(id.as_str());
        let job = job.ok_or_else(|| Refusal::missing(Missing::Job))?;
        Ok(HttpResponse::Ok().json(body_of(job)))
    })
}

async fn errors(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let job = tenant.import_jobs.get(id.as_str());
        let job = job.ok_or_else(|| Refusal::missing(Missing::Job))?;
        if job.errors.is_empty() {
            return Ok(HttpResponse::NoContent().finish());
        }
        Ok(HttpResponse::Ok().json(&job.errors))
    })
}

fn body_of(job: &ImportJob) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("type", json!("users_import"));
    set("status", json!(job.state.as_str()));
    set("connection_id", json!(job.connection_id));
    set("connection", json!(job.connection));
    let created_at = job
        .created_at
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    set("created_at", json!(created_at));
    set("id", json!(job.id));
    if let Some(external_id) = &job.external_id {
        set("external_id", json!(external_id));
    }
    if job.state == JobState::Completed {
        let failed = job.errors.len();
        set("percentage_done", json!(100));
        set(
            "summary",
            json!({
                "failed": failed, "updated": job.updated, "inserted": job.inserted,
                "total": failed + job.updated + job.inserted,
            }),
        );
    }
    body
}
