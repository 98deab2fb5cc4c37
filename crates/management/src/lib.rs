#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod client;
mod config;
mod error;
mod page;

mod code_exchange;
mod configuration;
mod connections;
mod discovery_domains;
mod enabled_connections;
mod events;
mod groups;
mod invitations;
mod jobs;
mod logs;
mod members;
mod organizations;
mod roles;
mod scim;
mod scopes;
mod self_service_profiles;
mod users;

mod decode;
mod http;
mod rate_limit;
mod request;
mod retry;
mod token;

pub use client::Client;
pub use code_exchange::CodeExchange;
pub use config::{Config, ConfigError};
pub use configuration::{BoundAction, Collection, Configuration, Settings};
pub use connections::{
    Connection, ConnectionAliases, ConnectionOptions, ConnectionPatch, Connections, NewConnection,
};
pub use discovery_domains::DiscoveryDomain;
pub use error::{Class, Error};
pub use events::{EventFeed, Events, Message, Start};
pub use groups::{Group, GroupMember, Groups};
pub use invitations::{Invitation, Invitee, Inviter, NewInvitation};
pub use jobs::{Fault, ImportError, Job, Jobs, LARGEST_USERS_FILE};
pub use logs::{LogEntry, Logs};
pub use members::{Member, MemberRole};
pub use organizations::{
    Branding, Colors, EnabledConnection, NewOrganization, Organization, OrganizationPatch,
    Organizations,
};
pub use page::{Listing, Page};
pub use roles::{Role, RolePermission, Roles};
pub use scim::{NewScimToken, ScimConfiguration, ScimMapping, ScimToken};
pub use scopes::{CONFIGURATION_SCOPES, SCOPES};
pub use self_service_profiles::{
    NewSsoTicket, SelfServiceProfile, SelfServiceProfiles, SsoTicket, TicketConnection,
    TicketOrganization,
};
pub use users::{Identity, NewUser, PasswordLink, User, Users};
