//! The state that handlers share, and how the HTTP application is put together. Tests start the same application.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpServer, web};
use store::Store;
use utoipa_actix_web::AppExt;

use crate::auth::{Recent, TokenVerifier};
use crate::billing;
use crate::clock::Clock;
use crate::config::Config;
use crate::leaving::Leaving;
use crate::middleware::{self, Encrypted};
use crate::openapi;
use crate::routes::{self, Looks, Published};
use crate::unmatched::{self, Paths};

/// How long the head of a request may take to arrive.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(10);

/// Longer than a load balancer keeps an idle connection (AWS: 60 s, nginx: 60 s), so that it is never the server that
/// closes one in the moment in which a request is on its way.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Seconds that connections have to close after the last request, or after the time that requests under way had.
const SHUTDOWN_SECONDS: u64 = 5;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub clock: Clock,
    /// Connects as the API's role.
    pub store: Store,
    /// Connects as the role that may only take in webhooks.
    pub inbox: Store,
    /// Connects as the role that looks organizations up across tenants; None without a back office.
    pub platform: Option<Store>,
    pub verifier: Arc<TokenVerifier>,
    pub billing: billing::Client,
    /// For what Auth0 answers once; None where the deployment gives the API no credentials for it.
    pub auth0: Option<management::Client>,
    /// Whose membership Auth0 was asked for.
    pub repairs: Arc<Recent>,
    /// Who was noted to be there.
    pub seen: Arc<Recent>,
    pub looks: Arc<Looks>,
}

impl AppState {
    /// For extractors; handlers take `web::Data<AppState>`.
    pub(crate) fn of(request: &HttpRequest) -> &web::Data<Self> {
        request
            .app_data()
            .expect("the application is only assembled here, always with its state")
    }
}

/// Listens on `listener` until the returned server is stopped. Signals are the caller's business.
///
/// # Errors
/// The listener cannot be used.
pub(crate) fn serve(
    state: AppState,
    leaving: Leaving,
    listener: TcpListener,
) -> std::io::Result<Server> {
    let shared = Shared::new(state, leaving);
    let server = HttpServer::new(move || application(&shared))
        .client_request_timeout(HEAD_TIME_LIMIT)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// What the workers have in common.
#[derive(Clone)]
struct Shared {
    state: web::Data<AppState>,
    published: web::Data<Published>,
    paths: web::Data<Paths>,
    leaving: Leaving,
}

impl Shared {
    fn new(state: AppState, leaving: Leaving) -> Self {
        let document = openapi::document();
        Self {
            state: web::Data::new(state),
            published: web::Data::new(Published::new(&document)),
            paths: web::Data::new(Paths::of(&document)),
            leaving,
        }
    }
}

fn application(
    shared: &Shared,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let http = &shared.state.config.http;
    App::new()
        .into_utoipa_app()
        .configure(routes::all)
        .into_app()
        .configure(console)
        .app_data(shared.state.clone())
        .app_data(shared.published.clone())
        .app_data(shared.paths.clone())
        .app_data(shared.leaving.clone())
        .app_data(Encrypted(http.public_url.scheme() == "https"))
        .default_service(web::to(unmatched::answer))
        .wrap(middleware::cors(&http.cors_allowed_origins))
        .wrap(from_fn(middleware::frame))
}

/// The page of `tenantry dev`; a release build has none.
fn console(config: &mut web::ServiceConfig) {
    #[cfg(feature = "dev")]
    crate::dev::console::routes(config);
    #[cfg(not(feature = "dev"))]
    let _ = config;
}
