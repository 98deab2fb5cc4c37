//! `/attack-protection/brute-force-protection`: nobody is blocked here. A new tenant allows ten attempts.

use serde_json::json;

use super::Kept;
use crate::management::schema::{Kind, Schema, TEXTS};

pub(super) static KEPT: Kept = Kept {
    path: "/attack-protection/brute-force-protection",
    read: &["read:attack_protection"],
    update: &["update:attack_protection"],
    patch: &Schema {
        required: &[],
        properties: &[
            ("enabled", Kind::Boolean),
            (
                "shields",
                Kind::List(&Kind::OneOf(&["block", "user_notification"]), 0, usize::MAX),
            ),
            ("allowlist", TEXTS),
            (
                "mode",
                Kind::OneOf(&["count_per_identifier_and_ip", "count_per_identifier"]),
            ),
            ("max_attempts", Kind::Integer(1, 100)),
        ],
        open: false,
    },
    new: || {
        json!({
            "enabled": true,
            "shields": ["block", "user_notification"],
            "mode": "count_per_identifier_and_ip",
            "allowlist": [],
            "max_attempts": 10,
        })
    },
    changed: |look| &look.brute_force_protection,
    change: |look| &mut look.brute_force_protection,
};
