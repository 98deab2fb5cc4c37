use serde_json::{Value, json};

use super::forge::{Forge, NOW, claims, with, without};
use crate::auth::Refused;

#[tokio::test]
async fn an_expired_token_lives_for_less_than_the_leeway() {
    let forge = Forge::start().await;
    for offset in -61..=61 {
        let claims = with(
            &with(&claims(), "iat", json!(NOW - 300)),
            "exp",
            json!(NOW + offset),
        );
        let expected = if offset > -30 {
            None
        } else {
            Some(Refused::Expired)
        };
        assert_eq!(
            forge.verdict(&forge.claiming(&claims)).await.err(),
            expected,
            "exp at {offset} s"
        );
    }
}

#[tokio::test]
async fn a_token_from_the_future_is_accepted_within_the_leeway() {
    let forge = Forge::start().await;
    for offset in -61..=61 {
        let expected = if offset <= 30 {
            None
        } else {
            Some(Refused::NotYet)
        };
        for name in ["iat", "nbf"] {
            let claims = with(&claims(), name, json!(NOW + offset));
            assert_eq!(
                forge.verdict(&forge.claiming(&claims)).await.err(),
                expected,
                "{name} at {offset} s"
            );
        }
    }
}

#[tokio::test]
async fn a_time_is_a_whole_number_in_range_and_nothing_else() {
    let forge = Forge::start().await;
    let soon = NOW + 60;
    let wrong = [
        Value::Null,
        json!(true),
        json!([]),
        json!([soon]),
        json!({}),
        json!(""),
        json!(soon.to_string()),
        json!("2027-01-15T08:10:00Z"),
        json!(soon as f64),
        json!(soon as f64 + 0.5),
        json!(1e308),
        json!(-1),
        json!(-soon),
        json!(253_402_300_800_i64),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
    ];
    for name in ["exp", "iat", "nbf"] {
        let tokens = wrong
            .clone()
            .map(|value| forge.claiming(&with(&claims(), name, value)));
        forge.refuses(tokens, Refused::Time).await;
    }
    forge
        .refuses(
            ["exp", "iat"].map(|name| forge.claiming(&without(&claims(), name))),
            Refused::Time,
        )
        .await;
}

#[tokio::test]
async fn a_number_that_no_parser_agrees_on_is_no_json() {
    let forge = Forge::start().await;
    let text = |exp: &str| claims().to_string().replace(&(NOW + 600).to_string(), exp);
    for exp in [
        "1e999",
        "0x6b49d400",
        "+1800000600",
        "01800000600",
        "1800000600.",
        "NaN",
        "Infinity",
        "1_800_000_600",
    ] {
        let token = crate::auth::testing::token(
            &crate::auth::testing::KEY,
            &super::forge::header().to_string(),
            &text(exp),
        );
        forge.refuses([token], Refused::Claims).await;
    }
    let precise = crate::auth::testing::token(
        &crate::auth::testing::KEY,
        &super::forge::header().to_string(),
        &text("1800000600e0"),
    );
    forge.refuses([precise], Refused::Time).await;
}

#[tokio::test]
async fn a_life_longer_than_the_issuer_gives_is_refused() {
    let forge = Forge::start().await;
    let days = |days: i64| json!(NOW + days * 86_400);
    assert!(
        forge
            .verdict(&forge.claiming(&with(&claims(), "exp", days(30))))
            .await
            .is_ok()
    );
    let wrong = [days(31), days(365), json!(253_402_300_799_i64)];
    forge
        .refuses(
            wrong.map(|exp| forge.claiming(&with(&claims(), "exp", exp))),
            Refused::Time,
        )
        .await;
    let backwards = with(
        &with(&claims(), "iat", json!(NOW + 10)),
        "exp",
        json!(NOW + 10),
    );
    forge
        .refuses([forge.claiming(&backwards)], Refused::Time)
        .await;
}
