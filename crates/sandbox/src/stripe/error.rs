//! Stripe's error bodies: `{"error": {type, code, param, message}}`.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};

use super::cards::Decline;

/// A refusal in Stripe's words. See <https://docs.stripe.com/api/errors>.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct StripeError {
    pub(crate) status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    param: Option<String>,
    message: String,
    /// The payment intent that a card error is about.
    payment_intent: Option<Box<Value>>,
}

impl StripeError {
    fn request(
        status: StatusCode,
        code: Option<&'static str>,
        param: Option<&str>,
        message: String,
    ) -> Self {
        Self {
            status,
            kind: "invalid_request_error",
            code,
            decline_code: None,
            param: param.map(str::to_owned),
            message,
            payment_intent: None,
        }
    }

    /// The issuer's no: 402.
    pub(crate) fn card(decline: &Decline) -> Self {
        Self {
            kind: "card_error",
            decline_code: Some(decline.decline_code),
            ..Self::request(
                StatusCode::PAYMENT_REQUIRED,
                Some(decline.code),
                None,
                decline.message.to_owned(),
            )
        }
    }

    /// The card's owner has to prove themselves first.
    pub(crate) fn action_required() -> Self {
        let message = "This payment requires additional user action before it can be completed successfully. \
                       Payment can be completed using the PaymentIntent associated with the subscription.";
        Self {
            kind: "card_error",
            ..Self::request(
                StatusCode::PAYMENT_REQUIRED,
                Some("subscription_payment_intent_requires_action"),
                None,
                message.to_owned(),
            )
        }
    }

    pub(crate) fn incorrect_number() -> Self {
        Self {
            kind: "card_error",
            ..Self::request(
                StatusCode::PAYMENT_REQUIRED,
                Some("incorrect_number"),
                Some("number"),
                "Your card number is incorrect.".to_owned(),
            )
        }
    }

    pub(crate) fn about(self, payment_intent: Value) -> Self {
        Self {
            payment_intent: Some(Box::new(payment_intent)),
            ..self
        }
    }

    /// A refusal with one of Stripe's codes.
    pub(crate) fn coded(code: &'static str, message: &str, param: Option<&str>) -> Self {
        Self::request(
            StatusCode::BAD_REQUEST,
            Some(code),
            param,
            message.to_owned(),
        )
    }

    /// What Stripe keeps under an idempotency key although it is a refusal: it had begun to act.
    pub(crate) fn is_kept(&self) -> bool {
        self.status == StatusCode::PAYMENT_REQUIRED
    }

    pub(crate) fn invalid(message: &str, param: Option<&str>) -> Self {
        Self::request(StatusCode::BAD_REQUEST, None, param, message.to_owned())
    }

    pub(crate) fn invalid_integer(text: &str, param: &str) -> Self {
        let message = format!("Invalid integer: {text}");
        Self::request(
            StatusCode::BAD_REQUEST,
            Some("parameter_invalid_integer"),
            Some(param),
            message,
        )
    }

    /// An invoice of more than Stripe charges at once.
    pub(crate) fn amount_too_large(param: &str) -> Self {
        let message = "Amount must be no more than $999,999.99".to_owned();
        Self::request(
            StatusCode::BAD_REQUEST,
            Some("amount_too_large"),
            Some(param),
            message,
        )
    }

    pub(crate) fn missing_parameter(param: &str) -> Self {
        let message = format!("Missing required param: {param}.");
        Self::request(
            StatusCode::BAD_REQUEST,
            Some("parameter_missing"),
            Some(param),
            message,
        )
    }

    pub(crate) fn unknown_parameter(param: &str) -> Self {
        let message = format!("Received unknown parameter: {param}");
        Self::request(
            StatusCode::BAD_REQUEST,
            Some("parameter_unknown"),
            Some(param),
            message,
        )
    }

    /// The object that the address names.
    pub(crate) fn no_such(kind: &str, id: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::request(
            StatusCode::NOT_FOUND,
            Some("resource_missing"),
            Some("id"),
            message,
        )
    }

    /// An object that a parameter names: 400, not 404.
    pub(crate) fn no_such_in(param: &str, kind: &str, id: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::request(
            StatusCode::BAD_REQUEST,
            Some("resource_missing"),
            Some(param),
            message,
        )
    }

    pub(crate) fn unrecognized_url(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::request(StatusCode::NOT_FOUND, None, None, message)
    }

    pub(crate) fn no_api_key() -> Self {
        let message = "You did not provide an API key. You need to provide your API key in the Authorization header, \
                       using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
        Self::request(StatusCode::UNAUTHORIZED, None, None, message.to_owned())
    }

    pub(crate) fn wrong_api_key() -> Self {
        let message = "Invalid API Key provided: sk_****".to_owned();
        Self::request(StatusCode::UNAUTHORIZED, None, None, message)
    }

    pub(crate) fn idempotency(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. \
             Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self {
            kind: "idempotency_error",
            ..Self::request(StatusCode::BAD_REQUEST, None, None, message)
        }
    }

    pub(crate) fn body(&self) -> Value {
        let mut error = json!({"type": self.kind, "message": self.message});
        if let Some(code) = self.code {
            error["code"] = json!(code);
            error["doc_url"] = json!(format!(
                "https://stripe.com/docs/error-codes/{}",
                code.replace('_', "-")
            ));
        }
        if let Some(decline_code) = self.decline_code {
            error["decline_code"] = json!(decline_code);
        }
        if let Some(payment_intent) = &self.payment_intent {
            error["payment_intent"] = json!(payment_intent);
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({"error": error})
    }
}

impl ResponseError for StripeError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status)
            .content_type(ContentType::json())
            .body(self.body().to_string())
    }
}
