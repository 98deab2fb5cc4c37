//! `/prompts`: how the login pages ask. A new tenant asks for address and password on one page.

use serde_json::json;

use super::Kept;
use crate::management::schema::{Kind, Schema};

const SWITCH: Kind = Kind::OrNull(&Kind::Boolean);

pub(super) static KEPT: Kept = Kept {
    path: "/prompts",
    read: &["read:prompts"],
    update: &["update:prompts"],
    patch: &Schema {
        required: &[],
        properties: &[
            (
                "universal_login_experience",
                Kind::OneOf(&["new", "classic"]),
            ),
            ("identifier_first", SWITCH),
            ("webauthn_platform_first_factor", SWITCH),
        ],
        open: false,
    },
    new: || {
        json!({
            "universal_login_experience": "new",
            "identifier_first": false,
            "webauthn_platform_first_factor": false,
        })
    },
    changed: |look| &look.prompts,
    change: |look| &mut look.prompts,
};
