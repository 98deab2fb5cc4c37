//! Events from the vendors. Each is stored, together with the job that handles it, before it is acknowledged.

pub(super) mod auth0;
pub(super) mod stripe;

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct ReceivedBody {
    /// Always `true`.
    received: bool,
}
