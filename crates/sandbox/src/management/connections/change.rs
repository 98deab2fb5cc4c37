//! `PATCH /connections/{id}`: what is sent replaces what was there, and `options` are replaced as a whole.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::body::{ConnectionBody, PATCH};
use super::options::{self, Completion};
use super::{find, find_mut};
use crate::management::payload;
use crate::management::refusal::Answer;
use crate::state::State;
use crate::tenant::{Connection, Metadata};

#[derive(Deserialize)]
struct ConnectionPatch {
    display_name: Option<String>,
    options: Option<Metadata>,
    enabled_clients: Option<BTreeSet<String>>,
    is_domain_connection: Option<bool>,
    show_as_button: Option<bool>,
    realms: Option<Vec<String>>,
    metadata: Option<Metadata>,
    #[serde(flatten)]
    extra: Metadata,
}

pub(super) async fn change(
    state: web::Data<State>,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let mut patch: ConnectionPatch = payload::parse(&body, &PATCH)?;
    state.write(|tenant| {
        let strategy = find(tenant, &id)?.strategy.clone();
        if let Some(sent) = patch.options.take() {
            options::check(&strategy, &sent)?;
            let completion = Completion {
                host: &state.hosts().http,
                tenant,
            };
            patch.options = Some(completion.of_changed(&strategy, sent));
        }
        let connection = find_mut(tenant, &id)?;
        patch.apply(connection);
        Ok(HttpResponse::Ok().json(ConnectionBody::of(connection)))
    })
}

impl ConnectionPatch {
    fn apply(self, connection: &mut Connection) {
        // A display name that is left out of a change does not survive it: the name takes its place.
        let kept = connection
            .display_name
            .take()
            .map(|_| connection.name.clone());
        connection.display_name = self.display_name.or(kept);
        if let Some(options) = self.options {
            connection.options = options;
        }
        if let Some(clients) = self.enabled_clients {
            connection.enabled_clients = clients;
        }
        if let Some(realms) = self.realms {
            connection.realms = realms;
        }
        connection.is_domain_connection = self
            .is_domain_connection
            .unwrap_or(connection.is_domain_connection);
        connection.show_as_button = self.show_as_button.or(connection.show_as_button);
        for (name, value) in self.metadata.unwrap_or_default() {
            if value.is_null() {
                connection.metadata.remove(&name);
            } else {
                connection.metadata.insert(name, value);
            }
        }
        connection.extra.extend(self.extra);
    }
}
