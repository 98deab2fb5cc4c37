//! Names that want to be more than names, wherever a mail shows one: as an organization's display name, as the name that
//! an inviter has at their identity provider, and set at Auth0 past us.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Organization, TestApp};

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
