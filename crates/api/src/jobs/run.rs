//! What each kind of job does: reads its payload and calls its workflow.

use domain::{
    ConversionId, ImportId, IndividualId, InvitationId, MoveId, OrganizationId, Person, TenantId,
    UserId,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::Job;

use super::{catch_up, housekeeping, kind};
use crate::workflows::{
    Context, Failure, adoption, auth0_log, community, conversion, deletion, erasure, import,
    invitation, membership, membership_pull, mirror, organization_settings, payment, reminders,
    spoiled_invitation, subscription_claim, subscription_move, sweep, user_import, user_store,
};

#[derive(Deserialize)]
struct WebhookEvent {
    event_id: String,
}

#[derive(Deserialize)]
struct StripeSubscription {
    subscription_id: String,
}

#[derive(Deserialize)]
struct Move {
    move_id: MoveId,
}

#[derive(Deserialize)]
struct Conversion {
    conversion_id: ConversionId,
}

#[derive(Deserialize)]
struct SubscriptionClaim {
    user_id: Option<UserId>,
}

#[derive(Deserialize)]
struct Invitation {
    invitation_id: InvitationId,
}

#[derive(Deserialize)]
struct Erasure {
    org_id: TenantId,
}

#[derive(Deserialize)]
struct Import {
    import_id: ImportId,
}

#[derive(Deserialize)]
struct Member {
    user_id: UserId,
}

pub(super) async fn run(context: &Context, job: &Job) -> Result<(), Failure> {
    match job.kind.as_str() {
        kind::STRIPE_EVENT => {
            payment::event(context, &payload::<WebhookEvent>(job)?.event_id).await
        }
        kind::STRIPE_SUBSCRIPTION => {
            let subscription = payload::<StripeSubscription>(job)?.subscription_id;
            let hint = payment::Hint::Subscription(subscription);
            payment::apply(context, &hint).await.map(drop)
        }
        kind::STRIPE_OBJECT => payment::apply(context, &payload(job)?).await.map(drop),
        kind::STRIPE_END => {
            let subscription = payload::<StripeSubscription>(job)?.subscription_id;
            Ok(context.billing.end_subscription(&subscription).await?)
        }
        kind::STRIPE_CANCEL => {
            let subscription = payload::<StripeSubscription>(job)?.subscription_id;
            payment::let_it_end(context, &subscription).await
        }
        kind::SUBSCRIPTION_MOVE => {
            let id = payload::<Move>(job)?.move_id;
            subscription_move::run(context, organization(job)?, id).await
        }
        kind::REMINDERS => reminders::look(context, tenant(job)?).await,
        kind::REMINDER_MAIL => reminders::mail(context, tenant(job)?, &payload(job)?).await,
        kind::CONVERSION => convert(context, job).await,
        kind::SUBSCRIPTION_CLAIM => {
            let user = payload::<SubscriptionClaim>(job)?.user_id;
            subscription_claim::write(context, tenant(job)?, user.as_ref()).await
        }
        kind::ORGANIZATION_SETTINGS => {
            organization_settings::write(context, organization(job)?).await
        }
        kind::USER_STORE => user_store::follow(context, organization(job)?).await,
        kind::INVITATION => {
            let id = payload::<Invitation>(job)?.invitation_id;
            let organization = tenant(job)?;
            invitation::deliver(context, organization, id, job.attempts).await?;
            community::report(context, organization, id).await
        }
        kind::COMMUNITY_INVITATION => {
            let id = payload::<Invitation>(job)?.invitation_id;
            community::send(context, individual(job)?, id).await
        }
        kind::SPOILED_INVITATION => {
            spoiled_invitation::run(context, organization(job)?, &payload(job)?).await
        }
        kind::MEMBERSHIP => {
            let user = payload::<Member>(job)?.user_id;
            membership::follow(context, organization(job)?, &user).await
        }
        kind::SESSION_END => {
            membership::end_sessions(context, &payload::<Member>(job)?.user_id).await
        }
        kind::MEMBERSHIP_PULL => {
            membership_pull::run(context, organization(job)?, &payload::<Person>(job)?).await
        }
        kind::DELETION => deletion::begin(context, tenant(job)?).await,
        kind::DELETION_BILLING => deletion::bill(context, organization(job)?).await,
        kind::ERASURE => erasure::run(context, &payload::<Erasure>(job)?.org_id).await,
        kind::AUTH0_EVENT => {
            let event_id = payload::<WebhookEvent>(job)?.event_id;
            mirror::event(context, &event_id, job.attempts).await
        }
        kind::AUTH0_LOG => auth0_log::read(context).await,
        kind::RECONCILE => mirror::reconcile::run(context).await,
        kind::ADOPTION => {
            let user = payload::<Member>(job)?.user_id;
            adoption::write(context, organization(job)?, &user).await
        }
        kind::USER_IMPORT => {
            let id = payload::<Import>(job)?.import_id;
            user_import::run(context, organization(job)?, id).await
        }
        kind::PLATFORM_IMPORT => {
            let id = payload::<Import>(job)?.import_id;
            import::run(context, tenant(job)?, id).await
        }
        kind::SWEEP => sweep::run(context).await,
        kind::STRIPE_CATCH_UP => catch_up::run(context).await,
        kind::HOUSEKEEPING => housekeeping::run(context).await,
        unknown => Err(Failure::Park(format!(
            "this version knows no job {unknown}"
        ))),
    }
}

async fn convert(context: &Context, job: &Job) -> Result<(), Failure> {
    let id = payload::<Conversion>(job)?.conversion_id;
    conversion::advance(context, tenant(job)?, id, job.attempts).await
}

/// A conversion or a user store that cannot go on says so in its own row too, where its owner and support see it.
pub(super) async fn give_up(context: &Context, job: &Job, reason: &str) -> Result<(), Failure> {
    if job.kind == kind::CONVERSION {
        let id = payload::<Conversion>(job)?.conversion_id;
        conversion::park(context, tenant(job)?, id, reason).await?;
    }
    if job.kind == kind::USER_STORE {
        user_store::fail(context, organization(job)?, reason).await?;
    }
    Ok(())
}

fn tenant(job: &Job) -> Result<&TenantId, Failure> {
    job.org
        .as_ref()
        .ok_or_else(|| Failure::Park("a job of a tenant names no tenant".into()))
}

fn organization(job: &Job) -> Result<&OrganizationId, Failure> {
    match tenant(job)? {
        TenantId::Organization(organization) => Ok(organization),
        TenantId::Individual(_) => Err(Failure::Park("the job is an organization's".into())),
    }
}

fn individual(job: &Job) -> Result<&IndividualId, Failure> {
    match tenant(job)? {
        TenantId::Individual(individual) => Ok(individual),
        TenantId::Organization(_) => Err(Failure::Park("the job is an individual's".into())),
    }
}

fn payload<T: DeserializeOwned>(job: &Job) -> Result<T, Failure> {
    T::deserialize(&job.payload)
        .map_err(|error| Failure::Park(format!("unreadable payload: {error}")))
}
