//! One open connection: what it says, when it says nothing, and how it ends.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::web::Bytes;
use futures::Stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::offset;
use crate::event_feeds::Seat;
use crate::event_log::FeedError;
use crate::state::State;

/// How long a connection lasts; Auth0 says "every few minutes".
const LASTS: Duration = Duration::from_secs(300);

/// What is asked of clients after the end.
const RETRY_MILLISECONDS: u32 = 2_000;

/// Events looked at for one chunk.
const AT_ONCE: usize = 50;

pub(super) struct Feed {
    state: State,
    /// All when empty.
    types: Vec<String>,
    place: u64,
    /// How often connections had been ended before this one began.
    ended: u64,
    ends_at: Instant,
    stage: Stage,
    /// Given back when the connection closes.
    _seat: Seat,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Greeting,
    Running,
    Over,
}

impl Feed {
    pub(super) fn new(state: State, types: Vec<String>, place: u64, seat: Seat) -> Self {
        Self {
            ended: state.read(|tenant| tenant.event_log.ended().0),
            state,
            types,
            place,
            ends_at: Instant::now() + LASTS,
            stage: Stage::Greeting,
            _seat: seat,
        }
    }

    pub(super) fn messages(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures::stream::unfold(self, |mut feed| async move {
            let text = feed.next().await?;
            Some((Ok(Bytes::from(text)), feed))
        })
    }

    async fn next(&mut self) -> Option<String> {
        match self.stage {
            Stage::Over => None,
            Stage::Greeting => {
                self.stage = Stage::Running;
                Some(format!(":connected\n\nretry: {RETRY_MILLISECONDS}\n\n"))
            }
            Stage::Running => self.listen().await,
        }
    }

    async fn listen(&mut self) -> Option<String> {
        let silent_until = Instant::now() + self.state.config().event_heartbeat;
        loop {
            let wake = self.state.read(|tenant| tenant.event_log.woken());
            let mut woken = std::pin::pin!(wake.notified());
            woken.as_mut().enable();
            let (ended, with) = self.state.read(|tenant| tenant.event_log.ended());
            if ended != self.ended || Instant::now() >= self.ends_at {
                self.stage = Stage::Over;
                return with.filter(|_| ended != self.ended).map(failure);
            }
            let news = self.news();
            if !news.is_empty() {
                return Some(news);
            }
            tokio::select! {
                () = woken => {}
                () = sleep_until(self.ends_at) => {}
                () = sleep_until(silent_until) => return Some(self.sign_of_life()),
            }
        }
    }

    /// What was asked for, or how far nothing of it was found.
    fn news(&mut self) -> String {
        let (mut text, mut seen) = (String::new(), self.place);
        self.state.read(|tenant| {
            for entry in tenant.event_log.after(self.place).take(AT_ONCE) {
                seen = entry.number;
                let kind = entry.event["type"].as_str().unwrap_or_default();
                if self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind) {
                    let data = json!({ "offset": offset(seen), "event": entry.event });
                    text.push_str(&message(kind, Some(&offset(seen)), &data));
                }
            }
        });
        if text.is_empty() && seen != self.place {
            text = offset_only(seen);
        }
        self.place = seen;
        text
    }

    fn sign_of_life(&self) -> String {
        format!(": heartbeat\n\n{}", offset_only(self.place))
    }
}

fn offset_only(place: u64) -> String {
    let offset = offset(place);
    message("offset-only", Some(&offset), &json!({ "offset": offset }))
}

fn failure(error: FeedError) -> String {
    let code = json!(error);
    let message_text = "The connection was ended.";
    let data = json!({ "error": { "code": code, "message": message_text } });
    message("error", None, &data)
}

fn message(kind: &str, id: Option<&str>, data: &Value) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: {kind}\n{id}data: {data}\n\n")
}
