//! Whether somebody whom Auth0 has as a member is let in here, and with what.

use chrono::{DateTime, Utc};
use domain::community;
use domain::invitation::{State, Why, grantable, granted};
use domain::{Role, Wanted};
use management::User;
use store::{Invitation, TenantTx};

use super::turned_away;
use crate::workflows::identity_provider::groups;
use crate::workflows::{Context, Failure, invitation};

/// What becomes of somebody whom Auth0 has as a member.
pub(super) enum Verdict {
    /// With what they get and the invitation that this fulfils.
    Admitted(Vec<Role>, Option<Invitation>),
    /// They came by an invitation that is void, perhaps only since now, for this reason; or by another way than it is for.
    TurnedAway(Invitation, Option<Why>),
    /// Nobody invited them and there is no seat.
    NoSeat,
}

pub(super) async fn judge(
    context: &Context,
    tx: &mut TenantTx,
    user: &User,
    held: &[Role],
    now: DateTime<Utc>,
) -> Result<Verdict, Failure> {
    let invitation = match invitation::correlated(&user.app_metadata, tx.tenant()) {
        Some(id) => tx.lock_invitation(id).await?,
        None => None,
    };
    let Some(invitation) = invitation else {
        return uninvited(tx, user, held, now).await;
    };
    Ok(match invitation.state {
        State::Accepted { .. } => uninvited(tx, user, held, now).await?,
        State::Revoked { .. } | State::Failed { .. } => {
            match turned_away::is_behind_them(tx, &invitation, user, now).await? {
                true => uninvited(tx, user, held, now).await?,
                false => Verdict::TurnedAway(invitation, None),
            }
        }
        // By a link from before it was bound.
        State::Pending if !came_as_bound(&invitation, user) => {
            Verdict::TurnedAway(invitation, None)
        }
        // That it has expired since it was accepted at Auth0 does not count against the invitee.
        State::Pending => match promised(context, tx, &invitation, now).await? {
            Ok(roles) => Verdict::Admitted(roles, Some(invitation)),
            Err(why) => Verdict::TurnedAway(invitation, Some(why)),
        },
    })
}

fn came_as_bound(invitation: &Invitation, user: &User) -> bool {
    let mut identities = user.identities.iter();
    match &invitation.connection {
        Some(bound) => identities.any(|identity| identity.connection == *bound),
        None => true,
    }
}

/// What a pending invitation gives whoever accepts it now: as much as its inviter may still give, while there is a seat.
pub(in crate::workflows) async fn promised(
    context: &Context,
    tx: &mut TenantTx,
    invitation: &Invitation,
    now: DateTime<Utc>,
) -> Result<Result<Vec<Role>, Why>, Failure> {
    let inviter = tx.membership(&invitation.inviter.user_id).await?;
    let inviter = inviter.map(|inviter| inviter.roles).unwrap_or_default();
    // The back office is a member nowhere and may name any administrator.
    let mut grantable = match invitation.inviter.client_id() {
        Some(_) => Role::ALL,
        None => grantable(&inviter, tx.policies().await?),
    };
    let sponsor = tx.invitation_sponsor(invitation.id).await?;
    if grantable.is_empty() && sponsor.is_some() {
        let community = context.config.community.as_ref().map(AsRef::as_ref);
        grantable = community::grantable(community == Some(tx.tenant().as_str()));
    }
    let Some(roles) = granted(&invitation.roles, grantable) else {
        return Ok(Err(Why::InviterNotAllowed));
    };
    let seat = tx.reserve_seats(Wanted::Promised, now).await?;
    Ok(seat.map(|_| roles).map_err(|_| Why::NoSeatsLeft))
}

/// Somebody whom the tenant's own administration has added, or who came just in time through its identity provider.
async fn uninvited(
    tx: &mut TenantTx,
    user: &User,
    held: &[Role],
    now: DateTime<Utc>,
) -> Result<Verdict, Failure> {
    let seat = tx.reserve_seats(Wanted::More(1), now).await?;
    if seat.is_err() {
        return Ok(Verdict::NoSeat);
    }
    // The Action `default-member-role` has given that one, whatever the organization's own provider says.
    let has_no_other = held.iter().all(|role| *role == Role::OrgMember);
    let roles = match (groups::at_first(tx, user).await?, held) {
        (Some(roles), _) if has_no_other => roles,
        (_, []) => vec![Role::OrgMember],
        (_, held) => held.to_vec(),
    };
    Ok(Verdict::Admitted(roles, None))
}
