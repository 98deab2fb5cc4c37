//! The tenant's own configuration: applications, APIs, grants, Actions and settings, as the JSON documents that the
//! Management API takes. Whoever manages a tenant as code compares documents, so these calls do not interpret them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Error;
use crate::page::{self, Listing};
use crate::request::Request;

/// What there are several of, each with an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Collection {
    /// [`/clients`](https://auth0.com/docs/api/management/v2/clients); the id is `client_id`. Secrets are part of the
    /// documents.
    Applications,
    /// [`/resource-servers`](https://auth0.com/docs/api/management/v2/resource-servers).
    Apis,
    /// [`/client-grants`](https://auth0.com/docs/api/management/v2/client-grants).
    ClientGrants,
    /// [`/roles`](https://auth0.com/docs/api/management/v2/roles).
    Roles,
    /// [`/connections`](https://auth0.com/docs/api/management/v2/connections). Secrets are part of the documents.
    Connections,
    /// [`/actions/actions`](https://auth0.com/docs/api/management/v2/actions): at most 100 in a tenant.
    Actions,
    /// [`/event-streams`](https://auth0.com/docs/api/management/v2/event-streams).
    EventStreams,
    /// [`/log-streams`](https://auth0.com/docs/api/management/v2/log-streams).
    LogStreams,
    /// [`/self-service-profiles`](https://auth0.com/docs/api/management/v2/self-service-profiles): at most 20 in a tenant.
    SelfServiceProfiles,
}

/// What there is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Settings {
    /// [`/tenants/settings`](https://auth0.com/docs/api/management/v2/tenants).
    Tenant,
    /// [`/branding`](https://auth0.com/docs/api/management/v2/branding).
    Branding,
    /// [`/prompts`](https://auth0.com/docs/api/management/v2/prompts).
    Prompts,
    /// [`/attack-protection/brute-force-protection`](https://auth0.com/docs/api/management/v2/attack-protection).
    BruteForceProtection,
    /// [`/emails/provider`](https://auth0.com/docs/api/management/v2/emails); a new tenant has none, and Auth0 sends a few
    /// mails for it to try out, in its own wording.
    EmailProvider,
    /// [`/email-templates/user_invitation`](https://auth0.com/docs/api/management/v2/email-templates); a new tenant has
    /// none, and sends Auth0's own wording.
    InvitationTemplate,
}

/// Calls that read and write documents, each following the page that its entity links to.
///
/// Their scopes are [`CONFIGURATION_SCOPES`](crate::CONFIGURATION_SCOPES), named as the entities are.
#[derive(Clone, Copy)]
pub struct Configuration<'a>(pub(crate) &'a Client);

impl Collection {
    /// Route, and the name of the list in an answer.
    fn address(self) -> (&'static str, &'static str) {
        match self {
            Self::Applications => ("clients", "clients"),
            Self::Apis => ("resource-servers", "resource_servers"),
            Self::ClientGrants => ("client-grants", "client_grants"),
            Self::Roles => ("roles", "roles"),
            Self::Connections => ("connections", "connections"),
            Self::Actions => ("actions/actions", "actions"),
            Self::EventStreams => ("event-streams", "eventStreams"),
            Self::LogStreams => ("log-streams", "log_streams"),
            Self::SelfServiceProfiles => ("self-service-profiles", "self_service_profiles"),
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Applications => "clients/{}",
            Self::Apis => "resource-servers/{}",
            Self::ClientGrants => "client-grants/{}",
            Self::Roles => "roles/{}",
            Self::Connections => "connections/{}",
            Self::Actions => "actions/actions/{}",
            Self::EventStreams => "event-streams/{}",
            Self::LogStreams => "log-streams/{}",
            Self::SelfServiceProfiles => "self-service-profiles/{}",
        }
    }

    /// The field that holds the id.
    pub fn id_field(self) -> &'static str {
        match self {
            Self::Applications => "client_id",
            _ => "id",
        }
    }
}

impl Settings {
    fn route(self) -> &'static str {
        match self {
            Self::Tenant => "tenants/settings",
            Self::Branding => "branding",
            Self::Prompts => "prompts",
            Self::BruteForceProtection => "attack-protection/brute-force-protection",
            Self::EmailProvider => "emails/provider",
            Self::InvitationTemplate => "email-templates/user_invitation",
        }
    }
}

impl Configuration<'_> {
    /// All documents: `GET` of the collection. Of those that Auth0 pages by offset, the first 1000.
    pub fn list(self, collection: Collection) -> Listing<Value> {
        let (route, key) = collection.address();
        let request = Request::get(route, &[]);
        match collection {
            Collection::LogStreams => page::at_once(self.0, request, key),
            Collection::Connections | Collection::EventStreams => {
                page::by_checkpoint(self.0, request, key)
            }
            // These take no `include_totals`, and 100 are all that a tenant can have.
            Collection::Actions => {
                let request = request.map(|all| all.query("per_page", "100"));
                page::at_once(self.0, request, key)
            }
            Collection::Applications
            | Collection::Apis
            | Collection::ClientGrants
            | Collection::Roles
            | Collection::SelfServiceProfiles => page::by_offset(self.0, request, key),
        }
    }

    /// `POST` to the collection; answers the new document.
    pub async fn create(self, collection: Collection, document: &Value) -> Result<Value, Error> {
        let (route, _) = collection.address();
        self.0
            .fetch(&Request::post(route, &[])?.body(document))
            .await
    }

    /// `PATCH` of one document; answers what it is now. Lists in it are replaced as a whole.
    pub async fn change(
        self,
        collection: Collection,
        id: &str,
        changes: &Value,
    ) -> Result<Value, Error> {
        let request = Request::patch(collection.one(), &[id])?.body(changes);
        self.0.fetch(&request).await
    }

    /// `None` where the tenant has none.
    pub async fn settings(self, settings: Settings) -> Result<Option<Value>, Error> {
        self.0.find(&Request::get(settings.route(), &[])?).await
    }

    /// `PATCH` of settings that there are.
    pub async fn change_settings(self, settings: Settings, changes: &Value) -> Result<(), Error> {
        let request = Request::patch(settings.route(), &[])?.body(changes);
        self.0.order(&request).await
    }

    /// `POST /email-templates`.
    pub async fn create_email_template(self, template: &Value) -> Result<(), Error> {
        self.0
            .order(&Request::post("email-templates", &[])?.body(template))
            .await
    }

    /// `POST /actions/actions/{id}/deploy`: what was written last is what runs. The Action must have been built.
    pub async fn deploy_action(self, id: &str) -> Result<(), Error> {
        self.0
            .order(&Request::post("actions/actions/{}/deploy", &[id])?)
            .await
    }

    /// The Actions bound to a trigger, in the order in which they run.
    pub async fn bindings(self, trigger: &str) -> Result<Vec<Value>, Error> {
        let request = Request::get("actions/triggers/{}/bindings", &[trigger])?;
        let answer: Value = self.0.fetch(&request).await?;
        Ok(answer["bindings"].as_array().cloned().unwrap_or_default())
    }

    /// Replaces all of them; the Actions are given by id and the name that the trigger shows.
    pub async fn bind(self, trigger: &str, actions: &[BoundAction]) -> Result<(), Error> {
        let bindings = actions.iter().map(|action| {
            json!({
                "ref": { "type": "action_id", "value": action.id },
                "display_name": action.display_name,
            })
        });
        let body = json!({ "bindings": bindings.collect::<Vec<_>>() });
        let request = Request::patch("actions/triggers/{}/bindings", &[trigger])?.body(&body);
        self.0.order(&request).await
    }

    /// Lets a role do so much more: `POST /roles/{id}/permissions`.
    pub async fn add_role_permissions(
        self,
        role: &str,
        api: &str,
        permissions: &[&str],
    ) -> Result<(), Error> {
        let body = permissions_body(api, permissions);
        let request = Request::post("roles/{}/permissions", &[role])?.body(&body);
        self.0.order(&request).await
    }

    /// `DELETE /roles/{id}/permissions`.
    pub async fn remove_role_permissions(
        self,
        role: &str,
        api: &str,
        permissions: &[&str],
    ) -> Result<(), Error> {
        let body = permissions_body(api, permissions);
        let request = Request::delete("roles/{}/permissions", &[role])?.body(&body);
        self.0.order(&request).await
    }

    /// The applications that offer a connection: `GET /connections/{id}/clients`.
    pub fn applications_of_connection(self, connection: &str) -> Listing<Value> {
        let request = Request::get("connections/{}/clients", &[connection]);
        page::by_checkpoint(self.0, request, "clients")
    }
}

/// An Action in its place in a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoundAction {
    /// The Action's id.
    pub id: String,
    /// What the trigger shows it as.
    pub display_name: String,
}

fn permissions_body(api: &str, permissions: &[&str]) -> Value {
    let permission =
        |name: &&str| json!({ "resource_server_identifier": api, "permission_name": name });
    json!({ "permissions": permissions.iter().map(permission).collect::<Vec<_>>() })
}
