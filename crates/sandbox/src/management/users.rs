//! `/users` and `/users-by-email`.

mod body;
mod change;
mod create;
mod identities;
mod organizations;
mod roles;
mod search;
mod sessions;

use actix_web::{HttpResponse, web};

use super::call::guarded;
use super::path;
use super::query::{FIELDS, Query};
use super::refusal::{Answer, Missing, Refusal};
use super::schema::Kind;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{LogFacts, Tenant, User};
pub(super) use body::EMAIL;
pub(crate) use body::UserBody;

/// Contains a bar: `auth0|5f7c8ec7c33c6c004bbafe82`.
pub(super) const USER_ID: Kind = Kind::Format("user-id-with-max-length", is_user_id);

/// For users, whose field list is open: metadata paths may be selected too.
const ANY_FIELD: &[&str] = &[];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:users"];
    cfg.service(
        path("/users")
            .route(guarded(
                Bucket::ReadUsers,
                read,
                web::get().to(search::list),
            ))
            .route(guarded(
                Bucket::WriteUsers,
                &["create:users"],
                web::post().to(create::create),
            )),
    )
    .service(path("/users-by-email").route(guarded(
        Bucket::ReadUsers,
        read,
        web::get().to(search::by_email),
    )))
    .service(
        path("/users/{id}")
            .route(guarded(Bucket::ReadUsers, read, web::get().to(show)))
            .route(guarded(
                Bucket::WriteUsers,
                &["update:users", "update:users_app_metadata"],
                web::patch().to(change::change),
            ))
            .route(guarded(
                Bucket::WriteUsers,
                &["delete:users"],
                web::delete().to(remove),
            )),
    )
    .configure(identities::routes)
    .configure(organizations::routes)
    .configure(roles::routes)
    .configure(sessions::routes);
}

async fn show(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[FIELDS])?;
    let selection = query.selection(ANY_FIELD)?;
    state
        .read(|tenant| Ok(HttpResponse::Ok().json(selection.of(&UserBody::of(find(tenant, &id)?)))))
}

/// Deleting a user who is not there is as good as deleting one who is.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    let now = state.clock().now();
    state.write(|tenant| {
        tenant.publish_deleted_user(&id, now);
        if tenant.users.contains_key(&*id) {
            let facts = LogFacts {
                kind: "sdu",
                description: "User successfully deleted",
                user_id: &id,
                ..LogFacts::default()
            };
            tenant.log_facts(facts, now);
        }
        remove_user(tenant, &id);
    });
    Ok(HttpResponse::NoContent().finish())
}

/// Memberships, sessions, refresh tokens and the accounts that are linked into it go with the user.
pub(crate) fn remove_user(tenant: &mut Tenant, id: &str) {
    tenant.linked_accounts.retain(|_, linked| linked.main != id);
    tenant.authenticators.remove(id);
    tenant.users.remove(id);
    tenant.scim.forget_user(id);
    for organization in tenant.organizations.values_mut() {
        organization.members.remove(id);
        organization.member_roles.remove(id);
    }
    tenant.sessions.retain(|_, session| session.user_id != id);
    tenant.refresh_tokens.retain(|_, token| token.user_id != id);
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a User, Refusal> {
    tenant
        .users
        .get(id)
        .ok_or_else(|| Refusal::missing(Missing::User))
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut User, Refusal> {
    tenant
        .users
        .get_mut(id)
        .ok_or_else(|| Refusal::missing(Missing::User))
}

fn is_user_id(text: &str) -> bool {
    text.contains('|') && text.len() <= 1_024 && !text.chars().any(char::is_control)
}
