//! Friends whom the signed-in person invites into the community organization, where one is configured. They learn
//! nothing of the community itself: a friend who is a member already gets the same answer.

mod create;
mod list;

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::CommunityInvitation;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub(in crate::routes) fn all(config: &mut ServiceConfig<'_>) {
    config.service(list::list).service(create::create);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyInvitation, examples(json!({
    "invitation_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "email": "bo@example.com",
    "state": "sent",
    "failure": null,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:02Z",
})))]
struct MyInvitationBody {
    invitation_id: Uuid,
    email: String,
    /// `sending`; `sent`, or nothing more was to be sent to this address; `accepted`; `failed`.
    state: &'static str,
    /// Why it failed: `not_configured`, `unavailable`, `no_seats_left`, `refused`, `revoked`,
    /// `inviter_not_allowed` or `spoiled`.
    failure: Option<&'static str>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<CommunityInvitation> for MyInvitationBody {
    fn from(invitation: CommunityInvitation) -> Self {
        Self {
            invitation_id: invitation.id.as_uuid(),
            email: invitation.email.into(),
            state: invitation.state.as_str(),
            failure: invitation.state.failure().map(|failure| failure.as_str()),
            created_at: invitation.created_at,
            updated_at: invitation.updated_at,
        }
    }
}
