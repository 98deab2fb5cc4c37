//! `POST /organizations`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::body::{BRANDING, DISPLAY_NAME, METADATA, NAME, OrganizationBody, kept_pairs};
use super::change::refuse_taken_name;
use super::connections::{ENABLED_CONNECTION, LIMIT, NewEnabledConnection};
use crate::ids;
use crate::management::call::Caller;
use crate::management::payload;
use crate::management::refusal::Answer;
use crate::management::schema::{Kind, Schema};
use crate::state::State;
use crate::tenant::{Metadata, Organization};

const BODY: Schema = Schema {
    required: &["name"],
    properties: &[
        ("name", NAME),
        ("display_name", DISPLAY_NAME),
        ("branding", BRANDING),
        ("metadata", METADATA),
        (
            "enabled_connections",
            Kind::List(&Kind::Object(&ENABLED_CONNECTION), 0, LIMIT),
        ),
    ],
    open: false,
};

#[derive(Deserialize)]
struct NewOrganization {
    name: String,
    display_name: Option<String>,
    branding: Option<Value>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    enabled_connections: Vec<NewEnabledConnection>,
}

pub(super) async fn create(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    body: web::Bytes,
) -> Answer {
    let new: NewOrganization = payload::parse(&body, &BODY)?;
    if !new.enabled_connections.is_empty() {
        caller.needs(&["create:organization_connections"])?;
    }
    let now = state.clock().now();
    state.write(|tenant| {
        refuse_taken_name(tenant, &new.name, None)?;
        let mut connections = BTreeMap::new();
        for connection in new.enabled_connections {
            let (id, enabled) = connection.checked(tenant)?;
            connections.insert(id, enabled);
        }
        let organization = Organization {
            id: ids::organization(),
            name: new.name,
            display_name: new.display_name,
            branding: new.branding,
            metadata: kept_pairs(new.metadata),
            connections,
            created_at: now,
            ..Organization::default()
        };
        let id = organization.id.clone();
        tenant.organizations.insert(id.clone(), organization);
        tenant.publish_organization("organization.created", &id, now);
        Ok(
            HttpResponse::Created().json(OrganizationBody::with_connections(
                tenant,
                &tenant.organizations[&id],
            )),
        )
    })
}
