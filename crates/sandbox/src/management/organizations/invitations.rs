//! `/organizations/{id}/invitations`. An expired invitation is as gone as a deleted one.

mod body;
mod create;

use actix_web::{HttpResponse, web};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{OFFSET, Offset};
use crate::management::path;
use crate::management::query::{FIELDS, Query, invalid};
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::state::State;
use body::{InvitationBody, SELECTABLE};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let (read, write) = (Bucket::ReadInvitations, Bucket::WriteInvitations);
    let may_read: &'static [&str] = &["read:organization_invitations"];
    cfg.service(
        path("/organizations/{id}/invitations")
            .route(guarded(read, may_read, web::get().to(list)))
            .route(guarded(
                write,
                &["create:organization_invitations"],
                web::post().to(create::create),
            )),
    )
    .service(
        path("/organizations/{id}/invitations/{invitation_id}")
            .route(guarded(read, may_read, web::get().to(show)))
            .route(guarded(
                write,
                &["delete:organization_invitations"],
                web::delete().to(remove),
            )),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET, FIELDS, &["sort"]])?;
    let selection = query.selection(SELECTABLE)?;
    let newest_first = newest_first(&query)?;
    let offset = Offset::of(&query)?;
    let now = state.clock().now();
    state.read(|tenant| {
        let organization = find(tenant, &id)?;
        let mut open: Vec<_> = organization.open_invitations(now).collect();
        open.sort_by_key(|invitation| (invitation.created_at, &invitation.id));
        if newest_first {
            open.reverse();
        }
        let bodies = open
            .into_iter()
            .map(|invitation| selection.of(&InvitationBody::of(organization, invitation)));
        Ok(offset.answer_without_total("invitations", bodies))
    })
}

fn newest_first(query: &Query) -> Result<bool, Refusal> {
    match query.text("sort") {
        None | Some("created_at:-1") => Ok(true),
        Some("created_at:1") => Ok(false),
        Some(text) => {
            let pattern = r"^((created_at))\:(1|-1)$";
            Err(invalid(
                &format!("String does not match pattern {pattern}: {text}"),
                "sort",
            ))
        }
    }
}

async fn show(state: web::Data<State>, ids: web::Path<(String, String)>, query: Query) -> Answer {
    query.only(&[FIELDS])?;
    let selection = query.selection(SELECTABLE)?;
    let now = state.clock().now();
    state.read(|tenant| {
        let organization = find(tenant, &ids.0)?;
        let mut open = organization.open_invitations(now);
        let invitation = open
            .find(|invitation| invitation.id == ids.1)
            .ok_or_else(|| Refusal::missing(Missing::Invitation))?;
        let body = InvitationBody::of(organization, invitation);
        Ok(HttpResponse::Ok().json(selection.of(&body)))
    })
}

async fn remove(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    let now = state.clock().now();
    state.write(|tenant| {
        let removed = find_mut(tenant, &ids.0)?.invitations.remove(&ids.1);
        match removed.filter(|invitation| invitation.expires_at > now) {
            Some(_) => Ok(HttpResponse::NoContent().finish()),
            None => Err(Refusal::missing(Missing::Invitation)),
        }
    })
}
