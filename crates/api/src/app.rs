//! The state that handlers share, and how the HTTP application is put together. Tests start the same application.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use store::Store;

use crate::auth::TokenVerifier;
use crate::billing;
use crate::clock::Clock;
use crate::config::Config;
use crate::pagination::CursorKey;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub clock: Clock,
    /// Connects as the API's role.
    pub store: Store,
    /// Connects as the role that may only take in webhooks.
    pub inbox: Store,
    pub verifier: Arc<TokenVerifier>,
    pub billing: billing::Client,
    pub cursor_key: CursorKey,
}

impl AppState {
    /// For extractors; handlers take `web::Data<AppState>`.
    pub(crate) fn of(request: &HttpRequest) -> &web::Data<Self> {
        request.app_data().expect("the application is only assembled here, always with its state")
    }
}
