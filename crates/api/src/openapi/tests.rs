use serde_json::Value;

use super::*;
use crate::problem::Code;

fn json() -> Value {
    serde_json::to_value(document()).unwrap()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.filter(|(_, operation)| operation.is_object())
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn the_version_is_3_1_and_problems_are_components() {
    let document = json();
    assert_eq!(document["openapi"], "3.1.0");
    for name in ["Problem", "FieldError"] {
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
}

#[test]
fn every_operation_documents_a_success_and_the_problems_that_all_have() {
    let document = json();
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses
                .keys()
                .any(|status| status.starts_with(['2', '3'])),
            "{name}"
        );
        assert!(
            responses.contains_key("500") && responses.contains_key("503"),
            "{name}"
        );
        assert!(
            responses.keys().all(|status| status.parse::<u16>().is_ok()),
            "{name} has a key that is no status"
        );
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_and_every_response_a_description() {
    let document = json();
    let mut ids = std::collections::BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{name}"
        );
        let responses = operation["responses"].as_object().unwrap();
        let described = |response: &Value| {
            response["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        };
        assert!(responses.values().all(described), "{name}");
    }
}

#[test]
fn what_needs_a_token_says_so() {
    let document = json();
    for (name, operation) in operations(&document) {
        let secured = operation["security"].is_array();
        assert_eq!(secured, operation["responses"]["401"].is_object(), "{name}");
        let needed = match name.rsplit(' ').next() {
            // Its bearer token is a shared secret, Auth0's only proof for event streams.
            Some("/webhooks/auth0/events") => true,
            Some(path) => path.starts_with("/v1/") && path != "/v1/plans",
            None => false,
        };
        assert_eq!(secured, needed, "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = json();
    let text = document.to_string();
    let references = text
        .split("\"$ref\":\"#")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn codes_are_unique_and_ordered_by_status() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
    assert!(Code::ALL.is_sorted_by_key(|code| code.status().as_u16()));
}
