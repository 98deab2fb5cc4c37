//! `expand[]=customer`, `expand[]=data.latest_invoice`: an id in an answer replaced by its object.

use serde_json::Value;

use super::account::Account;
use super::error::StripeError;

pub(crate) fn expand(account: &Account, body: &mut Value, path: &str) -> Result<(), StripeError> {
    let names: Vec<_> = path.split('.').collect();
    // Stripe's limit; it also ends the recursion below.
    if names.len() > 4 {
        let message = "You cannot expand more than 4 levels of a property.";
        return Err(StripeError::invalid(message, Some("expand")));
    }
    follow(account, body, &names, path)
}

fn follow(
    account: &Account,
    value: &mut Value,
    names: &[&str],
    path: &str,
) -> Result<(), StripeError> {
    if let Value::Array(items) = value {
        return items
            .iter_mut()
            .try_for_each(|item| follow(account, item, names, path));
    }
    let Some((first, rest)) = names.split_first() else {
        return Ok(());
    };
    if *first == "payments" && value["object"] == "invoice" {
        value["payments"] = account.payments_of(value["id"].as_str().unwrap_or_default());
    }
    let Some(member) = value.get_mut(*first) else {
        let message = format!("This property cannot be expanded ({path}).");
        return Err(StripeError::invalid(&message, Some("expand")));
    };
    if let Some(object) = member.as_str().and_then(|id| object(account, id)) {
        *member = object;
    }
    follow(account, member, rest, path)
}

fn object(account: &Account, id: &str) -> Option<Value> {
    let (prefix, _) = id.split_once('_')?;
    Some(match prefix {
        "cus" => account.customers.get(id)?.json(),
        "in" => account.invoices.get(id)?.json(),
        "pm" => account.payment_methods.get(id)?.json(),
        "ch" => account.charges.get(id)?.json(account),
        "pi" => account.payment_intent(id)?,
        "re" => account.refunds.get(id)?.json(),
        "sub" if id.starts_with("sub_sched_") => account.schedules.get(id)?.json(),
        "sub" => account.subscriptions.get(id)?.json(account),
        "price" => account.prices.get(id)?.json(),
        "prod" => account.products.get(id)?.json(),
        _ => return None,
    })
}
