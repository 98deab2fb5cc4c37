//! `POST /dbconnections/change_password`: a letter with a link for a new password. Whether there is such a user is not
//! told.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Deserialize;

use super::error::OAuthError;
use crate::mailbox::Mail;
use crate::password_tickets::PasswordTicket;
use crate::state::State;

const SENT: &str = "We've just sent you an email to reset your password.";

#[derive(Deserialize)]
pub(super) struct Wanted {
    client_id: String,
    email: String,
    connection: String,
    organization: Option<String>,
}

#[post("/dbconnections/change_password")]
pub(super) async fn mail(
    state: web::Data<State>,
    http: HttpRequest,
    wanted: web::Json<Wanted>,
) -> Result<HttpResponse, OAuthError> {
    let (now, host) = (state.clock().now(), state.hosts().of(&http));
    let wanted = wanted.into_inner();
    let link = state.write(|tenant| {
        let user = tenant.user_by_email(&wanted.connection, &wanted.email)?;
        let known = tenant.clients.contains_key(&wanted.client_id);
        let organization = wanted.organization.as_ref();
        let organization = organization.filter(|id| tenant.organizations.contains_key(*id));
        let ticket = PasswordTicket {
            client_id: Some(wanted.client_id.clone()).filter(|_| known),
            organization_id: organization.cloned(),
            // Whoever opens it has read the letter.
            mark_email_as_verified: true,
            ..PasswordTicket::new(user.user_id.clone(), None, now)
        };
        Some(tenant.issue_password_ticket(&host, ticket))
    });
    if let Some(link) = link {
        state.mailbox().deliver(Mail {
            at: now,
            to: wanted.email,
            template: "change_password".to_owned(),
            subject: "Reset your password".to_owned(),
            text: format!("You can choose a password for your account here:\n{link}"),
            html: None,
            link: Some(link),
            message_id: None,
        });
    }
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(SENT))
}
