//! The page itself, for anyone.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::invitation::Status;
use domain::{OrganizationId, TenantId};
use store::{Customer, Invitation, StoreError};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoParams, IntoResponses};

use super::page::{Landing, Open, Page};
use crate::app::AppState;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::workflows::invitation::ticket_hash;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its documentation is used")]
struct LandingParameters {
    /// The ticket of an invitation.
    invitation: Option<String>,
    /// Id of the organization.
    organization: Option<String>,
    organization_name: Option<String>,
    /// What a refused login came back with.
    error: Option<String>,
}

struct LandingProblems;

impl IntoResponses for LandingProblems {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::DatabaseUnavailable])
    }
}

/// The page that an invitation's link leads to.
///
/// Links that are unknown, expired, revoked or used up all lead to one and the same page.
#[utoipa::path(
    operation_id = "open_invitation",
    tag = "login",
    params(LandingParameters),
    responses((status = 200, description = "A page", content_type = "text/html"), LandingProblems),
)]
#[get("/invitation")]
pub(super) async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(request.query_string());
    let page = match &query {
        Query {
            error: true,
            ticket: Some(_),
            ..
        } => Page::Refused,
        // Back from the question who is signed in.
        Query {
            ticket: None,
            answer: true,
            ..
        } => Page::Return,
        Query {
            ticket: Some(ticket),
            organization: Some(organization),
            ..
        } => found(&state, organization, ticket)
            .await?
            .map_or(Page::Closed, Page::Open),
        _ => Page::Closed,
    };
    let auth0 = &state.config.auth0;
    let landing = Landing {
        issuer: auth0.domain.as_str(),
        client_id: &auth0.console_client_id,
        address: state
            .config
            .http
            .public_url
            .join("invitation")
            .map_err(|_| Problem::new(Code::Internal))?,
        page,
    };
    // The page speaks to itself and to the issuer, to nobody else.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        auth0.domain
    );
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header(ContentType::html())
        .body(landing.render().into_string()))
}

#[derive(Default)]
struct Query {
    ticket: Option<String>,
    organization: Option<OrganizationId>,
    error: bool,
    answer: bool,
}

impl Query {
    /// The last of a repeated one counts; whatever has the wrong shape is as good as none.
    fn of(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "invitation" => read.ticket = Some(value.into_owned()),
                "organization" => read.organization = value.parse().ok(),
                "error" => (read.error, read.answer) = (true, true),
                "code" => read.answer = true,
                _ => {}
            }
        }
        read
    }
}

/// The ticket opens the organization for this one question; one of another organization finds nothing.
async fn found(
    state: &AppState,
    organization: &OrganizationId,
    ticket: &str,
) -> Result<Option<Open>, StoreError> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = state.store.tenant(&tenant).await?;
    let Some(invitation) = tx.invitation_of_ticket(ticket_hash(ticket)).await? else {
        return Ok(None);
    };
    let customer = tx.customer().await?;
    let pending = invitation.status(state.clock.now()) == Status::Pending;
    Ok(customer
        .filter(|customer| pending && customer.suspended_at.is_none())
        .and_then(|customer| open(customer, invitation, ticket)))
}

fn open(customer: Customer, invitation: Invitation, ticket: &str) -> Option<Open> {
    Some(Open {
        organization: customer.display_name?,
        organization_name: customer.name?,
        organization_id: customer.tenant,
        ticket: ticket.to_owned(),
        email: invitation.email,
        inviter: invitation.inviter_name,
        expires_at: invitation.expires_at,
        own_login: invitation.connection.is_some(),
    })
}
