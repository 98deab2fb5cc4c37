//! Where refresh tokens rotate, each is used once, and using one again gives the whole family away.

mod rules;

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};

use super::{Tokens, mint};
use crate::ids;
use crate::oauth::error::OAuthError;
use crate::oauth::fields::Fields;
use crate::post_login::{self, RequestFacts, Stopped, Trigger};
use crate::state::State;
use crate::tenant::{Application, AuthorizationCode, RefreshToken, Tenant};
use crate::tokens::UserLogin;
use rules::Rules;

const GRANT: &str = "refresh_token";
/// Live ones per person and application; the oldest go first.
const LIMIT: usize = 200;

pub(super) async fn exchange(
    state: &State,
    http: &HttpRequest,
    client: &Application,
    fields: &Fields,
) -> Result<Tokens, OAuthError> {
    client.require_grant(GRANT)?;
    let presented = fields.required("refresh_token")?;
    let (now, rules) = (state.clock().now(), Rules::of(client));
    let kept = state.write(|tenant| take(tenant, (client, &rules), presented, now))?;
    let scope = narrowed(&kept.scope, fields.optional("scope"));
    let session = kept.session_id.as_ref();
    let session = state.read(|tenant| session.and_then(|id| tenant.sessions.get(id).cloned()));
    let trigger = Trigger {
        user_id: &kept.user_id,
        connection: &kept.connection,
        organization: kept.organization.as_deref(),
        client_id: &kept.client_id,
        audience: kept.audience.as_deref(),
        scope: &scope,
        session_id: kept.session_id.as_deref(),
        authenticated_at: session.as_ref().map(|session| session.authenticated_at),
        mfa_at: session.as_ref().and_then(|session| session.mfa_at),
        mfa_is_done: false,
        protocol: "oauth2-refresh-token",
        query: &std::collections::BTreeMap::new(),
        request: RequestFacts::of(http),
    };
    let claims = match post_login::run(state, &trigger).await {
        Ok(claims) => claims,
        Err(stopped) => {
            // The denial may pass; the person should not have to log in again because of it.
            state.write(|tenant| give_back(tenant, presented, kept.used_at));
            return Err(match stopped {
                Stopped::Denied(reason) => OAuthError::Denied(reason),
                Stopped::Mfa(_) => OAuthError::MfaRequired,
            });
        }
    };
    let login = UserLogin {
        host: &kept.host,
        client_id: &kept.client_id,
        session_id: kept.session_id.as_deref(),
        nonce: None,
        organization: kept.organization.as_deref(),
        audience: kept.audience.as_deref(),
        scope: &scope,
        auth_time: None,
        id_token_claims: &claims.id_token,
        access_token_claims: &claims.access_token,
        gty: Some("refresh_token"),
    };
    let mut tokens = state.read(|tenant| {
        let user = tenant
            .users
            .get(&kept.user_id)
            .ok_or(OAuthError::InvalidRefreshToken)?;
        mint(tenant, user, &login, now)
    })?;
    if rules.rotates {
        let successor = RefreshToken {
            used_at: None,
            ..kept.clone()
        };
        tokens.refresh_token = Some(state.write(|tenant| keep(tenant, successor.clone())));
    }
    Ok(tokens)
}

/// Uses the token up where it rotates. Membership of its organization is not looked at again, so that an API which relies on the
/// token alone is found out; a deleted organization or a blocked user ends it.
fn take(
    tenant: &mut Tenant,
    (client, rules): (&Application, &Rules),
    presented: &str,
    now: DateTime<Utc>,
) -> Result<RefreshToken, OAuthError> {
    let mut found = tenant
        .refresh_tokens
        .get(presented)
        .filter(|found| {
            let lives = found.expires_at > now && found.idle_until.is_none_or(|end| end > now);
            found.client_id == client.client_id && !found.revoked && lives
        })
        .cloned()
        .ok_or(OAuthError::InvalidRefreshToken)?;
    let reused = |used: DateTime<Utc>| used + rules.leeway < now || rules.leeway.is_zero();
    if rules.rotates && found.used_at.is_some_and(reused) {
        revoke_family(tenant, &found.family);
        return Err(OAuthError::InvalidRefreshToken);
    }
    let alive = tenant
        .users
        .get(&found.user_id)
        .is_some_and(|user| user.blocked != Some(true))
        && found
            .organization
            .as_ref()
            .is_none_or(|id| tenant.organizations.contains_key(id));
    if !alive {
        return Err(OAuthError::InvalidRefreshToken);
    }
    let idle_until = Some(rules.idles_until(now));
    if let Some(token) = tenant.refresh_tokens.get_mut(presented) {
        token.used_at = token.used_at.or(Some(now)).filter(|_| rules.rotates);
        token.idle_until = idle_until;
    }
    found.idle_until = idle_until;
    Ok(found)
}

fn give_back(tenant: &mut Tenant, presented: &str, used_at: Option<DateTime<Utc>>) {
    if let Some(token) = tenant.refresh_tokens.get_mut(presented) {
        token.used_at = used_at;
    }
}

/// The scopes asked for, as far as the login had them.
fn narrowed(granted: &str, asked: Option<&str>) -> String {
    let Some(asked) = asked else {
        return granted.to_owned();
    };
    let granted: Vec<&str> = granted.split_whitespace().collect();
    asked
        .split_whitespace()
        .filter(|scope| granted.contains(scope))
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn first(tenant: &mut Tenant, grant: &AuthorizationCode, now: DateTime<Utc>) -> String {
    tenant
        .refresh_tokens
        .retain(|_, token| token.expires_at > now);
    make_room(tenant, grant);
    let client = tenant.clients.get(&grant.transaction.client_id);
    let rules = Rules::of(&client.cloned().unwrap_or_default());
    let token = RefreshToken {
        family: grant.family.clone(),
        client_id: grant.transaction.client_id.clone(),
        user_id: grant.user_id.clone(),
        session_id: Some(grant.session_id.clone()),
        connection: grant.connection.clone(),
        organization: grant.transaction.organization.clone(),
        audience: grant.transaction.audience.clone(),
        scope: grant.transaction.scope.clone(),
        host: grant.transaction.host.clone(),
        used_at: None,
        revoked: false,
        expires_at: rules.ends_at(now),
        idle_until: Some(rules.idles_until(now)),
    };
    keep(tenant, token)
}

fn make_room(tenant: &mut Tenant, grant: &AuthorizationCode) {
    let client_id = &grant.transaction.client_id;
    let mut live: Vec<(DateTime<Utc>, String)> = tenant
        .refresh_tokens
        .iter()
        .filter(|(_, token)| token.user_id == grant.user_id && token.client_id == *client_id)
        .filter(|(_, token)| token.used_at.is_none() && !token.revoked)
        .map(|(secret, token)| (token.expires_at, secret.clone()))
        .collect();
    live.sort_unstable();
    let overflow = (live.len() + 1).saturating_sub(LIMIT);
    for (_, secret) in live.iter().take(overflow) {
        tenant.refresh_tokens.remove(secret);
    }
}

fn keep(tenant: &mut Tenant, token: RefreshToken) -> String {
    let secret = ids::opaque();
    tenant.refresh_tokens.insert(secret.clone(), token);
    secret
}

pub(in crate::oauth) fn revoke_family(tenant: &mut Tenant, family: &str) {
    for token in tenant
        .refresh_tokens
        .values_mut()
        .filter(|token| token.family == family)
    {
        token.revoked = true;
    }
}
