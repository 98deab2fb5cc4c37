//! The tenant's events as they happen, resumable: `GET /api/v2/events`, following
//! [Consume Events with the Events API](https://auth0.com/docs/customize/events/consume-events-with-events-api).

mod sse;

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::client::Client;
use crate::error::Error;
use crate::request::Request;
use sse::{Item, Parser};

/// Where a feed begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what happens from now on.
    Now,
    /// After the message of this offset. [`Error::Refused`] with 400 or 410 when Auth0 does not know it any more.
    After(String),
    /// With what happened at this time or later; RFC 3339 in whole seconds, at most 20 characters.
    At(String),
}

/// What a feed tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A CloudEvent. A later feed that begins after `offset` does not repeat it.
    Event {
        /// Where a later feed goes on.
        offset: String,
        /// As Auth0 writes it.
        event: Value,
    },
    /// Nothing that was asked for happened up to here.
    Offset(String),
    /// A sign of life.
    Heartbeat,
    /// The last message of a feed.
    Failure {
        /// Auth0's.
        code: String,
        /// For people.
        message: String,
    },
}

/// Calls below `/events`, following
/// [Consume Events with the Events API](https://auth0.com/docs/customize/events/consume-events-with-events-api).
#[derive(Clone, Copy)]
pub struct Events<'a>(pub(crate) &'a Client);

impl Events<'_> {
    /// Scope `read:events`. Only events of these types; all of them when there are none.
    ///
    /// The feed ends every few minutes as Auth0 moves connections; begin another one after the last offset.
    pub async fn subscribe(self, start: &Start, types: &[&str]) -> Result<EventFeed, Error> {
        let mut request = Request::get("events", &[])?;
        request = match start {
            Start::Now => request,
            Start::After(offset) => request.query("from", offset.clone()),
            Start::At(time) => request.query("from_timestamp", time.clone()),
        };
        for kind in types {
            request = request.query("event_type", *kind);
        }
        Ok(EventFeed {
            response: self.0.open(&request).await?,
            parser: Parser::default(),
        })
    }
}

/// Longer than any pause between two signs of life.
const SILENCE: Duration = Duration::from_secs(60);

/// An open connection. Dropping it closes it.
pub struct EventFeed {
    response: reqwest::Response,
    parser: Parser,
}

impl EventFeed {
    /// None at its end. May be dropped while it waits: nothing is lost.
    ///
    /// # Errors
    /// [`Error::Timeout`] after a minute of silence; [`Error::Decode`] for what is no message or larger than 1 MiB.
    pub async fn next(&mut self) -> Result<Option<Message>, Error> {
        loop {
            if let Some(item) = self.parser.next() {
                return message(item).map(Some);
            }
            let chunk = timeout(SILENCE, self.response.chunk())
                .await
                .map_err(|_| Error::Timeout { after: SILENCE })?
                .map_err(|error| Error::from_transport(error, SILENCE))?;
            match chunk {
                Some(chunk) => self
                    .parser
                    .push(&chunk)
                    .map_err(|_| unreadable("a message is too large"))?,
                None => return Ok(None),
            }
        }
    }
}

#[derive(Deserialize)]
struct Data {
    offset: Option<String>,
    event: Option<Value>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    #[serde(default)]
    message: String,
}

fn message(item: Item) -> Result<Message, Error> {
    let Item::Message { kind, id, data } = item else {
        return Ok(Message::Heartbeat);
    };
    let data: Data =
        serde_json::from_str(&data).map_err(|_| unreadable("a message is not JSON"))?;
    if let Some(Failure { code, message }) = data.error {
        return Ok(Message::Failure { code, message });
    }
    let offset = data.offset.or(id).filter(|offset| !offset.is_empty());
    let offset = offset.ok_or_else(|| unreadable("a message has no offset"))?;
    match data.event {
        Some(event) if kind != "offset-only" => Ok(Message::Event { offset, event }),
        _ if kind == "offset-only" => Ok(Message::Offset(offset)),
        _ => Err(unreadable("a message has no event")),
    }
}

fn unreadable(problem: &str) -> Error {
    Error::Decode {
        status: 200,
        problem: problem.to_owned(),
    }
}
