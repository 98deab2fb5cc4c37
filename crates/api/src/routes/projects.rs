//! Projects: the example of a resource that belongs to a tenant. The same code serves an organization's projects and an
//! individual's; only the first argument of a handler differs.

mod change;
mod create;
mod delete;
mod list;
mod show;

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use chrono::{DateTime, Utc};
use domain::project::InvalidProjectName;
use domain::{Feature, ProjectId, ProjectName, Role, TenantId, UserId};
use serde::{Deserialize, Serialize};
use store::{NewAuditEvent, Project, TenantTx};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::audit;
use crate::auth::{Authorized, Me};
use crate::etag::etag;
use crate::middleware::RequestId;
use crate::problem::Problem;
use crate::routes::guard::guard;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::in_organization)
        .service(list::of_me)
        .service(create::in_organization)
        .service(create::of_me)
        .service(show::in_organization)
        .service(show::of_me)
        .service(change::in_organization)
        .service(change::of_me)
        .service(delete::in_organization)
        .service(delete::of_me);
}

/// A member in their organization, or a person on their own.
struct Caller {
    tx: TenantTx,
    user_id: UserId,
    /// None for a person on their own.
    roles: Option<Vec<Role>>,
}

impl From<Me> for Caller {
    fn from(me: Me) -> Self {
        Self {
            tx: me.tx,
            user_id: me.person.user_id,
            roles: None,
        }
    }
}

impl<P> From<Authorized<P>> for Caller {
    fn from(caller: Authorized<P>) -> Self {
        Self {
            tx: caller.tx,
            user_id: caller.token.person.user_id,
            roles: Some(caller.member.roles),
        }
    }
}

impl Caller {
    /// # Errors
    /// 402 when the plan has ended or does not include projects.
    async fn guard(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        let roles = self.roles.as_deref();
        guard(&mut self.tx, Feature::Projects, roles, now).await
    }

    fn event(
        &self,
        action: &str,
        id: ProjectId,
        request_id: RequestId,
        now: DateTime<Utc>,
    ) -> NewAuditEvent {
        NewAuditEvent {
            request_id: Some(request_id.to_string()),
            ..audit::by_person(&self.user_id, action, format!("project:{id}"), now)
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project, examples(json!({
    "project_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "name": "Spring campaign",
    "created_by": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00Z",
})))]
struct ProjectBody {
    project_id: Uuid,
    name: String,
    /// User id of whoever created it.
    created_by: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Project> for ProjectBody {
    fn from(project: Project) -> Self {
        Self {
            project_id: project.id.as_uuid(),
            name: project.name.into(),
            created_by: project.created_by.into(),
            created_at: project.created_at,
            updated_at: project.updated_at,
        }
    }
}

/// What a project is created with, and what of it can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "name": "Spring campaign" })))]
struct ProjectRequest {
    #[schema(min_length = 1, max_length = 80)]
    name: String,
}

impl ProjectRequest {
    fn name(self) -> Result<ProjectName, Problem> {
        self.name.try_into().map_err(|refusal: InvalidProjectName| {
            Problem::invalid_field("name", refusal.code(), refusal)
        })
    }
}

fn shown(project: Project) -> HttpResponse {
    let tag = etag(project.version);
    HttpResponse::Ok()
        .insert_header(tag)
        .json(ProjectBody::from(project))
}

fn location(tenant: &TenantId, id: ProjectId) -> (HeaderName, HeaderValue) {
    let path = match tenant {
        TenantId::Organization(organization) => format!("/v1/orgs/{organization}/projects/{id}"),
        TenantId::Individual(_) => format!("/v1/me/projects/{id}"),
    };
    (
        LOCATION,
        HeaderValue::try_from(path).expect("ids are visible ASCII"),
    )
}
