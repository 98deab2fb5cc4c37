//! What Stripe has, as far as the catalogue has an opinion on it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::wire::List;
use super::super::{Client, Error};

#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) products: Vec<Product>,
    pub(super) prices: Vec<Price>,
    pub(super) webhooks: Vec<Webhook>,
    pub(super) portals: Vec<Portal>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Product {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) active: bool,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Price {
    pub(super) id: String,
    pub(super) product: String,
    pub(super) active: bool,
    pub(super) lookup_key: Option<String>,
    pub(super) unit_amount: Option<i64>,
    pub(super) currency: String,
    pub(super) recurring: Option<Recurring>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Recurring {
    pub(super) interval: String,
    pub(super) interval_count: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) status: String,
    pub(super) enabled_events: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Portal {
    pub(super) id: String,
    pub(super) active: bool,
    pub(super) is_default: bool,
    pub(super) features: Features,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Features {
    pub(super) invoice_history: Switch,
    pub(super) payment_method_update: Switch,
    pub(super) subscription_cancel: Cancel,
    pub(super) subscription_update: Switch,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Switch {
    pub(super) enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Cancel {
    pub(super) enabled: bool,
    pub(super) mode: String,
}

trait Identified {
    fn id(&self) -> &str;
}

macro_rules! identified {
    ($($kind:ty),*) => {$(
        impl Identified for $kind {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

identified!(Product, Price, Webhook, Portal);

impl Account {
    pub(super) async fn read(client: &Client) -> Result<Self, Error> {
        Ok(Self {
            products: all(client, &["v1", "products"]).await?,
            prices: all(client, &["v1", "prices"]).await?,
            webhooks: all(client, &["v1", "webhook_endpoints"]).await?,
            portals: all(client, &["v1", "billing_portal", "configurations"]).await?,
        })
    }
}

/// Every page of a list, archived objects too.
async fn all<T: DeserializeOwned + Identified>(
    client: &Client,
    segments: &[&str],
) -> Result<Vec<T>, Error> {
    let mut found: Vec<T> = Vec::new();
    loop {
        let mut query = vec![("limit", "100")];
        query.extend(found.last().map(|last| ("starting_after", last.id())));
        let page: List<T> = client.transport.read(segments, &query).await?;
        let ends = !page.has_more || page.data.is_empty();
        found.extend(page.data);
        if ends {
            return Ok(found);
        }
    }
}
