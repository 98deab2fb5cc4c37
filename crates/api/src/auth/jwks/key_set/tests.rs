use serde_json::json;

use super::*;
use crate::auth::testing::{KEY, OTHER_KEY, base64url, jwk};

fn ids(keys: &[Value]) -> Result<Vec<String>, UnusableKeySet> {
    let mut ids: Vec<String> = parse(json!({ "keys": keys }).to_string().as_bytes())?
        .into_keys()
        .collect();
    ids.sort();
    Ok(ids)
}

fn changed(name: &str, value: Value) -> Value {
    let mut key = jwk("changed", &KEY);
    key[name] = value;
    key
}

#[test]
fn current_and_next_key_are_kept() {
    assert_eq!(
        ids(&[jwk("a", &KEY), jwk("b", &OTHER_KEY)]),
        Ok(vec!["a".into(), "b".into()])
    );
}

#[test]
fn use_and_algorithm_may_be_left_out_and_unknown_members_are_ignored() {
    let mut key = jwk("a", &KEY);
    key.as_object_mut()
        .unwrap()
        .retain(|name, _| name != "use" && name != "alg");
    key["x5t"] = json!("thumbprint");
    key["x5c"] = json!(["MIIC+DCC/w=="]);
    key["colour"] = json!({ "red": 1 });
    assert_eq!(ids(&[key]), Ok(vec!["a".into()]));
}

#[test]
fn keys_for_anything_else_are_passed_over() {
    let others = [
        changed("use", json!("enc")),
        changed("alg", json!("RS512")),
        changed("alg", json!("HS256")),
        changed("kty", json!("EC")),
        changed("kty", json!("future")),
        changed("n", json!("not base64!")),
        changed("n", json!(base64url([0xff; 64]))),
        changed(
            "n",
            json!(base64url([&[0; 200][..], &[0xff; 100]].concat())),
        ),
        changed("n", json!(base64url([0xff; 2000]))),
        changed("kid", json!(7)),
        json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "changed" }),
        json!("a string"),
    ];
    for other in others {
        assert_eq!(
            ids(std::slice::from_ref(&other)),
            Err(UnusableKeySet::NoneUsable),
            "{other}"
        );
        assert_eq!(
            ids(&[other.clone(), jwk("good", &KEY)]),
            Ok(vec!["good".into()]),
            "{other}"
        );
    }
}

#[test]
fn two_keys_with_one_id_are_both_dropped() {
    let set = [
        jwk("twice", &KEY),
        jwk("good", &KEY),
        jwk("twice", &OTHER_KEY),
        jwk("twice", &KEY),
    ];
    assert_eq!(ids(&set), Ok(vec!["good".into()]));
}

#[test]
fn a_set_that_is_none_is_refused_as_a_whole() {
    for text in [
        "",
        "<html></html>",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[]"#,
    ] {
        assert_eq!(
            parse(text.as_bytes()).err(),
            Some(UnusableKeySet::Malformed),
            "{text}"
        );
    }
    assert_eq!(ids(&[]), Err(UnusableKeySet::NoneUsable));
    let many: Vec<Value> = (0..65)
        .map(|number| jwk(&number.to_string(), &KEY))
        .collect();
    assert_eq!(ids(&many), Err(UnusableKeySet::TooMany));
}
