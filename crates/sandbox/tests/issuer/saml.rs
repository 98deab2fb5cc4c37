//! Logging in through a customer's SAML provider, which is the stand-in: what Auth0 takes of it, and what it refuses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use sandbox::Running;
use serde_json::{Value, json};

use crate::browser::{APP, Browser, Page, claims, sandbox};
use crate::organizations::Tenant;

const CONNECTION: &str = "acme-saml";
const NAME_ID: &str = "d0042@corp.acme.example";

struct Saml {
    sandbox: Running,
    browser: Browser,
}

/// A response on its way, as the page of the provider posts it.
struct Posted {
    action: String,
    response: String,
    relay_state: String,
}

impl Saml {
    /// With these options besides the ones that the provider's metadata tells.
    async fn start(more: Value) -> Self {
        let sandbox = sandbox().await;
        let browser = Browser::new(sandbox.base_url());
        let saml = Self { sandbox, browser };
        saml.connect(CONNECTION, more).await;
        saml
    }

    async fn connect(&self, name: &str, more: Value) {
        let mut options = json!({
            "signInEndpoint": format!("{}idp/acme/saml/sso", self.sandbox.base_url()),
            "signingCert": self.certificate("acme").await,
            "signSAMLRequest": true,
        });
        for (option, value) in more.as_object().unwrap() {
            options[option] = value.clone();
        }
        let body = json!({
            "name": name, "strategy": "samlp", "options": options, "enabled_clients": ["tenantry-console"],
        });
        let tenant = Tenant::of(&self.sandbox).await;
        tenant.call(Method::POST, "connections", body).await;
    }

    /// As the metadata of a provider of this name has it.
    async fn certificate(&self, provider: &str) -> String {
        let metadata = self
            .browser
            .get(&format!("/idp/{provider}/saml/metadata"))
            .await
            .body;
        let (_, rest) = metadata.split_once("<ds:X509Certificate>").unwrap();
        let (certificate, _) = rest.split_once("</ds:X509Certificate>").unwrap();
        format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n")
    }

    /// The address at the provider that a login through this connection leads to.
    async fn asked(&self, connection: &str) -> String {
        let asked = [("connection", connection), ("prompt", "login")];
        let login = self.browser.authorize(&asked).await;
        let stand_in = login.page.location.expect("the way to the provider");
        let at_provider = self.browser.get(&stand_in).await.location;
        at_provider.expect("the provider's own page")
    }

    async fn vouched(&self, connection: &str, typed: &[(&str, &str)]) -> Posted {
        let address = self.asked(connection).await;
        let page = self.browser.get(&address).await;
        assert_eq!(page.status, 200, "{}", page.body);
        Posted::on(&self.browser.post(&address, typed).await)
    }

    async fn hand_in(&self, posted: &Posted) -> Page {
        let form = [
            ("SAMLResponse", posted.response.as_str()),
            ("RelayState", posted.relay_state.as_str()),
        ];
        self.browser.post(&posted.action, &form).await
    }

    async fn is_refused(&self, posted: &Posted, why: &str) {
        let page = self.hand_in(posted).await;
        let (error, description) = page.error();
        assert_eq!(error, "access_denied");
        assert!(description.contains(why), "{description}");
        // Whatever came, that login is over.
        let again = self.hand_in(posted).await;
        assert_eq!((again.status.as_u16(), again.location), (400, None));
    }
}

impl Posted {
    fn on(page: &Page) -> Self {
        let after = |start: &str| {
            let (_, rest) = page
                .body
                .split_once(start)
                .expect("a form that sends itself");
            rest.split_once('"').unwrap().0.replace("&amp;", "&")
        };
        Self {
            action: after("action=\""),
            response: after("name=\"SAMLResponse\" value=\""),
            relay_state: after("name=\"RelayState\" value=\""),
        }
    }

    fn xml(&self) -> String {
        String::from_utf8(STANDARD.decode(&self.response).unwrap()).unwrap()
    }

    fn with(&self, xml: &str) -> Self {
        Self {
            action: self.action.clone(),
            response: STANDARD.encode(xml),
            relay_state: self.relay_state.clone(),
        }
    }
}

#[tokio::test]
async fn whoever_the_provider_vouches_for_is_logged_in() {
    let saml = Saml::start(json!({})).await;
    let login = saml.browser.authorize(&[("connection", CONNECTION)]).await;
    let stand_in = login
        .page
        .location
        .clone()
        .expect("the way to the provider");
    let address = saml.browser.get(&stand_in).await.location;
    let address = address.expect("the provider's own page");
    for part in [
        "/idp/acme/saml/sso?SAMLRequest=",
        "&RelayState=",
        "&Signature=",
    ] {
        assert!(address.contains(part), "{address}");
    }
    let typed = [
        ("username", NAME_ID),
        ("email", "bo@acme.example"),
        ("name", "Bo \"B\" <Long> & Co"),
        ("groups", "Finance, Staff"),
    ];
    let posted = Posted::on(&saml.browser.post(&address, &typed).await);
    assert_eq!(
        posted.action,
        format!(
            "{}login/callback?connection={CONNECTION}",
            saml.sandbox.base_url()
        )
    );
    let page = saml.hand_in(&posted).await;
    assert!(
        page.location
            .as_deref()
            .is_some_and(|to| to.starts_with(APP))
    );
    let verifier = login.verifier;
    let tokens = saml
        .browser
        .exchange(&crate::browser::Login { verifier, page })
        .await;
    let identity = claims(&tokens.unwrap()["id_token"]);
    assert_eq!(identity["sub"], format!("samlp|{CONNECTION}|{NAME_ID}"));
    assert_eq!(identity["email"], "bo@acme.example");
    assert_eq!(identity["name"], "Bo \"B\" <Long> & Co");
    let user = json!(identity["sub"])
        .to_string()
        .replace('"', "")
        .replace('|', "%7C");
    let tenant = Tenant::of(&saml.sandbox).await;
    let kept = tenant
        .call(Method::GET, &format!("users/{user}"), Value::Null)
        .await;
    assert_eq!(kept["groups"], json!(["Finance", "Staff"]));
}

#[tokio::test]
async fn attributes_get_the_names_that_the_connection_gives_them() {
    let map = json!({ "fieldsMap": {
        "department": ["urn:nothing", "http://schemas.xmlsoap.org/claims/Group"],
    } });
    let saml = Saml::start(map).await;
    let typed = [("username", NAME_ID), ("groups", "Finance")];
    let posted = saml.vouched(CONNECTION, &typed).await;
    assert!(saml.hand_in(&posted).await.parameter("code").is_some());
    let tenant = Tenant::of(&saml.sandbox).await;
    let path = format!("users/samlp%7C{CONNECTION}%7C{NAME_ID}");
    let kept = tenant.call(Method::GET, &path, Value::Null).await;
    assert_eq!(
        (&kept["department"], kept.get("groups")),
        (&json!("Finance"), None)
    );
    assert_eq!(kept.get("email"), None, "a provider may send none");
}

#[tokio::test]
async fn a_response_is_good_once_and_for_the_login_that_asked() {
    let saml = Saml::start(json!({})).await;
    let typed = [("username", NAME_ID)];
    let posted = saml.vouched(CONNECTION, &typed).await;
    assert!(saml.hand_in(&posted).await.parameter("code").is_some());
    let replayed = saml.hand_in(&posted).await;
    assert_eq!((replayed.status.as_u16(), replayed.location), (400, None));
    // The same response for a login of somebody else's.
    let other = saml.vouched(CONNECTION, &typed).await;
    let mixed = Posted {
        response: posted.response,
        ..other
    };
    saml.is_refused(&mixed, "InResponseTo").await;
    // Nobody asked.
    let unasked = Posted {
        relay_state: String::new(),
        ..saml.vouched(CONNECTION, &typed).await
    };
    let unasked = saml.hand_in(&unasked).await;
    assert_eq!((unasked.status.as_u16(), unasked.location), (400, None));
}

#[tokio::test]
async fn a_response_is_for_its_connection_alone() {
    let saml = Saml::start(json!({})).await;
    saml.connect("globex-saml", json!({})).await;
    let typed = [("username", NAME_ID)];
    // The login offers acme's alone.
    let posted = saml.vouched(CONNECTION, &typed).await;
    let elsewhere = Posted {
        action: posted.action.replace(CONNECTION, "globex-saml"),
        ..posted
    };
    let refused = saml.hand_in(&elsewhere).await;
    assert_eq!((refused.status.as_u16(), refused.location), (403, None));
    // The same provider, the same browser, another audience.
    let another = json!({ "entityId": "urn:somebody-else" });
    saml.connect("initech-saml", another).await;
    let posted = saml.vouched("initech-saml", &typed).await;
    assert!(posted.xml().contains("<saml:Audience>urn:somebody-else<"));
    assert!(saml.hand_in(&posted).await.parameter("code").is_some());
}

#[tokio::test]
async fn another_certificate_no_signature_and_a_changed_subject_are_refused() {
    let saml = Saml::start(json!({})).await;
    let typed = [("username", NAME_ID)];
    // Of the tenant itself: a true certificate, and not the provider's.
    let keys = saml.browser.json("/.well-known/jwks.json").await;
    let wrong = json!({ "signingCert": keys["keys"][0]["x5c"][0] });
    saml.connect("wrong-saml", wrong).await;
    let posted = saml.vouched("wrong-saml", &typed).await;
    saml.is_refused(&posted, "signature").await;

    let posted = saml.vouched(CONNECTION, &typed).await;
    let xml = posted.xml();
    let (before, rest) = xml.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    let unsigned = posted.with(&format!("{before}{after}"));
    saml.is_refused(&unsigned, "not signed").await;

    for (from, to, why) in [
        (NAME_ID, "root@acme.example", "signature"),
        (
            NAME_ID,
            "d0042@corp.acme.example<!-- -->.evil.example",
            "form",
        ),
        ("<saml:Subject>", "<!DOCTYPE x><saml:Subject>", "signature"),
        (
            "<samlp:Response ",
            "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><samlp:Response ",
            "form",
        ),
    ] {
        let posted = saml.vouched(CONNECTION, &typed).await;
        let changed = posted.xml().replace(from, to);
        saml.is_refused(&posted.with(&changed), why).await;
    }
    let noise = Posted {
        response: "no base64!".to_owned(),
        ..saml.vouched(CONNECTION, &typed).await
    };
    saml.is_refused(&noise, "base64").await;
}

#[tokio::test]
async fn an_assertion_expires() {
    let saml = Saml::start(json!({})).await;
    let posted = saml.vouched(CONNECTION, &[("username", NAME_ID)]).await;
    let later = json!({ "advance": "PT5M" });
    let clock = format!("{}sandbox/clock", saml.sandbox.base_url());
    let moved = crate::browser::http().post(clock).json(&later).send().await;
    assert!(moved.unwrap().status().is_success());
    saml.is_refused(&posted, "expired").await;
}

#[tokio::test]
async fn the_keys_of_the_tenant_may_rotate() {
    let saml = Saml::start(json!({})).await;
    let rotate = format!("{}sandbox/keys/rotate", saml.sandbox.base_url());
    let rotated = crate::browser::http().post(rotate).send().await;
    assert!(rotated.unwrap().status().is_success());
    let posted = saml.vouched(CONNECTION, &[("username", NAME_ID)]).await;
    assert!(saml.hand_in(&posted).await.parameter("code").is_some());
}

#[tokio::test]
async fn the_provider_answers_only_requests_that_it_understands_and_trusts() {
    let saml = Saml::start(json!({})).await;
    let good = saml.asked(CONNECTION).await;
    let (unsigned, _) = good.split_once("&SigAlg=").unwrap();
    for (address, why) in [
        (
            good.replace("/idp/acme/", "/idp/other/"),
            "another provider",
        ),
        (good.replace("RelayState=", "RelayState=x"), "signature"),
        (
            good.replace("SAMLRequest=", "SAMLRequest=AAAA"),
            "understood",
        ),
        (good.split_once('?').unwrap().0.to_owned(), "understood"),
    ] {
        let page = saml.browser.get(&address).await;
        assert_eq!(page.status, 400, "{address}");
        assert!(page.body.contains(why), "{}", page.body);
    }
    assert_eq!(saml.browser.get(unsigned).await.status, 200);
    let nobody = saml.browser.post(&good, &[("username", " ")]).await;
    assert_eq!(nobody.status, 400);
}
