//! Names that want to be more than names, wherever a mail shows one: as an organization's display name, as the name that
//! an inviter has at their identity provider, and set at Auth0 past us.

use std::collections::BTreeSet;

use chrono::{SubsecRound, TimeDelta};
use domain::{DisplayName, Interval, OrganizationId, PaidTerm, Plan, Role, State, Subscription};
use reqwest::Method;
use serde_json::{Value, json};
use store::{DatabaseRole, Membership, NewCustomer, SubscriptionRecord};
use tests::{Login, Organization, Person, TestApp, eventually, nobodys_organization};

/// What an hour of one organization takes.
const IN_AN_HOUR: usize = 20;

/// What is to be carried into a mail, by kind.
const CORES: [&[&str]; 6] = [
    &[
        "\r\nBcc: victim@evil.example",
        "\nSubject: You have won",
        "\r\n\r\n<p>body</p>",
        "\u{2028}Bcc: x@evil.example",
        "\u{85}X-Evil: 1",
        "\u{b}To: x@evil.example",
    ],
    &[
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\"><svg/onload=alert(1)>",
        "<a href='https://evil.example'>x</a>",
        "</title><b>",
        "＜script＞",
        "<!--",
    ],
    &[
        "{{7*7}}",
        "{{ user.email }}",
        "{% include 'secret' %}",
        "${7*7}",
        "#{7*7}",
        "{{constructor.constructor('x')()}}",
        "｛｛7*7｝｝",
    ],
    &[
        "https://evil.example/login",
        "HTTP://evil.example",
        "www.evil.example",
        "evil.example/login?x=1",
        "//evil.example",
        "javascript:alert(1)",
        "mailto:x@evil.example",
        "ｗｗｗ.evil.example",
        "evil。example/x",
    ],
    &[
        "\u{202e}elpmaxe.live",
        "\u{2066}x\u{2069}",
        "Ac\u{200b}me",
        "A\u{200d}cme",
        "\u{feff}Acme",
        "Ac\u{ad}me",
        "A\u{e0041}cme",
        "\u{200f}Acme",
        "Ac\u{2060}me",
    ],
    &[
        "Pаypal",
        "Αpple",
        "Gооgle Support",
        "Miсrosoft",
        "Аmazon Pay",
        "Ехample Ltd and Sоns",
    ],
];

fn payloads() -> Vec<String> {
    let around: [fn(&str) -> String; 7] = [
        str::to_owned,
        |core| format!("Acme {core}"),
        |core| format!("{core} Ltd"),
        |core| format!("Acme ({core}) GmbH"),
        |core| format!("Bo \"{core}\" Long"),
        |core| format!("Ünïcode & Söhne {core}"),
        |core| format!("  {core}  Acme {}", "x".repeat(70)),
    ];
    let all: BTreeSet<String> = CORES
        .iter()
        .copied()
        .flatten()
        .flat_map(|core| around.iter().map(|around| around(core)))
        .collect();
    assert!(all.len() >= 300, "{}", all.len());
    all.into_iter().collect()
}

/// What in this text a mail program, a template or a reader would take for something else than a name.
fn raw(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let has = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    let is_invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    if text.chars().any(is_invisible) {
        Some("invisible")
    } else if has(&["<", ">", "＜"]) {
        Some("markup")
    } else if has(&["{{", "{%", "${", "#{", "｛｛"]) {
        Some("template")
    } else if has(&[
        "//",
        "www.",
        "ｗｗｗ",
        "evil.example/",
        "evil。",
        "script:",
        "mailto:",
    ]) {
        Some("address")
    } else if has(&["pаypal", "αpple", "gооgle", "miсrosoft", "аmazon", "sоns"]) {
        Some("homoglyph")
    } else {
        (text.chars().count() > 64).then_some("long")
    }
}

async fn mails(app: &TestApp) -> Vec<Value> {
    let mailbox = app.sandbox_get("sandbox/mailbox").await;
    let mails = mailbox["mails"].as_array().expect("mails").clone();
    let is_invitation = |mail: &Value| mail["template"] == "user_invitation";
    mails.into_iter().filter(is_invitation).collect()
}

fn text<'a>(mail: &'a Value, field: &str) -> &'a str {
    mail[field].as_str().expect("a text")
}

/// One line in the subject, and HTML in which nothing but the letter's own is markup.
fn assert_harmless(mail: &Value, payload: &str) {
    let (subject, html) = (text(mail, "subject"), text(mail, "html"));
    assert!(
        !subject.chars().any(char::is_control),
        "{payload:?}: {subject:?}"
    );
    for markup in [
        "<script",
        "<img src=x",
        "<svg",
        "<a href='",
        "</title><b>",
        "<!--",
        "<p>body",
    ] {
        assert!(!html.contains(markup), "{payload:?}: {html}");
    }
    // The first line begins with the name; another one that does was begun by it.
    for line in text(mail, "text").lines().skip(1) {
        let begins = |header: &str| line.starts_with(header);
        assert!(
            !["Bcc:", "Subject:", "To:", "X-Evil:"]
                .into_iter()
                .any(begins),
            "{payload:?}: {line}"
        );
    }
    // The joiners hide nothing by themselves, and some scripts need them.
    let seen = subject.replace(['\u{200c}', '\u{200d}'], "");
    assert_ne!(raw(&seen), Some("invisible"), "{payload:?}: {subject:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_organization_is_called_what_is_more_than_a_name() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    for payload in payloads() {
        let answer = app.rename(&acme, &payload).await;
        if answer.status.as_u16() == 200 {
            let kept = answer.json()["display_name"].as_str().map(str::to_owned);
            let kept = kept.expect("a name");
            assert_eq!(raw(&kept), None, "{payload:?} became {kept:?}");
        } else {
            answer
                .assert_problem(422, "invalid_request")
                .assert_field("display_name");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_inviter_brings_more_than_a_name_into_a_mail() {
    let app = TestApp::start().await;
    let mut acme = app.organization_of("enterprise").await;
    for (hour, payloads) in payloads().chunks(IN_AN_HOUR).enumerate() {
        invite_under(&app, &acme, hour, payloads).await;
        app.settled().await;
        app.advance("PT2H").await;
        acme.token = app.enter(&acme, &acme.admin).await;
    }
    let mails = mails(&app).await;
    assert!(mails.len() >= 300, "{} mails", mails.len());
    for mail in &mails {
        assert_harmless(mail, text(mail, "text"));
        let first = text(mail, "text").lines().next().expect("a line");
        let inviter = first.split(" has invited you").next().expect("a name");
        assert_eq!(raw(inviter), None, "{first:?}");
    }
}

/// One invitation, for an hour, under each of these names.
async fn invite_under(app: &TestApp, acme: &Organization, hour: usize, names: &[String]) {
    let mut admin = app.database.admin().await;
    for (nth, name) in names.iter().enumerate() {
        sqlx::query("update app.memberships set name = $1 where org_id = $2 and user_id = $3")
            .bind(name)
            .bind(&acme.id)
            .bind(&acme.admin.user_id)
            .execute(&mut admin)
            .await
            .expect("the copy of the profile");
        let email = format!("invitee-{hour}-{nth}@acme.example");
        let body = json!({
            "invitees": [{ "email": email, "roles": ["org_member"] }], "ttl_seconds": 3600,
        });
        let path = format!("/v1/orgs/{}/invitations", acme.id);
        app.post(&path, &acme.token, &body).await.assert_status(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_at_auth0_past_us_is_escaped_in_its_mail() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let organization = format!("organizations/{}", acme.id);
    let all = payloads();
    for payload in all.iter().filter(|payload| payload.len() <= 255) {
        app.at_auth0(
            Method::PATCH,
            &organization,
            json!({ "display_name": payload }),
        )
        .await;
        let invitation = json!({
            "inviter": { "name": payload }, "invitee": { "email": "bo@acme.example" },
            "client_id": "tenantry-console",
        });
        app.at_auth0(
            Method::POST,
            &format!("{organization}/invitations"),
            invitation,
        )
        .await;
        assert_harmless(&mails(&app).await[0], payload);
    }
}

/// An organization of this name, whose plan ends tomorrow, with a member of this name who has just broken the glass: the
/// two letters of our own that name anybody are on their way to this person.
async fn write_of(app: &TestApp, to: &Person, nth: usize, name: &str) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let id: OrganizationId = nobodys_organization().parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    let now = app.sandbox.clock().now();
    let customer = NewCustomer {
        name: format!("named-{nth}").parse().expect("a name"),
        // As it is read back when it was set at Auth0.
        display_name: DisplayName::kept(name.to_owned()),
        conversion: None,
        created_at: now,
    };
    tx.insert_customer(&customer).await.expect("a customer");
    let term = PaidTerm {
        interval: Interval::Year,
        seats: 100,
        paid_until: (now + TimeDelta::hours(20)).trunc_subsecs(0),
    };
    let state = State::Active {
        term,
        cancel_at_period_end: true,
    };
    let plan = Plan::Enterprise;
    let record = SubscriptionRecord::new(Subscription { plan, state });
    let ends_at = record.subscription.ends_at();
    tx.save_subscription(&record).await.expect("a subscription");
    let member = Membership {
        person: domain::Person {
            issuer: app.sandbox.base_url().parse().expect("an issuer"),
            user_id: format!("auth0|named-{nth}").parse().expect("an id"),
        },
        roles: vec![Role::OrgAdmin],
        email: Some(name.to_owned()),
        name: Some(name.to_owned()),
        picture: None,
        connection: None,
        joined_at: now,
        last_seen_at: None,
    };
    tx.save_membership(&member).await.expect("a member");
    let reminder = json!({ "kind": "plan_ends", "ends_at": ends_at, "user_id": to.user_id });
    let glass = json!({
        "to": to.user_id, "user_id": member.person.user_id, "by_support": false, "reason": "Okta is down.",
        "at": now, "until": now + TimeDelta::hours(1),
    });
    let mut mails = vec![("glass_mail", glass)];
    if has_reminder(nth) {
        mails.push(("reminder_mail", reminder));
    }
    for (kind, payload) in mails {
        let queued = tx.enqueue(kind, kind, &payload, now).await;
        queued.expect("it is queued");
    }
    tx.commit().await.expect("it is committed");
}

/// The mailbox keeps five hundred.
fn has_reminder(nth: usize) -> bool {
    nth.is_multiple_of(2)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_brings_more_than_a_name_into_our_own_letters() {
    let app = TestApp::start().await;
    let to = app.visitor().await;
    let all = payloads();
    for (nth, payload) in all.iter().enumerate() {
        write_of(&app, &to, nth, payload).await;
    }
    let reminders = (0..all.len()).filter(|nth| has_reminder(*nth)).count();
    let expected = all.len() + reminders;
    let (mut most, mut letters) = (0, Vec::new());
    while letters.len() < expected {
        letters = eventually("more letters", || async {
            let letters = letters_to(&app, &to).await;
            (letters.len() > most).then_some(letters)
        })
        .await;
        most = letters.len();
    }
    assert_eq!(letters.len(), expected);
    let own = &app.variables["APP_LOGIN_URL"];
    for letter in letters {
        let (subject, body) = (text(&letter, "subject"), text(&letter, "text"));
        assert!(subject.starts_with("Tenantry: "), "{subject:?}");
        let body = body.replace(own, "").replace(['\r', '\n'], " ");
        for said in [subject, &body] {
            let found = raw(said).filter(|kind| *kind != "long");
            assert_eq!(found, None, "{said:?}");
        }
    }
}

async fn letters_to(app: &TestApp, to: &Person) -> Vec<Value> {
    let mailbox = app.sandbox_get("sandbox/mailbox").await;
    let mails = mailbox["mails"].as_array().expect("mails").clone();
    let is_theirs = |mail: &Value| mail["template"] == "smtp" && mail["to"] == to.email.as_str();
    mails.into_iter().filter(is_theirs).collect()
}

/// The Actions are handed the names, and tell the same of whoever bears them.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_somebody_is_called_their_login_says_the_same() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let says = |login: Login| {
        let mut said = login.access;
        for of_this_login in [
            "exp",
            "iat",
            "jti",
            "sid",
            "https://tenantry.dev/authenticated_at",
        ] {
            said.as_object_mut().expect("claims").remove(of_this_login);
        }
        (said, login.id_token["org_id"].clone())
    };
    let login = || app.log_in(&acme.admin, Some(&acme.id));
    let expected = says(login().await.expect("they come in"));
    let user = format!("users/{}", acme.admin.user_id.replace('|', "%7C"));
    let organization = format!("organizations/{}", acme.id);
    for name in CORES.iter().copied().flatten() {
        let display_name = json!({ "display_name": name });
        app.at_auth0(Method::PATCH, &organization, display_name)
            .await;
        let named =
            json!({ "name": name, "given_name": name, "family_name": name, "nickname": name });
        app.at_auth0(Method::PATCH, &user, named).await;
        let login = login()
            .await
            .unwrap_or_else(|page| panic!("{name:?}: {page}"));
        let path = format!("/v1/orgs/{}", acme.id);
        app.get(&path, Some(&login.token)).await.assert_status(200);
        assert_eq!(says(login), expected, "{name:?}");
    }
}
