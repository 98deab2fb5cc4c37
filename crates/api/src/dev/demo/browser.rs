//! As much of a browser as a login needs: cookies, redirects, forms.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, Response};
use url::Url;

use super::failure::Failure;
use super::forms::{Form, alert, forms, links};

const MAX_REDIRECTS: usize = 15;

/// An HTTP client that follows nothing by itself and gives up after ten seconds.
pub(super) fn http_client() -> Result<reqwest::Client, Failure> {
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(Duration::from_secs(10))
        .no_proxy()
        .build();
    client.map_err(|error| Failure::new(format!("no HTTP client: {error}")))
}

/// One person's browser. Everything is on localhost, so one jar without domains and paths is enough.
pub struct Browser {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

/// Where a request ended after its redirects.
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub body: String,
}

impl Page {
    /// The first form that asks for one of these fields.
    pub(super) fn form_with(&self, fields: &[&str]) -> Result<Form, Failure> {
        let wanted = |form: &Form| fields.iter().any(|name| form.has(name));
        forms(&self.body).into_iter().find(wanted).ok_or_else(|| {
            let expected = format!("a page with a form that asks for {}", fields.join(" or "));
            Failure::unexpected(
                expected,
                format!("{} {}: {}", self.status, self.url, self.gist()),
            )
        })
    }

    /// Why the page refuses, else how it begins.
    fn gist(&self) -> String {
        alert(&self.body).unwrap_or_else(|| self.body.chars().take(300).collect())
    }

    /// The form that the page sends without anybody pressing anything: a SAML response on its way.
    fn sends_itself(&self) -> Option<Form> {
        let mut found = forms(&self.body).into_iter();
        found.find(|form| form.has("SAMLResponse"))
    }

    fn action_of(&self, form: &Form) -> Result<Url, Failure> {
        let action = self.url.join(&form.action);
        action.map_err(|error| Failure::new(format!("form action: {error}")))
    }

    /// The first link of the page with this in it.
    pub(super) fn link_with(&self, part: &str) -> Option<Url> {
        let link = links(&self.body).find(|link| link.contains(part))?;
        self.url.join(&link).ok()
    }

    pub fn query(&self, name: &str) -> Option<String> {
        self.url
            .query_pairs()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }
}

impl Browser {
    pub fn new() -> Result<Self, Failure> {
        Ok(Self {
            http: http_client()?,
            cookies: BTreeMap::new(),
        })
    }

    /// Opens a page; a redirect to a URL that begins with `stop` is not followed but returned as the page.
    pub async fn open(&mut self, url: Url, stop: &str) -> Result<Page, Failure> {
        self.follow(Method::GET, url, Vec::new(), stop).await
    }

    /// Types into the first form of the page that asks for any of these, and sends it.
    pub async fn fill_in(
        &mut self,
        page: &Page,
        typed: &[(&str, &str)],
        stop: &str,
    ) -> Result<Page, Failure> {
        let names: Vec<&str> = typed.iter().map(|(name, _)| *name).collect();
        let form = page.form_with(&names)?;
        let action = page.action_of(&form)?;
        self.follow(Method::POST, action, form.filled(typed), stop)
            .await
    }

    async fn follow(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut fields: Vec<(String, String)>,
        stop: &str,
    ) -> Result<Page, Failure> {
        for _ in 0..MAX_REDIRECTS {
            let response = self.send(method, url.clone(), &fields).await?;
            let status = response.status();
            let location = response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok().map(str::to_owned));
            let body = response.text().await?;
            let Some(location) = location.filter(|_| status.is_redirection()) else {
                let page = Page {
                    url,
                    status: status.as_u16(),
                    body,
                };
                let Some(form) = page.sends_itself() else {
                    return Ok(page);
                };
                (method, fields) = (Method::POST, form.filled(&[]));
                url = page.action_of(&form)?;
                continue;
            };
            url = url
                .join(&location)
                .map_err(|error| Failure::new(format!("redirect to {location}: {error}")))?;
            if url.as_str().starts_with(stop) {
                return Ok(Page {
                    url,
                    status: status.as_u16(),
                    body,
                });
            }
            (method, fields) = (Method::GET, Vec::new());
        }
        Err(Failure::new(format!(
            "more than {MAX_REDIRECTS} redirects, the last to {url}"
        )))
    }

    async fn send(
        &mut self,
        method: Method,
        url: Url,
        fields: &[(String, String)],
    ) -> Result<Response, Failure> {
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = self.http.request(method.clone(), url);
        if !jar.is_empty() {
            request = request.header(COOKIE, jar.join("; "));
        }
        if method == Method::POST {
            request = request.form(fields);
        }
        let response = request.send().await?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap_or_default());
        }
        Ok(response)
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let Some((name, value)) = pair.split_once('=') else {
            return;
        };
        if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name.trim());
        } else {
            self.cookies
                .insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}
