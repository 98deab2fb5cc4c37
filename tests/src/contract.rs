//! What the OpenAPI document promises. Every answer that a test gets from the API is held against it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use reqwest::Method;
use serde_json::Value;

use crate::{Answer, schema};

/// One operation of the document.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    pub tags: Vec<String>,
    pub needs_token: bool,
    pub takes_body: bool,
    /// The problem codes of each status; none for a success.
    pub answers: BTreeMap<u16, Vec<String>>,
    /// The schema of the body; null without one.
    request: Value,
    /// What each status answers, by media type.
    content: BTreeMap<u16, Value>,
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT
        .get_or_init(|| serde_json::from_str(&api::openapi::json()).expect("the document is JSON"))
}

/// Every operation of the document, as the handlers describe it now.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let paths = document()["paths"].as_object().expect("it has paths");
        let items = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().expect("an item is an object").iter();
            methods.map(move |(method, operation)| Operation::read(method, path, operation))
        });
        items.collect()
    })
}

/// The operation that `id` names.
pub fn operation(id: &str) -> &'static Operation {
    let found = operations().iter().find(|operation| operation.id == id);
    found.unwrap_or_else(|| panic!("there is no operation {id}"))
}

impl Operation {
    fn read(method: &str, path: &str, operation: &Value) -> Self {
        let texts = |value: &Value| -> Vec<String> {
            let items = value.as_array().into_iter().flatten();
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let codes = "/content/application~1problem+json/schema/allOf/1/properties/code/enum";
        let responses = operation["responses"]
            .as_object()
            .expect("it has responses");
        Self {
            id: operation["operationId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            method: method.to_uppercase().parse().expect("it is a method"),
            path: path.to_owned(),
            tags: texts(&operation["tags"]),
            request: operation["requestBody"]["content"]["application/json"]["schema"].clone(),
            needs_token: operation["security"].is_array(),
            takes_body: operation["requestBody"].is_object(),
            answers: responses
                .iter()
                .map(|(status, response)| {
                    let codes = response.pointer(codes).map(texts).unwrap_or_default();
                    (status.parse().expect("it is a status"), codes)
                })
                .collect(),
            content: responses
                .iter()
                .map(|(status, response)| {
                    (
                        status.parse().expect("it is a status"),
                        response["content"].clone(),
                    )
                })
                .collect(),
        }
    }

    /// Called by a vendor's machine, with a proof of its own.
    pub fn is_webhook(&self) -> bool {
        self.tags == ["webhooks"]
    }

    /// The fields of the body: name, whether it is required, and the JSON types that it may have.
    pub fn fields(&self) -> Vec<(String, bool, Vec<String>)> {
        schema::fields(document(), &self.request)
    }

    /// The names in braces, in their order.
    pub fn parameters(&self) -> Vec<&str> {
        let segments = self.path.split('/');
        segments
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }

    /// The path with each parameter replaced, not escaped.
    pub fn path_with<'a>(&self, value: impl Fn(&str) -> &'a str) -> String {
        let mut path = self.path.clone();
        for name in self.parameters() {
            path = path.replace(&format!("{{{name}}}"), value(name));
        }
        path
    }

    fn takes(&self, method: &Method, path: &str) -> bool {
        let (mine, theirs) = (self.path.split('/'), path.split('/'));
        self.method == *method
            && mine.clone().count() == theirs.clone().count()
            && mine.zip(theirs).all(|(mine, theirs)| {
                mine == theirs || (mine.starts_with('{') && !theirs.is_empty())
            })
    }
}

/// Panics when the document does not know this answer of the operation that was called.
#[track_caller]
pub(crate) fn assert_documented(method: &Method, path: &str, answer: &Answer) {
    let called = operations()
        .iter()
        .find(|operation| operation.takes(method, path));
    let Some(operation) = called else { return };
    let status = answer.status.as_u16();
    let Some(codes) = operation.answers.get(&status) else {
        panic!(
            "{} does not document the status of {answer:?}",
            operation.id
        );
    };
    if !codes.is_empty() {
        let code = answer.json()["code"].clone();
        assert!(
            codes.iter().any(|known| code == known.as_str()),
            "{} does not document the code of {answer:?}",
            operation.id
        );
    }
    let media_type = answer.header("content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default();
    let schema = &operation.content[&status][media_type]["schema"];
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    if is_json && schema.is_object() {
        let wrong = schema::mismatch(document(), schema, &answer.json());
        assert_eq!(wrong, None, "{} {answer:?}", operation.id);
    }
}
