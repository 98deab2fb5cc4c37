//! Stripe's lists: newest first, `limit` 1 to 100 (10), `starting_after` and `ending_before` name an object.

use serde_json::{Value, json};

use super::call::Ask;
use super::error::StripeError;

/// One page of `matching`, which is every object that the filters let through, newest first.
pub(crate) fn list<'a, T: 'a>(
    matching: impl Iterator<Item = (&'a str, &'a T)>,
    ask: &Ask,
    url: &str,
    json: impl Fn(&T) -> Value,
) -> Result<Value, StripeError> {
    let limit = ask.params.integer("limit")?.unwrap_or(10);
    if !(1..=100).contains(&limit) {
        let message = "This value must be between 1 and 100 (inclusive).";
        return Err(StripeError::invalid(message, Some("limit")));
    }
    let limit = usize::try_from(limit).expect("between 1 and 100");
    let all: Vec<_> = matching.collect();
    let place = |param: &'static str| -> Result<Option<usize>, StripeError> {
        let Some(id) = ask.params.text(param)? else {
            return Ok(None);
        };
        let found = all.iter().position(|(other, _)| *other == id);
        found
            .map(Some)
            .ok_or_else(|| StripeError::no_such_in(param, "object", id))
    };
    let (range, has_more) = match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => {
            let message = "Only one of starting_after and ending_before may be given.";
            return Err(StripeError::invalid(message, Some("starting_after")));
        }
        (None, Some(end)) => (end.saturating_sub(limit)..end, end > limit),
        (after, None) => {
            let start = after.map_or(0, |place| place + 1);
            let end = (start + limit).min(all.len());
            (start..end, end < all.len())
        }
    };
    let data: Vec<_> = all[range].iter().map(|(_, object)| json(object)).collect();
    Ok(json!({"object": "list", "data": data, "has_more": has_more, "url": url}))
}

/// Whether `seconds` lies in the range that `created=…` or `created[gte]=…` asks for.
pub(crate) fn created_filter(ask: &Ask) -> Result<impl Fn(i64) -> bool, StripeError> {
    let exact = ask.params.integer("created").ok().flatten();
    let bounds = if exact.is_some() {
        None
    } else {
        ask.params.tree("created")?
    };
    let bound = |name: &str| bounds.map_or(Ok(None), |bounds| bounds.integer(name));
    let (gte, gt, lte, lt) = (bound("gte")?, bound("gt")?, bound("lte")?, bound("lt")?);
    Ok(move |seconds| {
        exact.is_none_or(|at| seconds == at)
            && gte.is_none_or(|at| seconds >= at)
            && gt.is_none_or(|at| seconds > at)
            && lte.is_none_or(|at| seconds <= at)
            && lt.is_none_or(|at| seconds < at)
    })
}
