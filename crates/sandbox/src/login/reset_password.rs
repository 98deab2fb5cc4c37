//! `/u/reset-password`: whoever has the link chooses a password. It works once.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::error_page::PageError;
use super::page::{Field, page, respond};
use crate::passwords;
use crate::state::State;
use crate::tenant::Tenant;

const TITLE: &str = "Change your password";

#[derive(Deserialize)]
pub(super) struct Ticket {
    ticket: String,
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    password: String,
}

#[get("/u/reset-password")]
pub(super) async fn show(
    state: web::Data<State>,
    at: web::Query<Ticket>,
) -> Result<HttpResponse, PageError> {
    let now = state.clock().now();
    let content = state.read(|tenant| {
        let ticket = tenant.password_ticket(&at.ticket, now);
        let ticket = ticket.ok_or(PageError::UnknownTicket)?;
        let organization = ticket.organization_id.as_deref();
        Ok::<_, PageError>(form(&at.ticket, named(tenant, organization), None))
    })?;
    Ok(respond(StatusCode::OK, page(TITLE, &content)))
}

#[post("/u/reset-password")]
pub(super) async fn submit(
    state: web::Data<State>,
    at: web::Query<Ticket>,
    chosen: web::Form<PasswordForm>,
) -> Result<HttpResponse, PageError> {
    let now = state.clock().now();
    if !passwords::is_strong_enough(&chosen.password) {
        let known = state.read(|tenant| tenant.password_ticket(&at.ticket, now).is_some());
        let weak = Some("Use at least 8 characters");
        let content = form(&at.ticket, None, weak);
        return match known {
            true => Ok(respond(StatusCode::BAD_REQUEST, page(TITLE, &content))),
            false => Err(PageError::UnknownTicket),
        };
    }
    let hash = passwords::hash(&chosen.password);
    let back = state.write(|tenant| {
        tenant
            .password_ticket(&at.ticket, now)
            .ok_or(PageError::UnknownTicket)?;
        let ticket = tenant.password_tickets.remove(&at.ticket);
        let ticket = ticket.ok_or(PageError::UnknownTicket)?;
        if let Some(user) = tenant.users.get_mut(&ticket.user_id) {
            user.password = Some(hash);
            user.last_password_reset = Some(now);
            user.email_verified |= ticket.mark_email_as_verified;
            user.updated_at = now;
        }
        // Whoever was in with the old password is out.
        let id = ticket.user_id.as_str();
        tenant.sessions.retain(|_, session| session.user_id != id);
        tenant.refresh_tokens.retain(|_, token| token.user_id != id);
        tenant.publish_user("user.updated", id, now);
        Ok::<_, PageError>(tenant.after_password(&ticket))
    })?;
    let content = html! {
        h1 { "Password changed" }
        p { "Your password has been changed successfully." }
        @if let Some(back) = back { a.button href=(back) { "Back to the application" } }
    };
    Ok(respond(StatusCode::OK, page("Password changed", &content)))
}

fn named<'a>(tenant: &'a Tenant, organization: Option<&str>) -> Option<&'a str> {
    let organization = tenant.organizations.get(organization?)?;
    let name = organization.display_name.as_deref();
    Some(name.unwrap_or(&organization.name))
}

fn form(ticket: &str, organization: Option<&str>, error: Option<&str>) -> Markup {
    let password = Field {
        name: "password",
        label: "New password",
        kind: "password",
        autocomplete: "new-password",
        value: "",
        hint: Some("At least 8 characters"),
        error,
    };
    html! {
        h1 { (TITLE) }
        @if let Some(organization) = organization { p { "to continue to " (organization) } }
        form method="post" action=(format!("/u/reset-password?ticket={ticket}")) novalidate {
            (password.render())
            button type="submit" name="action" value="default" { "Reset password" }
        }
    }
}
