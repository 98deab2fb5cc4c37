//! `/users/{id}/identities`: accounts that become one, and one that becomes two again.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{find, find_mut, remove_user};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::{LinkedAccount, Metadata, Tenant, User};

const BODY: Schema = Schema {
    required: &[],
    properties: &[
        ("provider", Kind::Text(1, 64)),
        ("user_id", Kind::Text(1, 1_024)),
        (
            "connection_id",
            Kind::Pattern("^con_[A-Za-z0-9]{16}$", is_connection_id),
        ),
        ("link_with", Kind::Text(1, usize::MAX)),
    ],
    open: false,
};

#[derive(Deserialize)]
struct Link {
    provider: Option<String>,
    user_id: Option<String>,
    link_with: Option<String>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let scopes: &'static [&str] = &["update:users"];
    cfg.service(path("/users/{id}/identities").route(guarded(
        Bucket::WriteUsers,
        scopes,
        web::post().to(link),
    )))
    .service(
        path("/users/{id}/identities/{provider}/{user_id}").route(guarded(
            Bucket::WriteUsers,
            scopes,
            web::delete().to(unlink),
        )),
    );
}

/// Answers the identities of the main account, its own first.
async fn link(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let link: Link = payload::parse(&body, &BODY)?;
    // The other form is for a person's own token, which this API never issues.
    if link.link_with.is_some() {
        return Err(Refusal::scope(&["update:current_user_identities"]));
    }
    let other = link.account()?;
    let now = state.clock().now();
    state.write(|tenant| {
        join(tenant, &id, &other, now)?;
        Ok(HttpResponse::Created().json(&find(tenant, &id)?.identities))
    })
}

impl Link {
    fn account(&self) -> Result<String, Refusal> {
        let missing = |name: &str| {
            Refusal::body(format!(
                "Payload validation error: 'Missing required property: {name}'."
            ))
        };
        let provider = self.provider.as_ref().ok_or_else(|| missing("provider"))?;
        let user_id = self.user_id.as_ref().ok_or_else(|| missing("user_id"))?;
        // Auth0 takes the id with its provider too.
        Ok(if user_id.starts_with(&format!("{provider}|")) {
            user_id.clone()
        } else {
            format!("{provider}|{user_id}")
        })
    }
}

/// The other account's metadata, memberships, roles and logins are lost.
fn join(tenant: &mut Tenant, main: &str, other: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    find(tenant, main)?;
    if main == other {
        return Err(Refusal::body(
            "Main account and linked account cannot be the same.",
        ));
    }
    if tenant.linked_accounts.contains_key(other) {
        return Err(Refusal::conflict(
            None,
            "Specified identity is already linked.",
        ));
    }
    let user = find(tenant, other)?.clone();
    let (mut brought, kept): (Vec<_>, Vec<_>) = (user.identities.clone(), profile(&user));
    if let Some(own) = brought.first_mut() {
        own.profile_data = Some(kept.into_iter().collect());
    }
    remove_user(tenant, other);
    for linked in tenant.linked_accounts.values_mut() {
        if linked.main == other {
            linked.main = main.to_owned();
        }
    }
    let linked = LinkedAccount {
        main: main.to_owned(),
        user,
    };
    tenant.linked_accounts.insert(other.to_owned(), linked);
    let user = find_mut(tenant, main)?;
    user.identities.extend(brought);
    user.updated_at = now;
    tenant.publish_user("user.updated", main, now);
    Ok(())
}

fn profile(user: &User) -> Vec<(String, serde_json::Value)> {
    let texts = [
        ("email", &user.email),
        ("name", &user.name),
        ("given_name", &user.given_name),
        ("family_name", &user.family_name),
        ("username", &user.username),
    ];
    let known = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text.as_deref()?.into())));
    known
        .chain([("email_verified".to_owned(), json!(user.email_verified))])
        .collect()
}

/// Answers the identities that are left. What was linked is a user again, new but for how they log in.
async fn unlink(state: web::Data<State>, at: web::Path<(String, String, String)>) -> Answer {
    let (main, provider, id) = at.into_inner();
    let other = format!("{provider}|{id}");
    let now = state.clock().now();
    state.write(|tenant| {
        find(tenant, &main)?;
        let is_linked = tenant
            .linked_accounts
            .get(&other)
            .is_some_and(|linked| linked.main == main);
        let linked = is_linked.then(|| tenant.linked_accounts.remove(&other));
        let Some(LinkedAccount { user, .. }) = linked.flatten() else {
            return Err(Refusal::missing(Missing::Identity));
        };
        let user = User {
            app_metadata: Metadata::new(),
            user_metadata: Metadata::new(),
            logins_count: 0,
            last_login: None,
            created_at: now,
            updated_at: now,
            ..user
        };
        tenant.users.insert(other.clone(), user);
        let user = find_mut(tenant, &main)?;
        user.identities
            .retain(|identity| identity.provider != provider || identity.user_id != id);
        user.updated_at = now;
        tenant.publish_user("user.created", &other, now);
        tenant.publish_user("user.updated", &main, now);
        Ok(HttpResponse::Ok().json(&find(tenant, &main)?.identities))
    })
}

fn is_connection_id(text: &str) -> bool {
    text.strip_prefix("con_").is_some_and(|rest| {
        rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
