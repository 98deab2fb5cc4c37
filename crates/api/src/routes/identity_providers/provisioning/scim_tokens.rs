//! The tokens that an identity provider provisions with: two at a time, each shown once.

mod create;
mod list;
mod revoke;

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::{IdentityProvider, MadeScimToken, ScimToken};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(revoke::revoke);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScimToken, examples(json!({
    "token_id": "tok_7XQRQebwegrMuTUb",
    "last_four": "x9Qa",
    "scopes": null,
    "created_at": "2026-11-21T09:00:00Z",
    "valid_until": null,
})))]
struct ScimTokenBody {
    token_id: String,
    /// Of the secret.
    last_four: String,
    /// Null for all of them.
    scopes: Option<Vec<String>>,
    created_at: DateTime<Utc>,
    /// Null for one that does not end by itself.
    valid_until: Option<DateTime<Utc>>,
}

impl ScimTokenBody {
    /// None for one that Auth0 is still being asked for.
    fn of(token: ScimToken) -> Option<Self> {
        let created_at = token.created_at;
        token.made.map(|made| Self::made(made, created_at))
    }

    fn made(made: MadeScimToken, created_at: DateTime<Utc>) -> Self {
        Self {
            token_id: made.token_id.into(),
            last_four: made.last_four,
            scopes: made.scopes,
            created_at,
            valid_until: made.valid_until,
        }
    }
}

/// For the audit trail.
fn told(provider: &IdentityProvider, made: &MadeScimToken) -> serde_json::Value {
    serde_json::json!({
        "token_id": made.token_id,
        "last_four": made.last_four,
        "valid_until": made.valid_until,
        "identity_provider": provider.name,
    })
}
