//! Login links: they carry the organization and the invitation to where the application begins its login.
//!
//! Nothing is looked up, so a link tells nobody whether an organization exists.

use std::collections::BTreeMap;

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::invitation::InviteeEmail;
use domain::{OrganizationId, OrganizationName};
use url::Url;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoParams, IntoResponses};

use crate::app::AppState;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

/// Characters of an invitation's ticket; Auth0's have 32.
const MAX_TICKET: usize = 128;

/// The order in which they are handed on.
const CARRIED: [&str; 5] = [
    "organization",
    "invitation",
    "organization_name",
    "login_hint",
    "prompt",
];

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its documentation is used")]
struct LoginParameters {
    /// Name or id.
    organization: Option<String>,
    /// The ticket of an invitation.
    invitation: Option<String>,
    organization_name: Option<String>,
    /// The e-mail address to sign in with.
    login_hint: Option<String>,
    /// `login`: whoever is signed in signs in anew.
    prompt: Option<String>,
}

struct LoginProblems;

impl IntoResponses for LoginProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::InvalidQuery])
    }
}

/// To the application's login, with what the link carries.
#[utoipa::path(
    operation_id = "log_in",
    tag = "login",
    params(LoginParameters),
    responses(
        (status = 302, description = "To the application", headers(("location" = String))),
        LoginProblems,
    ),
)]
#[get("/login")]
pub(super) async fn by_name(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    to_application(
        &state.config.http.app_login_url,
        &carried(request.query_string())?,
    )
}

/// To the application's login in this organization.
#[utoipa::path(
    operation_id = "log_in_to_organization",
    tag = "login",
    params(
        ("name" = String, Path, description = "Name or id of the organization"),
        ("invitation" = Option<String>, Query, description = "The ticket of an invitation"),
        ("organization_name" = Option<String>, Query),
        ("login_hint" = Option<String>, Query, description = "The e-mail address to sign in with"),
        ("prompt" = Option<String>, Query, description = "`login`: whoever is signed in signs in anew"),
    ),
    responses(
        (status = 302, description = "To the application", headers(("location" = String))),
        LoginProblems,
    ),
)]
#[get("/orgs/{name}/login")]
pub(super) async fn of_organization(
    request: HttpRequest,
    name: web::Path<String>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let mut carried = carried(request.query_string())?;
    if carried.contains_key("organization") {
        return Err(refused("organization"));
    }
    check("organization", &name)?;
    carried.insert("organization", name.into_inner());
    to_application(&state.config.http.app_login_url, &carried)
}

fn to_application(
    login: &Url,
    carried: &BTreeMap<&'static str, String>,
) -> Result<HttpResponse, Problem> {
    let mut location = login.clone();
    for name in CARRIED {
        if let Some(value) = carried.get(name) {
            location.query_pairs_mut().append_pair(name, value);
        }
    }
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, location.as_str()))
        .finish())
}

/// Anything that is not to be handed on is passed over: mail clients add their own.
fn carried(query: &str) -> Result<BTreeMap<&'static str, String>, Problem> {
    let mut carried = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let Some(name) = CARRIED.into_iter().find(|carried| *carried == name) else {
            continue;
        };
        check(name, &value)?;
        if carried.insert(name, value.into_owned()).is_some() {
            return Err(refused(name));
        }
    }
    Ok(carried)
}

fn check(name: &'static str, value: &str) -> Result<(), Problem> {
    let is_name = || OrganizationName::imported(value.to_owned()).is_ok();
    let acceptable = match name {
        "organization" => is_name() || value.parse::<OrganizationId>().is_ok(),
        "organization_name" => is_name(),
        // An address is taken with the white space around it, which a link has no use for.
        "login_hint" => value.trim() == value && value.parse::<InviteeEmail>().is_ok(),
        "prompt" => value == "login",
        _ => is_ticket(value),
    };
    if acceptable {
        Ok(())
    } else {
        Err(refused(name))
    }
}

fn is_ticket(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_TICKET).contains(&value.len()) && value.bytes().all(allowed)
}

fn refused(field: &'static str) -> Problem {
    Problem::new(Code::InvalidQuery).field(
        field,
        "invalid",
        "This value has not the shape that it should have.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(login: &str, query: &str) -> String {
        let response =
            to_application(&Url::parse(login).unwrap(), &carried(query).unwrap()).unwrap();
        response
            .headers()
            .get(LOCATION)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn values_are_handed_on_in_a_fixed_order_after_the_applications_own() {
        let query = "prompt=login&login_hint=bo%40acme.example&organization_name=acme&utm=1&invitation=Tick-et_1&organization=org_0123456789abcdef";
        assert_eq!(
            location("https://app.example.com/login?a=b", query),
            "https://app.example.com/login?a=b&organization=org_0123456789abcdef&invitation=Tick-et_1&organization_name=acme&login_hint=bo%40acme.example&prompt=login"
        );
        assert_eq!(
            location("https://app.example.com/login", ""),
            "https://app.example.com/login"
        );
    }

    #[test]
    fn malformed_or_repeated_values_are_refused_by_name() {
        let long = format!("invitation={}", "a".repeat(129));
        for query in [
            "organization=",
            "organization=A%20b",
            "organization=a&organization=b",
            "invitation=a%0d%0ab",
            "login_hint=bo",
            "login_hint=bo%40acme.example%0d%0a",
            "prompt=none",
            &long,
        ] {
            let code = carried(query).unwrap_err().code();
            assert_eq!(code, Code::InvalidQuery, "{query}");
        }
        assert!(carried("organization_name=%3Cscript%3E").is_err());
    }
}
