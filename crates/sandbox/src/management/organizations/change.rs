//! `PATCH /organizations/{id}`: what is sent replaces what was there, and the metadata map is replaced as a whole.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::body::{BRANDING, DISPLAY_NAME, METADATA, NAME, OrganizationBody, kept_pairs};
use super::{find, find_mut};
use crate::management::payload;
use crate::management::refusal::{Answer, Refusal};
use crate::management::schema::Schema;
use crate::state::State;
use crate::tenant::{Metadata, Tenant};

const BODY: Schema = Schema {
    required: &[],
    properties: &[
        ("name", NAME),
        ("display_name", DISPLAY_NAME),
        ("branding", BRANDING),
        ("metadata", METADATA),
    ],
    open: false,
};

#[derive(Deserialize)]
struct OrganizationPatch {
    name: Option<String>,
    display_name: Option<String>,
    branding: Option<Value>,
    metadata: Option<Metadata>,
}

pub(super) async fn change(
    state: web::Data<State>,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let patch: OrganizationPatch = payload::parse(&body, &BODY)?;
    let now = state.clock().now();
    state.write(|tenant| {
        find(tenant, &id)?;
        if let Some(name) = &patch.name {
            refuse_taken_name(tenant, name, Some(&id))?;
        }
        let organization = find_mut(tenant, &id)?;
        if let Some(name) = patch.name {
            organization.name = name;
        }
        organization.display_name = patch.display_name.or(organization.display_name.take());
        organization.branding = patch.branding.or(organization.branding.take());
        if let Some(metadata) = patch.metadata {
            organization.metadata = kept_pairs(metadata);
        }
        tenant.publish_organization("organization.updated", &id, now);
        Ok(HttpResponse::Ok().json(OrganizationBody::of(find(tenant, &id)?)))
    })
}

pub(super) fn refuse_taken_name(
    tenant: &Tenant,
    name: &str,
    own: Option<&str>,
) -> Result<(), Refusal> {
    let taken = tenant
        .organizations
        .values()
        .any(|organization| organization.name == name && Some(organization.id.as_str()) != own);
    if taken {
        return Err(Refusal::conflict(
            Some("organization_conflict"),
            "An organization with the same name already exists.",
        ));
    }
    Ok(())
}
