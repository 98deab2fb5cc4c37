use chrono::{DateTime, TimeDelta};

use super::*;
use crate::keys;
use crate::tenant::KeyState;

fn key() -> SigningKey {
    keys::generate(KeyState::Current).unwrap()
}

fn response() -> Response {
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    Response {
        id: "_response".into(),
        assertion: Assertion {
            id: "_assertion".into(),
            issued_at: now,
            issuer: "https://idp.example/?a=1&b=2".into(),
            subject: "ada@acme.example".into(),
            in_response_to: "_request".into(),
            recipient: "https://sp.example/login/callback?connection=acme".into(),
            audience: "urn:auth0:tenant:acme".into(),
            not_before: now,
            not_on_or_after: now + TimeDelta::minutes(5),
            attributes: vec![
                ("name".into(), vec!["Ada \"A\" <Lovelace> & Co".into()]),
                ("groups".into(), vec!["Finance".into(), "Staff".into()]),
            ],
        },
    }
}

fn refused(xml: &str, key: &SigningKey) -> Unacceptable {
    let verified = Response::verified(xml, &key.certificate);
    verified.err().unwrap_or_else(|| panic!("believed: {xml}"))
}

#[test]
fn what_is_said_comes_over_as_it_was_said() {
    let key = key();
    let mut bare = response();
    bare.assertion.attributes.clear();
    for said in [response(), bare] {
        let xml = said.signed(&key);
        let heard = Response::verified(&xml, &key.certificate).unwrap();
        assert_eq!(heard.assertion, said.assertion);
    }
}

#[test]
fn only_the_holder_of_the_certificate_is_believed() {
    let (ours, another) = (key(), key());
    let xml = response().signed(&another);
    assert_eq!(refused(&xml, &ours), Unacceptable::Signature);
    let nonsense = Response::verified(&xml, "no certificate").err();
    assert_eq!(nonsense, Some(Unacceptable::Signature));
}

#[test]
fn an_assertion_without_its_signature_is_nothing() {
    let key = key();
    let xml = response().signed(&key);
    let (before, rest) = xml.split_once("<ds:Signature ").unwrap();
    let (signature, after) = rest.split_once("</ds:Signature>").unwrap();
    let unsigned = format!("{before}{after}");
    assert_eq!(refused(&unsigned, &key), Unacceptable::Unsigned);
    // Around the assertion instead of in it.
    let moved = format!("<ds:Signature {signature}</ds:Signature><saml:Assertion");
    let moved = unsigned.replace("<saml:Assertion", &moved);
    assert_ne!(moved, unsigned);
    refused(&moved, &key);
}

/// S02: whatever is said in the place of what was signed, next to it or around it.
#[test]
fn wrapping_adding_and_changing_are_refused() {
    let key = key();
    let xml = response().signed(&key);
    let start = xml.find("<saml:Assertion").unwrap();
    let end = xml.find("</samlp:Response>").unwrap();
    let signed = &xml[start..end];
    let mut other = response();
    other.assertion.subject = "root@acme.example".into();
    other.assertion.id = "_evil".into();
    let evil = other.assertion.xml("");
    let signature_of = |text: &str| {
        let start = text.find("<ds:Signature ").unwrap();
        let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        text[start..end].to_owned()
    };
    let borrowed = other.assertion.xml(&signature_of(signed));
    for attack in [
        xml.replace(signed, &format!("{evil}{signed}")),
        xml.replace(signed, &format!("{signed}{evil}")),
        xml.replace(signed, &borrowed),
        xml.replace(
            signed,
            &evil.replace("<saml:Subject>", &format!("{signed}<saml:Subject>")),
        ),
        xml.replace(
            "<samlp:Status>",
            &format!("<samlp:Extensions>{signed}</samlp:Extensions><samlp:Status>"),
        )
        .replacen(
            &format!("</samlp:Status>{signed}"),
            &format!("</samlp:Status>{evil}"),
            1,
        ),
        xml.replace("ada@acme.example", "root@acme.example"),
        xml.replace("ada@acme.example", "ada@acme.example<!-- -->.evil.example"),
        xml.replace("ada@acme.example", "ada<!---->@acme.example"),
        xml.replace("ada@acme.example", "<![CDATA[ada@acme.example]]>"),
        xml.replace("ada@acme.example", "&#97;da@acme.example"),
        xml.replace("<saml:AttributeValue>Finance</saml:AttributeValue>", ""),
        xml.replace("Finance", "Owners"),
        xml.replace("rsa-sha256", "hmac-sha256"),
        xml.replace("<ds:SignatureValue>", "<ds:SignatureValue> "),
        xml.replace("URI=\"#_assertion\"", "URI=\"\""),
        xml.replace("status:Success", "status:Responder"),
        xml.replace("_response", "_response\" Consent=\"x"),
        format!("{xml}{signed}"),
        format!("{xml}\n"),
    ] {
        assert_ne!(attack, xml);
        refused(&attack, &key);
    }
}

#[test]
fn documents_that_attack_a_parser_are_refused_before_there_is_one() {
    let key = key();
    let xml = response().signed(&key);
    let nested = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    for attack in [
        format!("<?xml version=\"1.0\"?>{xml}"),
        format!("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">{xml}"),
        format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"http://localhost/\">]>{xml}"),
        format!("<?xml-stylesheet href=\"http://localhost/\"?>{xml}"),
        xml.replace("ada@", "&e;@"),
        xml.replace("<samlp:Status>", &format!("{nested}<samlp:Status>")),
        nested,
        xml.repeat(200),
        "<".into(),
        String::new(),
    ] {
        refused(&attack, &key);
    }
}
