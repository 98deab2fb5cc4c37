use std::str::FromStr;

use super::*;

#[test]
fn a_program_is_nobodys_login() {
    let issuer: Issuer = "https://acme.eu.auth0.com/".parse().unwrap();
    let program = Person::client(&issuer, "back-office").unwrap();
    assert_eq!(program.client_id(), Some("back-office"));
    assert_ne!(program.issuer, issuer);
    let login = Person {
        issuer,
        user_id: program.user_id,
    };
    assert_eq!(login.client_id(), None, "a login that looks like it");
}

fn accepts<T: FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

#[test]
fn organization_id_has_one_shape() {
    assert!(accepts::<OrganizationId>("org_0123456789abcDEF"));
    for wrong in [
        "",
        "org_",
        "org_0123456789abcde",
        "org_0123456789abcdef0",
        "ORG_0123456789abcdef",
        "org_0123456789abcde-",
        "org_0123456789abcde\0",
        "org_0123456789abcdé",
        " org_0123456789abcdef",
        "org_0123456789abcdef\n",
    ] {
        assert!(!accepts::<OrganizationId>(wrong), "{wrong:?}");
    }
}

#[test]
fn individual_id_comes_from_a_uuid() {
    let uuid = Uuid::from_u128(0x0192_3f00_0000_7000_8000_0000_0000_00ab);
    let id = IndividualId::from_uuid(uuid);
    assert_eq!(id.as_ref(), "ind_01923f000000700080000000000000ab");
    assert_eq!(id.to_string().parse(), Ok(id));
}

#[test]
fn individual_id_is_lower_case_hexadecimal() {
    for wrong in [
        "ind_01923F000000700080000000000000AB",
        "ind_01923f00-0000-7000-8000-0000000000ab",
        "ind_01923f000000700080000000000000a",
        "ind_01923f000000700080000000000000ag",
    ] {
        assert!(!accepts::<IndividualId>(wrong), "{wrong:?}");
    }
}

#[test]
fn user_id_names_connection_and_id() {
    assert!(accepts::<UserId>("auth0|64f0c0ffee64f0c0ffee64f0"));
    assert!(accepts::<UserId>("samlp|acme|Jörg Müller@example.com"));
    assert!(accepts::<UserId>(&format!("a|{}", "é".repeat(1022))));
    for wrong in [
        "",
        "auth0",
        "client@clients",
        "|",
        "|x",
        "auth0|",
        "auth0|a\nb",
    ] {
        assert!(!accepts::<UserId>(wrong), "{wrong:?}");
    }
    assert!(!accepts::<UserId>(&format!("a|{}", "é".repeat(1023))));
}

#[test]
fn issuer_is_an_absolute_url_with_a_slash_at_its_end() {
    for right in [
        "https://acme.eu.auth0.com/",
        "http://localhost:4400/",
        "https://id.example/tenant/",
    ] {
        assert!(accepts::<Issuer>(right), "{right:?}");
    }
    for wrong in [
        "https://acme.eu.auth0.com",
        "acme.eu.auth0.com/",
        "ftp://acme.eu.auth0.com/",
        "https:///",
        "https://:443/",
        "https://user@acme.example/",
        "https://acme.example/?a=/",
        "https://acme.example/#/",
        "https://acme example/",
    ] {
        assert!(!accepts::<Issuer>(wrong), "{wrong:?}");
    }
}

#[test]
fn tenant_id_is_an_organization_or_an_individual() {
    for text in [
        "org_0123456789abcdef",
        "ind_01923f000000700080000000000000ab",
    ] {
        assert_eq!(
            text.parse::<TenantId>().map(|id| id.to_string()).as_deref(),
            Ok(text)
        );
    }
    assert_eq!("acme".parse::<TenantId>(), Err(InvalidId::Tenant));
    assert_eq!("org_acme".parse::<TenantId>(), Err(InvalidId::Organization));
    assert_eq!("ind_acme".parse::<TenantId>(), Err(InvalidId::Individual));
}

#[test]
fn uuid_has_one_spelling() {
    assert!(accepts::<ProjectId>("01923f00-0000-7000-8000-0000000000ab"));
    for wrong in [
        "01923f000000700080000000000000ab",
        "01923F00-0000-7000-8000-0000000000AB",
        "{01923f00-0000-7000-8000-0000000000ab}",
        "urn:uuid:01923f00-0000-7000-8000-0000000000ab",
        "1",
    ] {
        assert!(!accepts::<ProjectId>(wrong), "{wrong:?}");
    }
}
