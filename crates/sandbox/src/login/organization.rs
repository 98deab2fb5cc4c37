//! For applications that require an organization: asking for its name or an e-mail address of its people before the
//! login, or offering a choice after.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::authorize::page_after_organization;
use super::connections;
use super::error_page::PageError;
use super::finish::{finish, organizations_of};
use super::page::{Field, page, respond};
use super::transactions::{self, AtState, Opened};
use crate::state::State;
use crate::tenant::Tenant;

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
    let methods = state.read(|tenant| Methods::of(tenant, &opened));
    Ok(respond(
        StatusCode::OK,
        page("Your organization", &question(&opened, methods, "", None)),
    ))
}

#[post("/u/organization")]
pub(super) async fn answer(
    state: web::Data<State>,
    at: web::Query<AtState>,
    form: web::Form<OrganizationForm>,
) -> Result<HttpResponse, PageError> {
    let mut opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    let typed = form.organization.trim().to_ascii_lowercase();
    let (methods, found) = state.read(|tenant| {
        let methods = Methods::of(tenant, &opened);
        (methods, methods.find(tenant, &typed))
    });
    let Some(id) = found else {
        let content = question(&opened, methods, &typed, Some(methods.unknown()));
        return Ok(respond(
            StatusCode::BAD_REQUEST,
            page("Your organization", &content),
        ));
    };
    opened.transaction.organization = Some(id);
    if typed.contains('@') {
        opened.transaction.login_hint = Some(typed.clone());
    }
    transactions::save(&state, &opened);
    let location = state.read(|tenant| {
        // Whoever has given an address is not asked for it again where it leads to an identity provider.
        match connections::by_domain(tenant, &opened.transaction, &typed) {
            Some(connection) => opened.url(&format!("/u/idp/{}", connection.name)),
            None => page_after_organization(tenant, &opened),
        }
    });
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

/// By what the application lets people find their organization; by their address unless it says otherwise.
#[derive(Clone, Copy)]
struct Methods {
    email: bool,
    name: bool,
}

impl Methods {
    fn of(tenant: &Tenant, opened: &Opened) -> Self {
        let client = tenant.clients.get(&opened.transaction.client_id);
        let chosen = client
            .and_then(|client| client.extra.get("organization_discovery_methods"))
            .and_then(Value::as_array);
        let has = |method: &str| {
            chosen.is_some_and(|chosen| chosen.iter().any(|each| each.as_str() == Some(method)))
        };
        Self {
            email: chosen.is_none() || has("email"),
            name: has("organization_name"),
        }
    }

    fn find(self, tenant: &Tenant, typed: &str) -> Option<String> {
        let found = if typed.contains('@') {
            self.email
                .then(|| tenant.organization_discovered(typed))
                .flatten()
        } else {
            self.name
                .then(|| tenant.organization_named(typed))
                .flatten()
        };
        found.map(|organization| organization.id.clone())
    }

    fn label(self) -> &'static str {
        match (self.email, self.name) {
            (true, true) => "Organization name or email address",
            (true, false) => "Email address",
            (false, _) => "Organization name",
        }
    }

    fn unknown(self) -> &'static str {
        if self.email {
            "We do not know an organization of that name or address"
        } else {
            "We do not know an organization of that name"
        }
    }
}

fn question(opened: &Opened, methods: Methods, value: &str, error: Option<&str>) -> Markup {
    let field = Field {
        name: "organization",
        label: methods.label(),
        kind: "text",
        autocomplete: "organization",
        value,
        hint: None,
        error,
    };
    html! {
        h1 { "Your organization" }
        p { "Which one do you belong to?" }
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
