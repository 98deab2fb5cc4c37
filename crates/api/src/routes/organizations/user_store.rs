//! Where the organization's people have their passwords.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, put, web};
use domain::user_store::{StoreRefusal, UnknownUserStoreKind, connection_name};
use domain::{Feature, OrganizationName, StoreUse, UserStoreKind, UserStoreState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{NewAuditEvent, TenantTx, UserStore};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::{ReadOrganization, WriteOrganization};
use crate::body::Body;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;
use crate::routes::way_back::WayBack;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserStore, examples(json!({
    "kind": "both",
    "state": "ready",
    "failure": null,
    "connection": "acme-Vq3kfGpRcXh2Tn7L",
    "members_in_shared": 3,
    "members_in_own": 1,
})))]
struct UserStoreBody {
    /// `shared`, `both` or `own`.
    kind: &'static str,
    /// Whether the login follows: `pending`, `ready`, or `failed`.
    state: &'static str,
    /// Why it failed.
    failure: Option<String>,
    /// The organization's own, for the invitations that are meant for it; null as long as it was never wanted.
    connection: Option<String>,
    /// Members who log in with a password through the shared store.
    members_in_shared: u32,
    members_in_own: u32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserStoreChange, examples(json!({ "kind": "both" })))]
struct UserStoreRequest {
    /// `shared`, `both` or `own`.
    kind: String,
    /// Also when members could not log in any more. They stay members, and can be invited into the other store.
    #[serde(default)]
    force: bool,
}

struct StoreProblems;

impl IntoResponses for StoreProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::UserStoreInUse,
            Code::LastAdmin,
            Code::SsoEnforced,
            Code::Conflict,
        ])
    }
}

/// Where the organization's people have their passwords.
#[utoipa::path(
    operation_id = "show_user_store",
    tag = "organizations",
    params(("org_id" = String, Path)),
    responses((status = 200, body = UserStoreBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/user-store")]
pub(super) async fn show(
    mut caller: Authorized<ReadOrganization>,
) -> Result<web::Json<UserStoreBody>, Problem> {
    let store = caller.tx.user_store().await?;
    let used = used(&mut caller.tx, store.as_ref()).await?;
    Ok(web::Json(UserStoreBody::of(store, used)))
}

/// Gives the organization a user store of its own, an Auth0 connection that nobody else uses: beside the shared one
/// (`both`), so that people can move, then alone (`own`). Or takes it back to the shared one; its own then stays closed
/// until the organization is deleted. The login follows within seconds.
///
/// A store is not closed while members log in through it, unless by `force`, and never when no administrator could log
/// in any more, or, while `policies.sso` is `enforce`, none who could break the glass. Needs a plan with `user_store`;
/// going back to `shared` does not.
#[utoipa::path(
    operation_id = "change_user_store",
    tag = "organizations",
    params(("org_id" = String, Path)),
    request_body = UserStoreRequest,
    responses((status = 202, body = UserStoreBody), TenantProblems, BodyProblems, FeatureProblems, StoreProblems),
)]
#[put("/v1/orgs/{org_id}/user-store")]
pub(super) async fn change(
    mut caller: Authorized<WriteOrganization>,
    state: web::Data<AppState>,
    body: Body<UserStoreRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let customer = caller.tx.customer().await?.ok_or_else(Problem::not_found)?;
    let name = customer.name.ok_or_else(Problem::not_found)?;
    let request = body.parse()?;
    let wanted = request
        .kind
        .try_into()
        .map_err(|refusal: UnknownUserStoreKind| {
            Problem::invalid_field("kind", refusal.code(), refusal)
        })?;
    let now = state.clock.now();
    if wanted != UserStoreKind::Shared {
        caller.guard(Feature::UserStore, now).await?;
    }
    // Nobody joins or leaves between the count and the commit.
    caller.tx.lock_members().await?;
    let before = present(&mut caller, &name).await?;
    let used = caller.tx.store_use(&before.connection_name).await?;
    used.allow(wanted, request.force)?;
    let mut after = UserStore {
        kind: wanted,
        state: UserStoreState::Pending,
        failure: None,
        updated_at: now,
        ..before.clone()
    };
    if before.kind == wanted && before.state != UserStoreState::Failed {
        after = before;
    } else {
        let way_back = WayBack::before(&mut caller.tx).await?;
        caller.tx.save_user_store(&after).await?;
        way_back.keep(&mut caller.tx).await?;
        let key = kind::USER_STORE;
        caller.tx.enqueue(key, key, &json!({}), now).await?;
        let target = format!("organization:{}", caller.organization);
        let user = &caller.token.person.user_id;
        let changed = NewAuditEvent {
            request_id: Some(request_id.to_string()),
            before: Some(json!({ "kind": before.kind })),
            after: Some(json!({ "kind": after.kind, "forced": request.force })),
            ..audit::by_person(user, "organization.user_store_changed", target, now)
        };
        caller.tx.insert_audit_event(&changed).await?;
        caller.tx.commit().await?;
    }
    Ok(HttpResponse::Accepted().json(UserStoreBody::of(Some(after), used)))
}

async fn present(
    caller: &mut Authorized<WriteOrganization>,
    name: &OrganizationName,
) -> Result<UserStore, Problem> {
    let found = caller.tx.user_store().await?;
    Ok(found.unwrap_or_else(|| UserStore {
        kind: UserStoreKind::Shared,
        state: UserStoreState::Ready,
        failure: None,
        connection_name: connection_name(name, &caller.organization),
        updated_at: Default::default(),
        version: 0,
    }))
}

async fn used(tx: &mut TenantTx, store: Option<&UserStore>) -> Result<StoreUse, Problem> {
    let own = store.map_or("", |store| store.connection_name.as_str());
    Ok(tx.store_use(own).await?)
}

impl UserStoreBody {
    fn of(store: Option<UserStore>, used: StoreUse) -> Self {
        let kind = store
            .as_ref()
            .map_or(UserStoreKind::Shared, |store| store.kind);
        let state = store
            .as_ref()
            .map_or(UserStoreState::Ready, |store| store.state);
        Self {
            kind: kind.as_str(),
            state: state.as_str(),
            failure: store.as_ref().and_then(|store| store.failure.clone()),
            connection: store.map(|store| store.connection_name),
            members_in_shared: used.shared,
            members_in_own: used.own,
        }
    }
}

impl From<StoreRefusal> for Problem {
    fn from(refusal: StoreRefusal) -> Self {
        let code = match refusal {
            StoreRefusal::InUse(_) => Code::UserStoreInUse,
            StoreRefusal::NoAdmin => Code::LastAdmin,
        };
        Self::new(code).detail(refusal)
    }
}
