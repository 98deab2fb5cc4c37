//! The second factor that an organization asks of whoever logs in to it.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// By Auth0's names. What can be read along or taken over with a telephone number is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Factor {
    /// A one-time password of an authenticator app.
    Otp,
    /// A key that is carried along.
    WebauthnRoaming,
    /// What the device has built in.
    WebauthnPlatform,
    PushNotification,
}

words!(
    Factor,
    UnknownFactor,
    "The factor is not one of otp, webauthn-roaming, webauthn-platform and push-notification.",
    {
        Otp = "otp",
        WebauthnRoaming = "webauthn-roaming",
        WebauthnPlatform = "webauthn-platform",
        PushNotification = "push-notification",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaPolicy {
    enforce: bool,
    providers: Vec<Factor>,
    skip_federated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A policy names at least one factor.")]
pub struct NoFactor;

impl NoFactor {
    pub fn code(self) -> &'static str {
        "empty"
    }
}

impl MfaPolicy {
    /// The factors as a set.
    pub fn new(
        enforce: bool,
        mut providers: Vec<Factor>,
        skip_federated: bool,
    ) -> Result<Self, NoFactor> {
        providers.sort_unstable();
        providers.dedup();
        if providers.is_empty() {
            return Err(NoFactor);
        }
        Ok(Self {
            enforce,
            providers,
            skip_federated,
        })
    }

    pub fn enforce(&self) -> bool {
        self.enforce
    }

    /// Any one of these is enough.
    pub fn providers(&self) -> &[Factor] {
        &self.providers
    }

    /// Whoever came through a company's own identity provider is left to that.
    pub fn skip_federated(&self) -> bool {
        self.skip_federated
    }

    /// As the Action reads it in the organization's metadata, of which Auth0 takes 255 characters.
    pub fn metadata(&self) -> String {
        let providers: Vec<String> = self
            .providers
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        format!(
            r#"{{"enforce":{},"providers":[{}],"skipFederated":{}}}"#,
            self.enforce,
            providers.join(","),
            self.skip_federated,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_a_set_with_something_in_it() {
        use Factor::{Otp, WebauthnRoaming};
        let policy = MfaPolicy::new(true, vec![WebauthnRoaming, Otp, Otp], false).unwrap();
        assert_eq!(policy.providers(), [Otp, WebauthnRoaming]);
        assert_eq!(MfaPolicy::new(true, Vec::new(), false), Err(NoFactor));
    }

    #[test]
    fn the_longest_policy_fits_into_auth0s_metadata() {
        let policy = MfaPolicy::new(false, Factor::ALL.to_vec(), false).unwrap();
        assert!(policy.metadata().len() <= 255, "{}", policy.metadata());
    }

    #[test]
    fn the_metadata_is_what_the_action_reads() {
        let policy = MfaPolicy::new(true, vec![Factor::Otp], true).unwrap();
        let expected = r#"{"enforce":true,"providers":["otp"],"skipFederated":true}"#;
        assert_eq!(policy.metadata(), expected);
    }
}
