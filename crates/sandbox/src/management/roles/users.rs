//! `/roles/{id}/users`: who holds a role outside any organization.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::find;
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{self, CHECKPOINT, Direction, End, OFFSET, Position};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::management::users::USER_ID;
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::User;

const USERS: Schema = Schema {
    required: &["users"],
    properties: &[("users", Kind::List(&USER_ID, 1, usize::MAX))],
    open: false,
};

#[derive(Deserialize)]
struct Users {
    users: Vec<String>,
}

#[derive(Serialize)]
struct HolderBody<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> HolderBody<'a> {
    fn of(user: &'a User) -> Self {
        Self {
            user_id: &user.user_id,
            email: user.email.as_deref(),
            picture: user.picture.as_deref(),
            name: user.name.as_deref(),
        }
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/roles/{id}/users")
            .route(guarded(
                Bucket::Other,
                &["read:users", "read:roles", "read:role_members"],
                web::get().to(list),
            ))
            .route(guarded(
                Bucket::Other,
                &["update:roles", "create:role_members"],
                web::post().to(assign),
            )),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET, CHECKPOINT])?;
    let now = state.clock().now();
    state.read(|tenant| {
        find(tenant, &id)?;
        let holders = tenant
            .users
            .values()
            .filter(|user| user.roles.contains(id.as_str()));
        let position = |user: &User| Position {
            key: String::new(),
            id: user.user_id.clone(),
        };
        let rows = holders
            .map(|user| (position(user), HolderBody::of(user)))
            .collect();
        paging::answer(&query, now, "users", rows, Direction::Ascending, End::Known)
    })
}

async fn assign(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let new: Users = payload::parse(&body, &USERS)?;
    state.write(|tenant| {
        find(tenant, &id)?;
        if !new
            .users
            .iter()
            .all(|user_id| tenant.users.contains_key(user_id))
        {
            return Err(Refusal::missing(Missing::User));
        }
        for user_id in &new.users {
            if let Some(user) = tenant.users.get_mut(user_id) {
                user.roles.insert(id.clone());
            }
        }
        Ok(HttpResponse::Ok().json(serde_json::json!({})))
    })
}
