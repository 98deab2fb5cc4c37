//! What the tenant has, as far as the product has an opinion on it.

use std::collections::BTreeMap;

use domain::Role;
use futures::TryStreamExt;
use management::{Client, Collection, Error, RolePermission, Settings};
use serde_json::Value;

use super::environment::Environment;
use super::patience;
use super::target::Target;

/// The applications that are made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum App {
    /// What people log in to.
    Console,
    /// What the worker is at Auth0.
    Backend,
    /// What the API is at Auth0, for provisioning: its callers wait for answers that are given once.
    Provisioning,
    /// What the Actions are at Auth0: they may do one thing.
    Actions,
    /// What support calls our back office as.
    BackOffice,
}

impl App {
    pub(super) const ALL: [Self; 5] = [
        Self::Console,
        Self::Backend,
        Self::Provisioning,
        Self::Actions,
        Self::BackOffice,
    ];

    pub(super) fn name(self, target: &Target) -> String {
        let service = target.service_name.as_ref();
        match self {
            Self::Console => service.to_owned(),
            Self::Backend => format!("{service} backend"),
            Self::Provisioning => format!("{service} provisioning"),
            Self::Actions => format!("{service} Actions"),
            Self::BackOffice => format!("{service} back office"),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) apps: Vec<Value>,
    pub(super) apis: Vec<Value>,
    pub(super) grants: Vec<Value>,
    pub(super) roles: Vec<Value>,
    /// Of our roles, by id.
    pub(super) permissions: BTreeMap<String, Vec<RolePermission>>,
    pub(super) connections: Vec<Value>,
    /// Client ids by connection id, of the connections that organizations get.
    pub(super) offered_by: BTreeMap<String, Vec<String>>,
    pub(super) actions: Vec<Value>,
    /// In the order in which they run at a login.
    pub(super) bindings: Vec<Value>,
    pub(super) streams: Vec<Value>,
    pub(super) log_streams: Vec<Value>,
    pub(super) profiles: Vec<Value>,
    pub(super) settings: BTreeMap<&'static str, Option<Value>>,
    /// The ids of the applications that stand in the environment file.
    told: Vec<String>,
}

/// Where the ids stand of the applications that the product is told of.
const IDS: [&str; 3] = [
    "AUTH0_CONSOLE_CLIENT_ID",
    "AUTH0_MANAGEMENT_CLIENT_ID",
    "AUTH0_SCIM_CLIENT_ID",
];

impl Found {
    pub(super) async fn read(
        client: &Client,
        target: &Target,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let told = IDS.iter().filter_map(|name| environment.get(name));
        let mut found = Self {
            told: told.collect(),
            apps: all(client, Collection::Applications).await?,
            apis: all(client, Collection::Apis).await?,
            grants: all(client, Collection::ClientGrants).await?,
            roles: all(client, Collection::Roles).await?,
            connections: all(client, Collection::Connections).await?,
            actions: all(client, Collection::Actions).await?,
            streams: all(client, Collection::EventStreams).await?,
            log_streams: all(client, Collection::LogStreams).await?,
            profiles: all(client, Collection::SelfServiceProfiles).await?,
            ..Self::default()
        };
        let configuration = client.configuration();
        found.bindings = patience::read(|| configuration.bindings(super::items::TRIGGER)).await?;
        for (name, settings) in super::items::SETTINGS {
            let read = patience::read(|| configuration.settings(settings)).await?;
            found.settings.insert(name, read);
        }
        for role in Role::ALL {
            if let Some(id) = found.role_id(*role).map(str::to_owned) {
                let roles = client.roles();
                let list = patience::read(|| roles.permissions(&id).try_collect()).await?;
                found.permissions.insert(id, list);
            }
        }
        for name in &target.connections {
            if let Some(id) = found.connection(name).map(|one| text(one, "id").to_owned()) {
                let list = || configuration.applications_of_connection(&id).try_collect();
                let offered: Vec<Value> = patience::read(list).await?;
                let ids = offered.iter().map(|one| text(one, "client_id").to_owned());
                found.offered_by.insert(id, ids.collect());
            }
        }
        Ok(found)
    }

    /// All of this name: more than one cannot be told apart.
    pub(super) fn app(&self, app: App, target: &Target) -> Vec<&Value> {
        let name = app.name(target);
        let apps = self.apps.iter();
        apps.filter(|known| text(known, "name") == name).collect()
    }

    /// Of several with its name the one that the product was told of.
    pub(super) fn our_app(&self, app: App, target: &Target) -> Option<&Value> {
        match self.app(app, target)[..] {
            [only] => Some(only),
            ref several => several.iter().copied().find(|one| {
                let id = text(one, "client_id");
                self.told.iter().any(|told| told == id)
            }),
        }
    }

    pub(super) fn client_id(&self, app: App, target: &Target) -> Option<&str> {
        let ours = self.our_app(app, target)?;
        Some(text(ours, "client_id"))
    }

    pub(super) fn client_secret(&self, app: App, target: &Target) -> Option<&str> {
        let ours = self.our_app(app, target)?;
        ours.get("client_secret").and_then(Value::as_str)
    }

    pub(super) fn role_id(&self, role: Role) -> Option<&str> {
        let mut roles = self.roles.iter();
        let role = roles.find(|known| text(known, "name") == role.as_str())?;
        Some(text(role, "id"))
    }

    pub(super) fn connection(&self, name: &str) -> Option<&Value> {
        let mut connections = self.connections.iter();
        connections.find(|known| text(known, "name") == name)
    }

    pub(super) fn action(&self, name: &str) -> Option<&Value> {
        let mut actions = self.actions.iter();
        actions.find(|known| text(known, "name") == name)
    }

    /// What the product has to know of it.
    pub(super) fn note(&self, target: &Target, environment: &mut Environment) {
        environment.set("AUTH0_DOMAIN", target.domain());
        environment.set("AUTH0_AUDIENCE", &target.audience);
        environment.set("PUBLIC_URL", target.public_url.as_str());
        environment.set("APP_LOGIN_URL", target.app_url.as_str());
        environment.set("CORS_ALLOWED_ORIGINS", &target.web_origins().join(","));
        if let Some(name) = target.environment(environment.get("ENVIRONMENT").as_deref()) {
            environment.set("ENVIRONMENT", &name);
        }
        // The Actions are written with these, so the product must not be told others.
        environment.set("SERVICE_NAME", target.service_name.as_ref());
        environment.set("CLAIMS_NAMESPACE", &target.claims_namespace);
        environment.set("TRIAL_DAYS", &target.trial_days.to_string());
        environment.set(
            "AUTH0_ORGANIZATION_CONNECTIONS",
            &target.connections.join(","),
        );
        let known = [
            (
                "AUTH0_CONSOLE_CLIENT_ID",
                self.client_id(App::Console, target),
            ),
            (
                "AUTH0_MANAGEMENT_CLIENT_ID",
                self.client_id(App::Backend, target),
            ),
            (
                "AUTH0_MANAGEMENT_CLIENT_SECRET",
                self.client_secret(App::Backend, target),
            ),
            (
                "AUTH0_SCIM_CLIENT_ID",
                self.client_id(App::Provisioning, target),
            ),
            (
                "AUTH0_SCIM_CLIENT_SECRET",
                self.client_secret(App::Provisioning, target),
            ),
        ];
        for (name, value) in known {
            if let Some(value) = value {
                environment.set(name, value);
            }
        }
    }
}

async fn all(client: &Client, collection: Collection) -> Result<Vec<Value>, Error> {
    patience::read(|| client.configuration().list(collection).try_collect()).await
}

/// Nothing where there is no such text.
pub(super) fn text<'a>(document: &'a Value, field: &str) -> &'a str {
    document
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Settings by the name under which they are kept here.
pub(super) type NamedSettings = (&'static str, Settings);
