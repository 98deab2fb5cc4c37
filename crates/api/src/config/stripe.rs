//! The payment provider.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{self, ConfigError, Reader};

#[derive(Debug, Clone)]
pub struct Stripe {
    /// `STRIPE_API_URL`: ends in a slash, default `https://api.stripe.com/`.
    pub api_url: Url,
    /// `STRIPE_SECRET_KEY`: `sk_…` or a restricted `rk_…`.
    pub secret_key: SecretString,
    /// `STRIPE_WEBHOOK_SECRETS`: comma-separated; two while one is being replaced.
    pub webhook_secrets: Vec<SecretString>,
    /// What the secret key says: an event of the other mode is not ours.
    pub livemode: bool,
}

impl Stripe {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let secret_key = reader.secret("STRIPE_SECRET_KEY")?;
        let livemode = livemode(secret_key.expose_secret())?;
        if reader.production() && !livemode {
            return Err(ConfigError::new(
                "STRIPE_SECRET_KEY",
                "must be a live key in production",
            ));
        }
        let webhook_secrets = reader.secrets("STRIPE_WEBHOOK_SECRETS")?;
        if webhook_secrets.is_empty() {
            return Err(ConfigError::missing("STRIPE_WEBHOOK_SECRETS"));
        }
        let is_secret = |one: &SecretString| one.expose_secret().starts_with("whsec_");
        if !webhook_secrets.iter().all(is_secret) {
            let rule = "must hold signing secrets, which begin whsec_";
            return Err(ConfigError::new("STRIPE_WEBHOOK_SECRETS", rule));
        }
        Ok(Self {
            api_url: api_url(reader)?,
            secret_key,
            webhook_secrets,
            livemode,
        })
    }
}

fn api_url(reader: &Reader<'_>) -> Result<Url, ConfigError> {
    match reader.optional("STRIPE_API_URL") {
        Some(_) => reader.base_url("STRIPE_API_URL"),
        None => Ok(Url::parse("https://api.stripe.com/").expect("it is a URL")),
    }
}

/// What `tenantry billing` needs, which runs before there is a webhook secret.
#[derive(Debug, Clone)]
pub struct StripeAccount {
    pub api_url: Url,
    pub secret_key: SecretString,
    /// `PUBLIC_URL`: webhooks come to `webhooks/stripe` under it.
    pub public_url: Url,
}

impl StripeAccount {
    /// # Errors
    /// The first variable that is missing or not acceptable.
    pub fn from_process() -> Result<Self, ConfigError> {
        let reader = Reader::new(&reader::process, false);
        let secret_key = reader.secret("STRIPE_SECRET_KEY")?;
        livemode(secret_key.expose_secret())?;
        Ok(Self {
            api_url: api_url(&reader)?,
            secret_key,
            public_url: reader.base_url("PUBLIC_URL")?,
        })
    }
}

/// <https://docs.stripe.com/keys>
fn livemode(key: &str) -> Result<bool, ConfigError> {
    let is_key = |kind: &str| key.strip_prefix(kind).is_some_and(|rest| !rest.is_empty());
    if is_key("sk_live_") || is_key("rk_live_") {
        Ok(true)
    } else if is_key("sk_test_") || is_key("rk_test_") {
        Ok(false)
    } else {
        Err(ConfigError::new(
            "STRIPE_SECRET_KEY",
            "must begin sk_live_, sk_test_, rk_live_ or rk_test_",
        ))
    }
}
