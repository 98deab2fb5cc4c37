//! An EventBridge of somebody's: kept and answered. Nothing leaves this machine, so nothing is sent there.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Bridge {
    aws_account_id: String,
    aws_region: String,
    /// What Auth0 calls itself there.
    aws_partner_event_source: String,
}

impl Bridge {
    pub(crate) fn new(aws_account_id: String, aws_region: String, tenant: &str) -> Self {
        let source = Uuid::new_v4();
        Self {
            aws_account_id,
            aws_region,
            aws_partner_event_source: format!(
                "aws.partner/auth0.com/{tenant}-{source}/auth0.events"
            ),
        }
    }

    pub(crate) fn body(&self) -> Value {
        json!({ "type": "eventbridge", "configuration": self })
    }
}
