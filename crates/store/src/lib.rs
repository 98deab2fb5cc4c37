//! Postgres: the only crate that writes SQL.
//!
//! [`Store`] keeps the pool to itself. Tenant tables are reached through [`TenantTx`] alone, which binds the
//! organization in its first statement; the few doors that cross tenants are methods of [`Store`].

mod config;
mod error;
mod page;

mod boot;
mod pool;
mod row;
mod shield;
mod tenant_tx;

mod accounts;
mod audit_chain;
mod audit_events;
mod audit_proof;
mod community_invitations;
mod conversions;
mod customers;
mod dead_letters;
mod deletions;
mod domains;
mod idempotency_keys;
mod identity_links;
mod identity_provider_domains;
mod identity_provider_tests;
mod identity_providers;
mod individuals;
mod invitations;
mod member_additions;
mod member_groups;
mod memberships;
mod organization_names;
mod organizations;
mod projects;
mod provisionings;
mod reminders;
mod scim_tokens;
mod seats;
mod sso;
mod sso_tickets;
mod stripe_catch_up;
mod stripe_objects;
mod subscription_moves;
mod subscriptions;
mod trial_domains;
mod usage;
mod usage_counters;
mod user_imports;
mod user_stores;

mod auth0_log;
mod event_feed;
mod job_queue;
mod mirror;
mod orphans;
mod platform_creations;
mod platform_directory;
mod platform_imports;
mod webhook_inbox;

mod catalog_lint;
mod migrate;
mod roles;

#[cfg(feature = "testing")]
pub mod testing;

pub use audit_chain::{AuditEnd, AuditHash, AuditLink, canonical, exported, exported_end};
pub use audit_events::{AuditEvent, AuditFilter, NewAuditEvent};
pub use audit_proof::{AuditBreak, AuditDefect, AuditProof};
pub use auth0_log::LogPlace;
pub use boot::BootRefusal;
pub use catalog_lint::{Finding, lint};
pub use community_invitations::CommunityInvitation;
pub use config::{DatabaseRole, DatabaseUrl, StoreConfig};
pub use conversions::{Conversion, MarkerOwner};
pub use customers::{Customer, NewCustomer};
pub use dead_letters::DeadLetter;
pub use deletions::{Deletion, Erasure, NewDeletion, Standing};
pub use domains::{Domain, DueDomain};
pub use error::StoreError;
pub use event_feed::{EventFeed, FeedPlace};
pub use idempotency_keys::{IdempotencyKeyRow, IdempotencyState};
pub use identity_links::IdentityLink;
pub use identity_provider_tests::TestLogin;
pub use identity_providers::{IdentityProvider, TestedLogin};
pub use individuals::{OpenedIndividual, OpenedPerson};
pub use invitations::{Invitation, InvitationFilter, InvitationIssue};
pub use job_queue::{Job, RUNNING_PER_TENANT};
pub use member_additions::MemberAddition;
pub use member_groups::{GroupedMember, MemberGroups};
pub use memberships::{MEMBERS, MEMBERS_FOUND, Member, Membership};
pub use migrate::{MigrationReport, ensure_database, migrate};
pub use mirror::{Drift, DriftEver, EventsHeard, MirrorState};
pub use organizations::{MyOrganization, OpenedOrganization};
pub use page::{Listed, Page};
pub use platform_creations::PlatformCreation;
pub use platform_directory::{DirectoryEntry, DirectoryFilter};
pub use platform_imports::{ImportItem, PlatformImport};
#[cfg(feature = "testing")]
pub use pool::Guards;
pub use pool::Store;
pub use projects::Project;
pub use provisionings::Provisioning;
pub use reminders::REMINDERS_JOB;
pub use roles::{RolePasswords, role_url};
pub use scim_tokens::{MadeScimToken, ScimToken};
pub use sso::{BrokenGlass, Outsider};
pub use sso_tickets::SsoTicket;
pub use stripe_objects::StripeOwner;
pub use subscription_moves::{NewSubscriptionMove, SubscriptionMove};
pub use subscriptions::SubscriptionRecord;
pub use tenant_tx::{MovedIndividual, TenantTx};
pub use user_imports::{UserImport, UserRow};
pub use user_stores::UserStore;
pub use webhook_inbox::{NewWebhook, Provider, Received, StoredWebhook, WebhookState};
