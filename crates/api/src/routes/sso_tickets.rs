//! Links under which a customer's administrator sets up single sign-on, for whoever administers the organization and for
//! the back office.

mod create;
mod issue;
mod list;
mod revoke;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use store::SsoTicket;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::openapi::problems::responses_of;
use crate::problem::Code;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(create::create_for_platform)
        .service(revoke::revoke)
        .service(revoke::revoke_for_platform);
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSsoTicket, examples(json!({ "name": "okta", "display_name": "Acme's Okta", "ttl_seconds": 86400 })))]
struct TicketRequest {
    /// Of the identity provider that comes of it: letters, digits and single hyphens between them.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The name when it is left out.
    #[schema(min_length = 1, max_length = 64)]
    display_name: Option<String>,
    /// 300 to 432000; five days when it is left out.
    #[schema(minimum = 300, maximum = 432_000)]
    ttl_seconds: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SsoTicket, examples(json!({
    "ticket_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "name": "okta",
    "display_name": "Acme's Okta",
    "state": "open",
    "failure": null,
    "url": null,
    "created_by": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
    "created_at": "2026-11-21T09:00:00Z",
    "expires_at": "2026-11-22T09:00:00Z",
})))]
struct TicketBody {
    ticket_id: Uuid,
    /// Of the identity provider, under which it appears once it is set up.
    name: String,
    display_name: String,
    /// `pending`, `open`, `used`, `revoked`, `expired` or `failed`.
    state: &'static str,
    /// Why it failed.
    failure: Option<String>,
    /// Where single sign-on is set up, in the answer to its creation alone. Whoever has it can do that.
    url: Option<String>,
    /// A user's id, or `client:` and the id of a program of the back office.
    created_by: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TicketBody {
    fn at(now: DateTime<Utc>, ticket: SsoTicket) -> Self {
        Self {
            ticket_id: ticket.id.as_uuid(),
            name: ticket.name.into(),
            display_name: ticket.display_name,
            state: ticket.state.at(now, ticket.expires_at).as_str(),
            failure: ticket.failure,
            url: None,
            created_by: ticket.created_by,
            created_at: ticket.created_at,
            expires_at: ticket.expires_at,
        }
    }
}

struct TicketProblems;

impl IntoResponses for TicketProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::TooManyTickets,
            Code::IdentityProviderTaken,
            Code::Conflict,
            Code::LoginServiceUnavailable,
        ])
    }
}
