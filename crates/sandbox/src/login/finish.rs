//! The end of a login: the person is known, so the organization is checked, the Actions run, and a code goes back.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::authorize::prompts;
use super::refusal::{Refusal, refuse};
use super::{invitation, mfa, sessions, success, transactions};
use crate::ids;
use crate::post_login::{self, CustomClaims, RequestFacts, Stopped, Trigger};
use crate::state::State;
use crate::tenant::{
    Authenticated, AuthorizationCode, LogFacts, LoginTransaction, Member, Session, Tenant,
};

const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// Always a redirect: to the application with a code or an error, or to the choice of an organization.
pub(super) async fn finish(
    state: &State,
    http: &HttpRequest,
    mut transaction: LoginTransaction,
    who: Authenticated,
) -> HttpResponse {
    match state.read(|tenant| choose_organization(tenant, &transaction, &who.user_id)) {
        Ok(Choice::Settled) => {}
        Ok(Choice::Only(organization)) => transaction.organization = Some(organization),
        Ok(Choice::Ask) => return ask_organization(state, transaction, who),
        Err(refusal) => return refuse(&transaction, &refusal),
    }
    if let Err(refusal) = admit(state, http, &transaction, &who) {
        log(state, &transaction, &who, Some(&refusal));
        return refuse(&transaction, &refusal);
    }
    conclude(state, http, transaction, who).await
}

/// What is left once they are let in: the Actions, which may ask for a second factor and then run again, and the code.
pub(super) async fn conclude(
    state: &State,
    http: &HttpRequest,
    transaction: LoginTransaction,
    who: Authenticated,
) -> HttpResponse {
    let session_id = who.session_id.clone().unwrap_or_else(ids::opaque);
    let claims = match run_actions(state, http, &transaction, &who, &session_id).await {
        Ok(claims) => Ok(claims),
        Err(Stopped::Denied(reason)) => Err(Refusal::access_denied(reason)),
        Err(Stopped::Mfa(_)) if prompts(&transaction, "none") => Err(Refusal::new(
            "interaction_required",
            "Multifactor authentication required",
        )),
        Err(Stopped::Mfa(request)) => return mfa::ask(state, transaction, who, &request),
    };
    log(state, &transaction, &who, claims.as_ref().err());
    match claims {
        Ok(claims) => {
            let code = issue_code(state, &transaction, &who, &session_id, claims);
            let mut response = success::deliver(state, &transaction, &code);
            let cookie = sessions::set_cookie(&session_id, http);
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        Err(refusal) => refuse(&transaction, &refusal),
    }
}

/// `s`, or `f` with the reason.
fn log(
    state: &State,
    transaction: &LoginTransaction,
    who: &Authenticated,
    refusal: Option<&Refusal>,
) {
    let now = state.clock().now();
    let facts = LogFacts {
        kind: if refusal.is_some() { "f" } else { "s" },
        description: refusal.map_or("Successful login", Refusal::description),
        client_id: &transaction.client_id,
        connection: &who.connection,
        user_id: &who.user_id,
        organization: transaction.organization.as_deref(),
        ..LogFacts::default()
    };
    state.write(|tenant| tenant.log_facts(facts, now));
}

enum Choice {
    /// An organization was named, or none is needed.
    Settled,
    Only(String),
    Ask,
}

/// For applications that ask for the organization after the credentials: whoever needs one is asked among several, and
/// whoever may do without one is asked as soon as there is one.
fn choose_organization(
    tenant: &Tenant,
    transaction: &LoginTransaction,
    user_id: &str,
) -> Result<Choice, Refusal> {
    let client = tenant.clients.get(&transaction.client_id);
    let required = client.is_some_and(|client| client.organization_usage == "require");
    let offered = client.is_some_and(|client| {
        client.organization_usage == "allow"
            && client.organization_require_behavior == "post_login_prompt"
    });
    if transaction.organization.is_some() || transaction.is_personal || !(required || offered) {
        return Ok(Choice::Settled);
    }
    let mut mine = organizations_of(tenant, user_id);
    match mine.len() {
        0 if offered => Ok(Choice::Settled),
        _ if offered && prompts(transaction, "none") => Ok(Choice::Settled),
        _ if offered => Ok(Choice::Ask),
        0 => Err(Refusal::invalid_request(
            "client requires organization membership, but user does not belong to any organization",
        )),
        1 => Ok(Choice::Only(mine.remove(0))),
        _ if prompts(transaction, "none") => Err(Refusal::new(
            "interaction_required",
            "Organization selection is required",
        )),
        _ => Ok(Choice::Ask),
    }
}

/// Auth0's picker shows the first twenty that were joined.
pub(super) fn organizations_of(tenant: &Tenant, user_id: &str) -> Vec<String> {
    let mine = tenant.organizations.values().filter_map(|organization| {
        let member = organization.members.get(user_id)?;
        Some((member.since, &organization.id))
    });
    let mut mine: Vec<_> = mine.collect();
    mine.sort();
    mine.into_iter()
        .take(20)
        .map(|(_, id)| id.clone())
        .collect()
}

fn ask_organization(
    state: &State,
    mut transaction: LoginTransaction,
    who: Authenticated,
) -> HttpResponse {
    transaction.authenticated = Some(who);
    let opened = transactions::begin(state, transaction);
    HttpResponse::Found()
        .insert_header((header::LOCATION, opened.url("/u/organization/picker")))
        .finish()
}

/// Lets the person in, or says why not. A denial by an Action counts as a login all the same, as at Auth0.
fn admit(
    state: &State,
    http: &HttpRequest,
    transaction: &LoginTransaction,
    who: &Authenticated,
) -> Result<(), Refusal> {
    let now = state.clock().now();
    let facts = RequestFacts::of(http);
    state.write(|tenant| {
        let user = tenant
            .users
            .get_mut(&who.user_id)
            .ok_or_else(|| Refusal::access_denied("the user does not exist any more"))?;
        if user.blocked == Some(true) {
            return Err(Refusal::new("unauthorized", "user is blocked"));
        }
        match (&transaction.organization, &transaction.invitation) {
            (Some(organization), Some(ticket)) => {
                invitation::accept(tenant, organization, ticket, who, now)?;
            }
            (Some(organization), None) => join(tenant, organization, who, now)?,
            (None, _) => {}
        }
        if let Some(user) = tenant.users.get_mut(&who.user_id) {
            user.logins_count += 1;
            user.last_login = Some(now);
            user.last_ip = facts.ip().map(str::to_owned);
        }
        Ok(())
    })
}

async fn run_actions(
    state: &State,
    http: &HttpRequest,
    transaction: &LoginTransaction,
    who: &Authenticated,
    session_id: &str,
) -> Result<CustomClaims, Stopped> {
    let now = state.clock().now();
    let session = state.read(|tenant| tenant.sessions.get(session_id).cloned());
    let mfa_at = mfa_at(transaction, session.as_ref());
    let trigger = Trigger {
        user_id: &who.user_id,
        connection: &who.connection,
        organization: transaction.organization.as_deref(),
        client_id: &transaction.client_id,
        audience: transaction.audience.as_deref(),
        scope: &transaction.scope,
        session_id: Some(session_id),
        authenticated_at: Some(session.map_or(now, |session| session.authenticated_at)),
        mfa_at,
        mfa_is_done: transaction.mfa_at.is_some(),
        protocol: "oidc-basic-profile",
        query: &transaction.query,
        request: RequestFacts::of(http),
    };
    let mut claims = post_login::run(state, &trigger).await?;
    if mfa_at.is_some() {
        claims.id_token.insert("amr".to_owned(), json!(["mfa"]));
    }
    Ok(claims)
}

/// In this login, or in the one whose session goes on.
fn mfa_at(transaction: &LoginTransaction, session: Option<&Session>) -> Option<DateTime<Utc>> {
    transaction.mfa_at.or_else(|| session?.mfa_at)
}

/// A member may pass; so may anyone who comes through a connection that makes members by itself.
fn join(
    tenant: &mut Tenant,
    id: &str,
    who: &Authenticated,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), Refusal> {
    let connection = tenant
        .connection_named(&who.connection)
        .map(|connection| connection.id.clone());
    let organization = tenant.organizations.get_mut(id).ok_or_else(|| {
        Refusal::invalid_request(format!("parameter organization is invalid: {id}"))
    })?;
    if organization.members.contains_key(&who.user_id) {
        return Ok(());
    }
    let joins = connection
        .and_then(|connection| organization.connections.get(&connection))
        .is_some_and(|enabled| enabled.assign_membership_on_login);
    if !joins {
        let description = format!("user {} is not part of the {id} organization", who.user_id);
        return Err(Refusal::access_denied(description));
    }
    organization.is_changing(&who.user_id, now);
    organization
        .members
        .insert(who.user_id.clone(), Member { since: now });
    tenant.publish_member("organization.member.added", id, &who.user_id, now);
    tenant.log_member_added(id, &who.user_id, "auto_membership", now);
    Ok(())
}

fn issue_code(
    state: &State,
    transaction: &LoginTransaction,
    who: &Authenticated,
    session_id: &str,
    claims: CustomClaims,
) -> String {
    let now = state.clock().now();
    if who.session_id.is_none() {
        sessions::begin(
            state,
            session_id.to_owned(),
            who.user_id.clone(),
            who.connection.clone(),
            (now, transaction.mfa_at),
        );
    }
    let code = ids::opaque();
    state.write(|tenant| {
        if let Some(at) = transaction.mfa_at
            && let Some(session) = tenant.sessions.get_mut(session_id)
        {
            session.mfa_at = Some(at);
        }
        let auth_time = tenant
            .sessions
            .get(session_id)
            .map_or(now, |session| session.authenticated_at);
        tenant.codes.retain(|_, code| code.expires_at > now);
        let issued = AuthorizationCode {
            transaction: transaction.clone(),
            user_id: who.user_id.clone(),
            connection: who.connection.clone(),
            session_id: session_id.to_owned(),
            family: ids::opaque(),
            used: false,
            id_token_claims: claims.id_token,
            access_token_claims: claims.access_token,
            auth_time,
            expires_at: now + CODE_LIFETIME,
        };
        tenant.codes.insert(code.clone(), issued);
    });
    code
}
