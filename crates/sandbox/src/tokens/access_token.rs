//! Access tokens in both of Auth0's profiles: its own, and RFC 9068's.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::id_token::add_organization;
use super::{permissions_of, signature};
use crate::tenant::{AuthorizationCode, Metadata, ResourceServer, Tenant, User};

const OIDC_SCOPES: [&str; 5] = ["openid", "profile", "email", "address", "phone"];
/// Seconds; of a token that opens only `/userinfo`.
const USERINFO_LIFETIME: i64 = 86_400;

/// What a person's tokens are made from.
pub(crate) struct UserLogin<'a> {
    /// The issuer.
    pub(crate) host: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) organization: Option<&'a str>,
    pub(crate) audience: Option<&'a str>,
    pub(crate) scope: &'a str,
    /// Only told when it was asked for.
    pub(crate) auth_time: Option<DateTime<Utc>>,
    pub(crate) id_token_claims: &'a Metadata,
    pub(crate) access_token_claims: &'a Metadata,
    /// The grant, as the `gty` claim names it.
    pub(crate) gty: Option<&'static str>,
}

impl<'a> UserLogin<'a> {
    /// The login that a code stands for.
    pub(crate) fn of(code: &'a AuthorizationCode) -> Self {
        let transaction = &code.transaction;
        Self {
            host: &transaction.host,
            client_id: &transaction.client_id,
            session_id: Some(&code.session_id),
            nonce: transaction.nonce.as_deref(),
            organization: transaction.organization.as_deref(),
            audience: transaction.audience.as_deref(),
            scope: &transaction.scope,
            auth_time: transaction
                .query
                .contains_key("max_age")
                .then_some(code.auth_time),
            id_token_claims: &code.id_token_claims,
            access_token_claims: &code.access_token_claims,
            gty: None,
        }
    }
}

/// What a machine's token is made from.
pub(crate) struct MachineLogin<'a> {
    pub(crate) host: &'a str,
    pub(crate) client_id: &'a str,
    /// As it was asked for; `api` may be known under the names of several hosts.
    pub(crate) audience: &'a str,
    pub(crate) api: &'a ResourceServer,
    pub(crate) scope: Vec<String>,
}

pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) scope: String,
    /// Seconds.
    pub(crate) expires_in: i64,
}

/// The API that a token was asked for does not exist.
#[derive(Debug, thiserror::Error)]
#[error("Service not found: {0}")]
pub(crate) struct UnknownAudience(pub(crate) String);

pub(crate) fn for_user(
    tenant: &Tenant,
    user: &User,
    login: &UserLogin<'_>,
    now: DateTime<Utc>,
) -> Result<Minted, UnknownAudience> {
    let api = match login.audience {
        Some(audience) => {
            let known = tenant.resource_servers.get(audience);
            Some(known.ok_or_else(|| UnknownAudience(audience.to_owned()))?)
        }
        None => None,
    };
    let held =
        api.map(|api| permissions_of(tenant, &user.user_id, login.organization, &api.identifier));
    let scope = granted_scope(login.scope, api, held.as_ref());
    let lifetime = api.map_or(USERINFO_LIFETIME, |api| api.token_lifetime);

    let mut claims = Metadata::new();
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("sub", user.user_id.as_str().into());
    set("aud", audience(login, &scope));
    if let (Some(api), Some(held)) = (api, held)
        && api.enforce_policies
        && api.token_dialect.ends_with("_authz")
    {
        set("permissions", json!(held));
    }
    add_organization(&mut claims, tenant, login.organization);
    claims.extend(login.access_token_claims.clone());

    let frame = Frame {
        host: login.host,
        client_id: login.client_id,
        gty: login.gty,
        lifetime,
    };
    let dialect = api.map_or("access_token", |api| api.token_dialect.as_str());
    let token = frame.sign(tenant, dialect, &scope, claims, now);
    Ok(Minted {
        token,
        scope,
        expires_in: lifetime,
    })
}

pub(crate) fn for_machine(tenant: &Tenant, login: &MachineLogin<'_>, now: DateTime<Utc>) -> Minted {
    let mut claims = Metadata::new();
    claims.insert(
        "sub".to_owned(),
        format!("{}@clients", login.client_id).into(),
    );
    claims.insert("aud".to_owned(), login.audience.into());
    if login.api.enforce_policies && login.api.token_dialect.ends_with("_authz") {
        claims.insert("permissions".to_owned(), json!(login.scope));
    }
    let scope = login.scope.join(" ");
    let frame = Frame {
        host: login.host,
        client_id: login.client_id,
        gty: Some("client-credentials"),
        lifetime: login.api.token_lifetime,
    };
    let token = frame.sign(tenant, &login.api.token_dialect, &scope, claims, now);
    Minted {
        token,
        scope,
        expires_in: login.api.token_lifetime,
    }
}

/// Both audiences as soon as `openid` was asked for, else the API alone as a plain string.
fn audience(login: &UserLogin<'_>, scope: &str) -> Value {
    let userinfo = format!("{}userinfo", login.host);
    match login.audience {
        Some(api) if scope.split(' ').any(|scope| scope == "openid") => json!([api, userinfo]),
        Some(api) => api.into(),
        None => userinfo.into(),
    }
}

/// With role-based access control the requested scopes shrink to what the roles permit; without it, to what the API
/// defines.
fn granted_scope(
    wanted: &str,
    api: Option<&ResourceServer>,
    held: Option<&BTreeSet<String>>,
) -> String {
    let granted = |scope: &&str| {
        if OIDC_SCOPES.contains(scope) {
            return true;
        }
        let Some(api) = api else {
            return *scope == "offline_access";
        };
        if *scope == "offline_access" {
            return api.allow_offline_access;
        }
        api.scopes.contains_key(*scope)
            && (!api.enforce_policies || held.is_some_and(|held| held.contains(*scope)))
    };
    wanted
        .split_whitespace()
        .filter(granted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The claims in which the two profiles differ.
struct Frame<'a> {
    host: &'a str,
    client_id: &'a str,
    gty: Option<&'static str>,
    lifetime: i64,
}

impl Frame<'_> {
    fn sign(
        &self,
        tenant: &Tenant,
        dialect: &str,
        scope: &str,
        mut claims: Metadata,
        now: DateTime<Utc>,
    ) -> String {
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("iss", self.host.into());
        set("iat", now.timestamp().into());
        set("exp", (now.timestamp() + self.lifetime).into());
        if !scope.is_empty() {
            set("scope", scope.into());
        }
        if dialect.starts_with("rfc9068_profile") {
            set("client_id", self.client_id.into());
            set("jti", Uuid::new_v4().simple().to_string().into());
            return signature::sign(tenant, "at+jwt", &claims);
        }
        set("azp", self.client_id.into());
        if let Some(gty) = self.gty {
            set("gty", gty.into());
        }
        signature::sign(tenant, "JWT", &claims)
    }
}
