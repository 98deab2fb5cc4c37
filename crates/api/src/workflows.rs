//! Steps across Auth0, Stripe and Postgres that must end well whatever crashes between them.
//! Every one of them is run by a durable job and may be run again at any time.

pub mod adoption;
pub mod auth0_log;
pub mod community;
pub mod conversion;
pub mod deletion;
pub mod directory;
pub mod discovery_domain;
pub mod domain_mail;
pub mod domain_proof;
pub mod domain_routes;
pub mod erasure;
pub mod failure;
pub mod glass_mail;
pub mod identity_link;
pub mod identity_provider;
pub mod import;
pub mod invitation;
pub mod leaving;
mod mailing;
pub mod marker;
pub mod membership;
pub mod membership_pull;
pub mod mirror;
pub mod organization_settings;
pub mod payment;
pub mod provisioning;
pub mod reminders;
pub mod spoiled_invitation;
pub mod sso_ticket;
pub mod subscription_claim;
pub mod subscription_move;
pub mod sweep;
pub(crate) mod trial;
pub mod trial_domain;
pub mod user_import;
pub mod user_store;

pub use failure::Failure;

use std::sync::Arc;

use crate::billing;
use crate::clock::Clock;
use crate::config::Config;
use crate::dns::Dns;
use crate::mail::Mailer;
use directory::Directory;
use store::Store;

/// What a workflow works with: the worker's own database role, and the two vendors.
#[derive(Clone)]
pub struct Context {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub store: Store,
    pub auth0: management::Client,
    pub billing: billing::Client,
    pub dns: Dns,
    /// None where no mail is sent.
    pub mailer: Option<Mailer>,
    pub directory: Arc<Directory>,
}
