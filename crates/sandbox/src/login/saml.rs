//! Logging in through a customer's own SAML provider, as Auth0 does it: the browser is sent there with a request and
//! posts the response to `/login/callback?connection=NAME`. Nothing is taken that was not asked for.
//!
//! Only providers on this machine are reached: no test depends on a server elsewhere.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::error_page::PageError;
use super::federation::{derived, enter, failed, local, offered};
use super::identity_provider::Profile;
use super::refusal::refuse;
use super::transactions::{self, Opened};
use crate::management::tenant_name;
use crate::saml::{
    Assertion, AuthnRequest, EMAIL, GROUP, NAME, REDIRECT, RSA_SHA256, Response, sign,
};
use crate::state::State;
use crate::tenant::{Connection, Metadata};

/// What of a connection's options makes a login at the provider possible.
pub(super) struct Provider<'a> {
    connection: &'a Connection,
    sign_in: &'a str,
    certificate: &'a str,
}

impl<'a> Provider<'a> {
    /// None for a connection whose provider is not on this machine or wants its requests posted: the page that believes
    /// everything stands in for it.
    pub(super) fn of(connection: &'a Connection) -> Option<Self> {
        let text = |name: &str| connection.options.get(name).and_then(Value::as_str);
        let binding = text("protocolBinding").unwrap_or(REDIRECT);
        (connection.strategy == "samlp" && binding == REDIRECT).then_some(())?;
        Some(Self {
            connection,
            sign_in: local(connection, "signInEndpoint")?,
            certificate: text("signingCert").or_else(|| text("cert"))?,
        })
    }

    /// To the provider, with the request in the address.
    pub(super) fn redirect(&self, state: &State, opened: &Opened) -> HttpResponse {
        let Ok(mut url) = Url::parse(self.sign_in) else {
            return refuse(&opened.transaction, &failed("no sign-in endpoint"));
        };
        let request = AuthnRequest {
            id: self.request_id(opened),
            destination: self.sign_in.to_owned(),
            consumer: self.consumer(opened),
            issuer: self.entity(state),
            issued_at: state.clock().now(),
        };
        url.query_pairs_mut()
            .append_pair("SAMLRequest", &request.packed())
            .append_pair("RelayState", &opened.id);
        if self.connection.options.get("signSAMLRequest") == Some(&json!(true)) {
            url.query_pairs_mut().append_pair("SigAlg", RSA_SHA256);
            let signed = url.query().unwrap_or_default();
            let key = state.read(|tenant| tenant.current_key().clone());
            let signature = sign(&key, signed.as_bytes());
            url.query_pairs_mut().append_pair("Signature", &signature);
        }
        HttpResponse::Found()
            .insert_header((header::LOCATION, url.as_str()))
            .finish()
    }

    /// What the provider says of the person, if it says it now, to us, and because we asked.
    fn claims(&self, state: &State, opened: &Opened, handed_in: &str) -> Result<Metadata, String> {
        let not_text = "The SAML response is no text in base64";
        let xml = STANDARD.decode(handed_in).map_err(|_| not_text)?;
        let xml = String::from_utf8(xml).map_err(|_| not_text)?;
        let response = Response::verified(&xml, self.certificate);
        let assertion = response.map_err(|refusal| refusal.to_string())?.assertion;
        let expected = [
            (
                "InResponseTo",
                &assertion.in_response_to,
                self.request_id(opened),
            ),
            ("Recipient", &assertion.recipient, self.consumer(opened)),
            ("Audience", &assertion.audience, self.entity(state)),
        ];
        for (what, said, expected) in expected {
            if *said != expected {
                return Err(format!("{what} is invalid. Configured: {expected}"));
            }
        }
        in_time(&assertion, state.clock().now())?;
        Ok(self.mapped(assertion))
    }

    /// Under the names that Auth0 gives the common attributes, or that `fieldsMap` gives; others keep theirs. One value
    /// is a text, several are a list.
    fn mapped(&self, assertion: Assertion) -> Metadata {
        let mut claims = Metadata::new();
        claims.insert("sub".to_owned(), json!(assertion.subject));
        for (name, mut values) in assertion.attributes {
            let value = match values.len() {
                1 => Value::String(values.remove(0)),
                _ => json!(values),
            };
            claims.insert(self.name_of(&name), value);
        }
        claims
    }

    fn name_of(&self, attribute: &str) -> String {
        let is_it = |from: &Value| match from {
            Value::String(name) => name == attribute,
            Value::Array(names) => names.iter().any(|name| name == attribute),
            _ => false,
        };
        let map = self.connection.options.get("fieldsMap");
        let mut map = map.and_then(Value::as_object).into_iter().flatten();
        if let Some((field, _)) = map.find(|(_, from)| is_it(from)) {
            return field.clone();
        }
        match attribute {
            EMAIL => "email",
            NAME => "name",
            GROUP => "groups",
            other => other,
        }
        .to_owned()
    }

    /// Needs not be kept, as it follows from what is.
    fn request_id(&self, opened: &Opened) -> String {
        format!("_{}", derived(opened, "saml"))
    }

    fn consumer(&self, opened: &Opened) -> String {
        let (host, name) = (&opened.transaction.host, &self.connection.name);
        format!("{host}login/callback?connection={name}")
    }

    /// Who we are to the provider.
    fn entity(&self, state: &State) -> String {
        let own = self.connection.options.get("entityId");
        let own = own.and_then(Value::as_str).map(str::to_owned);
        own.unwrap_or_else(|| format!("urn:auth0:{}:{}", tenant_name(state), self.connection.name))
    }
}

fn in_time(assertion: &Assertion, now: DateTime<Utc>) -> Result<(), String> {
    if now < assertion.not_before {
        Err("The SAML assertion is not valid yet".to_owned())
    } else if now >= assertion.not_on_or_after {
        Err("The SAML assertion has expired".to_owned())
    } else {
        Ok(())
    }
}

#[derive(Deserialize)]
pub(super) struct At {
    #[serde(default)]
    connection: String,
}

#[derive(Deserialize)]
pub(super) struct HandedIn {
    #[serde(default, rename = "SAMLResponse")]
    response: String,
    /// The login under way: without it, nobody here has asked.
    #[serde(default, rename = "RelayState")]
    relay_state: String,
}

#[post("/login/callback")]
pub(super) async fn consume(
    state: web::Data<State>,
    http: HttpRequest,
    at: web::Query<At>,
    form: web::Form<HandedIn>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(&state, &form.relay_state)?;
    let connection = offered(&state, &opened, &at.connection)?;
    // Good or bad, a login takes one response.
    transactions::end(&state, &opened);
    let provider = Provider::of(&connection).ok_or(PageError::NotOffered)?;
    let claims = match provider.claims(&state, &opened, &form.response) {
        Ok(claims) => claims,
        Err(why) => return Ok(refuse(&opened.transaction, &failed(&why))),
    };
    let profile = Profile::of_assertion(claims);
    Ok(enter(&state, &http, opened.transaction, connection, &profile).await)
}
