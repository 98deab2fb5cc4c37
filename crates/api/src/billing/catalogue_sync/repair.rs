//! One change at Stripe that brings it nearer to the catalogue.

use std::collections::BTreeSet;
use std::fmt;

use domain::catalogue::{self, CURRENCY};
use serde::Deserialize;

use super::super::transport::STRIPE_VERSION;
use super::super::{Client, Error};
use super::comparison::EVENTS;

#[derive(Debug)]
pub(super) enum Repair {
    CreateProduct {
        name: String,
        plan: String,
    },
    ChangeProduct {
        id: String,
        name: String,
        plan: String,
    },
    CreatePrice {
        /// Absent until the product exists.
        product: Option<String>,
        price: catalogue::Price,
        /// The price that gives its lookup key away and is archived.
        replaces: Option<String>,
    },
    ActivatePrice {
        id: String,
    },
    ArchivePrice {
        id: String,
    },
    CreateWebhook {
        url: String,
    },
    ChangeWebhook {
        id: String,
        /// What it is sent already, and goes on being sent.
        hears: Vec<String>,
    },
    CreatePortal,
    ChangePortal {
        id: String,
    },
}

impl Repair {
    pub(super) fn stage(&self) -> u8 {
        match self {
            Self::CreateProduct { .. } | Self::ChangeProduct { .. } => 0,
            Self::CreatePrice { .. } | Self::ActivatePrice { .. } => 1,
            Self::ArchivePrice { .. } => 2,
            Self::CreateWebhook { .. }
            | Self::ChangeWebhook { .. }
            | Self::CreatePortal
            | Self::ChangePortal { .. } => 3,
        }
    }

    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::CreateProduct { .. }
            | Self::CreatePrice { .. }
            | Self::CreateWebhook { .. }
            | Self::CreatePortal => "create",
            Self::ChangeProduct { .. }
            | Self::ActivatePrice { .. }
            | Self::ChangeWebhook { .. }
            | Self::ChangePortal { .. } => "change",
            Self::ArchivePrice { .. } => "archive",
        }
    }

    /// Carries it out. Answers the secret of a webhook that was made, which Stripe shows once.
    pub(super) async fn make(&self, client: &Client, key: &str) -> Result<Option<String>, Error> {
        #[derive(Deserialize)]
        struct Made {
            secret: Option<String>,
        }

        let form = self.form();
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let made: Made = client.transport.write(&self.path(), &form, key).await?;
        if let Self::CreatePrice {
            replaces: Some(old),
            ..
        } = self
        {
            let archive = Self::ArchivePrice { id: old.clone() };
            let form = [("active", "false")];
            let key = format!("{key}-archive");
            let _: Made = client.transport.write(&archive.path(), &form, &key).await?;
        }
        Ok(made.secret)
    }

    fn path(&self) -> Vec<&str> {
        match self {
            Self::CreateProduct { .. } => vec!["v1", "products"],
            Self::ChangeProduct { id, .. } => vec!["v1", "products", id],
            Self::CreatePrice { .. } => vec!["v1", "prices"],
            Self::ActivatePrice { id } | Self::ArchivePrice { id } => vec!["v1", "prices", id],
            Self::CreateWebhook { .. } => vec!["v1", "webhook_endpoints"],
            Self::ChangeWebhook { id, .. } => vec!["v1", "webhook_endpoints", id],
            Self::CreatePortal => vec!["v1", "billing_portal", "configurations"],
            Self::ChangePortal { id } => vec!["v1", "billing_portal", "configurations", id],
        }
    }

    fn form(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match self {
            Self::CreateProduct { name, plan } => vec![
                pair("name", name),
                pair("unit_label", "seat"),
                pair("metadata[plan]", plan),
            ],
            Self::ChangeProduct { name, plan, .. } => vec![
                pair("name", name),
                pair("active", "true"),
                pair("metadata[plan]", plan),
            ],
            Self::CreatePrice { product, price, .. } => vec![
                pair("product", product.as_deref().unwrap_or_default()),
                pair("currency", CURRENCY),
                pair("unit_amount", &price.unit_amount_cents.to_string()),
                pair("recurring[interval]", &price.interval.to_string()),
                pair("lookup_key", price.lookup_key),
                pair("transfer_lookup_key", "true"),
            ],
            Self::ActivatePrice { .. } => vec![pair("active", "true")],
            Self::ArchivePrice { .. } => vec![pair("active", "false")],
            Self::CreateWebhook { url } => {
                let mut form = vec![pair("url", url), pair("api_version", STRIPE_VERSION)];
                form.extend(EVENTS.iter().map(|event| pair("enabled_events[]", event)));
                form
            }
            Self::ChangeWebhook { hears, .. } => {
                let known = hears.iter().map(String::as_str);
                let events: BTreeSet<_> = known.chain(EVENTS).collect();
                let mut form = vec![pair("disabled", "false")];
                form.extend(
                    events
                        .into_iter()
                        .map(|event| pair("enabled_events[]", event)),
                );
                form
            }
            Self::CreatePortal | Self::ChangePortal { .. } => vec![
                pair("features[invoice_history][enabled]", "true"),
                pair("features[payment_method_update][enabled]", "true"),
                pair("features[subscription_cancel][enabled]", "true"),
                pair("features[subscription_cancel][mode]", "at_period_end"),
                pair("features[subscription_update][enabled]", "false"),
            ],
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateProduct { .. } | Self::CreateWebhook { .. } | Self::CreatePortal => {
                f.write_str("is missing")
            }
            Self::ChangeProduct { id, .. } => {
                write!(f, "{id} has another name, says no plan or is archived")
            }
            Self::CreatePrice { replaces: None, .. } => f.write_str("is missing"),
            Self::CreatePrice {
                replaces: Some(old),
                ..
            } => write!(
                f,
                "takes the lookup key from {old}, which differs and is archived"
            ),
            Self::ActivatePrice { id } => write!(f, "{id} is archived"),
            Self::ArchivePrice { .. } => f.write_str("is for sale beside the one with the key"),
            Self::ChangeWebhook { id, .. } => write!(f, "{id} is off or misses events"),
            Self::ChangePortal { id } => write!(f, "{id} lets customers do something else"),
        }
    }
}
