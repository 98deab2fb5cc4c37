//! Not quite a token, or one that two parsers would read differently.

use serde_json::{Value, json};

use super::{Forged, rows};
use crate::tokens::forge::{Forge, base64url};

/// Two parsers might read them differently.
pub(super) fn two_readings(forge: &Forge) -> Vec<Forged> {
    let (header, claims) = (forge.header().to_string(), forge.claims.to_string());
    let twice = |text: &str, name: &str, value: &Value| {
        format!(r#"{},"{name}":{value}}}"#, &text[..text.len() - 1])
    };
    let headers = ["alg", "typ", "kid"].map(|name| twice(&header, name, &forge.header()[name]));
    let bodies = ["iss", "aud", "sub", "exp", "iat", "client_id"]
        .map(|name| twice(&claims, name, &forge.claims[name]));
    let escaped = twice(&claims, "\\u0073ub", &json!("auth0|somebody-else"));
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    let spoilt = |text: &str| {
        [
            format!("{text}{text}"),
            format!("{text}x"),
            format!("[{text}]"),
            format!("\u{feff}{text}"),
            text.replace('"', "'"),
            deep[..2_000].to_owned(),
            "null".to_owned(),
            "\u{0}".to_owned(),
        ]
    };
    let odd_headers = headers.into_iter().chain(spoilt(&header));
    let odd_bodies = bodies.into_iter().chain([escaped]).chain(spoilt(&claims));
    let mut forged = rows(
        "header with two readings",
        odd_headers.map(|header| forge.sign(&header, &claims)),
    );
    forged.extend(rows(
        "claims with two readings",
        odd_bodies.map(|claims| forge.sign(&header, &claims)),
    ));
    forged
}

pub(super) fn odd_shapes(forge: &Forge) -> Vec<Forged> {
    let parts: Vec<&str> = forge.good.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("three parts");
    };
    let spoil: [fn(&str) -> String; 6] = [
        |part| format!("{part}="),
        |part| format!("{part}%3D"),
        |part| format!("{}+/{}", &part[..8], &part[10..]),
        |part| format!("{} {}", &part[..8], &part[8..]),
        |part| format!("{}\t{}", &part[..8], &part[8..]),
        |part| format!("{}é{}", &part[..8], &part[8..]),
    ];
    let spoilt = spoil.into_iter().flat_map(|spoil| {
        [
            format!("{}.{claims}.{signature}", spoil(header)),
            format!("{header}.{}.{signature}", spoil(claims)),
            format!("{header}.{claims}.{}", spoil(signature)),
        ]
    });
    let whole = [
        ".".to_owned(),
        "..".to_owned(),
        header.to_owned(),
        format!("{}.", forge.good),
        format!(".{}", forge.good),
        format!("{}.{signature}", forge.good),
        format!("{header}..{signature}"),
        format!("{claims}.{header}.{signature}"),
        format!("{}.{}.{signature}", base64url("{}"), base64url("{}")),
        format!("{} {}", forge.good, forge.good),
        "A".repeat(8 * 1024 + 1),
        "A".repeat(60 * 1024),
        format!(
            "{}.{signature}",
            forge.message("RS256") + &"A".repeat(8 * 1024)
        ),
    ];
    let mut forged = rows("odd base64", spoilt);
    forged.extend(rows("odd shape", whole));
    forged
}

/// The good token with each character changed in turn, and cut off at many places.
pub(super) fn mutilated(forge: &Forge) -> Vec<Forged> {
    let good = forge.good.as_bytes();
    let changed = (0..good.len()).filter(|at| good[*at] != b'.').map(|at| {
        let mut bytes = good.to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("still ASCII")
    });
    let cut = (1..good.len()).step_by(2);
    let cut = cut.map(|length| forge.good[..length].to_owned());
    let mut forged = rows("one character changed", changed);
    forged.extend(rows("cut off", cut));
    forged
}
