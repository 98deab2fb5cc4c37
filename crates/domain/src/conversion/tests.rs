use std::collections::HashSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id() -> impl Strategy<Value = ConversionId> {
    any::<u128>().prop_map(|bits| ConversionId::from(Uuid::from_u128(bits)))
}

fn wanted() -> impl Strategy<Value = OrganizationName> {
    let text = "[a-z0-9][a-z0-9_-]{0,48}[a-z0-9]|[a-z0-9]";
    text.prop_filter_map("no name", |text| OrganizationName::imported(text).ok())
}

fn wanted_by(text: &str) -> OrganizationName {
    text.parse().unwrap()
}

fn known_id() -> ConversionId {
    "01923f00-0000-7000-8000-0000deadbeef".parse().unwrap()
}

#[test]
fn first_try_is_the_wanted_name() {
    assert_eq!(
        candidate_name(&wanted_by("acme"), known_id(), 0).as_ref(),
        "acme"
    );
}

#[test]
fn later_tries_bear_the_conversion_and_the_number() {
    assert_eq!(
        candidate_name(&wanted_by("acme"), known_id(), 2).as_ref(),
        "acme-deadbeef-2"
    );
}

#[test]
fn long_name_is_cut_without_a_dangling_separator() {
    let wanted = wanted_by(&format!("{}-_{}", "a".repeat(37), "b".repeat(11)));
    let expected = format!("{}-deadbeef-1", "a".repeat(37));
    assert_eq!(candidate_name(&wanted, known_id(), 1).as_ref(), expected);
}

#[test]
fn wanted_name_that_imitates_a_later_try_is_told_apart() {
    let wanted = wanted_by(&format!("{}-deadbeef-1", "a".repeat(39)));
    let expected = format!("{}-deadbeef-0", "a".repeat(39));
    assert_eq!(candidate_name(&wanted, known_id(), 1).as_ref(), expected);
}

proptest! {
    #[test]
    fn every_try_has_a_valid_name_of_its_own(wanted in wanted(), id in id(), imitated in 0_u32..40) {
        for wanted in [candidate_name(&wanted, id, imitated), wanted] {
            let names: Vec<_> = (0..40).map(|try_no| candidate_name(&wanted, id, try_no)).collect();
            for name in &names {
                prop_assert!(OrganizationName::imported(name.to_string()).is_ok(), "{name}");
            }
            prop_assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        }
    }

    #[test]
    fn no_number_is_too_large(wanted in wanted(), id in id(), try_no in any::<u32>()) {
        prop_assert!(candidate_name(&wanted, id, try_no).as_ref().len() <= OrganizationName::MAX_CHARS);
    }
}

#[test]
fn steps_keep_their_words() {
    for step in ConversionStep::ALL {
        assert_eq!(step.as_str().parse(), Ok(*step));
    }
    assert_eq!(
        "paid ".parse::<ConversionStep>(),
        Err(UnknownConversionStep)
    );
}
