//! The invitation on the wire.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::tenant::{Invitation, Metadata, Organization};

/// What `fields` may name; Auth0 leaves the ticket out.
pub(super) const SELECTABLE: &[&str] = &[
    "app_metadata",
    "user_metadata",
    "client_id",
    "connection_id",
    "created_at",
    "expires_at",
    "id",
    "invitation_url",
    "invitee",
    "inviter",
    "organization_id",
    "roles",
];

/// What was not asked for is absent, as in recorded answers.
#[derive(Serialize)]
pub(super) struct InvitationBody<'a> {
    id: &'a str,
    client_id: &'a str,
    inviter: Inviter<'a>,
    invitee: Invitee<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_metadata: Option<&'a Metadata>,
    invitation_url: &'a str,
    ticket_id: &'a str,
    created_at: String,
    expires_at: String,
    organization_id: &'a str,
}

#[derive(Serialize)]
struct Inviter<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Invitee<'a> {
    email: &'a str,
}

impl<'a> InvitationBody<'a> {
    pub(super) fn of(organization: &'a Organization, invitation: &'a Invitation) -> Self {
        let text =
            |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self {
            id: &invitation.id,
            client_id: &invitation.client_id,
            inviter: Inviter {
                name: &invitation.inviter,
            },
            invitee: Invitee {
                email: &invitation.invitee,
            },
            connection_id: invitation.connection_id.as_deref(),
            roles: invitation.roles.as_deref(),
            app_metadata: invitation.app_metadata.as_ref(),
            user_metadata: invitation.user_metadata.as_ref(),
            invitation_url: &invitation.invitation_url,
            ticket_id: &invitation.ticket_id,
            created_at: text(invitation.created_at),
            expires_at: text(invitation.expires_at),
            organization_id: &organization.id,
        }
    }
}
