use serde_json::json;

use super::forge::{Forge, claims, with};
use crate::auth::Refused;
use crate::auth::testing::{KEY, base64url, modulus};

#[tokio::test]
async fn only_the_issuers_key_signs() {
    let forge = Forge::start().await;
    forge
        .refuses([forge.claiming_as_stranger(&claims())], Refused::Signature)
        .await;
}

#[tokio::test]
async fn a_signature_covers_header_and_claims() {
    let forge = Forge::start().await;
    let good = forge.claiming(&claims());
    let richer = forge.claiming(&with(&claims(), "org_id", json!("org_fedcba9876543210")));
    let [ours, theirs] = [&good, &richer].map(|token| token.split('.').collect::<Vec<_>>());
    let swapped = [
        [ours[0], theirs[1], ours[2]],
        [theirs[0], ours[1], theirs[2]],
    ];
    forge
        .refuses(swapped.map(|parts| parts.join(".")), Refused::Signature)
        .await;
}

#[tokio::test]
async fn no_other_bytes_pass_as_a_signature() {
    let forge = Forge::start().await;
    let good = forge.claiming(&claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let bytes =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature)
            .unwrap();
    let mut wrong = vec![
        vec![0],
        vec![0; 256],
        vec![0xff; 256],
        modulus(&KEY),
        bytes[1..].to_vec(),
        [&[0][..], &bytes].concat(),
        [&bytes[..], &[0]].concat(),
        [&bytes[..], &bytes].concat(),
        vec![1; 512],
    ];
    for position in (0..bytes.len()).step_by(16) {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1 << (position / 16 % 8);
        wrong.push(flipped);
    }
    let forged = wrong
        .into_iter()
        .map(|signature| format!("{message}.{}", base64url(signature)));
    forge.refuses(forged, Refused::Signature).await;
}
