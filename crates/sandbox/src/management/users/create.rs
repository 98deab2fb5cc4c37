//! `POST /users`.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::body::{EMAIL, LONG_NAME, PASSWORD, PICTURE, SHORT_NAME, USERNAME, UserBody};
use crate::management::payload;
use crate::management::refusal::{Answer, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::state::State;
use crate::tenant::{Connection, Identity, Metadata, Tenant, User};
use crate::{ids, passwords};

const BODY: Schema = Schema {
    required: &["connection"],
    properties: &[
        ("connection", Kind::Text(1, usize::MAX)),
        ("email", EMAIL),
        ("email_verified", Kind::Boolean),
        ("verify_email", Kind::Boolean),
        ("username", USERNAME),
        ("password", PASSWORD),
        ("user_id", Kind::Pattern(r"^\S*$", has_no_space)),
        ("name", LONG_NAME),
        ("nickname", LONG_NAME),
        ("given_name", SHORT_NAME),
        ("family_name", SHORT_NAME),
        ("picture", PICTURE),
        ("blocked", Kind::Boolean),
        ("user_metadata", Kind::AnyObject),
        ("app_metadata", Kind::AnyObject),
    ],
    open: false,
};

#[derive(Deserialize)]
struct NewUser {
    connection: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    username: Option<String>,
    password: Option<String>,
    /// Without the provider's prefix.
    user_id: Option<String>,
    name: Option<String>,
    nickname: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    picture: Option<String>,
    blocked: Option<bool>,
    #[serde(default)]
    user_metadata: Metadata,
    #[serde(default)]
    app_metadata: Metadata,
}

pub(super) async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: NewUser = payload::parse(&body, &BODY)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let connection = database(tenant, &new.connection)?;
        let email = new
            .email
            .as_deref()
            .map(str::to_lowercase)
            .ok_or_else(|| required("email"))?;
        let password = new
            .password
            .as_deref()
            .ok_or_else(|| required("password"))?;
        if !passwords::is_strong_enough(password) {
            return Err(Refusal::body("PasswordStrengthError: Password is too weak"));
        }
        refuse_existing(tenant, connection, &email, &new)?;
        let hash = passwords::hash(password);
        let user = new.into_user(email, hash, now);
        let answer = HttpResponse::Created().json(UserBody::of(&user));
        let id = user.user_id.clone();
        tenant.users.insert(id.clone(), user);
        tenant.publish_user("user.created", &id, now);
        Ok(answer)
    })
}

/// Users are created in database connections; everybody else comes by logging in.
fn database<'a>(tenant: &'a Tenant, name: &str) -> Result<&'a Connection, Refusal> {
    let named = tenant
        .connections
        .values()
        .find(|connection| connection.name == name);
    let connection = named.ok_or_else(|| {
        Refusal::bad_request("inexistent_connection", "The connection does not exist.")
    })?;
    if connection.strategy != "auth0" {
        return Err(Refusal::body(
            "Users can only be created in database connections.",
        ));
    }
    if connection.enabled_clients.is_empty() {
        return Err(Refusal::bad_request(
            "connection_disabled",
            "The connection is disabled.",
        ));
    }
    Ok(connection)
}

fn refuse_existing(
    tenant: &Tenant,
    connection: &Connection,
    email: &str,
    new: &NewUser,
) -> Result<(), Refusal> {
    let in_connection = |user: &&User| {
        user.identities
            .iter()
            .any(|identity| identity.connection == connection.name)
    };
    let same = |user: &User| {
        user.email.as_deref() == Some(email)
            || (new.username.is_some() && user.username == new.username)
            || new.user_id.as_ref().is_some_and(|id| {
                user.identities
                    .iter()
                    .any(|identity| identity.user_id == *id)
            })
    };
    if tenant.users.values().filter(in_connection).any(same) {
        return Err(Refusal::conflict(
            Some("auth0_idp_error"),
            "The user already exists.",
        ));
    }
    Ok(())
}

impl NewUser {
    fn into_user(self, email: String, password_hash: String, now: DateTime<Utc>) -> User {
        let id = self.user_id.unwrap_or_else(ids::database_user);
        let local_part = email.split('@').next().unwrap_or_default();
        let initials: String = local_part.chars().take(2).collect();
        let keep = |metadata: Metadata| {
            metadata
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect()
        };
        User {
            user_id: format!("auth0|{id}"),
            name: Some(self.name.unwrap_or_else(|| email.clone())),
            nickname: Some(self.nickname.unwrap_or_else(|| local_part.to_owned())),
            picture: Some(
                self.picture
                    .unwrap_or_else(|| format!("https://cdn.auth0.com/avatars/{initials}.png")),
            ),
            email: Some(email),
            email_verified: self.email_verified,
            given_name: self.given_name,
            family_name: self.family_name,
            username: self.username,
            blocked: self.blocked,
            identities: vec![Identity {
                connection: self.connection,
                user_id: id,
                provider: "auth0".to_owned(),
                is_social: false,
                profile_data: None,
            }],
            user_metadata: keep(self.user_metadata),
            app_metadata: keep(self.app_metadata),
            roles: std::collections::BTreeSet::new(),
            password: Some(password_hash),
            last_password_reset: None,
            created_at: now,
            updated_at: now,
            last_login: None,
            last_ip: None,
            logins_count: 0,
            attributes: Metadata::new(),
        }
    }
}

fn required(name: &str) -> Refusal {
    Refusal::body(format!(
        "Payload validation error: 'Missing required property: {name}'."
    ))
}

fn has_no_space(text: &str) -> bool {
    text.len() <= 255 && !text.contains(char::is_whitespace)
}
