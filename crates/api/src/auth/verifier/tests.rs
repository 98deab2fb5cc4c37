//! The corpus of forged tokens: every one is refused for the reason that is named, and none costs an outbound call.

mod claims;
mod forge;
mod header;
mod shape;
mod signature;
mod times;

use domain::Permission;
use serde_json::json;

use super::*;
use forge::{Forge, NOW, claims, with, without};

#[tokio::test]
async fn a_good_token_says_who_and_where() {
    let forge = Forge::start().await;
    let token = forge.verdict(&forge.claiming(&claims())).await.unwrap();
    assert_eq!(
        token.person.user_id.as_ref(),
        "auth0|64f0c0ffee64f0c0ffee64f0"
    );
    assert_eq!(token.person.issuer.as_ref(), "https://tenant.example.com/");
    assert_eq!(token.organization.unwrap().as_ref(), "org_0123456789abcdef");
    assert_eq!(
        token.permissions,
        [Permission::ProjectsRead, Permission::ProjectsWrite]
    );
    assert_eq!(token.client_id, "console");
    assert_eq!(
        token.subscription_claim.unwrap().to_string(),
        "team;2027-02-01T00:00:00.000Z;active"
    );
    assert_eq!(token.expires_at.timestamp(), NOW + 600);
}

#[tokio::test]
async fn harmless_variations_are_accepted() {
    let forge = Forge::start().await;
    let good = claims();
    let variations = [
        without(&good, "org_id"),
        without(&good, "permissions"),
        with(&good, "aud", json!("https://api.tenantry.dev")),
        with(&good, "iss", json!("https://login.example.com/")),
        with(&good, "permissions", json!([])),
        with(&good, "nbf", json!(NOW)),
        with(&good, "jti", json!("anything")),
        with(&good, "org_name", json!("acme")),
        with(&good, "https://tenantry.dev/subscription", json!(7)),
        with(
            &good,
            "https://elsewhere.example/nested",
            json!({ "a": [1, { "b": 2.5 }] }),
        ),
    ];
    for claims in variations {
        assert!(
            forge.verdict(&forge.claiming(&claims)).await.is_ok(),
            "{claims}"
        );
    }
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+jwt",
    ] {
        assert!(
            forge
                .verdict(&forge.heading(&with(&forge::header(), "typ", json!(typ))))
                .await
                .is_ok(),
            "{typ}"
        );
    }
}

#[tokio::test]
async fn whichever_issuer_is_used_the_person_is_the_same() {
    let forge = Forge::start().await;
    let custom = forge.claiming(&with(&claims(), "iss", json!("https://login.example.com/")));
    let people = [forge.claiming(&claims()), custom];
    let [first, second] = people.each_ref().map(|token| forge.verdict(token));
    assert_eq!(first.await.unwrap().person, second.await.unwrap().person);
}

#[tokio::test]
async fn a_genuine_machine_token_is_told_apart_and_a_forged_one_is_not() {
    let forge = Forge::start().await;
    for machine in [
        with(&claims(), "sub", json!("abc123@clients")),
        with(&claims(), "gty", json!("client-credentials")),
    ] {
        assert_eq!(
            forge.verdict(&forge.claiming(&machine)).await.err(),
            Some(Refused::Machine)
        );
        let forged = forge.claiming_as_stranger(&machine);
        assert_eq!(forge.verdict(&forged).await.err(), Some(Refused::Signature));
    }
}

#[tokio::test]
async fn the_auth0_profile_wants_its_own_type_and_client() {
    let forge = Forge::start_with(TokenProfile::Auth0).await;
    let claims = with(&without(&claims(), "client_id"), "azp", json!("console"));
    let jwt = with(&forge::header(), "typ", json!("JWT"));
    assert!(forge.verdict(&forge.token(&jwt, &claims)).await.is_ok());
    let id_token = with(&claims, "aud", json!("console"));
    assert_eq!(
        forge.verdict(&forge.token(&jwt, &id_token)).await.err(),
        Some(Refused::Audience)
    );
    assert_eq!(
        forge
            .verdict(&forge.token(&forge::header(), &claims))
            .await
            .err(),
        Some(Refused::Type)
    );
    assert_eq!(
        forge
            .verdict(&forge.token(&jwt, &forge::claims()))
            .await
            .err(),
        Some(Refused::Client)
    );
}

#[tokio::test]
async fn without_keys_it_is_not_the_tokens_fault() {
    let forge = Forge::start_without_keys().await;
    assert_eq!(
        forge.verdict(&forge.claiming(&claims())).await.err(),
        Some(Refused::KeysUnavailable)
    );
    assert_eq!(forge.verdict("nonsense").await.err(), Some(Refused::Shape));
}
