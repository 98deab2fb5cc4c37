//! Where a person is sent to start a login: Auth0 wants https and no localhost.

use url::{Host, Url};

use crate::management::refusal::Refusal;
use crate::state::State;

/// A laptop has neither, so the rule is only insisted on when the sandbox is strict. Empty means none.
pub(crate) fn refuse_login_uri(state: &State, property: &str, uri: &str) -> Result<(), Refusal> {
    if uri.is_empty() || is_public_https(uri) {
        return Ok(());
    }
    if state.config().strict {
        return Err(Refusal::body(format!(
            "Payload validation error: 'Object didn't pass validation for format absolute-https-uri-or-empty: {uri}' on property {property}."
        )));
    }
    tracing::warn!(
        property,
        uri,
        "a real tenant refuses this login URI: it must be https and not localhost"
    );
    Ok(())
}

fn is_public_https(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    };
    url.scheme() == "https" && !local
}
