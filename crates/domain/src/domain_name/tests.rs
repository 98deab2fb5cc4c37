use super::*;

fn refusal(text: &str) -> InvalidDomain {
    DomainName::parse(text).expect_err(text)
}

#[test]
fn a_domain_is_kept_in_lower_case_and_in_ascii() {
    for (text, kept) in [
        ("acme.example", "acme.example"),
        ("ACME.Example.", "acme.example"),
        ("login.acme.co.uk", "login.acme.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("Straße.example", "xn--strae-oqa.example"),
        ("acme。example", "acme.example"),
    ] {
        assert_eq!(DomainName::parse(text).unwrap().as_ref(), kept, "{text}");
    }
}

#[test]
fn what_is_no_domain_is_refused() {
    let long = format!("{}.example", ["abcdefghij"; 22].join("."));
    for text in [
        "",
        ".",
        "acme..example",
        ".acme.example",
        "-acme.example",
        "acme-.example",
        "ac me.example",
        "a_b.example",
        "acme.example/",
        "http://acme.example",
        "ada@acme.example",
        "*.acme.example",
        "xn--a.example",
        "acme.example\u{0}",
        "acme.example:53x",
        &long,
    ] {
        let refusal = refusal(text);
        let expected = [InvalidDomain::Malformed, InvalidDomain::Address];
        assert!(expected.contains(&refusal), "{text}: {refusal:?}");
    }
}

#[test]
fn an_address_is_refused_in_every_spelling() {
    for text in [
        "127.0.0.1",
        "10.1",
        "0x7f.0.0.1",
        "017700000001",
        "1.0x7f",
        "::1",
        "[::1]",
        "１２７.0.0.1",
    ] {
        assert_eq!(refusal(text), InvalidDomain::Address, "{text}");
    }
}

#[test]
fn a_label_alone_and_a_public_suffix_are_refused() {
    assert_eq!(refusal("localhost"), InvalidDomain::SingleLabel);
    assert_eq!(refusal("com."), InvalidDomain::SingleLabel);
    for text in ["co.uk", "github.io", "公司.cn", "xn--55qx5d.cn"] {
        assert_eq!(refusal(text), InvalidDomain::PublicSuffix, "{text}");
    }
    assert!(DomainName::parse("acme.github.io").is_ok());
}

#[test]
fn public_mail_and_what_looks_like_it_are_refused() {
    for text in [
        "gmail.com",
        "GMail.com",
        "mx.gmail.com",
        "outlook.com",
        "web.de",
    ] {
        assert_eq!(refusal(text), InvalidDomain::PublicMail, "{text}");
    }
    // An i without a dot, a Cyrillic о, and r and n in place of m.
    for text in [
        "gmaıl.com",
        "оutlооk.com",
        "grnail.com",
        "g00glemail.com",
        "hotmai1.com",
    ] {
        assert_eq!(refusal(text), InvalidDomain::LookAlike, "{text}");
    }
}

#[test]
fn names_that_people_take_for_each_other_look_the_same() {
    let look = |text: &str| DomainName::parse(text).unwrap().look();
    // The first letter is Cyrillic.
    assert_eq!(look("аcme.example"), look("acme.example"));
    assert_eq!(look("login.acrne.example"), look("acme.example"));
    assert_ne!(look("acme.example"), look("acne.example"));
    assert_ne!(look("acme.example"), look("acme.test"));
}

#[test]
fn the_proof_lies_below_the_domain() {
    let name = DomainName::parse("acme.example").unwrap();
    assert_eq!(name.challenge_host(), "_tenantry-challenge.acme.example");
}

#[test]
fn every_provider_of_the_list_is_a_registrable_domain_in_ascii() {
    for provider in public_mail() {
        assert_eq!(psl::domain_str(provider), Some(provider));
        assert_eq!(idna::domain_to_ascii_strict(provider).unwrap(), provider);
    }
}
