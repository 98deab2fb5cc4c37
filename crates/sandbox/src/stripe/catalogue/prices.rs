//! `/v1/prices`. A price never changes its amount; its lookup key moves to the one that follows it.

use actix_web::{HttpResponse, get, post, web};
use serde_json::Value;

use super::super::MOST_CENTS;
use super::super::account::{Account, Cause};
use super::super::call::{Ask, Call};
use super::super::customers::merge_metadata;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::object_id;
use super::super::pages;
use super::super::period::Interval;
use super::Price;

#[post("/v1/prices")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(create_price)
}

fn create_price(account: &mut Account, ask: &Ask) -> Result<Value, StripeError> {
    let params = &ask.params;
    params.refuse_unknown(&[
        "active",
        "currency",
        "lookup_key",
        "metadata",
        "nickname",
        "product",
        "recurring",
        "tax_behavior",
        "transfer_lookup_key",
        "unit_amount",
    ])?;
    if params.required("currency")? != "usd" {
        let message = "This stand-in only sells in usd.";
        return Err(StripeError::invalid(message, Some("currency")));
    }
    let product = params.required("product")?;
    if account.products.get(product).is_none() {
        return Err(StripeError::no_such_in("product", "product", product));
    }
    let price = Price {
        id: object_id::random("price_1", 23),
        product: product.to_owned(),
        lookup_key: lookup_key(account, params, None)?,
        interval: interval(params)?,
        unit_amount: unit_amount(params)?,
        active: params.boolean("active")?.unwrap_or(true),
        nickname: params.text("nickname")?.map(str::to_owned),
        metadata: params.metadata("metadata")?,
        created: ask.cause.now,
    };
    let (id, object) = (price.id.clone(), price.json());
    if let Some(key) = &price.lookup_key {
        account.take_lookup_key(key, &ask.cause);
    }
    account.prices.insert(&id, price);
    account.emit("price.created", object.clone(), None, &ask.cause);
    Ok(object)
}

fn interval(params: &Params) -> Result<Interval, StripeError> {
    let missing = || StripeError::missing_parameter("recurring");
    let recurring = params.tree("recurring")?.ok_or_else(missing)?;
    recurring.refuse_unknown(&["interval", "interval_count", "usage_type"])?;
    if recurring.integer("interval_count")?.unwrap_or(1) != 1 {
        let message = "This stand-in bills every single month or year.";
        let param = "recurring[interval_count]";
        return Err(StripeError::invalid(message, Some(param)));
    }
    match recurring.required("interval")? {
        "month" => Ok(Interval::Month),
        "year" => Ok(Interval::Year),
        _ => Err(StripeError::invalid(
            "This stand-in knows the intervals month and year.",
            Some("recurring[interval]"),
        )),
    }
}

fn unit_amount(params: &Params) -> Result<i64, StripeError> {
    let missing = || StripeError::missing_parameter("unit_amount");
    let amount = params.integer("unit_amount")?.ok_or_else(missing)?;
    match amount {
        ..0 => Err(StripeError::invalid_integer(
            &amount.to_string(),
            "unit_amount",
        )),
        0..=MOST_CENTS => Ok(amount),
        _ => Err(StripeError::amount_too_large("unit_amount")),
    }
}

/// The key that a price is to have. One that another active or archived price holds has to be transferred.
fn lookup_key(
    account: &Account,
    params: &Params,
    own: Option<&str>,
) -> Result<Option<String>, StripeError> {
    let Some(key) = params.text("lookup_key")?.filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    let holder = account
        .prices
        .newest_first()
        .find(|(id, price)| price.lookup_key.as_deref() == Some(key) && Some(*id) != own);
    let transfers = params.boolean("transfer_lookup_key")? == Some(true);
    match holder {
        Some((id, _)) if !transfers => {
            let message = format!("A price (`{id}`) already uses that lookup key.");
            Err(StripeError::invalid(&message, Some("lookup_key")))
        }
        _ => Ok(Some(key.to_owned())),
    }
}

impl Account {
    /// Takes a key from the price that holds it.
    fn take_lookup_key(&mut self, key: &str, cause: &Cause) {
        let holders = self.prices.newest_first();
        let holder = holders
            .filter(|(_, price)| price.lookup_key.as_deref() == Some(key))
            .map(|(id, _)| id.to_owned())
            .next();
        if let Some(holder) = holder.and_then(|id| self.prices.get_mut(&id)) {
            let before = holder.json();
            holder.lookup_key = None;
            let after = holder.json();
            self.emit_if_changed("price.updated", &before, &after, cause);
        }
    }
}

#[post("/v1/prices/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| change_price(account, ask, &id))
}

fn change_price(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    let params = &ask.params;
    params.refuse_unknown(&[
        "active",
        "lookup_key",
        "metadata",
        "nickname",
        "transfer_lookup_key",
    ])?;
    let mut price = found(account, id)?.clone();
    let before = price.json();
    if params.text("lookup_key")?.is_some() {
        let key = lookup_key(account, params, Some(id))?;
        if let Some(key) = key
            .as_deref()
            .filter(|key| price.lookup_key.as_deref() != Some(key))
        {
            account.take_lookup_key(key, &ask.cause);
        }
        price.lookup_key = key;
    }
    if let Some(active) = params.boolean("active")? {
        price.active = active;
    }
    if let Some(nickname) = params.text("nickname")? {
        price.nickname = Some(nickname.to_owned()).filter(|text| !text.is_empty());
    }
    merge_metadata(&mut price.metadata, params)?;
    let after = price.json();
    account.prices.insert(id, price);
    account.emit_if_changed("price.updated", &before, &after, &ask.cause);
    Ok(after)
}

fn found<'a>(account: &'a Account, id: &str) -> Result<&'a Price, StripeError> {
    account
        .prices
        .get(id)
        .ok_or_else(|| StripeError::no_such("price", id))
}

#[get("/v1/prices")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "active",
            "created",
            "currency",
            "ending_before",
            "limit",
            "lookup_keys",
            "product",
            "recurring",
            "starting_after",
            "type",
        ])?;
        let keys = ask.params.texts("lookup_keys")?;
        let product = ask.params.text("product")?;
        let active = ask.params.boolean("active")?;
        let matching = account.prices.newest_first().filter(|(_, price)| {
            let key = price.lookup_key.as_deref();
            active.is_none_or(|active| active == price.active)
                && (keys.is_empty() || key.is_some_and(|key| keys.contains(&key)))
                && product.is_none_or(|product| product == price.product)
        });
        pages::list(matching, ask, "/v1/prices", Price::json)
    })
}

#[get("/v1/prices/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(found(account, &id)?.json())
    })
}
