//! `/scim/v2/connections/{id}`: an enterprise connection's people and groups, as the customer's identity provider keeps
//! them by RFC 7643 and RFC 7644. Its bearer tokens are made over the Management API and open one connection each.

mod attributes;
mod caller;
mod configuration;
mod discovery;
mod document;
mod filter;
mod group;
mod groups;
mod list;
mod patch;
mod path;
mod refusal;
mod user;
mod users;

use std::collections::BTreeMap;

use actix_web::middleware::from_fn;
use actix_web::web;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use configuration::{
    Configuration, FEWEST_SECONDS, Mapping, TOKEN_SCOPES, Token, default_mapping,
};
pub(crate) use group::Group;
use refusal::{Answer, Refusal};

/// PUT of a group with ten thousand members is allowed.
const LARGEST_BODY: usize = 4 << 20;

/// What the tenant remembers of provisioning.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Scim {
    /// By connection id.
    pub(crate) configurations: BTreeMap<String, Configuration>,
    /// What was sent of each user, by user id; how the account stands is read from the user.
    users: BTreeMap<String, Value>,
    /// By connection id, then by their own.
    groups: BTreeMap<String, BTreeMap<String, Group>>,
}

impl Scim {
    pub(crate) fn forget_user(&mut self, id: &str) {
        self.users.remove(id);
        for group in self.groups.values_mut().flat_map(BTreeMap::values_mut) {
            group.forget(id);
        }
    }

    /// Of all connections, each with its connection's id, oldest first.
    pub(crate) fn groups(&self) -> Vec<(&str, &Group)> {
        let mut all = Vec::new();
        for (connection, groups) in &self.groups {
            all.extend(groups.values().map(|group| (connection.as_str(), group)));
        }
        all.sort_by_key(|(_, group)| (group.created_at, &group.id));
        all
    }

    pub(crate) fn group(&self, id: &str) -> Option<(&str, &Group)> {
        self.groups
            .iter()
            .find_map(|(connection, groups)| Some((connection.as_str(), groups.get(id)?)))
    }

    pub(crate) fn forget_group(&mut self, id: &str) {
        for groups in self.groups.values_mut() {
            groups.remove(id);
        }
    }

    pub(crate) fn forget_connection(&mut self, id: &str) {
        self.configurations.remove(id);
        self.groups.remove(id);
    }
}

pub(crate) fn routes(cfg: &mut web::ServiceConfig) {
    let scope = web::scope("/scim/v2/connections/{connection}")
        .app_data(web::PayloadConfig::new(LARGEST_BODY))
        .wrap(from_fn(caller::log))
        .service(
            web::resource("/Users")
                .get(users::list)
                .post(users::create)
                .default_service(web::to(no_method)),
        )
        .service(
            web::resource("/Users/.search")
                .post(users::search)
                .default_service(web::to(no_method)),
        )
        .service(
            web::resource("/Users/{id}")
                .get(users::show)
                .put(users::replace)
                .patch(users::change)
                .delete(users::remove)
                .default_service(web::to(no_method)),
        )
        .service(
            web::resource("/Groups")
                .get(groups::list)
                .post(groups::create)
                .default_service(web::to(no_method)),
        )
        .service(
            web::resource("/Groups/.search")
                .post(groups::search)
                .default_service(web::to(no_method)),
        )
        .service(
            web::resource("/Groups/{id}")
                .get(groups::show)
                .put(groups::replace)
                .patch(groups::change)
                .delete(groups::remove)
                .default_service(web::to(no_method)),
        )
        .service(
            web::resource("/.search")
                .post(search_all)
                .default_service(web::to(no_method)),
        )
        .configure(discovery::routes)
        .default_service(web::to(no_route));
    cfg.service(scope);
}

/// Users and groups are searched apart.
async fn search_all(_: caller::Caller) -> Answer {
    Err(Refusal::not_implemented())
}

async fn no_method() -> Answer {
    Err(Refusal::no_method())
}

async fn no_route() -> Answer {
    Err(Refusal::missing())
}
