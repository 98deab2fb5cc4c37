//! Adds somebody who has an account already. They are a member here once Auth0 has them.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::ids::InvalidId;
use domain::{Person, Role, SsoPolicy, Strategy, UserId, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{MemberAddition, NewAuditEvent};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::{event, follow, lock, names, require_write, wanted};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteMembers;
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::seats::{self, SeatsProblems};

/// The tenant is part of a key already.
const ROUTE: &str = "POST members";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "user_id": "auth0|6560c1f2a4b8e9d7c3f1a2b4", "roles": ["org_member"] })))]
struct AdditionRequest {
    /// Of somebody with an account at the identity provider.
    #[schema(max_length = 1024)]
    user_id: String,
    /// `org_admin`, `org_member`, `org_billing`, `org_readonly`; at least one.
    #[schema(min_items = 1)]
    roles: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MemberAddition)]
struct AdditionBody {
    user_id: String,
    roles: Vec<&'static str>,
}

struct AdditionProblems;

impl IntoResponses for AdditionProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = SeatsProblems::responses();
        responses.extend(responses_of(&[Code::AlreadyMember, Code::SsoEnforced]));
        responses
    }
}

/// Adds somebody who has an account already; whoever has none is invited instead.
///
/// The answer comes before Auth0 is asked: until it has them, `Location` answers 404. If there is no such account, or no
/// seat by then, an event `member.addition_failed` says so. A second addition of the same user replaces the first, and
/// removing them takes it back. While `policies.sso` is `enforce`, an account that no identity provider vouches for is
/// added as an administrator only, who could break the glass.
#[utoipa::path(
    operation_id = "add_member",
    tag = "members",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = AdditionRequest,
    responses(
        (status = 202, body = AdditionBody, description = "They will be a member", headers(("location" = String))),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        AdditionProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/members")]
pub(super) async fn add(
    mut caller: Authorized<WriteMembers>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<AdditionRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    caller.tx.lock_subscription().await?;
    lock(&mut caller).await?;
    require_write(&caller)?;
    let now = state.clock.now();
    let request = body.parse()?;
    let user: UserId = request
        .user_id
        .try_into()
        .map_err(|refusal: InvalidId| Problem::invalid_field("user_id", "invalid", refusal))?;
    let roles = wanted("roles", request.roles)?;
    let requested_by = caller.token.person.user_id.clone();
    let begun = idempotency
        .begin(&mut caller.tx, &requested_by, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    require_way_in(&mut caller, &user, &roles).await?;
    require_room(&mut caller, &user, now).await?;
    let addition = MemberAddition {
        person: Person {
            issuer: caller.token.person.issuer.clone(),
            user_id: user.clone(),
        },
        roles,
        requested_by,
        request_id: Some(request_id.to_string()),
        requested_at: now,
    };
    caller.tx.save_member_addition(&addition).await?;
    let requested = NewAuditEvent {
        after: Some(json!({ "roles": names(&addition.roles) })),
        ..event(
            &caller,
            "member.addition_requested",
            &user,
            *request_id,
            now,
        )
    };
    caller.tx.insert_audit_event(&requested).await?;
    follow(&mut caller.tx, &user, now).await?;
    let body = AdditionBody {
        user_id: user.to_string(),
        roles: names(&addition.roles),
    };
    let mut response = attempt
        .finish(&mut caller.tx, StatusCode::ACCEPTED, &body)
        .await?;
    let location = location(caller.organization.as_ref(), &user);
    caller.tx.commit().await?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// # Errors
/// 409 for an account that single sign-on would keep out for good.
async fn require_way_in(
    caller: &mut Authorized<WriteMembers>,
    user: &UserId,
    roles: &[Role],
) -> Result<(), Problem> {
    let (provider, _) = user.as_ref().split_once('|').unwrap_or_default();
    if provider.parse::<Strategy>().is_ok() || roles.contains(&Role::OrgAdmin) {
        return Ok(());
    }
    let sso = caller.tx.sso_standing(&caller.token.person).await?;
    if sso.policy != SsoPolicy::Enforce {
        return Ok(());
    }
    let detail =
        "No identity provider of the organization vouches for this account: invite them instead.";
    Err(Problem::new(Code::SsoEnforced).detail(detail))
}

/// # Errors
/// 409 for a member and without a seat, 402 when the plan has ended.
async fn require_room(
    caller: &mut Authorized<WriteMembers>,
    user: &UserId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if caller.tx.membership(user).await?.is_some() {
        return Err(Problem::new(Code::AlreadyMember));
    }
    let wanted = match caller.tx.member_addition(user).await? {
        Some(_) => Wanted::Promised,
        None => Wanted::More(1),
    };
    seats::reserve(&mut caller.tx, wanted, now).await
}

fn location(organization: &str, user: &UserId) -> HeaderValue {
    let user =
        percent_encoding::utf8_percent_encode(user.as_ref(), percent_encoding::NON_ALPHANUMERIC);
    HeaderValue::try_from(format!("/v1/orgs/{organization}/members/{user}"))
        .expect("what is percent-encoded is visible ASCII")
}
