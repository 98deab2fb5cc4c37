//! `PATCH /users/{id}`: root fields are replaced, metadata is merged at its first level, null takes away.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

use super::body::{EMAIL, LONG_NAME, PASSWORD, PICTURE, SHORT_NAME, USERNAME, UserBody};
use super::{find, find_mut};
use crate::management::call::Caller;
use crate::management::payload;
use crate::management::refusal::{Answer, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::passwords;
use crate::state::State;
use crate::tenant::{Metadata, User};

const BODY: Schema = Schema {
    required: &[],
    properties: &[
        ("connection", Kind::Text(1, usize::MAX)),
        ("client_id", Kind::Text(1, usize::MAX)),
        ("email", Kind::OrNull(&EMAIL)),
        ("email_verified", Kind::Boolean),
        ("verify_email", Kind::Boolean),
        ("username", Kind::OrNull(&USERNAME)),
        ("password", Kind::OrNull(&PASSWORD)),
        ("name", Kind::OrNull(&LONG_NAME)),
        ("nickname", Kind::OrNull(&LONG_NAME)),
        ("given_name", Kind::OrNull(&SHORT_NAME)),
        ("family_name", Kind::OrNull(&SHORT_NAME)),
        ("picture", Kind::OrNull(&PICTURE)),
        ("blocked", Kind::Boolean),
        ("user_metadata", Kind::AnyObject),
        ("app_metadata", Kind::AnyObject),
    ],
    open: false,
};

/// The outer option is whether the field was sent, the inner whether it was null.
#[derive(Deserialize)]
struct UserPatch {
    #[serde(default, deserialize_with = "sent")]
    email: Option<Option<String>>,
    email_verified: Option<bool>,
    #[serde(default, deserialize_with = "sent")]
    username: Option<Option<String>>,
    password: Option<String>,
    #[serde(default, deserialize_with = "sent")]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    nickname: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    family_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    picture: Option<Option<String>>,
    blocked: Option<bool>,
    user_metadata: Option<Metadata>,
    app_metadata: Option<Metadata>,
}

fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

pub(super) async fn change(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let patch: UserPatch = payload::parse(&body, &BODY)?;
    if !patch.is_app_metadata_only() {
        caller.needs(&["update:users"])?;
    }
    patch.check()?;
    let now = state.clock().now();
    state.write(|tenant| {
        find(tenant, &id)?;
        let taken = |email: &String| {
            tenant
                .users
                .values()
                .any(|user| user.user_id != *id && user.email.as_ref() == Some(email))
        };
        if id.starts_with("auth0|") && patch.new_email().as_ref().is_some_and(taken) {
            return Err(Refusal::bad_request(
                "auth0_idp_error",
                "The specified new email already exists",
            ));
        }
        let user = find_mut(tenant, &id)?;
        patch.apply(user, now);
        tenant.publish_user("user.updated", &id, now);
        Ok(HttpResponse::Ok().json(UserBody::of(find(tenant, &id)?)))
    })
}

impl UserPatch {
    fn is_app_metadata_only(&self) -> bool {
        let texts = [
            &self.email,
            &self.username,
            &self.name,
            &self.nickname,
            &self.given_name,
            &self.family_name,
        ];
        self.app_metadata.is_some()
            && self.user_metadata.is_none()
            && self.password.is_none()
            && self.email_verified.or(self.blocked).is_none()
            && texts
                .into_iter()
                .chain([&self.picture])
                .all(Option::is_none)
    }

    /// The identity store changes one of these at a time.
    fn check(&self) -> Result<(), Refusal> {
        let changes = [
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
            ("email", self.email.is_some()),
        ];
        let mut changed = changes
            .into_iter()
            .filter(|(_, sent)| *sent)
            .map(|(name, _)| name);
        if let (Some(first), Some(second)) = (changed.next(), changed.next()) {
            return Err(Refusal::body(format!(
                "Cannot update {first} and {second} simultaneously"
            )));
        }
        match &self.password {
            Some(password) if !passwords::is_strong_enough(password) => {
                Err(Refusal::body("PasswordStrengthError: Password is too weak"))
            }
            _ => Ok(()),
        }
    }

    fn new_email(&self) -> Option<String> {
        self.email.as_ref()?.as_deref().map(str::to_lowercase)
    }

    fn apply(self, user: &mut User, now: DateTime<Utc>) {
        if self.email.is_some() {
            user.email = self.new_email();
            user.email_verified = false;
        }
        user.email_verified = self.email_verified.unwrap_or(user.email_verified);
        replace(&mut user.username, self.username);
        replace(&mut user.name, self.name);
        replace(&mut user.nickname, self.nickname);
        replace(&mut user.given_name, self.given_name);
        replace(&mut user.family_name, self.family_name);
        replace(&mut user.picture, self.picture);
        user.blocked = self.blocked.or(user.blocked);
        if let Some(password) = self.password {
            user.password = Some(passwords::hash(&password));
            user.last_password_reset = Some(now);
        }
        merge(&mut user.user_metadata, self.user_metadata);
        merge(&mut user.app_metadata, self.app_metadata);
        user.updated_at = now;
    }
}

fn replace(field: &mut Option<String>, sent: Option<Option<String>>) {
    if let Some(value) = sent {
        *field = value;
    }
}

/// An empty map clears what was there.
fn merge(metadata: &mut Metadata, sent: Option<Metadata>) {
    let Some(sent) = sent else { return };
    if sent.is_empty() {
        metadata.clear();
    }
    for (name, value) in sent {
        if value.is_null() {
            metadata.remove(&name);
        } else {
            metadata.insert(name, value);
        }
    }
}
