//! A local stand-in for an Auth0 tenant and a Stripe account: real HTTP, real signatures, its own clock, faults on
//! request. It knows nothing of our product and shares no struct with the clients that talk to it.

mod accounts;
mod actions;
mod certificate;
mod clock;
mod config;
mod control;
mod cors;
mod disturbance;
mod dns;
mod event_feeds;
mod event_log;
mod event_stream;
mod faults;
mod hosts;
mod ids;
mod invitations;
mod keys;
mod limits;
mod log_stream;
mod login;
mod mailbox;
mod management;
mod oauth;
mod password_tickets;
mod passwords;
mod persistence;
mod post_login;
mod provider;
mod request_log;
mod saml;
mod scim;
mod seed;
mod server;
mod smtp;
mod state;
mod stripe;
mod tenant;
mod tls;
mod tokens;
mod totp;
mod user_imports;

pub use clock::SharedClock;
pub use config::{EventStreamTarget, MachineClient, SandboxConfig, WebhookTarget};
pub use limits::Limits;
pub use server::{Running, Sandbox, StartError};
