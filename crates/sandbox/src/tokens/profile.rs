//! What the OIDC scopes reveal of a person (OpenID Connect Core, 5.4).

use serde_json::{Value, json};

use crate::tenant::{Metadata, User};

pub(crate) fn profile_claims(user: &User, scope: &str) -> Metadata {
    let has = |wanted: &str| scope.split_whitespace().any(|scope| scope == wanted);
    let mut claims = Metadata::new();
    if has("profile") {
        let texts = [
            ("nickname", &user.nickname),
            ("name", &user.name),
            ("given_name", &user.given_name),
            ("family_name", &user.family_name),
            ("picture", &user.picture),
        ];
        for (claim, text) in texts {
            if let Some(text) = text {
                claims.insert(claim.to_owned(), Value::from(text.as_str()));
            }
        }
        claims.insert("updated_at".to_owned(), json!(user.updated_at));
    }
    if has("email")
        && let Some(email) = &user.email
    {
        claims.insert("email".to_owned(), Value::from(email.as_str()));
        claims.insert(
            "email_verified".to_owned(),
            Value::from(user.email_verified),
        );
    }
    claims
}
