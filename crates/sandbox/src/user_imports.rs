//! Bulk imports of users: what an order says, and how it is carried out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::accounts::{NewUser, new_user};
use crate::tenant::{Metadata, Tenant, User};

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobState {
    #[default]
    Pending,
    Completed,
}

impl JobState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
        }
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct ImportJob {
    pub(crate) id: String,
    pub(crate) connection_id: String,
    pub(crate) connection: String,
    pub(crate) external_id: Option<String>,
    pub(crate) upsert: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) state: JobState,
    /// What is left to do; empty afterwards.
    pub(crate) users: Vec<Value>,
    pub(crate) inserted: usize,
    pub(crate) updated: usize,
    /// As `/jobs/{id}/errors` answers them.
    pub(crate) errors: Vec<Value>,
}

enum Done {
    Inserted,
    Updated,
}

/// Code, message, path.
type Fault = (&'static str, &'static str, &'static str);

impl Tenant {
    /// Carries the order out, once.
    pub(crate) fn run_import(&mut self, id: &str, now: DateTime<Utc>) {
        let Some(mut job) = self.import_jobs.get(id).cloned() else {
            return;
        };
        if job.state != JobState::Pending {
            return;
        }
        for user in std::mem::take(&mut job.users) {
            match self.import(&job, &user, now) {
                Ok(Done::Inserted) => job.inserted += 1,
                Ok(Done::Updated) => job.updated += 1,
                Err((code, message, path)) => job.errors.push(json!({
                    "user": without_secrets(&user),
                    "errors": [{ "code": code, "message": message, "path": path }],
                })),
            }
        }
        job.state = JobState::Completed;
        self.import_jobs.insert(id.to_owned(), job);
    }

    fn import(&mut self, job: &ImportJob, user: &Value, now: DateTime<Utc>) -> Result<Done, Fault> {
        let text = |name: &str| user[name].as_str().map(str::to_owned);
        let email = text("email").filter(|email| email.contains('@') && !email.contains(' '));
        let email = email.ok_or((
            "OBJECT_MISSING_REQUIRED_PROPERTY",
            "Missing required property: email",
            "",
        ))?;
        let email = email.to_lowercase();
        let hash = text("password_hash");
        if hash.as_ref().is_some_and(|hash| !is_bcrypt(hash)) {
            return Err((
                "PATTERN",
                "String does not match pattern ^\\$2[ab]\\$10\\$.{53}$: password_hash",
                "#/password_hash",
            ));
        }
        let connection = self.connections.get(&job.connection_id).cloned();
        let connection = connection.ok_or(("INVALID_CONNECTION", "The connection is gone", ""))?;
        let wanted = text("user_id").map(|id| format!("auth0|{id}"));
        let known = self.user_by_email(&connection.name, &email);
        let known = known.map(|user| user.user_id.clone());
        let known = known.or_else(|| wanted.clone().filter(|id| self.users.contains_key(id)));
        if let Some(id) = known {
            if !job.upsert {
                return Err(("DUPLICATED_USER", "User already exists", ""));
            }
            let found = self.users.get_mut(&id).expect("it was found just now");
            merge(found, user);
            found.updated_at = now;
            self.publish_user("user.updated", &id, now);
            return Ok(Done::Updated);
        }
        let mut new = new_user(
            NewUser {
                connection: &connection,
                email: Some(email),
                email_verified: false,
                name: text("name"),
                password: hash,
            },
            now,
        );
        if let Some(id) = wanted {
            new.identities[0].user_id = id["auth0|".len()..].to_owned();
            new.user_id = id;
        }
        merge(&mut new, user);
        let id = new.user_id.clone();
        self.users.insert(id.clone(), new);
        self.publish_user("user.created", &id, now);
        Ok(Done::Inserted)
    }
}

/// What an import may change of a user who is there: not the address, not the password.
fn merge(user: &mut User, from: &Value) {
    if let Some(verified) = from["email_verified"].as_bool() {
        user.email_verified = verified;
    }
    if let Some(name) = from["name"].as_str() {
        user.name = Some(name.to_owned());
    }
    let into = |metadata: &mut Metadata, from: &Value| {
        let entries: Map<String, Value> = from.as_object().cloned().unwrap_or_default();
        metadata.extend(entries);
    };
    into(&mut user.app_metadata, &from["app_metadata"]);
    into(&mut user.user_metadata, &from["user_metadata"]);
}

fn without_secrets(user: &Value) -> Value {
    let mut user = user.clone();
    if let Some(fields) = user.as_object_mut() {
        fields.retain(|name, _| !name.contains("password"));
    }
    user
}

/// Ten rounds, as Auth0 asks for.
fn is_bcrypt(hash: &str) -> bool {
    let rest = hash
        .strip_prefix("$2a$10$")
        .or_else(|| hash.strip_prefix("$2b$10$"));
    rest.is_some_and(|rest| rest.len() == 53)
}
