//! The people of the demo.

use chrono::{DateTime, Utc};

use crate::accounts::{NewUser, new_user};
use crate::passwords;
use crate::tenant::Tenant;

const PASSWORD: &str = "Tenantry-demo-1";
/// (address, given name, family name)
const PEOPLE: [(&str, &str, &str); 3] = [
    ("ada@example.com", "Ada", "Buyer"),
    ("ben@example.com", "Ben", "Member"),
    ("cleo@example.com", "Cleo", "Visitor"),
];

pub(super) fn plant(tenant: &mut Tenant, connection: &str, now: DateTime<Utc>) {
    for (email, given_name, family_name) in PEOPLE {
        if tenant.user_by_email(connection, email).is_some() {
            continue;
        }
        let Some(connection) = tenant.connection_named(connection) else {
            return;
        };
        let new = NewUser {
            connection,
            email: Some(email.to_owned()),
            email_verified: true,
            name: Some(format!("{given_name} {family_name}")),
            password: Some(passwords::hash(PASSWORD)),
        };
        let mut user = new_user(new, now);
        user.given_name = Some(given_name.to_owned());
        user.family_name = Some(family_name.to_owned());
        tenant.users.insert(user.user_id.clone(), user);
    }
}
