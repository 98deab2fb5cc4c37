//! `/organizations/{id}/members`.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::{Caller, guarded};
use crate::management::paging::{self, CHECKPOINT, Direction, End, OFFSET, Position};
use crate::management::query::{FIELDS, Query, Selection};
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::management::users::USER_ID;
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::{Member, Tenant, User};

const MEMBERS: Schema = Schema {
    required: &["members"],
    properties: &[("members", Kind::List(&USER_ID, 1, 10))],
    open: false,
};

#[derive(Deserialize)]
struct Members {
    members: Vec<String>,
}

#[derive(Serialize)]
struct MemberBody<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// Only when asked for by `fields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<RoleSummary<'a>>>,
}

#[derive(Serialize)]
struct RoleSummary<'a> {
    id: &'a str,
    name: &'a str,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/organizations/{id}/members")
            .route(guarded(
                Bucket::ReadMembers,
                &["read:organization_members"],
                web::get().to(list),
            ))
            .route(guarded(
                Bucket::WriteMembers,
                &["create:organization_members"],
                web::post().to(add),
            ))
            .route(guarded(
                Bucket::WriteMembers,
                &["delete:organization_members"],
                web::delete().to(remove),
            )),
    );
}

async fn list(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    id: web::Path<String>,
    query: Query,
) -> Answer {
    query.only(&[OFFSET, CHECKPOINT, FIELDS])?;
    let selection = query.selection(&["user_id", "email", "picture", "name", "roles"])?;
    if selection.names("roles") {
        caller.needs(&["read:organization_member_roles"])?;
    }
    let (now, as_of) = (state.clock().now(), state.listed_as_of());
    state.read(|tenant| {
        let listed = find(tenant, &id)?.listed_members(as_of);
        let mut rows: Vec<_> = listed
            .into_iter()
            .map(|(id, (member, roles))| (position(id, member), id, roles))
            .collect();
        rows.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let bodies = rows.into_iter().filter_map(|(position, id, roles)| {
            let user = tenant.users.get(id)?;
            let body = MemberBody::of(tenant, user, roles, &selection);
            Some((position, selection.of(&body)))
        });
        paging::answer(
            &query,
            now,
            "members",
            bodies.collect(),
            Direction::Ascending,
            End::FoundOnEmptyPage,
        )
    })
}

impl<'a> MemberBody<'a> {
    fn of(
        tenant: &'a Tenant,
        user: &'a User,
        roles: Option<&'a BTreeSet<String>>,
        selection: &Selection,
    ) -> Self {
        let roles = roles
            .into_iter()
            .flatten()
            .filter_map(|id| tenant.roles.get(id))
            .map(|role| RoleSummary {
                id: &role.id,
                name: &role.name,
            });
        Self {
            user_id: &user.user_id,
            email: user.email.as_deref(),
            picture: user.picture.as_deref(),
            name: user.name.as_deref(),
            roles: selection.names("roles").then(|| roles.collect()),
        }
    }
}

fn position(user_id: &str, member: &Member) -> Position {
    Position {
        key: member.since.to_rfc3339_opts(SecondsFormat::Micros, true),
        id: user_id.to_owned(),
    }
}

async fn add(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let new: Members = payload::parse(&body, &MEMBERS)?;
    let since = state.clock().now();
    state.write(|tenant| {
        find(tenant, &id)?;
        if !new
            .members
            .iter()
            .all(|user_id| tenant.users.contains_key(user_id))
        {
            return Err(Refusal::missing(Missing::User));
        }
        for user_id in new.members {
            let organization = find_mut(tenant, &id)?;
            if !organization.members.contains_key(&user_id) {
                organization.is_changing(&user_id, since);
                organization
                    .members
                    .insert(user_id.clone(), Member { since });
                tenant.publish_member("organization.member.added", &id, &user_id, since);
            }
        }
        Ok(HttpResponse::NoContent().finish())
    })
}

/// The roles in the organization go with the membership; the user stays.
async fn remove(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let gone: Members = payload::parse(&body, &MEMBERS)?;
    let now = state.clock().now();
    state.write(|tenant| {
        find(tenant, &id)?;
        for user_id in &gone.members {
            let organization = find_mut(tenant, &id)?;
            organization.is_changing(user_id, now);
            organization.member_roles.remove(user_id);
            if organization.members.remove(user_id).is_some() {
                tenant.publish_member("organization.member.deleted", &id, user_id, now);
            }
        }
        Ok(HttpResponse::NoContent().finish())
    })
}
