//! What others would refuse or drop without a word is refused here.

use std::collections::BTreeMap;

use super::{REQUIRED, Setup, read, refused_for};

#[test]
fn what_auth0_or_stripe_would_not_take_is_refused() {
    for host in [
        "auth0.com",
        "Login.Auth0.com",
        "webtask.io",
        "a.b.webtask.run",
        "auth0.com.",
    ] {
        let namespace = format!("https://{host}/claims");
        assert!(refused_for("CLAIMS_NAMESPACE", &namespace), "{namespace}");
    }
    for fine in [
        "https://notauth0.com",
        "https://auth0.com.example.com/claims",
    ] {
        assert!(read(&[("CLAIMS_NAMESPACE", fine)]).is_ok(), "{fine}");
    }
    for key in ["pk_live_x", "AB_live_x", "sk_live_", "live", ""] {
        assert!(refused_for("STRIPE_SECRET_KEY", key), "{key}");
    }
    assert!(read(&[("STRIPE_SECRET_KEY", "rk_live_x")]).is_ok());
    assert!(refused_for("STRIPE_WEBHOOK_SECRETS", "whsec_one,we_two"));
    for audience in [" ", " https://api.example.com/"] {
        assert!(refused_for("AUTH0_AUDIENCE", audience), "{audience:?}");
    }
}

#[test]
fn the_set_up_refuses_what_the_product_would() {
    let setup = |changes: &[(&'static str, &str)]| {
        let mut variables = BTreeMap::from(REQUIRED);
        variables.extend([
            ("AUTH0_SETUP_CLIENT_ID", "id"),
            ("AUTH0_SETUP_CLIENT_SECRET", "canary"),
        ]);
        variables.extend(changes.iter().copied());
        Setup::from_env(&|name| variables.get(name).map(|value| (*value).to_owned()))
    };
    assert!(setup(&[]).is_ok());
    for (variable, value) in [
        ("AUTH0_EVENTS_TOKENS", "short"),
        ("CURSOR_KEY", "short"),
        ("SECRETS_KEY", "short"),
        ("CLAIMS_NAMESPACE", "https://tenant.eu.auth0.com/claims"),
        ("AUTH0_AUDIENCE", " "),
    ] {
        let refused = setup(&[(variable, value)]).is_err_and(|error| error.variable == variable);
        assert!(refused, "{variable}");
    }
}
