//! Organizations as the back office sees them: their standing, never their content.

mod break_glass;
mod create;
mod list;
mod show;
mod suspension;

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::DirectoryEntry;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(show::show)
        .service(break_glass::break_glass)
        .service(suspension::suspend)
        .service(suspension::reinstate);
}

/// An organization in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlatformListedOrganization)]
struct ListedBody {
    org_id: String,
    name: String,
    display_name: String,
    /// What your own systems call it.
    external_reference: Option<String>,
    /// Null for a moment after an upgrade.
    plan: Option<&'static str>,
    /// `active`, `activation`, `past_due`, `expired` or `canceled`; null for a moment after an upgrade.
    status: Option<&'static str>,
    suspended_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<DirectoryEntry> for ListedBody {
    fn from(entry: DirectoryEntry) -> Self {
        Self {
            org_id: entry.id.into(),
            name: entry.name.into(),
            display_name: entry.display_name.into(),
            external_reference: entry.external_reference,
            plan: entry.plan.map(|plan| plan.as_str()),
            status: entry.status.map(|status| status.as_str()),
            suspended_at: entry.suspended_at,
            created_at: entry.created_at,
        }
    }
}
