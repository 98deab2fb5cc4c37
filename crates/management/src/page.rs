//! Listings, page after page, in both of Auth0's ways.
//!
//! [Offset](https://auth0.com/docs/api/management/v2/introduction) pages reach the first 1000 records only; checkpoint
//! pages reach all. What real tenants answer is looser than the documentation: `next` on the last page that has
//! records, no totals, or a bare array instead of an object.

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::request::Request;

/// The most that a public-cloud tenant gives at once.
const PAGE_SIZE: usize = 50;
/// Tolerated in a row before a listing counts as endless.
const EMPTY_PAGES: u32 = 3;

/// All records, fetched as they are consumed. Ends after the first error: a 429 in the middle is handed over, not
/// waited for.
pub type Listing<T> = BoxStream<'static, Result<T, Error>>;

/// One checkpoint page: at most 50 records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In Auth0's order; may be empty although there is a next page.
    pub items: Vec<T>,
    /// Where the next page begins; valid for 24 h, opaque. The page it leads to may be empty.
    pub next: Option<String>,
}

/// The page of `request` after `from`; `key` names the collection in the answer.
pub(crate) async fn checkpoint_page<T: DeserializeOwned>(
    client: &Client,
    request: Request,
    key: &str,
    from: Option<&str>,
) -> Result<Page<T>, Error> {
    let mut request = request.query("take", PAGE_SIZE.to_string());
    if let Some(from) = from {
        request = request.query("from", from);
    }
    let raw = RawPage::read(client.fetch(&request).await?, key)?;
    if raw.bare && raw.items.len() >= PAGE_SIZE {
        return Err(unreadable("a full page without a way to the next"));
    }
    if raw.next.is_some() && raw.next.as_deref() == from {
        return Err(unreadable("the next page is this page"));
    }
    Ok(Page {
        items: typed(raw.items)?,
        next: raw.next,
    })
}

pub(crate) fn by_checkpoint<T>(
    client: &Client,
    request: Result<Request, Error>,
    key: &'static str,
) -> Listing<T>
where
    T: DeserializeOwned + Send + 'static,
{
    let client = client.clone();
    try_stream! {
        let request = request?;
        let mut from: Option<String> = None;
        let mut empty_pages = 0;
        loop {
            let page = checkpoint_page(&client, request.clone(), key, from.as_deref()).await?;
            empty_pages = if page.items.is_empty() { empty_pages + 1 } else { 0 };
            for item in page.items {
                yield item;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
            if empty_pages == EMPTY_PAGES {
                Err(unreadable("pages without records do not end"))?;
            }
        }
    }
    .boxed()
}

pub(crate) fn by_offset<T>(
    client: &Client,
    request: Result<Request, Error>,
    key: &'static str,
) -> Listing<T>
where
    T: DeserializeOwned + Send + 'static,
{
    let client = client.clone();
    try_stream! {
        let request = request?
            .query("per_page", PAGE_SIZE.to_string())
            .query("include_totals", "true");
        let mut seen = 0;
        let mut previous = Vec::new();
        for number in 0_u64.. {
            let page = client.fetch(&request.clone().query("page", number.to_string())).await?;
            let page = RawPage::read(page, key)?;
            // Without a total only an empty page is the end: a tenant may give fewer than asked for.
            if page.items.is_empty() {
                break;
            }
            if page.items == previous {
                Err(unreadable("the next page is this page"))?;
            }
            seen += page.items.len() as u64;
            previous.clone_from(&page.items);
            for item in typed(page.items)? {
                yield item;
            }
            if page.total.is_some_and(|total| seen >= total) {
                break;
            }
        }
    }
    .boxed()
}

/// For a list that comes whole.
pub(crate) fn at_once<T>(
    client: &Client,
    request: Result<Request, Error>,
    key: &'static str,
) -> Listing<T>
where
    T: DeserializeOwned + Send + 'static,
{
    let client = client.clone();
    try_stream! {
        for item in typed(RawPage::read(client.fetch(&request?).await?, key)?.items)? {
            yield item;
        }
    }
    .boxed()
}

struct RawPage {
    items: Vec<Value>,
    next: Option<String>,
    total: Option<u64>,
    bare: bool,
}

impl RawPage {
    fn read(body: Value, key: &str) -> Result<Self, Error> {
        let (items, next, total, bare) = match body {
            Value::Array(items) => (Some(items), None, None, true),
            Value::Object(mut page) => {
                let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
                let total = page.get("total").and_then(Value::as_u64);
                let items = match page.remove(key) {
                    Some(Value::Array(items)) => Some(items),
                    _ => None,
                };
                (items, next.filter(|next| !next.is_empty()), total, false)
            }
            _ => (None, None, None, false),
        };
        let items = items.ok_or_else(|| unreadable("the page has no collection"))?;
        Ok(Self {
            items,
            next,
            total,
            bare,
        })
    }
}

fn typed<T: DeserializeOwned>(items: Vec<Value>) -> Result<Vec<T>, Error> {
    let typed = items
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<_, _>>();
    typed.map_err(|_| unreadable("a record has another shape"))
}

fn unreadable(problem: &str) -> Error {
    Error::Decode {
        status: 200,
        problem: problem.to_owned(),
    }
}
