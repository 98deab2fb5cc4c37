//! A code for tokens, with proof of possession (RFC 7636).

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Tokens, mint, refresh_token};
use crate::oauth::error::OAuthError;
use crate::oauth::fields::Fields;
use crate::state::State;
use crate::tenant::{Application, AuthorizationCode, Tenant};
use crate::tokens::UserLogin;

const GRANT: &str = "authorization_code";

pub(super) fn exchange(
    state: &State,
    client: &Application,
    fields: &Fields,
) -> Result<Tokens, OAuthError> {
    client.require_grant(GRANT)?;
    let code = fields.required("code")?;
    let now = state.clock().now();
    let grant = state.write(|tenant| take(tenant, client, code, now))?;
    check(&grant, client, fields)?;
    let login = UserLogin::of(&grant);
    let mut tokens = state.read(|tenant| {
        let user = tenant
            .users
            .get(&grant.user_id)
            .ok_or(OAuthError::InvalidCode)?;
        mint(tenant, user, &login, now)
    })?;
    let offline = tokens
        .scope
        .split(' ')
        .any(|scope| scope == "offline_access");
    if offline && client.require_grant("refresh_token").is_ok() {
        tokens.refresh_token =
            Some(state.write(|tenant| refresh_token::first(tenant, &grant, now)));
    }
    Ok(tokens)
}

/// Uses the code up. A second use revokes what the first one brought.
fn take(
    tenant: &mut Tenant,
    client: &Application,
    code: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<AuthorizationCode, OAuthError> {
    let found = tenant
        .codes
        .get_mut(code)
        .filter(|found| found.transaction.client_id == client.client_id && found.expires_at > now)
        .ok_or(OAuthError::InvalidCode)?;
    if found.used {
        let family = found.family.clone();
        refresh_token::revoke_family(tenant, &family);
        return Err(OAuthError::InvalidCode);
    }
    found.used = true;
    Ok(found.clone())
}

fn check(
    grant: &AuthorizationCode,
    client: &Application,
    fields: &Fields,
) -> Result<(), OAuthError> {
    let sent = fields.required("redirect_uri")?;
    if sent != grant.transaction.redirect_uri {
        let expected = grant.transaction.redirect_uri.clone();
        return Err(OAuthError::WrongRedirectUri {
            sent: sent.to_owned(),
            expected,
        });
    }
    match (
        &grant.transaction.code_challenge,
        fields.optional("code_verifier"),
    ) {
        (Some(challenge), Some(verifier)) => {
            let hashed = digest::digest(&digest::SHA256, verifier.as_bytes());
            if URL_SAFE_NO_PAD.encode(hashed) == *challenge {
                Ok(())
            } else {
                Err(OAuthError::WrongVerifier)
            }
        }
        // A public client has nothing else to prove that the code is its own.
        (None, None) if !client.is_public() => Ok(()),
        _ => Err(OAuthError::WrongVerifier),
    }
}
