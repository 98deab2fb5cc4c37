//! Everything the stand-in tenant remembers, in Auth0's own words. One value behind one lock, written to disk as JSON.

mod action;
mod discovery_domain;
mod invitation;
mod log;
mod logins;
mod recent;
mod self_service;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use action::{Action, Binding, Draft, POST_LOGIN, Secret, Version};
pub(crate) use discovery_domain::DiscoveryDomain;
pub(crate) use invitation::Invitation;
pub(crate) use log::{CATEGORIES as LOG_CATEGORIES, Log, LogEntry, LogFacts};
pub(crate) use logins::{
    Authenticated, Authenticator, AuthorizationCode, LoginTransaction, PendingMfa, RefreshToken,
    Session,
};
pub(crate) use recent::{LONGEST as LONGEST_LAG, RecentChanges};
pub(crate) use self_service::{SelfServiceProfile, SsoTicket};

pub(crate) type Metadata = Map<String, Value>;

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) settings: Settings,
    pub(crate) signing_keys: Vec<SigningKey>,
    /// With which the stand-ins for customers' identity providers sign assertions.
    #[serde(default)]
    pub(crate) provider_key: Option<SigningKey>,
    pub(crate) clients: BTreeMap<String, Application>,
    pub(crate) resource_servers: BTreeMap<String, ResourceServer>,
    pub(crate) client_grants: BTreeMap<String, ClientGrant>,
    pub(crate) connections: BTreeMap<String, Connection>,
    pub(crate) users: BTreeMap<String, User>,
    /// Accounts that are linked into another one, by the user id that they had.
    #[serde(default)]
    pub(crate) linked_accounts: BTreeMap<String, LinkedAccount>,
    /// Second factors by user id.
    #[serde(default)]
    pub(crate) authenticators: BTreeMap<String, Authenticator>,
    #[serde(default)]
    pub(crate) self_service_profiles: BTreeMap<String, SelfServiceProfile>,
    /// By the secret in their address.
    #[serde(default)]
    pub(crate) sso_tickets: BTreeMap<String, SsoTicket>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) organizations: BTreeMap<String, Organization>,
    /// Authorization codes, login transactions and sessions, by their opaque value.
    pub(crate) codes: BTreeMap<String, AuthorizationCode>,
    pub(crate) transactions: BTreeMap<String, LoginTransaction>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) refresh_tokens: BTreeMap<String, RefreshToken>,
    /// User ids by the ticket in the e-mail that asks them to prove their address.
    #[serde(default)]
    pub(crate) email_verifications: BTreeMap<String, String>,
    /// By the secret in their address.
    #[serde(default)]
    pub(crate) password_tickets: BTreeMap<String, crate::password_tickets::PasswordTicket>,
    #[serde(default)]
    pub(crate) import_jobs: BTreeMap<String, crate::user_imports::ImportJob>,
    #[serde(default)]
    pub(crate) scim: crate::scim::Scim,
    /// The billing stand-in's objects; an account of its own at Stripe, kept here so that one file holds everything.
    #[serde(default)]
    pub(crate) stripe: crate::stripe::Account,
    #[serde(default)]
    pub(crate) event_stream: crate::event_stream::EventStream,
    /// Streams that were made over the Management API, by id.
    #[serde(default)]
    pub(crate) event_streams: BTreeMap<String, crate::event_stream::EventStream>,
    #[serde(default)]
    pub(crate) user_attribute_profiles: BTreeMap<String, Metadata>,
    #[serde(default)]
    pub(crate) event_log: crate::event_log::EventLog,
    #[serde(default)]
    pub(crate) log: Log,
    #[serde(default)]
    pub(crate) log_streams: BTreeMap<String, crate::log_stream::LogStream>,
    #[serde(default)]
    pub(crate) actions: BTreeMap<String, Action>,
    /// In the order in which they run, by trigger.
    #[serde(default)]
    pub(crate) bindings: BTreeMap<String, Vec<Binding>>,
    #[serde(default)]
    pub(crate) look: Look,
    /// Nothing of the product's was planted into it: a tenant as somebody gets it who signs up with Auth0.
    #[serde(default)]
    pub(crate) is_bare: bool,
    #[serde(default)]
    pub(crate) dns: crate::dns::Zone,
    /// How far `/sandbox/clock` was moved ahead, so that a restart does not travel back in time.
    #[serde(default)]
    pub(crate) clock_offset_ms: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// `allow_organization_name_in_authentication_api`.
    pub(crate) organization_names_allowed: bool,
    pub(crate) default_redirection_uri: Option<String>,
    pub(crate) allowed_logout_urls: Vec<String>,
    /// Settings that nothing in the sandbox acts on; kept and answered as they were sent.
    #[serde(default)]
    pub(crate) extra: Metadata,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            organization_names_allowed: true,
            default_redirection_uri: None,
            allowed_logout_urls: Vec::new(),
            extra: Metadata::new(),
        }
    }
}

/// Settings of single documents, each kept and answered as it was sent.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Look {
    pub(crate) prompts: Metadata,
    pub(crate) branding: Metadata,
    pub(crate) brute_force_protection: Metadata,
    /// By name.
    pub(crate) email_templates: BTreeMap<String, Metadata>,
    #[serde(default)]
    pub(crate) email_provider: Option<Metadata>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyState {
    Current,
    Next,
    Previous,
    Revoked,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) state: KeyState,
    /// PKCS#8 PEM.
    pub(crate) private_pem: String,
    /// Self-signed X.509 certificate, DER in standard base64: the JWK's `x5c`.
    pub(crate) certificate: String,
    /// Its SHA-1 thumbprint, base64url: the JWK's `x5t`.
    pub(crate) thumbprint: String,
    /// JWK members, base64url.
    pub(crate) n: String,
    pub(crate) e: String,
}

/// A client, as the Management API's `/clients` calls it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
    pub(crate) name: String,
    pub(crate) app_type: String,
    pub(crate) callbacks: Vec<String>,
    pub(crate) allowed_logout_urls: Vec<String>,
    pub(crate) web_origins: Vec<String>,
    pub(crate) grant_types: Vec<String>,
    pub(crate) organization_usage: String,
    pub(crate) organization_require_behavior: String,
    pub(crate) initiate_login_uri: Option<String>,
    pub(crate) token_endpoint_auth_method: String,
    pub(crate) metadata: Metadata,
    /// Fields that nothing in the sandbox acts on; kept and answered as they were sent.
    #[serde(default)]
    pub(crate) extra: Metadata,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct ResourceServer {
    pub(crate) id: String,
    pub(crate) identifier: String,
    pub(crate) name: String,
    /// value → description
    pub(crate) scopes: BTreeMap<String, String>,
    pub(crate) token_lifetime: i64,
    pub(crate) token_dialect: String,
    pub(crate) enforce_policies: bool,
    pub(crate) allow_offline_access: bool,
    pub(crate) is_system: bool,
    /// Fields that nothing in the sandbox acts on; kept and answered as they were sent.
    #[serde(default)]
    pub(crate) extra: Metadata,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct ClientGrant {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) audience: String,
    pub(crate) scope: Vec<String>,
    /// Fields that nothing in the sandbox acts on; kept and answered as they were sent.
    #[serde(default)]
    pub(crate) extra: Metadata,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) strategy: String,
    pub(crate) display_name: Option<String>,
    pub(crate) options: Metadata,
    pub(crate) metadata: Metadata,
    pub(crate) enabled_clients: BTreeSet<String>,
    pub(crate) realms: Vec<String>,
    pub(crate) is_domain_connection: bool,
    pub(crate) show_as_button: Option<bool>,
    /// Never answered; says which of several databases a login takes.
    #[serde(default)]
    pub(crate) created_at: DateTime<Utc>,
    /// Fields that nothing in the sandbox acts on; kept and answered as they were sent.
    #[serde(default)]
    pub(crate) extra: Metadata,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) user_id: String,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
    pub(crate) nickname: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) picture: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) blocked: Option<bool>,
    pub(crate) identities: Vec<Identity>,
    pub(crate) user_metadata: Metadata,
    pub(crate) app_metadata: Metadata,
    /// Tenant-level roles; the ones in an organization lie in [`Member`].
    pub(crate) roles: BTreeSet<String>,
    /// Salted hash, `salt$hash` in base64.
    pub(crate) password: Option<String>,
    pub(crate) last_password_reset: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) last_login: Option<DateTime<Utc>>,
    pub(crate) last_ip: Option<String>,
    pub(crate) logins_count: u64,
    /// What an identity provider says besides: at the root of the user, as Auth0 has it.
    #[serde(default)]
    pub(crate) attributes: Metadata,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) connection: String,
    /// Without the provider's prefix.
    pub(crate) user_id: String,
    pub(crate) provider: String,
    #[serde(rename = "isSocial")]
    pub(crate) is_social: bool,
    /// Of a linked account only.
    #[serde(
        rename = "profileData",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) profile_data: Option<Metadata>,
}

/// No user any more, but still a way to log in as one.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LinkedAccount {
    /// The user id of the account that it is linked into.
    pub(crate) main: String,
    pub(crate) user: User,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// (resource server identifier, permission)
    pub(crate) permissions: BTreeSet<(String, String)>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) branding: Option<Value>,
    pub(crate) metadata: Metadata,
    pub(crate) connections: BTreeMap<String, EnabledConnection>,
    pub(crate) members: BTreeMap<String, Member>,
    /// Roles given by user id; Auth0 accepts them before the membership exists and shows them once it does.
    pub(crate) member_roles: BTreeMap<String, BTreeSet<String>>,
    /// What its list of members has not shown for long enough.
    #[serde(default)]
    pub(crate) recent: RecentChanges,
    /// Client grants associated with it, by id.
    #[serde(default)]
    pub(crate) client_grants: BTreeSet<String>,
    #[serde(default)]
    pub(crate) invitations: BTreeMap<String, Invitation>,
    /// By id.
    #[serde(default)]
    pub(crate) discovery_domains: BTreeMap<String, DiscoveryDomain>,
    /// Never answered; orders the lists.
    #[serde(default)]
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct EnabledConnection {
    pub(crate) assign_membership_on_login: bool,
    pub(crate) is_signup_enabled: bool,
    pub(crate) show_as_button: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) since: DateTime<Utc>,
}
