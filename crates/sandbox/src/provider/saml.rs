//! `/idp/NAME/saml/sso`: the same provider by SAML. It takes any request that goes back to this machine, and posts a
//! signed assertion.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use maud::{DOCTYPE, PreEscaped, html};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::authorize::refused;
use super::person::{Person, form};
use super::{is_here, issuer};
use crate::ids;
use crate::keys;
use crate::login::{page, respond};
use crate::saml::{
    Assertion, AuthnRequest, EMAIL, GROUP, NAME, RSA_SHA256, Response, is_signed_by,
};
use crate::state::State;
use crate::tenant::{KeyState, Metadata, SigningKey};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Asked {
    #[serde(default, rename = "SAMLRequest")]
    saml_request: String,
    #[serde(default)]
    relay_state: String,
    sig_alg: Option<String>,
    #[serde(default)]
    signature: String,
}

#[get("/idp/{name}/saml/sso")]
pub(super) async fn show(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
    asked: web::Query<Asked>,
) -> HttpResponse {
    match asked.request(&state, &http, &name) {
        Ok(_) => {
            let content = form(&name, &http.uri().to_string(), false);
            respond(StatusCode::OK, page("Identity provider", &content))
        }
        Err(why) => refused(why),
    }
}

#[post("/idp/{name}/saml/sso")]
pub(super) async fn submit(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
    asked: web::Query<Asked>,
    person: web::Form<Person>,
) -> HttpResponse {
    let request = match asked.request(&state, &http, &name) {
        Ok(request) => request,
        Err(why) => return refused(why),
    };
    let Some(claims) = person.claims() else {
        let content = form(&name, &http.uri().to_string(), true);
        return respond(StatusCode::BAD_REQUEST, page("Identity provider", &content));
    };
    let response = Response {
        id: format!("_{}", ids::opaque()),
        assertion: assertion(
            &request,
            issuer(&state, &http, &name),
            &claims,
            state.clock().now(),
        ),
    };
    let signed = response.signed(&key(&state).await);
    posted(&request.consumer, &signed, &asked.relay_state)
}

impl Asked {
    fn request(
        &self,
        state: &State,
        http: &HttpRequest,
        name: &str,
    ) -> Result<AuthnRequest, &'static str> {
        let request = AuthnRequest::unpacked(&self.saml_request);
        let request = request.ok_or("The request is none that is understood here")?;
        if request.destination != format!("{}/saml/sso", issuer(state, http, name)) {
            return Err("The request is meant for another provider");
        }
        if !Url::parse(&request.consumer).is_ok_and(|back| is_here(&back)) {
            return Err("The address that the response would go to is not on this machine");
        }
        if self.sig_alg.is_some() && !self.is_signed(state, http.query_string()) {
            return Err("The signature of the request is not valid");
        }
        Ok(request)
    }

    /// By the tenant, over the query as it was sent (SAML 2.0 Bindings, section 3.4.4.1).
    fn is_signed(&self, state: &State, query: &str) -> bool {
        let Some((signed, _)) = query.split_once("&Signature=") else {
            return false;
        };
        let certificate = state.read(|tenant| tenant.current_key().certificate.clone());
        self.sig_alg.as_deref() == Some(RSA_SHA256)
            && is_signed_by(&certificate, signed.as_bytes(), &self.signature)
    }
}

/// Of the providers alone, made when it is first asked for: the tenant's own keys rotate, and a certificate that a
/// customer has registered does not follow.
pub(super) async fn key(state: &State) -> SigningKey {
    if let Some(key) = state.read(|tenant| tenant.provider_key.clone()) {
        return key;
    }
    let made = tokio::task::spawn_blocking(|| keys::generate(KeyState::Current)).await;
    let made = made.expect("key generation neither panics nor is cancelled");
    let made = made.expect("the parameters of a key are always the same");
    // Whoever came first has the say.
    state.write(|tenant| tenant.provider_key.get_or_insert(made).clone())
}

fn assertion(
    request: &AuthnRequest,
    issuer: String,
    claims: &Metadata,
    now: DateTime<Utc>,
) -> Assertion {
    let said = |name: &str| match claims.get(name) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(texts)) => texts
            .iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    let attributes = [
        (EMAIL, said("email")),
        (NAME, said("name")),
        (GROUP, said("groups")),
    ];
    let attributes = attributes
        .into_iter()
        .filter(|(_, values)| !values.is_empty());
    Assertion {
        id: format!("_{}", ids::opaque()),
        issued_at: now,
        issuer,
        subject: said("sub").remove(0),
        in_response_to: request.id.clone(),
        recipient: request.consumer.clone(),
        audience: request.issuer.clone(),
        not_before: now,
        not_on_or_after: now + LIFETIME,
        attributes: attributes
            .map(|(name, values)| (name.to_owned(), values))
            .collect(),
    }
}

/// The page that the browser sends on by itself (SAML 2.0 Bindings, section 3.5).
fn posted(consumer: &str, response: &str, relay_state: &str) -> HttpResponse {
    let response = STANDARD.encode(response);
    let nonce = ids::opaque();
    let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; frame-ancestors 'none'");
    let page = html! {
        (DOCTYPE)
        title { "Signed in" }
        form method="post" action=(consumer) {
            input type="hidden" name="SAMLResponse" value=(response);
            input type="hidden" name="RelayState" value=(relay_state);
            noscript { button type="submit" { "Continue" } }
        }
        script nonce=(nonce) { (PreEscaped("document.forms[0].submit()")) }
    };
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}
