//! ID tokens.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{UserLogin, profile_claims, signature};
use crate::tenant::{Metadata, Tenant, User};

/// Seconds; Auth0's default for a new application.
const LIFETIME: i64 = 36_000;

pub(crate) fn id_token(
    tenant: &Tenant,
    user: &User,
    login: &UserLogin<'_>,
    now: DateTime<Utc>,
) -> String {
    let mut claims = profile_claims(user, login.scope);
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", login.host.into());
    set("aud", login.client_id.into());
    set("iat", now.timestamp().into());
    set("exp", (now.timestamp() + LIFETIME).into());
    set("sub", user.user_id.as_str().into());
    if let Some(session) = login.session_id {
        set("sid", session.into());
    }
    if let Some(nonce) = login.nonce {
        set("nonce", nonce.into());
    }
    if let Some(at) = login.auth_time {
        set("auth_time", at.timestamp().into());
    }
    add_organization(&mut claims, tenant, login.organization);
    claims.extend(login.id_token_claims.clone());
    signature::sign(tenant, "JWT", &claims)
}

/// `org_id`, and `org_name` when the tenant's setting says so.
pub(super) fn add_organization(claims: &mut Metadata, tenant: &Tenant, id: Option<&str>) {
    let Some(organization) = id.and_then(|id| tenant.organizations.get(id)) else {
        return;
    };
    claims.insert("org_id".to_owned(), organization.id.as_str().into());
    if tenant.settings.organization_names_allowed {
        claims.insert("org_name".to_owned(), organization.name.as_str().into());
    }
}
