//! What a new tenant holds. Planting again changes nothing that was changed since, and adds what is missing.

mod people;
mod scopes;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use url::Url;

use crate::config::{MachineClient, SandboxConfig};
use crate::hosts::Hosts;
use crate::ids;
use crate::tenant::{Application, ClientGrant, Connection, Metadata, ResourceServer, Role, Tenant};

pub(crate) const API: &str = "https://api.tenantry.dev";
pub(crate) const CONSOLE: &str = "tenantry-console";
const MANAGEMENT: &str = "tenantry-management";
const PLATFORM: &str = "tenantry-platform";
const DATABASE: &str = "Username-Password-Authentication";
const SOCIAL: &str = "google-oauth2";

pub(crate) fn plant(
    tenant: &mut Tenant,
    config: &SandboxConfig,
    hosts: &Hosts,
    now: DateTime<Utc>,
) {
    plant_management_api(tenant, hosts);
    if tenant.is_bare {
        plant_bare(tenant, hosts);
        return;
    }
    plant_api(tenant);
    plant_clients(tenant);
    plant_grants(tenant, hosts);
    for client in &config.machines {
        plant_machine(tenant, hosts, client);
    }
    plant_connections(tenant, &[CONSOLE]);
    plant_roles(tenant);
    people::plant(tenant, DATABASE, now);
    for url in &config.app_urls {
        allow_app_url(tenant, url);
    }
    if let Some(uri) = &config.login_uri {
        lead_invitations_to(tenant, uri, &config.app_urls);
    }
}

/// What Auth0 gives everybody, and a machine client that may set the tenant up; at Stripe nothing.
fn plant_bare(tenant: &mut Tenant, hosts: &Hosts) {
    if tenant.clients.is_empty() {
        tenant.settings.organization_names_allowed = false;
        let client = machine(MANAGEMENT, "Set-up");
        tenant.clients.insert(client.client_id.clone(), client);
        plant_connections(tenant, &[]);
        tenant.stripe.forget_catalogue();
    }
    let all = scopes::of_the_management_api().into_keys().collect();
    grant(tenant, MANAGEMENT, &hosts.management_audience(), all);
}

fn plant_api(tenant: &mut Tenant) {
    tenant
        .resource_servers
        .entry(API.to_owned())
        .or_insert_with(|| ResourceServer {
            id: ids::resource_server(),
            identifier: API.to_owned(),
            name: "Tenantry".to_owned(),
            scopes: scopes::of_our_api(),
            token_lifetime: 600,
            token_dialect: "rfc9068_profile_authz".to_owned(),
            enforce_policies: true,
            allow_offline_access: true,
            is_system: false,
            ..ResourceServer::default()
        });
}

fn plant_management_api(tenant: &mut Tenant, hosts: &Hosts) {
    let identifier = hosts.management_audience();
    rename_management_api(tenant, &identifier);
    tenant
        .resource_servers
        .entry(identifier.clone())
        .or_insert_with(|| ResourceServer {
            id: ids::resource_server(),
            identifier,
            name: "Auth0 Management API".to_owned(),
            scopes: BTreeMap::new(),
            token_lifetime: 86_400,
            token_dialect: "access_token".to_owned(),
            enforce_policies: false,
            allow_offline_access: false,
            is_system: true,
            ..ResourceServer::default()
        });
    for api in tenant
        .resource_servers
        .values_mut()
        .filter(|api| api.is_system)
    {
        api.scopes = scopes::of_the_management_api();
    }
}

/// Its identifier holds the port, which may be another one than last time.
fn rename_management_api(tenant: &mut Tenant, identifier: &str) {
    let old: Vec<String> = tenant
        .resource_servers
        .values()
        .filter(|api| api.is_system && api.identifier != identifier)
        .map(|api| api.identifier.clone())
        .collect();
    for old in old {
        if let Some(mut api) = tenant.resource_servers.remove(&old) {
            api.identifier = identifier.to_owned();
            tenant.resource_servers.insert(identifier.to_owned(), api);
        }
        for grant in tenant
            .client_grants
            .values_mut()
            .filter(|grant| grant.audience == old)
        {
            grant.audience = identifier.to_owned();
        }
    }
}

fn machine(client_id: &str, name: &str) -> Application {
    Application {
        client_id: client_id.to_owned(),
        client_secret: Some(format!("{client_id}-secret")),
        name: name.to_owned(),
        app_type: "non_interactive".to_owned(),
        grant_types: vec!["client_credentials".to_owned()],
        organization_usage: "deny".to_owned(),
        organization_require_behavior: "no_prompt".to_owned(),
        token_endpoint_auth_method: "client_secret_post".to_owned(),
        ..Application::default()
    }
}

fn plant_clients(tenant: &mut Tenant) {
    let console = Application {
        client_id: CONSOLE.to_owned(),
        name: "Tenantry".to_owned(),
        app_type: "spa".to_owned(),
        grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
        organization_usage: "allow".to_owned(),
        organization_require_behavior: "no_prompt".to_owned(),
        token_endpoint_auth_method: "none".to_owned(),
        ..Application::default()
    };
    let clients = [
        console,
        machine(MANAGEMENT, "Tenantry backend"),
        machine(PLATFORM, "Tenantry back office"),
    ];
    for client in clients {
        tenant
            .clients
            .entry(client.client_id.clone())
            .or_insert(client);
    }
}

fn plant_grants(tenant: &mut Tenant, hosts: &Hosts) {
    let management = scopes::of_the_management_api().into_keys().collect();
    grant(tenant, MANAGEMENT, &hosts.management_audience(), management);
    grant(
        tenant,
        PLATFORM,
        API,
        vec![scopes::PLATFORM_ADMIN.to_owned()],
    );
}

fn plant_machine(tenant: &mut Tenant, hosts: &Hosts, client: &MachineClient) {
    let MachineClient { client_id, scopes } = client;
    let clients = &mut tenant.clients;
    let application = || machine(client_id, client_id);
    clients.entry(client_id.clone()).or_insert_with(application);
    grant(
        tenant,
        client_id,
        &hosts.management_audience(),
        scopes.clone(),
    );
}

fn grant(tenant: &mut Tenant, client_id: &str, audience: &str, scope: Vec<String>) {
    let known = tenant
        .client_grants
        .values_mut()
        .find(|grant| grant.client_id == client_id && grant.audience == audience);
    if let Some(known) = known {
        let missing: Vec<String> = scope
            .into_iter()
            .filter(|scope| !known.scope.contains(scope))
            .collect();
        known.scope.extend(missing);
        return;
    }
    let id = ids::client_grant();
    let grant = ClientGrant {
        id: id.clone(),
        client_id: client_id.to_owned(),
        audience: audience.to_owned(),
        scope,
        ..ClientGrant::default()
    };
    tenant.client_grants.insert(id, grant);
}

fn plant_connections(tenant: &mut Tenant, clients: &[&str]) {
    for (name, strategy, display_name) in
        [(DATABASE, "auth0", None), (SOCIAL, SOCIAL, Some("Google"))]
    {
        if tenant.connection_named(name).is_some() {
            continue;
        }
        let connection = Connection {
            id: ids::connection(),
            name: name.to_owned(),
            strategy: strategy.to_owned(),
            display_name: display_name.map(str::to_owned),
            options: Metadata::new(),
            enabled_clients: clients.iter().map(|id| (*id).to_owned()).collect(),
            realms: vec![name.to_owned()],
            ..Connection::default()
        };
        tenant.connections.insert(connection.id.clone(), connection);
    }
}

fn plant_roles(tenant: &mut Tenant) {
    for (name, description, permissions) in scopes::ROLES {
        if tenant.roles.values().any(|role| role.name == name) {
            continue;
        }
        let permissions: Vec<&str> = match permissions {
            Some(permissions) => permissions.to_vec(),
            None => scopes::PERMISSIONS.to_vec(),
        };
        let role = Role {
            id: ids::role(),
            name: name.to_owned(),
            description: description.to_owned(),
            permissions: permissions
                .into_iter()
                .map(|permission| (API.to_owned(), permission.to_owned()))
                .collect(),
        };
        tenant.roles.insert(role.id.clone(), role);
    }
}

/// Callbacks, logout addresses, the web origin and the login route of one more application.
pub(crate) fn allow_app_url(tenant: &mut Tenant, url: &str) {
    let base = url.trim_end_matches('/');
    let Some(client) = tenant.clients.get_mut(CONSOLE) else {
        return;
    };
    let add = |list: &mut Vec<String>, value: String| {
        if !list.contains(&value) {
            list.push(value);
        }
    };
    // Where a test login of an identity provider comes back to.
    add(
        &mut client.callbacks,
        format!("{base}/identity-provider-test"),
    );
    for address in [
        format!("{base}/callback"),
        base.to_owned(),
        format!("{base}/"),
    ] {
        add(&mut client.callbacks, address.clone());
        add(&mut client.allowed_logout_urls, address.clone());
        add(&mut tenant.settings.allowed_logout_urls, address);
    }
    if let Ok(url) = Url::parse(base) {
        add(&mut client.web_origins, url.origin().ascii_serialization());
    }
    let login = format!("{base}/login");
    client
        .initiate_login_uri
        .get_or_insert_with(|| login.clone());
    tenant.settings.default_redirection_uri.get_or_insert(login);
}

/// In place of the login route of an application that was planted before, unless it was changed since.
fn lead_invitations_to(tenant: &mut Tenant, uri: &str, app_urls: &[String]) {
    let Some(client) = tenant.clients.get_mut(CONSOLE) else {
        return;
    };
    let is_planted = |known: &String| {
        let base = known.strip_suffix("/login");
        app_urls
            .iter()
            .any(|url| Some(url.trim_end_matches('/')) == base)
    };
    if client.initiate_login_uri.as_ref().is_none_or(is_planted) {
        tracing::warn!(
            uri,
            "a real tenant takes this login URI only as https and not on localhost"
        );
        client.initiate_login_uri = Some(uri.to_owned());
    }
    if !client.callbacks.iter().any(|known| known == uri) {
        client.callbacks.push(uri.to_owned());
    }
}

/// Copies the return addresses of the console's client from an older tenant.
pub(crate) fn keep_app_urls(tenant: &mut Tenant, old: &BTreeMap<String, Application>) {
    let (Some(new), Some(old)) = (tenant.clients.get_mut(CONSOLE), old.get(CONSOLE)) else {
        return;
    };
    new.callbacks.clone_from(&old.callbacks);
    new.allowed_logout_urls.clone_from(&old.allowed_logout_urls);
    new.web_origins.clone_from(&old.web_origins);
    new.initiate_login_uri.clone_from(&old.initiate_login_uri);
}
