//! A login that proves that an identity provider works and shows what it says of people. No session of the product comes
//! of it: the tokens are read for whom they are about and thrown away.

mod back;
mod result;
mod start;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{OrganizationId, TestLoginId};
use serde::{Deserialize, Serialize};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::problem::Problem;
use crate::sealing::SealingKey;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(start::start)
        .service(result::show)
        .service(back::back);
}

const STATE: [&str; 1] = ["state of a test login"];

/// Travels through Auth0 and back as `state`. Sealed: it proves which test of whose it is, and nobody on the way learns
/// the proof that the code is exchanged with.
#[derive(Serialize, Deserialize)]
struct Travelling {
    organization: OrganizationId,
    test: TestLoginId,
    code_verifier: String,
}

impl Travelling {
    fn seal(&self, key: &SealingKey) -> Result<String, Problem> {
        let plain = serde_json::to_vec(self).map_err(|error| Problem::internal(&error))?;
        let sealed = key.seal(&STATE, &plain);
        let sealed = sealed.map_err(|error| Problem::internal(&error))?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn open(key: &SealingKey, state: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(state).ok()?;
        serde_json::from_slice(&key.open(&STATE, &sealed).ok()?).ok()
    }
}
