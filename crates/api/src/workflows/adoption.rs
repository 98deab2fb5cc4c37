//! Somebody whom an older system created ahead of time has no password yet: Auth0 writes to them with a link under which
//! they choose one, and which leads into their organization. The link goes from Auth0 to them; we never see it.

use domain::{OrganizationId, TenantId, UserId};
use management::PasswordLink;
use serde_json::json;
use store::NewAuditEvent;

use super::{Context, Failure};
use crate::audit;
use crate::jobs::kind;

/// What the ids of accounts with a password of Auth0's begin with.
const DATABASE: &str = "auth0|";

/// Nothing for whoever is no member any more, has logged in already or has no password at Auth0.
///
/// # Errors
/// See [`Failure`]; running it again sends another link, which is as good.
pub async fn write(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    if tx.membership(user).await?.is_none() {
        return Ok(());
    }
    drop(tx);
    let account = context.auth0.users().show(user.as_ref()).await?;
    let account = account.filter(|account| !account.blocked);
    let identity = account
        .as_ref()
        .and_then(|account| account.identities.first());
    let why = match (&account, identity) {
        (Some(account), _) if account.last_login.is_some() => Some("logged_in_already"),
        (Some(account), Some(identity)) if user.as_ref().starts_with(DATABASE) => {
            match &account.email {
                Some(email) => {
                    let link = PasswordLink {
                        client_id: &context.config.auth0.console_client_id,
                        email,
                        connection: &identity.connection,
                        organization: Some(organization.as_ref()),
                    };
                    context.auth0.users().mail_password_link(&link).await?;
                    None
                }
                None => Some("no_address"),
            }
        }
        (Some(_), _) => Some("no_password_of_auth0s"),
        (None, _) => Some("no_account"),
    };
    let action = match why {
        None => "member.adoption_mailed",
        Some(_) => "member.adoption_failed",
    };
    let target = format!("member:{user}");
    let told = NewAuditEvent {
        after: why.map(|why| json!({ "failure": why })),
        ..audit::by_system(kind::ADOPTION, action, target, context.clock.now())
    };
    let mut tx = context.store.tenant(&tenant).await?;
    tx.insert_audit_event(&told).await?;
    Ok(tx.commit().await?)
}
