//! Links two logins whose holder proves both.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::identity_link::{LinkState, is_fresh, may_link};
use domain::{IdentityLinkId, TenantId};
use serde::Deserialize;
use serde_json::json;
use store::{IdentityLink, MyOrganization, NewAuditEvent, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::{IdentityBody, require_recent_login, way_in};
use crate::app::AppState;
use crate::audit;
use crate::auth::{AccessToken, Me, Refused, open_own_tenant};
use crate::body::Body;
use crate::client_address::client_address;
use crate::idempotency::{Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, MeProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::workflows::identity_link::pays;

const ROUTE: &str = "POST me/identities";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityRequest, examples(json!({ "token": "eyJhbGciOiJSUzI1NiIs…", "main": "caller" })))]
struct LinkRequest {
    /// An access token for this API from a login as the other account, made for this: `/authorize` was asked with
    /// `prompt=login` and `link_with` = the caller's user id, at most ten minutes ago.
    #[schema(max_length = 8192)]
    token: String,
    /// Which account is left: `caller` or `other`. The other one's tokens are refused from now on.
    main: String,
}

enum Main {
    Caller,
    Other,
}

pub(super) struct LinkProblems;

impl IntoResponses for LinkProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::RecentLoginRequired,
            Code::IdentityLinked,
            Code::IdentityHasPlan,
            Code::SsoEnforced,
            Code::KeysUnavailable,
        ])
    }
}

/// Makes two accounts of the caller's one. Both are proved: the caller's by the token of this request, the other one by
/// the token in the body, both from logins of the last ten minutes. Addresses play no part.
///
/// The other account's memberships pass to the main one, each in its organization, with the roles of both; its projects
/// too. Its own plan must have ended before. An account of a company's identity provider can only be the main one. Where
/// `policies.sso` is `enforce`, the last account that could break the glass does not become one of the identity provider's.
#[utoipa::path(
    operation_id = "link_identity",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = LinkRequest,
    responses(
        (status = 202, body = IdentityBody, description = "They are being linked"),
        MeProblems,
        BodyProblems,
        IdempotencyProblems,
        LinkProblems,
    ),
)]
#[post("/v1/me/identities")]
pub(super) async fn create(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<LinkRequest>,
    request: HttpRequest,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let Me {
        tx, token: caller, ..
    } = me;
    // One tenant at a time, and one connection.
    drop(tx);
    idempotency.require_well_formed()?;
    let now = state.clock.now();
    let LinkRequest { token, main } = body.parse()?;
    let main = main_account(&main)?;
    require_recent_login(&caller, now)?;
    let other = prove(&state, &token, &caller, now).await?;
    let by = caller.person.user_id.clone();
    let (main, second) = match main {
        Main::Caller => (caller, other),
        Main::Other => (other, caller),
    };
    may_link(&main.person.user_id, &second.person.user_id)
        .map_err(|refusal| Problem::invalid_field("token", refusal.code(), refusal))?;
    let standing = Standing::of(&state, &main, &second, now).await?;
    let link = new_link(&main, &second, now);
    let mut main = open_own_tenant(&state, main).await.map_err(unproved)?;
    main.tx.came_from(client_address(&request));
    let begun = idempotency
        .begin(&mut main.tx, &by, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    standing.require_free()?;
    begin(&mut main.tx, &link, *request_id).await?;
    let body = IdentityBody::from(&link);
    let response = attempt
        .finish(&mut main.tx, StatusCode::ACCEPTED, &body)
        .await?;
    main.tx.commit().await?;
    Ok(response)
}

fn main_account(text: &str) -> Result<Main, Problem> {
    match text {
        "caller" => Ok(Main::Caller),
        "other" => Ok(Main::Other),
        _ => {
            let detail = "The main account is `caller` or `other`.";
            Err(Problem::invalid_field("main", "unknown_value", detail))
        }
    }
}

/// The other login, as proved as the caller's, and made for being linked with the caller: a token that was made for
/// anything else and was stolen links nothing.
async fn prove(
    state: &AppState,
    token: &str,
    caller: &AccessToken,
    now: DateTime<Utc>,
) -> Result<AccessToken, Problem> {
    let other = match state.verifier.verify(token, now).await {
        Ok(other) => other,
        Err(Refused::KeysUnavailable) => return Err(Refused::KeysUnavailable.into()),
        Err(refused) => {
            tracing::info!(reason = %refused, "second token refused");
            return Err(unproved(Problem::new(Code::InvalidToken)));
        }
    };
    if other.link_with.as_ref() != Some(&caller.person.user_id) {
        let detail = "The other login was not begun with `link_with` = the caller's user id.";
        return Err(Problem::invalid_field("token", "not_for_linking", detail));
    }
    if !is_fresh(other.authenticated_at, now) {
        let detail = "The other login is too long ago; log in again.";
        return Err(Problem::invalid_field("token", "login_too_old", detail));
    }
    Ok(other)
}

/// What is wrong with the account in the body is no reason to refuse the caller.
fn unproved(problem: Problem) -> Problem {
    match problem.code() {
        Code::InvalidToken | Code::AccountBlocked => {
            let detail = "This is no valid access token of a person for this API.";
            Problem::invalid_field("token", "invalid", detail)
        }
        _ => problem,
    }
}

/// How the account stands that is to become a login of another.
struct Standing {
    /// Deleted, or linked already.
    is_closed: bool,
    is_linked: bool,
    has_plan: bool,
    /// Where it is the last that could break the glass, and could not any more.
    lost: Vec<MyOrganization>,
}

impl Standing {
    async fn of(
        state: &AppState,
        main: &AccessToken,
        second: &AccessToken,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let (store, person) = (&state.store, &second.person);
        let standing = store.standing(person, second.issued_at).await?;
        let has_plan = match store.individual_of(person).await? {
            Some(own) => pays(&mut store.tenant(&TenantId::from(own)).await?, now).await?,
            None => false,
        };
        Ok(Self {
            is_closed: standing.is_closed,
            is_linked: store.is_linked(person).await?,
            has_plan,
            lost: way_in::lost_by_linking(state, main, person).await?,
        })
    }

    fn require_free(&self) -> Result<(), Problem> {
        if self.is_linked {
            return Err(Problem::new(Code::IdentityLinked));
        }
        if self.is_closed {
            return Err(unproved(Problem::new(Code::InvalidToken)));
        }
        if self.has_plan {
            let detail = "Let it end first, or link the two the other way round.";
            return Err(Problem::new(Code::IdentityHasPlan).detail(detail));
        }
        way_in::require_none(&self.lost)
    }
}

fn new_link(main: &AccessToken, second: &AccessToken, now: DateTime<Utc>) -> IdentityLink {
    IdentityLink {
        id: IdentityLinkId::from(Uuid::now_v7()),
        main: main.person.clone(),
        person: second.person.clone(),
        state: LinkState::Linking,
        failure: None,
        created_at: now,
        updated_at: now,
    }
}

async fn begin(
    tx: &mut TenantTx,
    link: &IdentityLink,
    request_id: RequestId,
) -> Result<(), Problem> {
    if !tx.begin_link(link).await? {
        return Err(Problem::new(Code::IdentityLinked));
    }
    let id = link.id.to_string();
    let payload = json!({ "link_id": link.id });
    tx.enqueue(kind::IDENTITY_LINK, &id, &payload, link.created_at)
        .await?;
    let target = format!("identity:{id}");
    let requested = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        after: Some(json!({ "user_id": link.person.user_id })),
        ..audit::by_person(
            &link.main.user_id,
            "identity.link_requested",
            target,
            link.created_at,
        )
    };
    tx.insert_audit_event(&requested).await?;
    Ok(())
}
