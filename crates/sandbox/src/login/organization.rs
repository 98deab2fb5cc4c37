//! For applications that require an organization: asking for its name before the login, or offering a choice after.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::authorize::page_after_organization;
use super::error_page::PageError;
use super::finish::{finish, organizations_of};
use super::page::{Field, page, respond};
use super::transactions::{self, AtState, Opened};
use crate::state::State;

#[derive(Deserialize)]
pub(super) struct OrganizationForm {
    #[serde(default)]
    csrf: String,
    /// A name before the login, an id in the picker.
    #[serde(default)]
    organization: String,
}

#[get("/u/organization")]
pub(super) async fn ask(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(&state, &at.state)?;
    Ok(respond(
        StatusCode::OK,
        page("Your organization", &question(&opened, "", None)),
    ))
}

#[post("/u/organization")]
pub(super) async fn answer(
    state: web::Data<State>,
    at: web::Query<AtState>,
    form: web::Form<OrganizationForm>,
) -> Result<HttpResponse, PageError> {
    let mut opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    let name = form.organization.trim().to_ascii_lowercase();
    let found = state.read(|tenant| {
        tenant
            .organization_named(&name)
            .map(|found| found.id.clone())
    });
    let Some(id) = found else {
        let error = Some("We do not know an organization of that name");
        let content = question(&opened, &name, error);
        return Ok(respond(
            StatusCode::BAD_REQUEST,
            page("Your organization", &content),
        ));
    };
    opened.transaction.organization = Some(id);
    transactions::save(&state, &opened);
    let location = state.read(|tenant| page_after_organization(tenant, &opened));
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, location))
        .finish())
}

#[get("/u/organization/picker")]
pub(super) async fn pick(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(&state, &at.state)?;
    let who = opened
        .transaction
        .authenticated
        .as_ref()
        .ok_or(PageError::UnknownTransaction)?;
    let choices: Vec<(String, String)> = state.read(|tenant| {
        let ids = organizations_of(tenant, &who.user_id);
        let organizations = ids.iter().filter_map(|id| tenant.organizations.get(id));
        organizations
            .map(|organization| {
                let shown = organization
                    .display_name
                    .as_ref()
                    .unwrap_or(&organization.name);
                (organization.id.clone(), shown.clone())
            })
            .collect()
    });
    let personal = may_be_personal(&state, &opened);
    Ok(respond(
        StatusCode::OK,
        page(
            "Choose an organization",
            &picker(&opened, &choices, personal),
        ),
    ))
}

fn may_be_personal(state: &State, opened: &Opened) -> bool {
    state.read(|tenant| {
        let client = tenant.clients.get(&opened.transaction.client_id);
        client.is_some_and(|client| client.organization_usage == "allow")
    })
}

#[post("/u/organization/picker")]
pub(super) async fn picked(
    state: web::Data<State>,
    http: HttpRequest,
    at: web::Query<AtState>,
    form: web::Form<OrganizationForm>,
) -> Result<HttpResponse, PageError> {
    let mut opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    let who = opened
        .transaction
        .authenticated
        .take()
        .ok_or(PageError::UnknownTransaction)?;
    transactions::end(&state, &opened);
    // Only offered where an organization is not required.
    match form.organization.as_str() {
        "" => opened.transaction.is_personal = true,
        id => opened.transaction.organization = Some(id.to_owned()),
    }
    if opened.transaction.is_personal && !may_be_personal(&state, &opened) {
        return Err(PageError::UnknownTransaction);
    }
    Ok(finish(&state, &http, opened.transaction, who).await)
}

fn question(opened: &Opened, value: &str, error: Option<&str>) -> Markup {
    let field = Field {
        name: "organization",
        label: "Organization name",
        kind: "text",
        autocomplete: "organization",
        value,
        hint: None,
        error,
    };
    html! {
        h1 { "Your organization" }
        p { "Enter the name of your organization" }
        form method="post" action=(opened.url("/u/organization")) novalidate {
            input type="hidden" name="csrf" value=(opened.transaction.csrf);
            (field.render())
            button type="submit" { "Continue" }
        }
    }
}

fn picker(opened: &Opened, choices: &[(String, String)], personal: bool) -> Markup {
    html! {
        h1 { "Choose an organization" }
        form method="post" action=(opened.url("/u/organization/picker")) {
            input type="hidden" name="csrf" value=(opened.transaction.csrf);
            @for (id, name) in choices {
                button.quiet type="submit" name="organization" value=(id) { (name) }
            }
            @if personal {
                button.quiet type="submit" name="organization" value="" { "Personal account" }
            }
        }
    }
}
