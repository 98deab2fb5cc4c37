use chrono::TimeDelta;

use super::*;

fn certificate() -> String {
    let mut der = vec![0x30];
    der.resize(300, 7);
    STANDARD.encode(der)
}

fn role(certificate: &str, location: &str) -> String {
    format!(
        r#"<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <md:KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
  <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>
    <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
  <md:SingleSignOnService Binding="{REDIRECT}" Location="{location}"/>
</md:IDPSSODescriptor>"#
    )
}

fn entity(inner: &str) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="{METADATA}" xmlns:ds="{SIGNATURE}" entityID="https://idp.example">{inner}</md:EntityDescriptor>"#
    )
}

fn good() -> String {
    entity(&role(&certificate(), "https://idp.example/sso?a=1&amp;b=2"))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_251_600, 0).unwrap()
}

fn told(document: &str) -> Result<Map<String, Value>, Refused> {
    metadata(&Fetcher::new(Vec::new()), document.as_bytes(), None, now())
}

#[test]
fn good_metadata_tells_where_to_go_and_whose_signature_to_expect() {
    for document in [
        good(),
        format!("\u{feff}<?xml version=\"1.0\"?>\n<!-- ours -->{}", good()),
    ] {
        let told = told(&document).unwrap();
        assert_eq!(told["signInEndpoint"], "https://idp.example/sso?a=1&b=2");
        let pem = told["signingCert"].as_str().unwrap();
        assert!(
            pem.starts_with("-----BEGIN CERTIFICATE-----\nMAcH"),
            "{pem}"
        );
    }
}

/// While a provider exchanges its certificate, its document has the old one and the new one.
#[test]
fn of_several_certificates_the_administrator_says_which_one_signs() {
    let (old, new) = (certificate(), certificate().replace("BwcH", "CAgI"));
    assert_ne!(old, new);
    let key = |certificate: &str| {
        format!(
            r#"<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"#
        )
    };
    let role = role(&old, "https://idp.example/sso");
    let with = |other: &str| {
        let role = role.replacen(
            "<md:SingleSignOn",
            &format!("{}<md:SingleSignOn", key(other)),
            1,
        );
        entity(&role)
    };
    let fetcher = Fetcher::new(Vec::new());
    let told = |document: &str, chosen: Option<&str>| {
        metadata(&fetcher, document.as_bytes(), chosen, now())
    };
    let (both, twice) = (with(&new), with(&old));
    assert_eq!(told(&both, None), Err(Refused::SeveralCertificates));
    assert!(told(&twice, None).is_ok(), "one and the same is one");
    for chosen in [&old, &new] {
        for spelt in [
            chosen.clone(),
            pem(chosen),
            pem(chosen).replace('\n', "\r\n"),
        ] {
            let told = told(&both, Some(&spelt)).unwrap();
            assert_eq!(told["signingCert"], pem(chosen));
        }
    }
    let other = certificate().replace("BwcH", "CQkJ");
    assert_eq!(told(&both, Some(&other)), Err(Refused::OtherCertificate));
    assert_eq!(told(&twice, Some(&new)), Err(Refused::OtherCertificate));
    assert_eq!(
        federation_metadata(&fetcher, both.as_bytes(), now()),
        Ok(())
    );
}

/// S02: what has ever been sent to a parser of XML to have it read, call or eat something.
#[test]
fn documents_that_attack_the_parser_are_refused() {
    let body = good();
    let nested = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let bomb: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let attacks = [
        format!("<!DOCTYPE x SYSTEM \"https://evil.example/x.dtd\">{body}"),
        format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{body}"),
        format!("<!DOCTYPE x [<!ENTITY % p SYSTEM \"https://evil.example/p\"> %p;]>{body}"),
        format!("<!DOCTYPE l [<!ENTITY l0 \"lol\">{bomb}]>{body}"),
        format!("<!DOCTYPE x>{body}"),
        format!("<?xml-stylesheet href=\"https://evil.example/x.xsl\"?>{body}"),
        entity(&format!(
            "{}&e;",
            role(&certificate(), "https://idp.example/sso")
        )),
        entity(&format!(
            "{}&#x26;e;",
            role("&e;", "https://idp.example/sso")
        )),
        entity(&role(&certificate(), "https://idp.example/&e;")),
        entity(&format!(
            "{nested}{}",
            role(&certificate(), "https://idp.example/sso")
        )),
        entity(&"<a/>".repeat(20_000)),
        entity(&format!(
            "<![CDATA[{}]]>",
            role(&certificate(), "https://idp.example/sso")
        )),
        body.replace("</md:EntityDescriptor>", ""),
        body.replace("entityID=", "entityID=\"x\" entityID="),
        format!("{body}{}", "x".repeat(MAX_DOCUMENT)),
        "<".into(),
        String::new(),
    ];
    for attack in attacks {
        let refused = told(&attack);
        assert!(refused.is_err(), "{}", &attack[..attack.len().min(200)]);
    }
    let binary = metadata(
        &Fetcher::new(Vec::new()),
        &[0xff, 0xfe, 0x00, 0x3c],
        None,
        now(),
    );
    assert!(binary.is_err());
}

/// Signature wrapping: what is signed and what is read must be one and the same.
#[test]
fn there_is_one_entity_with_one_role() {
    let role = role(&certificate(), "https://idp.example/sso");
    let one = entity(&role);
    for (document, why) in [
        (entity(&format!("{role}{one}")), "outermost"),
        (format!("{one}{one}"), "outermost"),
        (
            entity(&format!("<md:Extensions>{one}</md:Extensions>{role}")),
            "outermost",
        ),
        (
            format!("<md:EntitiesDescriptor xmlns:md=\"{METADATA}\">{one}</md:EntitiesDescriptor>"),
            "outermost",
        ),
        (one.replace(METADATA, "urn:another"), "outermost"),
        (entity(&format!("{role}{role}")), "IDPSSODescriptor"),
        (entity(""), "IDPSSODescriptor"),
    ] {
        let refused = told(&document).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}: {document}");
    }
}

#[test]
fn it_needs_a_certificate_and_an_address_outside() {
    let address = "https://idp.example/sso";
    for certificate in ["", "AAAA", "not base64 at all!"] {
        let refused = told(&entity(&role(certificate, address))).unwrap_err();
        assert!(refused.to_string().contains("certificate"), "{refused}");
    }
    for inside in [
        "http://idp.example/sso",
        "https://127.0.0.1/sso",
        "https://169.254.169.254/",
        "file:///etc/passwd",
    ] {
        let refused = told(&entity(&role(&certificate(), inside)));
        assert_eq!(refused, Err(Refused::Endpoint), "{inside}");
    }
    let none = good().replace(REDIRECT, "urn:oasis:names:tc:SAML:2.0:bindings:SOAP");
    assert!(
        told(&none)
            .unwrap_err()
            .to_string()
            .contains("SingleSignOnService")
    );
}

#[test]
fn what_says_that_it_is_over_is_not_taken() {
    let (past, now) = (now() - TimeDelta::seconds(1), now());
    let (past, now) = (past.to_rfc3339(), now.to_rfc3339());
    for element in ["EntityDescriptor", "IDPSSODescriptor"] {
        let until = |text: &str| {
            let start = format!("<md:{element} ");
            told(&good().replacen(&start, &format!("{start}validUntil=\"{text}\" "), 1))
        };
        for over in [&past, &now, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5"] {
            assert_eq!(until(over), Err(OVER), "{over}");
        }
        for holds in ["2999-01-01T00:00:00Z", "2999-01-01T00:00:00.000+01:00"] {
            assert!(until(holds).is_ok(), "{holds}");
        }
        assert_eq!(until("tomorrow"), Err(VALIDITY));
    }
}
