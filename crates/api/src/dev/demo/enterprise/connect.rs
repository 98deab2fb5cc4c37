//! The administrator connects two identity providers and proves a domain, alone.

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::super::browser::Browser;
use super::super::failure::{Failure, same};
use super::super::story::Story;
use super::super::world::Answer;
use super::{Connected, Enterprise, text};

/// Nothing begins with it: the browser goes wherever it is sent.
const TO_THE_END: &str = "about:";

pub(super) async fn becomes_enterprise(story: &mut Story) -> Result<String, Failure> {
    let terms = json!({ "plan": "enterprise", "interval": "month", "seats": 20 });
    let changed = story.administer(Method::POST, "/subscription/change", Some(&terms));
    let changed = changed.await?.json(200)?;
    same("plan", &Some("enterprise"), &changed["plan"].as_str())?;
    Ok("the team became enterprise with 20 seats at once: single sign-on and SCIM".to_owned())
}

pub(super) async fn by_oidc(story: &mut Story, ours: &mut Enterprise) -> Result<String, Failure> {
    let document = "idp/corp/.well-known/openid-configuration";
    let body = json!({
        "name": "corp", "strategy": "oidc",
        "options": {
            "type": "back_channel", "client_id": "tenantry",
            "client_secret": "secret-of-the-client-at-the-provider",
            "discovery_url": story.world.identity_url(document)?.as_str(),
        },
    });
    ours.oidc = connect(story, "corp", &body).await?;
    story
        .insist("enforce")
        .await?
        .problem(409, "sso_untested")?;
    let groups = test(story, "corp", &[("groups", "Finance, Staff")]).await?;
    Ok(format!(
        "its document was read, its secret is shown no more, to enforce it untested is 409 sso_untested; the test login came back with groups {groups}"
    ))
}

pub(super) async fn by_saml(story: &mut Story, ours: &mut Enterprise) -> Result<String, Failure> {
    let body = json!({
        "name": "campus", "strategy": "samlp",
        "options": {
            "metadataUrl": story.world.identity_url("idp/campus/saml/metadata")?.as_str(),
            "signSAMLRequest": true,
        },
    });
    ours.saml = connect(story, "campus", &body).await?;
    let groups = test(story, "campus", &[("groups", "Faculty, Staff")]).await?;
    Ok(format!(
        "its metadata was read; the test login came back with a signed assertion and groups {groups}"
    ))
}

/// Connects it and waits until the login offers it.
async fn connect(story: &Story, name: &str, body: &Value) -> Result<Connected, Failure> {
    let created = story.administer(Method::POST, "/identity-providers", Some(body));
    let created = created.await?;
    created.expect(202)?;
    if created.text.contains("secret-of-the-client") {
        return Err(Failure::new("the answer shows the client's secret"));
    }
    let below = format!("/identity-providers/{name}");
    let ready = |shown: &Value| shown["state"] == "ready";
    let shown = story
        .ours_until(&below, "a ready identity provider", ready)
        .await?;
    Ok(Connected {
        id: text(&shown["id"])?,
        connection: text(&shown["connection"])?,
    })
}

/// A test login as somebody; answers the groups that came.
async fn test(story: &Story, name: &str, more: &[(&str, &str)]) -> Result<Value, Failure> {
    let below = format!("/identity-providers/{name}/test");
    let begun = story
        .administer(Method::POST, &below, None)
        .await?
        .json(201)?;
    let address = text(&begun["url"])?;
    let address = Url::parse(&address).map_err(|_| Failure::unexpected("a URL", &begun))?;
    let mut typed = vec![("username", "d0001@corp.example")];
    typed.extend(more);
    let mut browser = Browser::new()?;
    let page = browser.open(address, TO_THE_END).await?;
    let page = browser.fill_in(&page, &typed, TO_THE_END).await?;
    if !page.body.contains("The test login came back") {
        return Err(Failure::unexpected("the end of the test login", page.url));
    }
    let passed = |shown: &Value| shown["state"] == "passed";
    let shown = story
        .ours_until(&below, "a test that passed", passed)
        .await?;
    Ok(shown["claims"]["groups"].clone())
}

pub(super) async fn domain(story: &mut Story, ours: &mut Enterprise) -> Result<String, Failure> {
    let name = format!("corp-{}.example", story.tag);
    let body = json!({ "domain": name });
    let claimed = story.administer(Method::POST, "/domains", Some(&body));
    let claimed = claimed.await?.json(201)?;
    let routed = format!("/identity-providers/{}/domains", ours.oidc.id);
    story
        .administer(Method::POST, &routed, Some(&body))
        .await?
        .problem(409, "domain_not_verified")?;
    let record = format!("sandbox/dns/{}", text(&claimed["verification_host"])?);
    let request = story.world.http.put(story.world.identity_url(&record)?);
    let published = json!({ "txt": [claimed["verification_txt"]] });
    let published = Answer::of(request.json(&published).send().await?).await?;
    if published.status >= 300 {
        return Err(Failure::unexpected("a TXT record", published.text));
    }
    let below = format!("/domains/{}", text(&claimed["id"])?);
    let verify = format!("{below}/verify");
    let asked = story.administer(Method::POST, &verify, None).await?;
    if asked.status >= 300 {
        return Err(Failure::unexpected("a look at the proof", asked.text));
    }
    let verified = |shown: &Value| shown["status"] == "verified";
    story
        .ours_until(&below, "a proved domain", verified)
        .await?;
    let routing = story.administer(Method::POST, &routed, Some(&body));
    routing.await?.expect(201)?;
    ours.domain = name;
    Ok(format!(
        "{} leads nowhere before its TXT record was found, and to the identity provider afterwards",
        ours.domain
    ))
}
