//! Where a test login comes back to: a page in whatever browser it was made in. It takes the code in and shows nothing of
//! what it proves; that is for the administrator who began the test.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, html};
use serde::Deserialize;
use serde_json::json;

use super::Travelling;
use crate::app::AppState;
use crate::jobs::kind;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::workflows::identity_provider::test_login;

/// Characters of what Auth0 says, for the administrator.
const MAX_FAILURE: usize = 300;

#[derive(Default, Deserialize)]
struct Back {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

struct BackProblems;

impl utoipa::IntoResponses for BackProblems {
    fn responses()
    -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        responses_of(&[Code::DatabaseUnavailable])
    }
}

/// Where a test login comes back to. The page says whether it was taken in; what it showed is with whoever began it.
#[utoipa::path(
    operation_id = "return_from_test_login",
    tag = "identity providers",
    responses((status = 200, content_type = "text/html", body = String), BackProblems),
)]
#[get("/identity-provider-test")]
pub(super) async fn back(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let said = web::Query::<Back>::from_query(request.query_string());
    let said = said.map(web::Query::into_inner).unwrap_or_default();
    let taken = match Travelling::open(&state.config.secrets_key, &said.state) {
        Some(travelling) => take(&state, &travelling, &said, state.clock.now()).await?,
        None => false,
    };
    Ok(page(taken))
}

/// False when it had come back before, or comes too late.
async fn take(
    state: &AppState,
    travelling: &Travelling,
    said: &Back,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    let tenant = travelling.organization.clone().into();
    let mut tx = state.store.tenant(&tenant).await?;
    let found = tx.test_login(travelling.test).await?;
    if found.is_none_or(|test| test.expires_at <= now) {
        return Ok(false);
    }
    let taken = match &said.code {
        Some(code) => {
            let place = test_login::place(&travelling.organization, travelling.test);
            let place: Vec<&str> = place.iter().map(String::as_str).collect();
            let proof = test_login::Proof {
                code: code.clone(),
                code_verifier: travelling.code_verifier.clone(),
            };
            let plain = serde_json::to_vec(&proof).map_err(|error| Problem::internal(&error))?;
            let sealed = state.config.secrets_key.seal(&place, &plain);
            let sealed = sealed.map_err(|error| Problem::internal(&error))?;
            let is_first = tx.return_test_login(travelling.test, &sealed, now).await?;
            if is_first {
                let payload = json!({ "test_id": travelling.test });
                let key = travelling.test.to_string();
                tx.enqueue(kind::IDENTITY_PROVIDER_TEST, &key, &payload, now)
                    .await?;
            }
            is_first
        }
        None => {
            let why = said.error_description.as_ref().or(said.error.as_ref());
            let why = why.map_or("It came back without a code.", String::as_str);
            let why: String = why.chars().filter(|c| !c.is_control()).collect();
            let why: String = why.chars().take(MAX_FAILURE).collect();
            tx.fail_test_login(travelling.test, &why).await?
        }
    };
    tx.commit().await?;
    Ok(taken)
}

fn page(taken: bool) -> HttpResponse {
    let (title, text) = if taken {
        (
            "The test login came back",
            "You can close this page. What it showed is where the test was begun.",
        )
    } else {
        (
            "This test login is over",
            "It came back already, or was never begun. A new one can be begun at any time.",
        )
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
            }
            body { main { h1 { (title) } p { (text) } } }
        }
    };
    HttpResponse::build(StatusCode::OK)
        .content_type(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}
