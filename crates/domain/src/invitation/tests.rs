use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_251_600 + seconds, 0).unwrap()
}

fn email(text: &str) -> Result<String, InvalidEmail> {
    text.parse::<InviteeEmail>().map(String::from)
}

#[test]
fn an_address_is_kept_in_lower_case() {
    assert_eq!(
        email(" Bo.O'Hara+x@Acme.Example ").as_deref(),
        Ok("bo.o'hara+x@acme.example")
    );
    assert!(email("x@xn--bcher-kva.example").is_ok());
}

#[test]
fn what_is_no_address_is_refused() {
    let long = format!("{}@example.com", "a".repeat(65));
    for wrong in [
        "",
        "bo",
        "@acme.example",
        "bo@",
        "bo@acme",
        "bo@acme.example.",
        "bo@.example",
        "bo@-acme.example",
        "b o@acme.example",
        "bo@acme.example\r\nBcc: x@y.example",
        "bo@acme.example,x@y.example",
        "<bo@acme.example>",
        "\"bo\"@acme.example",
        "bo..o@acme.example",
        "bö@acme.example",
        "bo@аcme.example",
        "bo@acme.example\u{202e}",
        &long,
    ] {
        assert_eq!(email(wrong), Err(InvalidEmail::Shape), "{wrong:?}");
    }
    let longest = format!("bo@{}.example", "a.".repeat(122));
    assert_eq!(email(&longest), Err(InvalidEmail::TooLong));
}

#[test]
fn it_expires_by_the_clock_and_only_while_it_is_pending() {
    let by = "auth0|bo".parse().unwrap();
    assert_eq!(State::Pending.status(at(10), at(9)), Status::Pending);
    assert_eq!(State::Pending.status(at(10), at(10)), Status::Expired);
    let accepted = State::Accepted { by, at: at(5) };
    assert_eq!(accepted.status(at(10), at(11)), Status::Accepted);
}

#[test]
fn what_is_accepted_or_revoked_stays_so() {
    let accepted = State::Accepted {
        by: "auth0|bo".parse().unwrap(),
        at: at(5),
    };
    assert_eq!(
        accepted.clone().revoke(at(6)),
        Err(Closed(Status::Accepted))
    );
    assert_eq!(accepted.resend(), Err(Closed(Status::Accepted)));
    let revoked = State::Pending.revoke(at(6)).unwrap();
    assert_eq!(revoked.resend(), Err(Closed(Status::Revoked)));
}

#[test]
fn what_failed_can_be_sent_again() {
    let failed = State::Failed {
        why: Why::Refused,
        at: at(5),
    };
    assert_eq!(failed.resend(), Ok(State::Pending));
}

#[test]
fn only_who_may_invite_gives_roles() {
    for role in Role::ALL {
        let expected: &[Role] = if *role == Role::OrgAdmin {
            Role::ALL
        } else {
            &[]
        };
        assert_eq!(grantable(&[*role], Policies::default()), expected, "{role}");
    }
    assert!(grantable(&[], Policies::default()).is_empty());
}

#[test]
fn where_members_invite_whoever_may_write_gives_the_member_role() {
    let policies = Policies {
        members_can_invite: true,
    };
    for role in Role::ALL {
        let expected: &[Role] = match role {
            Role::OrgAdmin => Role::ALL,
            Role::OrgMember | Role::OrgBilling => &[Role::OrgMember],
            Role::OrgReadonly => &[],
        };
        assert_eq!(grantable(&[*role], policies), expected, "{role}");
    }
    assert!(grantable(&[], policies).is_empty());
}

#[test]
fn a_policy_does_not_widen_what_may_only_be_read() {
    let policies = Policies {
        members_can_invite: true,
    };
    let reads = |permission: Permission| !permission.writes();
    let needed = Permission::InvitationsRead;
    assert_eq!(Reach::of(reads, needed, policies), Some(Reach::All));
    let needed = Permission::InvitationsWrite;
    assert_eq!(Reach::of(reads, needed, policies), None);
    let bills = |permission| permission == Permission::BillingWrite;
    assert_eq!(Reach::of(bills, needed, policies), Some(Reach::Own));
    assert_eq!(Reach::of(bills, needed, Policies::default()), None);
}

#[test]
fn at_acceptance_roles_come_down_to_what_the_inviter_may_give() {
    use Role::{OrgAdmin, OrgBilling, OrgMember};
    assert_eq!(granted(&[OrgBilling], Role::ALL), Some(vec![OrgBilling]));
    assert_eq!(granted(&[OrgAdmin], &[OrgMember]), Some(vec![OrgMember]));
    assert_eq!(granted(&[OrgMember], &[]), None);
}

#[test]
fn the_limit_is_exact() {
    let limit = Limit {
        at_most: 3,
        within: TimeDelta::seconds(60),
    };
    assert_eq!(limit.wait(&[], 3, at(0)), None);
    assert_eq!(limit.wait(&[at(0), at(1)], 1, at(2)), None);
    let two = [at(0), at(1)];
    assert_eq!(limit.wait(&two, 2, at(2)), Some(TimeDelta::seconds(58)));
    assert_eq!(limit.wait(&two, 3, at(2)), Some(TimeDelta::seconds(59)));
    assert_eq!(limit.wait(&two, 2, at(60)), None);
    assert_eq!(limit.wait(&[], 4, at(0)), Some(TimeDelta::seconds(60)));
}
