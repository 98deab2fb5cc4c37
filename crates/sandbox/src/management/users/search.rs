//! `GET /users` and `GET /users-by-email`.

use actix_web::{HttpResponse, web};
use serde_json::Value;

use super::ANY_FIELD;
use super::body::UserBody;
use crate::management::lucene;
use crate::management::paging::{OFFSET, Offset};
use crate::management::query::{FIELDS, Query, invalid};
use crate::management::refusal::{Answer, Refusal};
use crate::state::State;
use crate::tenant::{Tenant, User};

const SEARCH: &[&str] = &["q", "search_engine", "sort", "connection", "primary_order"];

pub(super) async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[OFFSET, FIELDS, SEARCH])?;
    let offset = Offset::of(&query)?;
    let selection = query.selection(ANY_FIELD)?;
    if query
        .text("search_engine")
        .is_some_and(|engine| engine != "v3")
    {
        return Err(invalid(
            "No enum match for a search engine other than v3",
            "search_engine",
        ));
    }
    let search = query
        .text("q")
        .filter(|text| !text.trim().is_empty())
        .map(lucene::parse)
        .transpose()?;
    let sort = query.text("sort").map(sort).transpose()?;
    let connection = query.text("connection");
    let as_of = state.listed_as_of();
    state.read(|tenant| {
        let in_connection = |user: &&User| {
            connection.is_none_or(|name| {
                user.identities
                    .iter()
                    .any(|identity| identity.connection == name)
            })
        };
        let users = tenant.users.values().filter(in_connection);
        let users = users.filter(|user| user.created_at <= as_of);
        let mut found: Vec<(&User, Value)> = users
            .map(|user| (user, document(tenant, user)))
            .filter(|(_, document)| {
                search
                    .as_ref()
                    .is_none_or(|search| search.matches(document))
            })
            .collect();
        order(&mut found, sort);
        let bodies = found
            .into_iter()
            .map(|(user, _)| selection.of(&UserBody::of(user)));
        Ok(offset.answer_with_length("users", bodies.collect()))
    })
}

/// By creation, unless a field and whether it descends are given.
fn order(found: &mut [(&User, Value)], sort: Option<(&str, bool)>) {
    let Some((field, descending)) = sort else {
        found.sort_by_key(|(user, _)| user.created_at);
        return;
    };
    found.sort_by_cached_key(|(_, document)| lucene::texts(document, field).join(" "));
    if descending {
        found.reverse();
    }
}

/// What the search looks at: the user as it is answered, and the organizations that it is a member of.
fn document(tenant: &Tenant, user: &User) -> Value {
    let mut document =
        serde_json::to_value(UserBody::of(user)).expect("wire structs have text keys");
    let member_of = tenant
        .organizations
        .values()
        .filter(|organization| organization.members.contains_key(&user.user_id))
        .map(|organization| Value::String(organization.id.clone()));
    document["organization_id"] = Value::Array(member_of.collect());
    document
}

fn sort(text: &str) -> Result<(&str, bool), Refusal> {
    match text.rsplit_once(':') {
        Some((field, "1")) => Ok((field, false)),
        Some((field, "-1")) => Ok((field, true)),
        _ => Err(invalid(
            &format!(r"String does not match pattern ^(([a-zA-Z0-9_\.]+))\:(1|-1)$: {text}"),
            "sort",
        )),
    }
}

/// Compares exactly, case included, as Auth0 does: database connections keep their e-mails in lower case.
pub(super) async fn by_email(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[FIELDS, &["email"]])?;
    let selection = query.selection(ANY_FIELD)?;
    let email = query.text("email").ok_or_else(|| {
        Refusal::query("Query validation error: 'Missing required property: email'.")
    })?;
    state.read(|tenant| {
        let same = tenant
            .users
            .values()
            .filter(|user| user.email.as_deref() == Some(email));
        let bodies: Vec<Value> = same.map(|user| selection.of(&UserBody::of(user))).collect();
        Ok(HttpResponse::Ok().json(bodies))
    })
}
