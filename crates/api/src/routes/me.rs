//! The signed-in person: what they have bought for themselves, and how their payment becomes an organization.

pub(super) mod checkout;
mod claimed_name;
pub(super) mod conversions;
pub(super) mod delete;
pub(super) mod identities;
pub(super) mod invitations;

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::{ConversionStep, Role};
use serde::Serialize;
use store::{Conversion, MyOrganization, Page};
use utoipa::ToSchema;
use uuid::Uuid;

use super::subscription::SubscriptionBody;
use crate::app::AppState;
use crate::auth::Me;
use crate::openapi::problems::MeProblems;
use crate::pagination::MAX_LIMIT;
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = Me, examples(json!({
    "user_id": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
    "individual_id": "ind_0199e7a25c1e7b439c550b9a7d7c2f10",
    "subscription": {
        "plan": "trial",
        "status": "active",
        "ends_at": "2026-12-05T09:00:00Z",
        "interval": null,
        "seats": null,
        "cancel_at_period_end": false,
        "claim": "trial;2026-12-05T09:00:00.000Z;active",
    },
    "organizations": [
        { "org_id": "org_Vq3kfGpRcXh2Tn7L", "name": "acme", "display_name": "Acme Ltd.", "roles": ["org_admin"] },
    ],
    "conversions_open": [
        { "conversion_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10", "step": "activation", "plan": "team", "needs": "name" },
    ],
})))]
struct MeBody {
    user_id: String,
    /// Under which the back office knows the caller as a customer of their own.
    individual_id: String,
    subscription: SubscriptionBody,
    /// Where the caller can log in, by name.
    organizations: Vec<MyOrganizationBody>,
    /// Payments that are on their way, newest first; an unpaid one as long as its payment page is open.
    conversions_open: Vec<OpenConversionBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MyOrganization)]
struct MyOrganizationBody {
    org_id: String,
    name: String,
    display_name: String,
    /// `org_admin`, `org_member`, `org_billing`, `org_readonly`.
    roles: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OpenConversion)]
struct OpenConversionBody {
    conversion_id: Uuid,
    /// As in `/v1/me/conversions/{conversion_id}`.
    step: &'static str,
    plan: &'static str,
    /// What the caller has to do next: `payment`, `name`, or null.
    needs: Option<&'static str>,
}

/// The caller: their subscription, their organizations, and what they still have to do.
///
/// The first call ever starts the trial.
#[utoipa::path(operation_id = "show_me", tag = "me", responses((status = 200, body = MeBody), MeProblems))]
#[get("/v1/me")]
pub(super) async fn show(me: Me, state: web::Data<AppState>) -> Result<web::Json<MeBody>, Problem> {
    let Me {
        person,
        individual,
        mut tx,
        ..
    } = me;
    let now = state.clock.now();
    let subscription = SubscriptionBody::of_tenant(&mut tx, now).await?;
    let conversions = tx.conversions(&Page::first(MAX_LIMIT)).await?.items;
    // A request that holds one connection must not wait for a second one.
    tx.commit().await?;
    let organizations = state.store.my_organizations(&person).await?;
    Ok(web::Json(MeBody {
        user_id: person.user_id.into(),
        individual_id: individual.into(),
        subscription,
        organizations: organizations
            .into_iter()
            .map(MyOrganizationBody::from)
            .collect(),
        conversions_open: conversions
            .iter()
            .filter(|found| is_open(found, now))
            .map(Into::into)
            .collect(),
    }))
}

fn is_open(conversion: &Conversion, now: DateTime<Utc>) -> bool {
    match conversion.step {
        ConversionStep::Requested => {
            conversion.checkout_url.is_some()
                && now < conversion.created_at + checkout::PAGE_IS_OPEN
        }
        step => !step.is_final() && step != ConversionStep::Cancelling,
    }
}

impl From<MyOrganization> for MyOrganizationBody {
    fn from(organization: MyOrganization) -> Self {
        Self {
            org_id: organization.id.into(),
            name: organization.name.into(),
            display_name: organization.display_name.into(),
            roles: organization.roles.into_iter().map(Role::as_str).collect(),
        }
    }
}

impl From<&Conversion> for OpenConversionBody {
    fn from(conversion: &Conversion) -> Self {
        Self {
            conversion_id: conversion.id.as_uuid(),
            step: conversions::step(conversion.step),
            plan: conversion.plan.as_str(),
            needs: conversions::needs(conversion),
        }
    }
}
