//! Two logins of one person become one account, by the wish of whoever proves both and by nothing else.

mod crashes;
mod linking;
mod noauth;
mod proofs;
mod unlinking;

use api::dev::demo::Provider;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Login, Person, TestApp, eventually};
use uuid::Uuid;

/// An address at the social provider that nobody has.
pub(crate) fn social() -> Provider {
    Provider {
        connection: "google-oauth2".into(),
        username: String::new(),
        email: format!("social-{}@example.com", Uuid::new_v4().simple()),
    }
}

fn again(provider: &Provider) -> Provider {
    Provider {
        connection: provider.connection.clone(),
        username: provider.username.clone(),
        email: provider.email.clone(),
    }
}

pub(crate) fn sub(login: &Login) -> String {
    login.access["sub"].as_str().expect("a subject").to_owned()
}

/// A login as the provider's account, begun to be linked with this one.
pub(crate) async fn second_login(app: &TestApp, provider: &Provider, with: &str) -> Login {
    let extra = [("prompt", "login"), ("link_with", with)];
    let login = app.log_in_by("", Some(again(provider)), &extra).await;
    login.expect("the provider vouches for them")
}

pub(crate) async fn link(app: &TestApp, caller: &str, other: &str, main: &str) -> Answer {
    let body = json!({ "token": other, "main": main });
    app.post("/v1/me/identities", caller, &body).await
}

pub(crate) async fn unlink(app: &TestApp, caller: &str, id: &str) -> Answer {
    let path = format!("/v1/me/identities/{id}");
    app.send(app.request(Method::DELETE, &path, Some(caller)))
        .await
}

async fn identities(app: &TestApp, token: &str) -> Vec<Value> {
    let listed = app.get("/v1/me/identities", Some(token)).await;
    let listed = listed.assert_status(200).json();
    listed["items"].as_array().expect("items").clone()
}

/// Waits for what becomes of the only link.
pub(crate) async fn became(app: &TestApp, token: &str, state: &str) -> Value {
    eventually(state, || async {
        let links = identities(app, token).await;
        let [link] = links.as_slice() else {
            panic!("not one link: {links:?}");
        };
        (link["state"] == state).then(|| link.clone())
    })
    .await
}

/// The password account, and the social one that was linked into it.
async fn linked(app: &TestApp) -> (Person, Provider, Value) {
    let (ada, provider) = (app.visitor().await, social());
    let other = second_login(app, &provider, &ada.user_id).await;
    link(app, &ada.token, &other.token, "caller")
        .await
        .assert_status(202);
    let link = became(app, &ada.token, "linked").await;
    (ada, provider, link)
}

/// The user ids of the identities at Auth0, the main one first.
async fn at_auth0(app: &TestApp, user_id: &str) -> Option<Vec<String>> {
    let account = app.auth0().users().show(user_id).await;
    let account = account.expect("Auth0 answers")?;
    let ids = account.identities.into_iter();
    Some(
        ids.map(|found| format!("{}|{}", found.provider, found.user_id))
            .collect(),
    )
}
