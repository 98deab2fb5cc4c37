//! Finishes a test login that came back: the code is exchanged once, and Auth0 is asked what it keeps of whoever logged
//! in. What fails says so to the administrator who began it; nothing is tried twice, because a code is good once.

use chrono::{DateTime, Utc};
use domain::{OrganizationId, Role, TestLoginId, UserId};
use management::{Class, CodeExchange};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{IdentityProvider, NewAuditEvent, StoreError, TenantTx, TestLogin};
use url::Url;

use crate::audit;
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// Where Auth0 sends the browser back to, below the public URL; one of the application's Callback URLs.
///
/// # Errors
/// The configured URL cannot be joined to, which it can.
pub(crate) fn callback(public_url: &Url) -> Result<Url, url::ParseError> {
    public_url.join("identity-provider-test")
}

/// What a code is exchanged with. No `Debug`: it is as good as a login.
#[derive(Serialize, Deserialize)]
pub(crate) struct Proof {
    pub(crate) code: String,
    pub(crate) code_verifier: String,
}

/// Where a proof is sealed for.
pub(crate) fn place(organization: &OrganizationId, test: TestLoginId) -> [String; 3] {
    [
        "proof of a test login".to_owned(),
        organization.to_string(),
        test.to_string(),
    ]
}

/// # Errors
/// See [`Failure`]; running it again finds it finished.
pub(crate) async fn finish(
    context: &Context,
    organization: &OrganizationId,
    id: TestLoginId,
) -> Result<(), Failure> {
    let tenant = organization.clone().into();
    let mut tx = context.store.tenant(&tenant).await?;
    let Some(test) = tx.test_login(id).await? else {
        return Ok(());
    };
    let Some(sealed) = test.sealed_code.clone() else {
        return Ok(());
    };
    let provider = tx
        .identity_provider_to_push(&test.identity_provider)
        .await?;
    drop(tx);
    let Some(provider) = provider else {
        return Ok(());
    };
    let judged = look(context, organization, &test, &provider, &sealed).await?;
    let now = context.clock.now();
    let mut tx = context.store.tenant(&tenant).await?;
    let target = format!("identity_provider:{}", provider.name);
    let judged = match is_administrator(&mut tx, &test.started_by).await? {
        true => judged,
        false => Err("Whoever began it does not administer the organization any more.".into()),
    };
    let action = match note(&mut tx, &test, &judged, now).await? {
        Noted::Passed => "identity_provider.test_passed",
        Noted::Failed => "identity_provider.test_failed",
        Noted::OverAlready => return Ok(()),
    };
    // Whose login is taken for a proof, and by whom.
    let subject = judged.ok().map(|claims| claims["subject"].clone());
    let event = NewAuditEvent {
        after: Some(json!({ "started_by": test.started_by, "subject": subject })),
        ..audit::by_system(kind::IDENTITY_PROVIDER_TEST, action, target, now)
    };
    tx.insert_audit_event(&event).await?;
    Ok(tx.commit().await?)
}

/// Under the lock on the members, so that whoever is demoted first proves nothing afterwards.
async fn is_administrator(tx: &mut TenantTx, user: &UserId) -> Result<bool, StoreError> {
    tx.lock_members().await?;
    let member = tx.membership(user).await?;
    Ok(member.is_some_and(|member| member.roles.contains(&Role::OrgAdmin)))
}

enum Noted {
    Passed,
    Failed,
    OverAlready,
}

async fn note(
    tx: &mut TenantTx,
    test: &TestLogin,
    judged: &Result<Value, String>,
    now: DateTime<Utc>,
) -> Result<Noted, StoreError> {
    let why = match judged {
        Ok(claims) if tx.pass_test_login(test, claims, now).await? => return Ok(Noted::Passed),
        Ok(_) => "The identity provider was changed after this test had begun; test it again.",
        Err(why) => why,
    };
    Ok(match tx.fail_test_login(test.id, why).await? {
        true => Noted::Failed,
        false => Noted::OverAlready,
    })
}

/// The claims, or why it proves nothing.
async fn look(
    context: &Context,
    organization: &OrganizationId,
    test: &TestLogin,
    provider: &IdentityProvider,
    sealed: &[u8],
) -> Result<Result<Value, String>, Failure> {
    let place = place(organization, test.id);
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    let opened = context.config.secrets_key.open(&place, sealed).ok();
    let proof = opened.and_then(|opened| serde_json::from_slice::<Proof>(&opened).ok());
    let Some(proof) = proof else {
        return Ok(Err(
            "The login cannot be finished any more; try again.".into()
        ));
    };
    let token = match exchange(context, &proof).await {
        Ok(token) => token,
        Err(why) => return Ok(Err(why)),
    };
    let text = |name: &str| token.get(name).and_then(Value::as_str);
    let client = context.config.auth0.console_client_id.as_str();
    if text("aud") != Some(client) || text("nonce") != Some(&test.id.to_string()) {
        return Ok(Err("The login is not the one that was begun.".into()));
    }
    let subject = text("sub").unwrap_or_default();
    let Some(profile) = context.auth0.users().profile(subject).await? else {
        return Ok(Err("Auth0 does not know whoever logged in.".into()));
    };
    Ok(claims(&profile, provider))
}

async fn exchange(context: &Context, proof: &Proof) -> Result<Map<String, Value>, String> {
    let failed = "Auth0 did not finish the login; try again.";
    let callback = callback(&context.config.http.public_url);
    let callback = callback.map_err(|_| failed.to_owned())?;
    let exchange = CodeExchange {
        client_id: &context.config.auth0.console_client_id,
        code: &proof.code,
        code_verifier: &proof.code_verifier,
        redirect_uri: callback.as_str(),
    };
    let exchanged = context.auth0.exchange_code(&exchange).await;
    exchanged.map_err(|error| match error.class() {
        // Whether the code is used up by now is unknown.
        Class::Retry { .. } => failed.to_owned(),
        Class::Conflict | Class::Permanent => format!("Auth0 refused the login: {error}"),
    })
}

/// What Auth0 keeps of an account by itself, besides what the provider said.
const OWN: &[&str] = &[
    "user_id",
    "identities",
    "created_at",
    "updated_at",
    "last_login",
    "last_ip",
    "last_password_reset",
    "logins_count",
    "app_metadata",
    "user_metadata",
    "blocked",
    "multifactor",
];

fn claims(profile: &Map<String, Value>, provider: &IdentityProvider) -> Result<Value, String> {
    let identities = profile.get("identities").and_then(Value::as_array);
    let identity = identities.and_then(|identities| {
        let through = |identity: &&Value| identity["connection"] == *provider.connection_name;
        identities.iter().find(through)
    });
    let Some(identity) = identity else {
        return Err("Whoever logged in came another way.".into());
    };
    let mut attributes: Vec<&String> = profile
        .keys()
        .filter(|name| !OWN.contains(&name.as_str()))
        .collect();
    attributes.sort();
    let groups = profile.get("groups").filter(|groups| groups.is_array());
    Ok(json!({
        "subject": identity["user_id"],
        "email": profile.get("email"),
        "email_verified": profile.get("email_verified") == Some(&Value::Bool(true)),
        "groups": groups.cloned().unwrap_or_else(|| json!([])),
        "attributes": attributes,
    }))
}
