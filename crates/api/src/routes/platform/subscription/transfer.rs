//! A subscription goes to another organization, with the customer at Stripe who pays for it.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::subscription::{ChangeRefusal, InUse};
use domain::{MoveId, OrganizationId, Subscription, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{NewSubscriptionMove, SubscriptionRecord};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::{SupportProblems, Supported, order, refused};
use crate::app::AppState;
use crate::auth::PlatformAdmin;
use crate::body::{Body, PathId};
use crate::idempotency::Idempotency;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::platform::{PlatformProblems, reason};
use crate::routes::subscription::change::refused_change;
use crate::routes::subscription::payer::Turn;
use crate::routes::subscription::subscription;
use crate::workflows::payment::{Order, save};

const ROUTE: &str = "POST platform subscription/move";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriptionMoveRequest, examples(json!({
    "to": "org_Vq3kfGpRcXh2Tn7L", "reason": "The two companies have merged.",
})))]
struct MoveRequest {
    /// The organization that is to have it.
    to: String,
    /// 1 to 500 characters. Both organizations can read it.
    reason: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SubscriptionMove)]
struct MoveBody {
    move_id: Uuid,
    from: String,
    to: String,
    /// `moving`: a moment later the receiver's subscription shows it.
    status: &'static str,
}

struct MoveProblems;

impl IntoResponses for MoveProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::Conflict])
    }
}

/// Moves an organization's subscription, and the customer at Stripe who pays for it, to another organization whose plan
/// has ended. The giver's plan ends at once; the receiver has it a moment later, never both at the same time. If the
/// receiver has bought a plan of its own meanwhile, it goes back.
#[utoipa::path(
    operation_id = "move_platform_subscription",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = MoveRequest,
    responses(
        (status = 202, body = MoveBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        SupportProblems,
        MoveProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/subscription/move")]
pub(super) async fn create(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<MoveRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let from = org_id.parse()?;
    let MoveRequest { to, reason } = body.parse()?;
    let to = checked_receiver(&to, &from)?;
    let order = order(&caller, "subscription.moved_out", reason::checked(&reason)?);
    let giver = TenantId::from(from.clone());
    // The receiver in a transaction of its own; whether it may is asked again when it gets the subscription.
    drop(caller.tenant(&state, &giver).await?);
    let receiver = Receiver::look(&state, &caller, &to, &order, *request_id).await;
    let mut it = Supported::open(&state, &caller, &giver, order, *request_id).await?;
    let turn = it.payer.turn(&state, &idempotency, ROUTE, body.bytes()?);
    let attempt = match turn.await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, _) | Turn::Again(attempt, _) => attempt,
    };
    let id = it.give_to(&to, &receiver?, state.clock.now()).await?;
    let body = MoveBody {
        move_id: id.as_uuid(),
        from: from.into(),
        to: to.into(),
        status: "moving",
    };
    let tx = &mut it.payer.tx;
    let response = attempt.finish(tx, StatusCode::ACCEPTED, &body).await?;
    it.payer.tx.commit().await?;
    Ok(response)
}

fn checked_receiver(to: &str, from: &OrganizationId) -> Result<OrganizationId, Problem> {
    match to.parse::<OrganizationId>() {
        Ok(to) if to == *from => Err(refused_receiver("It has the subscription already.")),
        Ok(to) => Ok(to),
        Err(_) => Err(refused_receiver("There is no such organization.")),
    }
}

fn refused_receiver(detail: &str) -> Problem {
    Problem::invalid_field("to", "invalid", detail)
}

/// Who is to have it, as it was a moment ago.
struct Receiver {
    subscription: Subscription,
    in_use: InUse,
}

impl Receiver {
    async fn look(
        state: &AppState,
        caller: &PlatformAdmin,
        id: &OrganizationId,
        order: &Order,
        request_id: RequestId,
    ) -> Result<Self, Problem> {
        let tenant = TenantId::from(id.clone());
        let opened = Supported::open(state, caller, &tenant, order.clone(), request_id).await;
        let mut receiver = opened.map_err(|problem| match problem.code() {
            Code::NotFound => refused_receiver("There is no such organization."),
            _ => problem,
        })?;
        Ok(Self {
            subscription: subscription(&mut receiver.payer.tx).await?,
            in_use: receiver.payer.in_use(state).await?,
        })
    }
}

impl Supported {
    /// Takes the subscription from this organization; a job gives it to the receiver.
    async fn give_to(
        &mut self,
        to: &OrganizationId,
        receiver: &Receiver,
        now: DateTime<Utc>,
    ) -> Result<MoveId, Problem> {
        let before = self.payer.record().await?;
        if before.disputed_at.is_some() {
            return Err(refused_change(ChangeRefusal::PaymentDisputed));
        }
        let left = before
            .subscription
            .clone()
            .hand_away(&receiver.subscription, &receiver.in_use, now)
            .map_err(refused)?;
        let id = MoveId::from(Uuid::now_v7());
        let new = NewSubscriptionMove {
            id,
            to: to.clone(),
            client_id: self.order.client_id.clone(),
            reason: self.order.reason.clone(),
            request_id: Some(self.request_id.to_string()),
            requested_at: now,
        };
        let tx = &mut self.payer.tx;
        if !tx.begin_subscription_move(&new).await? {
            let detail = "Another move of one of the two is not over.";
            return Err(Problem::new(Code::Conflict).detail(detail));
        }
        let after = SubscriptionRecord {
            version: before.version,
            ..SubscriptionRecord::new(left)
        };
        save(tx, &before, &after, self.payer.cause.clone(), now).await?;
        let key = format!("{}:{id}", kind::SUBSCRIPTION_MOVE);
        let payload = json!({ "move_id": id });
        tx.enqueue(kind::SUBSCRIPTION_MOVE, &key, &payload, now)
            .await?;
        Ok(id)
    }
}
