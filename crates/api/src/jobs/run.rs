//! What each kind of job does: reads its payload and calls its workflow.

use domain::{
    ConnectionId, ConversionId, DomainId, DomainName, IdentityLinkId, IdentityProviderName,
    ImportId, IndividualId, InvitationId, MoveId, OrganizationId, Person, ScimTokenId, SsoTicketId,
    TenantId, TestLoginId, UserId,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::Job;
use uuid::Uuid;

use super::{catch_up, housekeeping, kind};
use crate::workflows::{
    Context, Failure, adoption, auth0_log, community, conversion, deletion, discovery_domain,
    domain_mail, domain_proof, domain_routes, erasure, glass_mail, identity_link,
    identity_provider, import, invitation, membership, membership_pull, mirror,
    organization_settings, payment, provisioning, reminders, spoiled_invitation, sso_ticket,
    subscription_claim, subscription_move, sweep, trial_domain, user_import, user_store,
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
struct OwnDomain {
    domain_id: DomainId,
}

#[derive(Deserialize)]
struct DomainToFind {
    domain: String,
}

#[derive(Deserialize)]
struct Connection {
    connection_id: ConnectionId,
}

#[derive(Deserialize)]
struct ScimToken {
    connection_id: ConnectionId,
    token_id: ScimTokenId,
}

#[derive(Deserialize)]
struct LeftScimToken {
    connection_id: ConnectionId,
    id: Uuid,
}

#[derive(Deserialize)]
struct Invitation {
    invitation_id: InvitationId,
}

#[derive(Deserialize)]
struct IdentityLink {
    link_id: IdentityLinkId,
}

#[derive(Deserialize)]
struct SsoTicket {
    ticket_id: SsoTicketId,
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
struct IdentityProvider {
    name: IdentityProviderName,
}

#[derive(Deserialize)]
struct TestLogin {
    test_id: TestLoginId,
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
            payment::apply(context, &hint).await
        }
        kind::STRIPE_OBJECT => payment::apply(context, &payload(job)?).await,
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
        kind::GLASS_MAIL => glass_mail::send(context, tenant(job)?, &payload(job)?).await,
        kind::DOMAIN_MAIL => domain_mail::send(context, tenant(job)?, &payload(job)?).await,
        kind::CONVERSION => convert(context, job).await,
        kind::SUBSCRIPTION_CLAIM | kind::TRIAL_DOMAIN => plans(context, job).await,
        kind::ORGANIZATION_SETTINGS => {
            organization_settings::write(context, organization(job)?).await
        }
        kind::USER_STORE => user_store::follow(context, organization(job)?).await,
        kind::DOMAIN_PROOF | kind::DISCOVERY_DOMAIN => domains(context, job).await,
        kind::IDENTITY_PROVIDER | kind::IDENTITY_PROVIDER_TEST => {
            identity_providers(context, job).await
        }
        kind::USER_IMPORT | kind::PLATFORM_IMPORT => imports(context, job).await,
        kind::PROVISIONING_END | kind::SCIM_TOKEN_END | kind::SCIM_TOKEN_LEFT => {
            provisionings(context, job).await
        }
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
        kind::IDENTITY_LINK => link(context, job).await,
        kind::SSO_TICKET => sso_ticket::follow(context, organization(job)?, ticket(job)?).await,
        kind::DELETION => deletion::begin(context, tenant(job)?).await,
        kind::DELETION_BILLING => deletion::bill(context, organization(job)?).await,
        kind::ERASURE => erasure::run(context, &payload::<Erasure>(job)?.org_id).await,
        kind::AUTH0_EVENT => {
            let event_id = payload::<WebhookEvent>(job)?.event_id;
            mirror::event(context, &event_id, job.attempts).await
        }
        kind::DIRECTORY_GROUPS => mirror::directory_groups::run(context, organization(job)?).await,
        kind::ADOPTION => adopt(context, job).await,
        _ => of_nobody(context, job).await,
    }
}

/// What is done for all tenants.
async fn of_nobody(context: &Context, job: &Job) -> Result<(), Failure> {
    match job.kind.as_str() {
        kind::AUTH0_LOG => auth0_log::read(context).await,
        kind::RECONCILE => mirror::reconcile::run(context).await,
        kind::SWEEP => sweep::run(context).await,
        kind::STRIPE_CATCH_UP => catch_up::run(context).await,
        kind::DUE_DOMAINS => domain_proof::queue_due(context).await,
        kind::DOMAIN_ROUTES => domain_routes::reconcile(context).await,
        kind::HOUSEKEEPING => housekeeping::run(context).await,
        unknown => Err(Failure::Park(format!(
            "this version knows no job {unknown}"
        ))),
    }
}

async fn identity_providers(context: &Context, job: &Job) -> Result<(), Failure> {
    if job.kind == kind::IDENTITY_PROVIDER_TEST {
        let test = payload::<TestLogin>(job)?.test_id;
        return identity_provider::test_login::finish(context, organization(job)?, test).await;
    }
    let name = payload::<IdentityProvider>(job)?.name;
    identity_provider::follow(context, organization(job)?, &name).await
}

async fn plans(context: &Context, job: &Job) -> Result<(), Failure> {
    if job.kind == kind::TRIAL_DOMAIN {
        let user = payload::<Member>(job)?.user_id;
        return trial_domain::check(context, tenant(job)?, &user).await;
    }
    let user = payload::<SubscriptionClaim>(job)?.user_id;
    subscription_claim::write(context, tenant(job)?, user.as_ref()).await
}

async fn domains(context: &Context, job: &Job) -> Result<(), Failure> {
    if job.kind == kind::DISCOVERY_DOMAIN {
        let name = DomainName::kept(payload::<DomainToFind>(job)?.domain);
        return discovery_domain::follow(context, organization(job)?, &name).await;
    }
    let id = payload::<OwnDomain>(job)?.domain_id;
    domain_proof::run(context, organization(job)?, id, job.attempts).await
}

async fn provisionings(context: &Context, job: &Job) -> Result<(), Failure> {
    if job.kind == kind::PROVISIONING_END {
        let connection = payload::<Connection>(job)?.connection_id;
        return provisioning::end(context, organization(job)?, &connection).await;
    }
    if job.kind == kind::SCIM_TOKEN_END {
        let ScimToken {
            connection_id,
            token_id,
        } = payload(job)?;
        return provisioning::end_token(context, &connection_id, &token_id).await;
    }
    let LeftScimToken { connection_id, id } = payload(job)?;
    provisioning::forsake_token(context, organization(job)?, &connection_id, id).await
}

async fn imports(context: &Context, job: &Job) -> Result<(), Failure> {
    let id = payload::<Import>(job)?.import_id;
    if job.kind == kind::PLATFORM_IMPORT {
        return import::run(context, tenant(job)?, id).await;
    }
    user_import::run(context, organization(job)?, id).await
}

async fn convert(context: &Context, job: &Job) -> Result<(), Failure> {
    let id = payload::<Conversion>(job)?.conversion_id;
    conversion::advance(context, tenant(job)?, id, job.attempts).await
}

async fn link(context: &Context, job: &Job) -> Result<(), Failure> {
    let id = payload::<IdentityLink>(job)?.link_id;
    identity_link::follow(context, individual(job)?, id).await
}

fn ticket(job: &Job) -> Result<SsoTicketId, Failure> {
    Ok(payload::<SsoTicket>(job)?.ticket_id)
}

async fn adopt(context: &Context, job: &Job) -> Result<(), Failure> {
    let user = payload::<Member>(job)?.user_id;
    adoption::write(context, organization(job)?, &user).await
}

/// A conversion, a user store or an identity provider that cannot go on says so in its own row too, where its owner and support see it.
pub(super) async fn give_up(context: &Context, job: &Job, reason: &str) -> Result<(), Failure> {
    if job.kind == kind::CONVERSION {
        let id = payload::<Conversion>(job)?.conversion_id;
        conversion::park(context, tenant(job)?, id, reason).await?;
    }
    if job.kind == kind::USER_STORE {
        user_store::fail(context, organization(job)?, reason).await?;
    }
    if job.kind == kind::SSO_TICKET {
        sso_ticket::fail(context, organization(job)?, ticket(job)?, reason).await?;
    }
    if job.kind == kind::IDENTITY_PROVIDER {
        let name = payload::<IdentityProvider>(job)?.name;
        identity_provider::fail(context, organization(job)?, &name, reason).await?;
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
