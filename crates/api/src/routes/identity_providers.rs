//! The organization's own identity providers, in the shapes of Auth0's My Organization API.

mod change;
mod create;
mod delete;
mod detach;
mod domains;
mod group_roles;
mod list;
mod provisioning;
mod published;
mod removal;
mod request;
mod show;
mod test_login;

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use domain::GroupRole;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{IdentityProvider, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::etag::etag;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(show::show)
        .service(change::change)
        .service(detach::detach)
        .service(delete::delete)
        .service(group_roles::preview)
        .service(domains::create)
        .service(domains::delete)
        .configure(test_login::all)
        .configure(provisioning::all);
}

struct IdentityProviderProblems;

impl IntoResponses for IdentityProviderProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::IdentityProviderTaken, Code::TooManyConnections])
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityProvider, examples(json!({
    "id": "con_Vq3kfGpRcXh2Tn7L",
    "name": "okta",
    "connection": "Vq3kfGpRcXh2Tn7L-okta",
    "strategy": "okta",
    "display_name": "Acme's Okta",
    "show_as_button": true,
    "assign_membership_on_login": false,
    "is_enabled": true,
    "default_role": "org_member",
    "options": { "domain": "acme.okta.com", "client_id": "0oa1b2c3" },
    "secrets": { "client_secret": "9f3e" },
    "group_roles": [{ "group": "Finance", "role": "org_billing" }],
    "domains": ["acme.example"],
    "state": "ready",
    "failure": null,
    "tested_at": null,
    "proof_lost_at": "2026-11-21T09:00:00Z",
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00Z",
})))]
struct IdentityProviderBody {
    /// The connection's at Auth0; null until there is one. Until then, its name takes its place in a path.
    id: Option<String>,
    /// Never changes.
    name: String,
    /// The connection's name at Auth0: what the identity provider is told as audience or callback, and what invitations
    /// are pinned to.
    connection: String,
    /// `oidc`, `samlp`, `okta`, `waad`, `google-apps`, `adfs` or `pingfederate`.
    strategy: &'static str,
    display_name: String,
    show_as_button: bool,
    /// Whether whoever logs in through it becomes a member. In effect only while the organization has proved a domain.
    assign_membership_on_login: bool,
    is_enabled: bool,
    /// Of whoever comes for the first time without an invitation and is in no group of `group_roles`.
    default_role: &'static str,
    /// Without secrets.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    options: Map<String, Value>,
    /// The last four characters of each secret that there is; empty for a short one.
    secrets: BTreeMap<String, String>,
    #[schema(value_type = Vec<GroupRoleBody>)]
    group_roles: Vec<GroupRole>,
    /// Whose people the login sends here.
    domains: Vec<String>,
    /// Whether the login follows: `pending`, `ready`, or `failed`.
    state: &'static str,
    /// Why it failed.
    failure: Option<String>,
    /// When a test login came back last through the present options; null when none has.
    tested_at: Option<DateTime<Utc>>,
    /// When a change of the options ended what an earlier test login had proved: it is to be tested again.
    proof_lost_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// For the document only.
#[derive(ToSchema)]
#[schema(as = GroupRole)]
#[expect(dead_code, reason = "only its documentation is used")]
struct GroupRoleBody {
    /// As the provider writes it, compared to the letter.
    #[schema(min_length = 1, max_length = 256)]
    group: String,
    /// One of the four roles.
    role: String,
}

impl IdentityProviderBody {
    async fn of(tx: &mut TenantTx, provider: IdentityProvider) -> Result<Self, Problem> {
        let domains = tx.identity_provider_domains(&provider.name).await?;
        Ok(Self {
            id: provider.connection_id.map(Into::into),
            name: provider.name.into(),
            connection: provider.connection_name,
            strategy: provider.strategy.as_str(),
            display_name: provider.display_name,
            show_as_button: provider.show_as_button,
            assign_membership_on_login: provider.assign_membership_on_login,
            is_enabled: provider.is_enabled,
            default_role: provider.default_role.as_str(),
            options: provider.options,
            secrets: provider.secret_hints,
            group_roles: provider.group_roles.into(),
            domains,
            state: provider.state.as_str(),
            failure: provider.failure,
            tested_at: provider.tested.map(|tested| tested.at),
            proof_lost_at: provider.proof_lost_at,
            created_at: provider.created_at,
            updated_at: provider.updated_at,
        })
    }
}

async fn shown(tx: &mut TenantTx, provider: IdentityProvider) -> Result<HttpResponse, Problem> {
    let tag = etag(provider.version);
    let body = IdentityProviderBody::of(tx, provider).await?;
    Ok(HttpResponse::Ok().insert_header(tag).json(body))
}

fn target(provider: &IdentityProvider) -> String {
    format!("identity_provider:{}", provider.name)
}

/// For the audit trail: everything but secrets, of which it says only that there are some, and whole documents.
fn told(provider: &IdentityProvider) -> Value {
    let mut options = provider.options.clone();
    options.remove("fedMetadataXml");
    serde_json::json!({
        "strategy": provider.strategy,
        "display_name": provider.display_name,
        "show_as_button": provider.show_as_button,
        "assign_membership_on_login": provider.assign_membership_on_login,
        "is_enabled": provider.is_enabled,
        "default_role": provider.default_role,
        "options": options,
        "secrets": provider.secret_hints.keys().collect::<Vec<_>>(),
        "group_roles": provider.group_roles,
    })
}
