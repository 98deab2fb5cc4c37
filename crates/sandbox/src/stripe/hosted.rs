//! The hosted pages: payment and portal. They work without scripts and with a screen reader.

pub(crate) mod pay;
pub(crate) mod portal;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8a8f98; --accent: #4b3fd6; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --accent: #a7a0ff; --bad: #ff9c94 } }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 30rem; margin: 8vh auto; padding: 0 1rem }
.banner { margin: 0; padding: .4rem 1rem; text-align: center; font-size: .875rem; border-bottom: 1px solid var(--line) }
h1 { font-size: 1.5rem; line-height: 1.25 }
dl { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; padding: 1rem 0; border-block: 1px solid var(--line) }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums }
label { display: block; margin-top: 1rem; font-weight: 600 }
input, select { width: 100%; padding: .6rem; font: inherit; border: 1px solid var(--line); border-radius: .4rem }
button { margin: 1.25rem 0; padding: .6rem 1.25rem; font: inherit; font-weight: 600; border: 0; border-radius: .4rem;
  background: var(--accent); color: Canvas; cursor: pointer }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
h2 { font-size: 1.2rem; margin-top: 2rem }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .4rem .5rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
td button { margin: .25rem 0; padding: .25rem .75rem }
.problem { color: var(--bad); font-weight: 600 }
.hint { font-size: .875rem }
.quiet { background: transparent; color: inherit; border: 1px solid var(--line) }
";

fn page(status: StatusCode, title: &str, content: &Markup) -> HttpResponse {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.banner role="note" { "Test mode: a stand-in for Stripe. No money moves." }
                main { (content) }
            }
        }
    };
    HttpResponse::build(status)
        .content_type(ContentType::html())
        // Forms lead back to the merchant by a redirect, so form-action stays open.
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(document.into_string())
}

fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

/// `1234` → `$12.34`, `-1234` → `-$12.34`.
fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}${}.{:02}", cents / 100, cents % 100)
}

/// Where the card's bank asks its owner whether it is they who pay.
fn bank_question(action: &str, method: &str, hidden: &[(&str, &str)]) -> HttpResponse {
    let content = html! {
        h1 { "Confirm that it is you" }
        p { "Your bank asks you to confirm this payment. This is a test page in place of your bank's." }
        form method="post" action=(action) {
            input type="hidden" name="method" value=(method);
            @for (name, value) in hidden {
                input type="hidden" name=(name) value=(value);
            }
            button name="complete" value="true" { "Confirm" }
            " "
            button.quiet name="complete" value="false" { "Refuse" }
        }
    };
    page(StatusCode::OK, "Confirm that it is you", &content)
}
