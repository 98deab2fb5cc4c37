//! What the server says of itself: `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::attributes::{Attribute, ENTERPRISE, GROUP, OF_ENTERPRISE, OF_GROUPS, OF_USERS, USER};
use super::caller::Caller;
use super::configuration::Configuration;
use super::list::{MOST, listed};
use super::no_method;
use super::refusal::{Answer, CONTENT_TYPE, Refusal};
use crate::state::State;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/ServiceProviderConfig")
            .get(provider)
            .default_service(web::to(no_method)),
    )
    .service(
        web::resource("/ResourceTypes")
            .get(resource_types)
            .default_service(web::to(no_method)),
    )
    .service(
        web::resource("/ResourceTypes/{id}")
            .get(resource_type)
            .default_service(web::to(no_method)),
    )
    .service(
        web::resource("/Schemas")
            .get(schemas)
            .default_service(web::to(no_method)),
    )
    .service(
        web::resource("/Schemas/{id}")
            .get(schema)
            .default_service(web::to(no_method)),
    );
}

async fn provider(state: web::Data<State>, caller: Caller) -> Answer {
    let no = json!({ "supported": false });
    answer(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "https://auth0.com/docs/authenticate/protocols/scim",
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST },
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "A SCIM token of the connection",
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": location(&state, &caller, "ServiceProviderConfig"),
        },
    }))
}

async fn resource_types(state: web::Data<State>, caller: Caller) -> Answer {
    answer_list(&["User", "Group"].map(|name| of_type(&state, &caller, name)))
}

async fn resource_type(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Answer {
    match path.1.as_str() {
        name @ ("User" | "Group") => answer(of_type(&state, &caller, name)),
        _ => Err(Refusal::missing()),
    }
}

async fn schemas(state: web::Data<State>, caller: Caller) -> Answer {
    answer_list(&[USER, ENTERPRISE, GROUP].map(|id| of_schema(&state, &caller, id)))
}

async fn schema(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Answer {
    match path.1.as_str() {
        id @ (USER | ENTERPRISE | GROUP) => answer(of_schema(&state, &caller, id)),
        _ => Err(Refusal::missing()),
    }
}

fn of_type(state: &State, caller: &Caller, name: &str) -> Value {
    let extensions = match name {
        "User" => json!([{ "schema": ENTERPRISE, "required": false }]),
        _ => json!([]),
    };
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": format!("/{name}s"),
        "schema": if name == "User" { USER } else { GROUP },
        "schemaExtensions": extensions,
        "meta": {
            "resourceType": "ResourceType",
            "location": location(state, caller, &format!("ResourceTypes/{name}")),
        },
    })
}

/// Of users only what the connection's attribute map has.
fn of_schema(state: &State, caller: &Caller, id: &str) -> Value {
    let (name, attributes) = match id {
        USER => ("User", OF_USERS),
        ENTERPRISE => ("EnterpriseUser", OF_ENTERPRISE),
        _ => ("Group", OF_GROUPS),
    };
    let shown: Vec<Value> = state.read(|tenant| {
        let configuration = tenant.scim.configurations.get(&caller.connection.id);
        let mapped = |attribute: &&Attribute| {
            id == GROUP
                || configuration.is_some_and(|configuration: &Configuration| {
                    configuration.maps(id == ENTERPRISE, attribute)
                })
        };
        attributes
            .iter()
            .filter(mapped)
            .map(Attribute::shown)
            .collect()
    });
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": id,
        "name": name,
        "description": name,
        "attributes": shown,
        "meta": {
            "resourceType": "Schema",
            "location": location(state, caller, &format!("Schemas/{id}")),
        },
    })
}

/// Ids are not escaped, so that whoever takes one off the end has it as it is.
pub(super) fn location(state: &State, caller: &Caller, what: &str) -> String {
    let connection = &caller.connection.id;
    format!(
        "{}scim/v2/connections/{connection}/{what}",
        state.hosts().http
    )
}

fn answer(body: Value) -> Answer {
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).json(body))
}

fn answer_list(all: &[Value]) -> Answer {
    answer(listed(all.len(), 1, all))
}
