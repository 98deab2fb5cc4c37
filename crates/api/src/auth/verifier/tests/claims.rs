use serde_json::{Value, json};

use super::forge::{Forge, claims, with, without};
use crate::auth::Refused;

/// Tokens that are good but for one claim, which has each of these values in turn.
fn claiming_each(
    forge: &Forge,
    name: &str,
    values: impl IntoIterator<Item = Value>,
) -> Vec<String> {
    values
        .into_iter()
        .map(|value| forge.claiming(&with(&claims(), name, value)))
        .collect()
}

fn not_texts() -> [Value; 6] {
    [
        Value::Null,
        json!(0),
        json!(1.5),
        json!(true),
        json!([]),
        json!({}),
    ]
}

#[tokio::test]
async fn the_issuer_is_compared_to_the_letter() {
    let forge = Forge::start().await;
    let near = [
        "",
        "https://tenant.example.com",
        "http://tenant.example.com/",
        "https://TENANT.example.com/",
        "https://tenant.example.com//",
        "https://tenant.example.com/ ",
        " https://tenant.example.com/",
        "https://tenant.example.com:443/",
        "https://tenant.example.com/oauth/",
        "https://tenant.example.com.evil.test/",
        "https://evil.test/https://tenant.example.com/",
        "https://tenant.example.com@evil.test/",
        "https://other.example.com/",
        "https://tenant.eu.example.com/",
        "https://tenаnt.example.com/",
        "https://xn--tennt-7ve.example.com/",
        "tenant.example.com",
        "https://login.example.com",
        "HTTPS://login.example.com/",
    ];
    forge
        .refuses(
            claiming_each(&forge, "iss", near.map(|text| json!(text))),
            Refused::Issuer,
        )
        .await;
    forge
        .refuses(claiming_each(&forge, "iss", not_texts()), Refused::Issuer)
        .await;
    forge
        .refuses(
            claiming_each(&forge, "iss", [json!(["https://tenant.example.com/"])]),
            Refused::Issuer,
        )
        .await;
    forge
        .refuses(
            [forge.claiming(&without(&claims(), "iss"))],
            Refused::Issuer,
        )
        .await;
}

#[tokio::test]
async fn the_audience_must_include_us_and_be_made_of_texts() {
    let forge = Forge::start().await;
    let ours = "https://api.tenantry.dev";
    let wrong = [
        json!(""),
        json!([""]),
        json!("https://tenant.example.com/userinfo"),
        json!(["https://tenant.example.com/userinfo"]),
        json!("https://tenant.example.com/api/v2/"),
        json!("https://tenant.example.com/my-org/"),
        json!("console"),
        json!("https://api.tenantry"),
        json!("https://api.tenantry.dev/"),
        json!("https://API.tenantry.dev"),
        json!(format!("{ours} ")),
        json!(format!("{ours} other")),
        json!(format!("{ours},other")),
        json!([ours, 1]),
        json!([ours, null]),
        json!([null, ours]),
        json!([[ours]]),
        json!([{ ours: ours }]),
        json!({ ours: ours }),
        json!({ "0": ours }),
    ];
    forge
        .refuses(claiming_each(&forge, "aud", wrong), Refused::Audience)
        .await;
    forge
        .refuses(claiming_each(&forge, "aud", not_texts()), Refused::Audience)
        .await;
    forge
        .refuses(
            [forge.claiming(&without(&claims(), "aud"))],
            Refused::Audience,
        )
        .await;
}

#[tokio::test]
async fn the_subject_must_be_a_person() {
    let forge = Forge::start().await;
    let long = format!("auth0|{}", "x".repeat(1024));
    let wrong = [
        "",
        "nobody",
        "|",
        "auth0|",
        "|id",
        "auth0|a\nb",
        "auth0|a\u{7f}",
        &long,
        "a|b@clients\r",
    ];
    forge
        .refuses(
            claiming_each(&forge, "sub", wrong.map(|text| json!(text))),
            Refused::Subject,
        )
        .await;
    forge
        .refuses(claiming_each(&forge, "sub", not_texts()), Refused::Subject)
        .await;
    forge
        .refuses(
            [forge.claiming(&without(&claims(), "sub"))],
            Refused::Subject,
        )
        .await;
}

#[tokio::test]
async fn the_organization_is_an_id_or_absent() {
    let forge = Forge::start().await;
    let long = format!("org_{}", "a".repeat(300));
    let wrong = [
        "",
        "org_",
        "acme",
        "org_0123456789abcde",
        "org_0123456789abcdef0",
        "ORG_0123456789abcdef",
        &long,
        "org_0123456789abcde'",
        "org_0123456789abcde\"",
        "org_0123456789abcde ",
        " org_0123456789abcdef",
        "org_0123456789abcdé",
        "ind_0123456789abcdef0123456789abcdef",
        "org_0123456789abc-ef",
        "org-0123456789abcdef",
        "org_0123456789abcdef\n",
        "org_0123456789abcdef,org_fedcba9876543210",
        "%6Frg_0123456789abcdef",
    ];
    forge
        .refuses(
            claiming_each(&forge, "org_id", wrong.map(|text| json!(text))),
            Refused::Organization,
        )
        .await;
    forge
        .refuses(
            claiming_each(&forge, "org_id", not_texts()),
            Refused::Organization,
        )
        .await;
    let several = [
        json!(["org_0123456789abcdef"]),
        json!({ "id": "org_0123456789abcdef" }),
    ];
    forge
        .refuses(
            claiming_each(&forge, "org_id", several),
            Refused::Organization,
        )
        .await;
    forge
        .refuses(
            claiming_each(&forge, "org_name", not_texts()),
            Refused::Organization,
        )
        .await;
    let named_only = with(&without(&claims(), "org_id"), "org_name", json!("acme"));
    forge
        .refuses([forge.claiming(&named_only)], Refused::Organization)
        .await;
}

#[tokio::test]
async fn permissions_are_texts_in_an_array() {
    let forge = Forge::start().await;
    let wrong = [
        Value::Null,
        json!("projects:read"),
        json!({ "0": "projects:read" }),
        json!(["projects:read", 1]),
        json!([null]),
        json!([["projects:read"]]),
        json!(true),
        json!(1),
    ];
    forge
        .refuses(
            claiming_each(&forge, "permissions", wrong),
            Refused::Permissions,
        )
        .await;
}

#[tokio::test]
async fn a_client_id_is_required() {
    let forge = Forge::start().await;
    let long = json!("c".repeat(257));
    forge
        .refuses(
            claiming_each(&forge, "client_id", [json!(""), long]),
            Refused::Client,
        )
        .await;
    forge
        .refuses(
            claiming_each(&forge, "client_id", not_texts()),
            Refused::Client,
        )
        .await;
    let other_profile = with(&without(&claims(), "client_id"), "azp", json!("console"));
    forge
        .refuses([forge.claiming(&other_profile)], Refused::Client)
        .await;
}
