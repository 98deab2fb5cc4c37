//! `/branding`: the login pages here look as they look.

use serde_json::json;

use super::Kept;
use crate::management::schema::{Kind, Schema, TEXT};

pub(super) static KEPT: Kept = Kept {
    path: "/branding",
    read: &["read:branding"],
    update: &["update:branding"],
    patch: &Schema {
        required: &[],
        properties: &[
            ("colors", Kind::OrNull(&Kind::AnyObject)),
            ("favicon_url", Kind::OrNull(&TEXT)),
            ("logo_url", Kind::OrNull(&TEXT)),
            ("font", Kind::OrNull(&Kind::AnyObject)),
            ("identifiers", Kind::OrNull(&Kind::AnyObject)),
        ],
        open: false,
    },
    new: || json!({}),
    changed: |look| &look.branding,
    change: |look| &mut look.branding,
};
