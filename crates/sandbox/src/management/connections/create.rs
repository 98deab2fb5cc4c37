//! `POST /connections`.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::body::{ConnectionBody, NEW_CONNECTION};
use super::options;
use crate::ids;
use crate::management::payload;
use crate::management::refusal::{Answer, Refusal};
use crate::state::State;
use crate::tenant::{Connection, Metadata};

#[derive(Deserialize)]
struct NewConnection {
    name: String,
    strategy: String,
    display_name: Option<String>,
    #[serde(default)]
    options: Metadata,
    #[serde(default)]
    enabled_clients: BTreeSet<String>,
    #[serde(default)]
    is_domain_connection: bool,
    show_as_button: Option<bool>,
    realms: Option<Vec<String>>,
    #[serde(default)]
    metadata: Metadata,
    /// `authentication` and `connected_accounts`.
    #[serde(flatten)]
    extra: Metadata,
}

pub(super) async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: NewConnection = payload::parse(&body, &NEW_CONNECTION)?;
    options::check_new(&new.strategy, &new.options)?;
    let now = state.clock().now();
    state.write(|tenant| {
        if tenant.connection_named(&new.name).is_some() {
            return Err(Refusal::conflict(
                None,
                "A connection with the same name already exists",
            ));
        }
        let completed = options::Completion {
            host: &state.hosts().http,
            tenant,
        };
        let connection = new.into_connection(&completed, now);
        let answer = HttpResponse::Created().json(ConnectionBody::of(&connection));
        tenant.connections.insert(connection.id.clone(), connection);
        Ok(answer)
    })
}

impl NewConnection {
    fn into_connection(
        self,
        completion: &options::Completion<'_>,
        now: DateTime<Utc>,
    ) -> Connection {
        let mut extra = self.extra;
        if matches!(self.strategy.as_str(), "ad" | "samlp" | "waad") {
            let url = format!(
                "{}p/{}/{}",
                completion.host,
                self.strategy,
                &ids::opaque()[..8]
            );
            extra.insert("provisioning_ticket_url".to_owned(), Value::String(url));
        }
        let named =
            matches!(self.strategy.as_str(), "oidc" | "okta" | "waad").then(|| self.name.clone());
        Connection {
            id: ids::connection(),
            options: completion.of_new(&self.strategy, self.options),
            display_name: self.display_name.or(named),
            metadata: self.metadata,
            enabled_clients: self.enabled_clients,
            realms: self.realms.unwrap_or_else(|| vec![self.name.clone()]),
            is_domain_connection: self.is_domain_connection,
            show_as_button: self
                .show_as_button
                .or_else(|| options::is_enterprise(&self.strategy).then_some(false)),
            name: self.name,
            strategy: self.strategy,
            created_at: now,
            extra,
        }
    }
}
