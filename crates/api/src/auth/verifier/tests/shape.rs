use serde_json::Value;

use super::forge::{Forge, claims, header};
use crate::auth::Refused;
use crate::auth::testing::{KEY, base64url, token};

fn good() -> (String, String) {
    (header().to_string(), claims().to_string())
}

fn parts(forge: &Forge) -> [String; 3] {
    let token = forge.claiming(&claims());
    let mut parts = token.split('.').map(str::to_owned);
    [(); 3].map(|()| parts.next().unwrap())
}

#[tokio::test]
async fn a_token_has_three_parts() {
    let forge = Forge::start().await;
    let [header, claims, signature] = parts(&forge);
    let wrong = [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        header.clone(),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!(".{claims}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{claims}.{signature}."),
        format!(".{header}.{claims}.{signature}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{header}.x.{claims}.y.{signature}"),
    ];
    forge.refuses(wrong, Refused::Shape).await;
}

#[tokio::test]
async fn every_part_is_strict_base64url() {
    let forge = Forge::start().await;
    let good = parts(&forge);
    let spoil: [fn(&str) -> String; 10] = [
        |part| format!("{part}="),
        |part| format!("{part}=="),
        |part| format!("{part}\n"),
        |part| format!(" {part}"),
        |part| format!("{}+/{}", &part[..8], &part[10..]),
        |part| format!("{}\t{}", &part[..8], &part[8..]),
        |part| format!("{part}%3D"),
        |part| format!("{}é{}", &part[..8], &part[8..]),
        |part| format!("{part}\0"),
        |part| format!("{}*", &part[..part.len() - 1]),
    ];
    for spoil in spoil {
        for index in 0..3 {
            let mut parts = good.clone();
            parts[index] = spoil(&parts[index]);
            forge.refuses([parts.join(".")], Refused::Shape).await;
        }
    }
}

#[tokio::test]
async fn header_and_claims_are_each_one_json_object() {
    let forge = Forge::start().await;
    let (header, claims) = good();
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
    let spoilt = |text: &str| {
        [
            format!("{text}{text}"),
            format!("{text}x"),
            format!("{text},"),
            format!("[{text}]"),
            format!("\u{feff}{text}"),
            text[..text.len() - 1].to_owned(),
            text.replace('"', "'"),
            deep.clone(),
            "null".into(),
            "1".into(),
            "\"text\"".into(),
            String::from_utf8_lossy(b"{\"a\":1,}").into_owned(),
            "\u{0}".into(),
        ]
    };
    forge
        .refuses(
            spoilt(&header).map(|header| token(&KEY, &header, &claims)),
            Refused::Header,
        )
        .await;
    forge
        .refuses(
            spoilt(&claims).map(|claims| token(&KEY, &header, &claims)),
            Refused::Claims,
        )
        .await;
}

#[tokio::test]
async fn a_name_appears_once() {
    let forge = Forge::start().await;
    let (header, claims) = good();
    let twice = |text: &str, name: &str, value: &Value| {
        format!(r#"{},"{name}":{value}}}"#, &text[..text.len() - 1])
    };
    let object: Value = serde_json::from_str(&header).unwrap();
    let headers: Vec<_> = object
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| token(&KEY, &twice(&header, name, value), &claims))
        .collect();
    forge.refuses(headers, Refused::Header).await;
    let object: Value = serde_json::from_str(&claims).unwrap();
    let doubled: Vec<_> = object
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| token(&KEY, &header, &twice(&claims, name, value)))
        .collect();
    forge.refuses(doubled, Refused::Claims).await;
    let escaped = twice(&claims, "\\u0069ss", &Value::from("https://evil.test/"));
    forge
        .refuses([token(&KEY, &header, &escaped)], Refused::Claims)
        .await;
}

#[tokio::test]
async fn an_oversized_token_is_not_even_decoded() {
    let forge = Forge::start().await;
    let large = |bytes: usize| "A".repeat(bytes);
    forge
        .refuses(
            [large(8193), large(65_536), large(1 << 20)],
            Refused::TooLarge,
        )
        .await;
    forge.refuses([large(8192)], Refused::Shape).await;
    let padded = format!(
        "{}.{}.{}",
        base64url(header().to_string()),
        large(8000),
        base64url([0; 256])
    );
    forge.refuses([padded], Refused::TooLarge).await;
}
