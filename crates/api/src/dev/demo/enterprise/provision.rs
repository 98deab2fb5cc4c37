//! The directory keeps its people by SCIM: whoever it deactivates is out.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::failure::{Failure, same};
use super::super::story::{PATIENCE, Story};
use super::super::team::becomes_a_member;
use super::super::world::Answer;
use super::{Enterprise, text};

pub(super) async fn comes_and_goes(
    story: &mut Story,
    ours: &Enterprise,
) -> Result<String, Failure> {
    let below = format!("/identity-providers/{}/provisioning", ours.oidc.id);
    let set_up = story
        .administer(Method::POST, &below, None)
        .await?
        .json(201)?;
    let scim = text(&set_up["scim_url"])?;
    let tokens = format!("{below}/scim-tokens");
    let made = story
        .administer(Method::POST, &tokens, Some(&json!({})))
        .await?;
    let token = text(&made.json(201)?["token"])?;
    let listed = story.administer(Method::GET, &tokens, None).await?;
    listed.expect(200)?;
    if listed.text.contains(&token) {
        return Err(Failure::new("the list shows the SCIM token"));
    }
    let email = format!("eve@{}", ours.domain);
    let new = json!({
        "userName": email, "externalId": email, "displayName": "Eve", "active": true,
        "emails": [{ "value": email, "primary": true }],
    });
    let users = format!("{scim}/Users");
    let made = send(story, Method::POST, &users, &token, &new).await?;
    let user = text(&made.json(201)?["id"])?;
    let eve = story.through(&ours.oidc.connection, &email).await?;
    same(
        "the account",
        &Some(user.as_str()),
        &eve.access["sub"].as_str(),
    )?;
    becomes_a_member(story, &eve.access_token).await?;
    let gone = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let user = format!("{users}/{}", user.replace('|', "%7C"));
    let patched = send(story, Method::PATCH, &user, &token, &gone).await?;
    patched.expect(200)?;
    let begun = Instant::now();
    let path = story.path("");
    let refused_after = loop {
        let answer = story.world.get(&path, &eve.access_token).await?;
        if answer.status == 403 {
            answer.problem(403, "account_blocked")?;
            break begun.elapsed();
        }
        if begun.elapsed() > PATIENCE {
            return Err(Failure::unexpected("a refusal", answer.text));
        }
    };
    if story.through(&ours.oidc.connection, &email).await.is_ok() {
        return Err(Failure::unexpected("a refused login", "tokens"));
    }
    Ok(format!(
        "the directory made {email}, who came in; deactivated there, the next request that knew of it was 403 account_blocked, {} ms later, and no login works",
        refused_after.as_millis()
    ))
}

async fn send(
    story: &Story,
    method: Method,
    url: &str,
    token: &str,
    body: &Value,
) -> Result<Answer, Failure> {
    let request = story.world.http.request(method, url).bearer_auth(token);
    Answer::of(request.json(body).send().await?).await
}
