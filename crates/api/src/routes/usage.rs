//! What was used in a month, and how much of it the plan allows.
//!
//! Counters are read without a lock: requests that run at the same time do not see each other's, so an allowance can be
//! exceeded by as many as run at once, fewer than `DATABASE_MAX_CONNECTIONS` times the number of processes. What is paid
//! for by the piece is not counted here: seats are exact.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, get, web};
use chrono::{DateTime, Utc};
use domain::usage::{InvalidPeriod, Metric, Period};
use domain::{Because, Plan, Subscription};
use serde::Serialize;
use store::TenantTx;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::subscription::subscription;
use crate::app::AppState;
use crate::auth::permissions::ReadOrganization;
use crate::auth::{Authorized, Me};
use crate::openapi::problems::{MeProblems, QueryProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Usage, examples(json!({
    "period": "2026-11",
    "starts_at": "2026-11-01T00:00:00Z",
    "ends_at": "2026-12-01T00:00:00Z",
    "counters": [{ "metric": "projects_created", "used": 12, "limit": null }],
})))]
struct UsageBody {
    /// A calendar month in UTC.
    period: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// One for each metric.
    counters: Vec<CounterBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UsageCounter)]
pub(super) struct CounterBody {
    /// `projects_created`, `invitations_sent` or `members_joined`.
    metric: &'static str,
    used: u64,
    /// What the plan that runs now allows in a month; null when unlimited.
    limit: Option<u32>,
}

/// What the organization used in a month. Requests that run at the same time may exceed a limit by their number.
#[utoipa::path(
    operation_id = "show_usage",
    tag = "billing",
    params(
        ("org_id" = String, Path),
        ("period" = Option<String>, Query, description = "A month like `2026-11`; the present one when left out"),
    ),
    responses((status = 200, body = UsageBody), TenantProblems, QueryProblems),
)]
#[get("/v1/orgs/{org_id}/usage")]
pub(super) async fn in_organization(
    mut caller: Authorized<ReadOrganization>,
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<web::Json<UsageBody>, Problem> {
    let period = period(request.query_string(), state.clock.now())?;
    show(&mut caller.tx, period).await
}

/// What the caller used on their own in a month.
#[utoipa::path(
    operation_id = "show_my_usage",
    tag = "me",
    params(
        ("period" = Option<String>, Query, description = "A month like `2026-11`; the present one when left out"),
    ),
    responses((status = 200, body = UsageBody), MeProblems, QueryProblems),
)]
#[get("/v1/me/usage")]
pub(super) async fn of_me(
    mut me: Me,
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<web::Json<UsageBody>, Problem> {
    let period = period(request.query_string(), state.clock.now())?;
    show(&mut me.tx, period).await
}

fn period(query: &str, now: DateTime<Utc>) -> Result<Period, Problem> {
    let mut asked = None;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let read = value.parse::<Period>();
        if name != "period" || read.is_err() || asked.is_some() {
            let problem = Problem::new(Code::InvalidQuery);
            return Err(problem.field(name, "invalid", InvalidPeriod));
        }
        asked = read.ok();
    }
    Ok(asked.unwrap_or_else(|| Period::of(now)))
}

async fn show(tx: &mut TenantTx, period: Period) -> Result<web::Json<UsageBody>, Problem> {
    let plan = subscription(tx).await?.plan;
    Ok(web::Json(UsageBody {
        period: period.to_string(),
        starts_at: period.starts_at(),
        ends_at: period.ends_at(),
        counters: counters(tx, plan, period).await?,
    }))
}

pub(super) async fn counters(
    tx: &mut TenantTx,
    plan: Plan,
    period: Period,
) -> Result<Vec<CounterBody>, Problem> {
    let counted = tx.usage_counted(period).await?;
    let counter = |metric: &Metric| CounterBody {
        metric: metric.as_str(),
        used: counted.get(metric).copied().unwrap_or_default(),
        limit: plan.allowance(*metric),
    };
    Ok(Metric::ALL.iter().map(counter).collect())
}

/// Counts what the operation uses, in its transaction.
///
/// # Errors
/// 402 when the plan does not allow so much more in this month.
pub(super) async fn spend(
    tx: &mut TenantTx,
    metric: Metric,
    amount: u32,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let period = Period::of(now);
    let Subscription { plan, .. } = subscription(tx).await?;
    if let Some(limit) = plan.allowance(metric) {
        let counted = tx.usage_counted(period).await?;
        let used = counted.get(&metric).copied().unwrap_or_default();
        if used + u64::from(amount) > u64::from(limit) {
            let lifted_by = plan.next_with_more(metric).map_or("support", Plan::as_str);
            return Err(Problem::new(Code::LimitReached)
                .detail(format_args!("The plan allows {limit} {metric} in a month."))
                .because(Because::Plan, lifted_by));
        }
    }
    tx.count_usage(metric, period, amount, Uuid::now_v7())
        .await?;
    Ok(())
}

/// Of operations that call [`spend`].
pub(super) struct UsageProblems;

impl IntoResponses for UsageProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::LimitReached])
    }
}
