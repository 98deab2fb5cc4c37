//! How every page looks: plain, without script, readable in light and dark, and by a screen reader.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
:root{color-scheme:light dark;--accent:#3250d8;--bad:#b3261e;--line:#8a8f98;--card:#fff;--page:#f3f4f7;--text:#1b1d22}
@media(prefers-color-scheme:dark){:root{--accent:#9db0ff;--bad:#ffb4ab;--line:#7b808a;--card:#1e2026;--page:#131418;--text:#e8e9ed}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:26rem;margin:8vh auto;padding:2rem;background:var(--card);border-radius:.75rem}
main.wide{max-width:52rem}h1{font-size:1.35rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:1.5rem 0 .25rem}
p{margin:.25rem 0 1rem;overflow-wrap:anywhere}label{display:block;font-weight:600;margin-top:1rem}
input:not([type=checkbox]),select{width:100%;padding:.6rem .7rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.4rem}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
button,a.button{display:block;width:100%;margin-top:1rem;padding:.65rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;border-radius:.4rem;border:1px solid var(--accent);background:var(--accent);color:var(--card);cursor:pointer}
a.button,button.quiet{background:transparent;color:var(--accent)}a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.error{color:var(--bad);font-weight:600}.hint{font-size:.9rem;opacity:.85}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere}article{border-top:1px solid var(--line);padding:1rem 0}
";

/// A whole page around `content`, which begins with its `h1`.
pub(crate) fn page(title: &str, content: &Markup) -> Markup {
    framed(title, "", content)
}

/// As [`page`], for tables and letters.
pub(crate) fn wide_page(title: &str, content: &Markup) -> Markup {
    framed(title, "wide", content)
}

fn framed(title: &str, class: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · sandbox" }
                style { (PreEscaped(STYLE)) }
            }
            body { main class=(class) { (content) } }
        }
    }
}

/// No `form-action` in the policy: browsers apply it to the redirects after the form too, and those end at the
/// application.
pub(crate) fn respond(status: StatusCode, page: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(ContentType::html())
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}

/// One labelled input; its error, if any, is announced with it.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) autocomplete: &'a str,
    pub(crate) value: &'a str,
    pub(crate) hint: Option<&'a str>,
    pub(crate) error: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// An empty one for a text that no browser knows.
    pub(crate) fn text(
        name: &'a str,
        label: &'a str,
        hint: &'a str,
        error: Option<&'a str>,
    ) -> Self {
        Self {
            name,
            label,
            kind: "text",
            autocomplete: "off",
            value: "",
            hint: Some(hint),
            error,
        }
    }

    pub(crate) fn render(&self) -> Markup {
        let error_id = format!("{}-error", self.name);
        let hint_id = format!("{}-hint", self.name);
        let described: Vec<&str> = [(self.error, &error_id), (self.hint, &hint_id)]
            .into_iter()
            .filter_map(|(text, id)| text.map(|_| id.as_str()))
            .collect();
        let described = Some(described.join(" ")).filter(|ids| !ids.is_empty());
        html! {
            label for=(self.name) { (self.label) }
            input id=(self.name) name=(self.name) type=(self.kind) value=(self.value) autocomplete=(self.autocomplete)
                required aria-invalid=[self.error.map(|_| "true")] aria-describedby=[described];
            @if let Some(hint) = self.hint { span.hint id=(hint_id) { (hint) } }
            @if let Some(error) = self.error { p.error id=(error_id) role="alert" { (error) } }
        }
    }
}
