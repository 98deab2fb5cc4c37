//! `/v1/products`.

use actix_web::{HttpResponse, get, post, web};
use serde_json::Value;

use super::super::account::Account;
use super::super::call::{Ask, Call};
use super::super::customers::merge_metadata;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::object_id;
use super::super::pages;
use super::Product;

const PARAMETERS: [&str; 5] = ["active", "description", "metadata", "name", "unit_label"];

impl Product {
    fn change(&mut self, params: &Params) -> Result<(), StripeError> {
        if let Some(name) = params.text("name")? {
            if name.is_empty() {
                return Err(StripeError::missing_parameter("name"));
            }
            self.name = name.to_owned();
        }
        if let Some(active) = params.boolean("active")? {
            self.active = active;
        }
        for (field, name) in [
            (&mut self.description, "description"),
            (&mut self.unit_label, "unit_label"),
        ] {
            if let Some(text) = params.text(name)? {
                *field = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
        }
        merge_metadata(&mut self.metadata, params)
    }
}

#[post("/v1/products")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&PARAMETERS)?;
        let mut product = Product {
            id: object_id::random("prod_", 14),
            name: ask.params.required("name")?.to_owned(),
            default_price: None,
            active: true,
            description: None,
            unit_label: None,
            metadata: Default::default(),
            created: ask.cause.now,
            updated: ask.cause.now,
        };
        product.change(&ask.params)?;
        let object = product.json();
        account.products.insert(&product.id.clone(), product);
        account.emit("product.created", object.clone(), None, &ask.cause);
        Ok(object)
    })
}

#[post("/v1/products/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| change_product(account, ask, &id))
}

fn change_product(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    let mut known = PARAMETERS.to_vec();
    known.push("default_price");
    ask.params.refuse_unknown(&known)?;
    let mut product = product(account, id)?.clone();
    let before = product.json();
    product.change(&ask.params)?;
    if let Some(price) = ask.params.text("default_price")? {
        let own = |id: &str| {
            let price = account.prices.get(id);
            price.is_some_and(|price| price.product == product.id && price.active)
        };
        if !own(price) {
            return Err(StripeError::no_such_in("default_price", "price", price));
        }
        product.default_price = Some(price.to_owned());
    }
    product.updated = ask.cause.now;
    let after = product.json();
    account.products.insert(id, product);
    account.emit_if_changed("product.updated", &before, &after, &ask.cause);
    Ok(after)
}

fn product<'a>(account: &'a Account, id: &str) -> Result<&'a Product, StripeError> {
    account
        .products
        .get(id)
        .ok_or_else(|| StripeError::no_such("product", id))
}

#[get("/v1/products")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "active",
            "ending_before",
            "ids",
            "limit",
            "starting_after",
        ])?;
        let ids = ask.params.texts("ids")?;
        let active = ask.params.boolean("active")?;
        let matching = account.products.newest_first().filter(|(id, product)| {
            active.is_none_or(|active| active == product.active)
                && (ids.is_empty() || ids.contains(id))
        });
        pages::list(matching, ask, "/v1/products", Product::json)
    })
}

#[get("/v1/products/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(product(account, &id)?.json())
    })
}
