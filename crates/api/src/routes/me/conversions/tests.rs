use domain::{ConversionId, Interval, Person, Plan};
use uuid::Uuid;

use super::*;

fn conversion(plan: Plan, step: ConversionStep) -> Conversion {
    let at = "2026-11-21T09:00:00Z".parse().unwrap();
    Conversion {
        id: ConversionId::from(Uuid::nil()),
        person: Person {
            issuer: "https://tenant.example.com/".parse().unwrap(),
            user_id: "auth0|ada".parse().unwrap(),
        },
        plan,
        interval: Interval::Month,
        seats: 5,
        lookup_key: "tenantry_team_month".to_owned(),
        wanted_name: Some("acme".parse().unwrap()),
        display_name: None,
        keep_projects_personal: false,
        step,
        try_no: 0,
        auth0_org_id: Some("org_0123456789abcdef".parse().unwrap()),
        stripe_customer_id: None,
        checkout_session_id: None,
        stripe_subscription_id: None,
        checkout_url: Some("https://pay.example.com/1".to_owned()),
        paid_until: None,
        fence: 0,
        last_error: None,
        created_at: at,
        updated_at: at,
    }
}

fn body(step: ConversionStep) -> ConversionBody {
    conversion(Plan::Team, step).into()
}

#[test]
fn the_payment_page_is_shown_until_it_is_paid() {
    assert!(body(ConversionStep::Requested).checkout_url.is_some());
    assert!(body(ConversionStep::Paid).checkout_url.is_none());
}

#[test]
fn the_next_thing_to_do_is_told() {
    assert_eq!(
        (
            body(ConversionStep::Requested).step,
            body(ConversionStep::Requested).needs
        ),
        ("requested", Some("payment"))
    );
    assert_eq!(
        (
            body(ConversionStep::Paid).step,
            body(ConversionStep::Paid).needs
        ),
        ("activation", Some("name"))
    );
    assert_eq!(
        (
            body(ConversionStep::RoleSet).step,
            body(ConversionStep::RoleSet).needs
        ),
        ("provisioning", None)
    );
}

#[test]
fn an_organization_is_told_once_one_can_log_in_to_it() {
    let org_id = |step| body(step).organization.unwrap().org_id;
    assert_eq!(org_id(ConversionStep::RoleSet), None);
    assert_eq!(
        org_id(ConversionStep::Done).as_deref(),
        Some("org_0123456789abcdef")
    );
    assert_eq!(org_id(ConversionStep::Cancelled), None);
}

#[test]
fn a_name_that_was_taken_is_shown_with_its_suffix() {
    let taken = Conversion {
        try_no: 2,
        ..conversion(Plan::Team, ConversionStep::Done)
    };
    let name = ConversionBody::from(taken)
        .organization
        .unwrap()
        .name
        .unwrap();
    assert_eq!(name, "acme-00000000-2");
}

#[test]
fn a_personal_plan_has_no_organization() {
    assert!(
        ConversionBody::from(conversion(Plan::Personal, ConversionStep::Done))
            .organization
            .is_none()
    );
}
