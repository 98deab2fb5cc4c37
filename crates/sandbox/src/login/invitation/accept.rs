//! The one moment that decides over an invitation: it is used up, whether it made a member or not.

use chrono::{DateTime, Utc};

use super::not_found;
use crate::login::refusal::Refusal;
use crate::post_login::merge;
use crate::tenant::{Authenticated, Invitation, Member, Metadata, Tenant};

const NOT_THEIRS: &str = "the specified account is not allowed to accept the current invitation";

/// Takes the invitation out of the organization and makes the person a member if it was theirs.
///
/// Auth0 does not say what a spoiled invitation leaves behind; here nothing but the log.
pub(in crate::login) fn accept(
    tenant: &mut Tenant,
    organization_id: &str,
    ticket: &str,
    who: &Authenticated,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let invitation = take(tenant, organization_id, ticket, now).ok_or_else(not_found)?;
    if !is_for(tenant, &invitation, who) {
        tenant.log_invitation("fi", NOT_THEIRS, (organization_id, &invitation), who, now);
        return Err(Refusal::access_denied(NOT_THEIRS));
    }
    join(tenant, organization_id, &invitation, &who.user_id, now);
    let accepted = "Successfully accepted a user invitation";
    tenant.log_invitation("si", accepted, (organization_id, &invitation), who, now);
    Ok(())
}

fn take(
    tenant: &mut Tenant,
    organization_id: &str,
    ticket: &str,
    now: DateTime<Utc>,
) -> Option<Invitation> {
    let organization = tenant.organizations.get_mut(organization_id)?;
    let id = organization
        .open_invitations(now)
        .find(|invitation| invitation.ticket_id == ticket)
        .map(|invitation| invitation.id.clone())?;
    organization.invitations.remove(&id)
}

/// The account has the invitee's address, and came through the connection if the invitation names one.
fn is_for(tenant: &Tenant, invitation: &Invitation, who: &Authenticated) -> bool {
    let email = tenant
        .users
        .get(&who.user_id)
        .and_then(|user| user.email.as_deref());
    let connection = tenant
        .connection_named(&who.connection)
        .map(|connection| &connection.id);
    email.is_some_and(|email| email.eq_ignore_ascii_case(&invitation.invitee))
        && (invitation.connection_id.is_none() || invitation.connection_id.as_ref() == connection)
}

/// Somebody who is a member already keeps the roles held and gets the new ones too.
fn join(tenant: &mut Tenant, id: &str, invitation: &Invitation, user_id: &str, now: DateTime<Utc>) {
    if let Some(user) = tenant.users.get_mut(user_id) {
        let nothing = Metadata::new();
        merge(
            &mut user.app_metadata,
            invitation.app_metadata.as_ref().unwrap_or(&nothing),
        );
        merge(
            &mut user.user_metadata,
            invitation.user_metadata.as_ref().unwrap_or(&nothing),
        );
        user.email_verified = true;
        user.updated_at = now;
    }
    tenant.publish_user("user.updated", user_id, now);
    let Some(organization) = tenant.organizations.get_mut(id) else {
        return;
    };
    organization.is_changing(user_id, now);
    let is_new = !organization.members.contains_key(user_id);
    organization
        .members
        .entry(user_id.to_owned())
        .or_insert(Member { since: now });
    if is_new {
        tenant.publish_member("organization.member.added", id, user_id, now);
        tenant.log_member_added(id, user_id, "invitation", now);
    }
    assign_roles(tenant, id, invitation, user_id, now);
}

/// Roles that were deleted since are skipped.
fn assign_roles(
    tenant: &mut Tenant,
    id: &str,
    invitation: &Invitation,
    user_id: &str,
    now: DateTime<Utc>,
) {
    for role in invitation.roles.iter().flatten() {
        if !tenant.roles.contains_key(role) {
            continue;
        }
        let Some(organization) = tenant.organizations.get_mut(id) else {
            return;
        };
        organization.is_changing(user_id, now);
        let held = organization
            .member_roles
            .entry(user_id.to_owned())
            .or_default();
        if held.insert(role.clone()) {
            let kind = "organization.member.role.assigned";
            tenant.publish_member_role(kind, (id, user_id), role, now);
        }
    }
}
