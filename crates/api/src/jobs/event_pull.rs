//! Pulls Auth0's events (`AUTH0_EVENTS_PULL`) into the inbox that the webhook fills too. One worker at a time does, under
//! a lease. An offset is kept only with the event before it, so a crash repeats events, which the inbox knows, and loses
//! none. Where Auth0 does not know the offset any more, every organization is compared.

use std::ops::ControlFlow;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use management::{Error, Message, Start};
use store::{FeedPlace, StoreError};
use tokio::sync::watch;
use tokio::time::{interval, timeout};
use uuid::Uuid;

use super::{Settings, schedule};
use crate::auth0_event;
use crate::workflows::{Context, mirror};

/// Before the next connection, as Auth0 asks for it.
const PAUSE: Duration = Duration::from_secs(2);

/// Between Auth0's clock and ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, thiserror::Error)]
enum Stopped {
    /// Auth0 ended the connection, as it does every few minutes.
    #[error("the connection has ended")]
    Ended,
    /// Auth0 does not know the offset any more.
    #[error("the offset is not known any more")]
    Forgotten,
    #[error("another worker has taken over")]
    Lost,
    #[error("Auth0 ended the connection with {0}")]
    Failed(String),
    #[error(transparent)]
    Auth0(#[from] Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends when `stop` says so.
pub(super) async fn run(context: Context, settings: Settings, mut stop: watch::Receiver<bool>) {
    let holder = Uuid::now_v7();
    let mut failures = 0;
    while !*stop.borrow() {
        let stopped = tokio::select! {
            stopped = take_turn(&context, &settings, holder, &mut failures) => stopped,
            // The other end is gone when the worker was dropped.
            _ = stop.changed() => break,
        };
        let pause = match stopped {
            Ok(pause) => pause,
            Err(error) => {
                failures += 1;
                tracing::warn!(%error, failures, "events could not be pulled");
                schedule::backoff(holder, failures, settings.longest_backoff)
            }
        };
        if !matches!(timeout(pause, stop.changed()).await, Err(_elapsed)) {
            break;
        }
    }
    release(&context, &settings, holder).await;
}

/// Pulls until the connection ends, if no other worker does; answers when to look again.
async fn take_turn(
    context: &Context,
    settings: &Settings,
    holder: Uuid,
    failures: &mut u32,
) -> Result<Duration, Stopped> {
    let claimed = context.store.claim_event_feed(holder, settings.lease).await;
    let Some((feed, place)) = claimed? else {
        return Ok(settings.lease / 2);
    };
    let pull = Pull {
        context,
        settings,
        feed,
    };
    match pull.run(place, failures).await {
        Stopped::Ended => Ok(PAUSE.min(settings.longest_backoff)),
        Stopped::Lost => Ok(settings.lease / 2),
        Stopped::Forgotten => {
            tracing::error!(
                "Auth0 does not know how far its events were pulled; all members are compared"
            );
            pull.feed.forget_offset().await?;
            Ok(Duration::ZERO)
        }
        other => Err(other),
    }
}

async fn release(context: &Context, settings: &Settings, holder: Uuid) {
    let release = async {
        if let Some((feed, _)) = context
            .store
            .claim_event_feed(holder, settings.lease)
            .await?
        {
            feed.release().await?;
        }
        Ok::<(), StoreError>(())
    };
    if let Err(error) = release.await {
        // The lease ends by itself.
        tracing::warn!(%error, "the feed of events could not be released");
    }
}

struct Pull<'a> {
    context: &'a Context,
    settings: &'a Settings,
    feed: store::EventFeed,
}

impl Pull<'_> {
    async fn run(&self, place: FeedPlace, failures: &mut u32) -> Stopped {
        match self.follow(place, failures).await {
            Ok(stopped) | Err(stopped) => stopped,
        }
    }

    async fn follow(&self, place: FeedPlace, failures: &mut u32) -> Result<Stopped, Stopped> {
        let begun = self.context.clock.now();
        let start = start(&place);
        let events = self.context.auth0.events();
        let opening = events.subscribe(&start, &mirror::EVENT_TYPES);
        let mut messages = match self.holding(opening).await? {
            Err(Error::Refused {
                status: 400 | 410, ..
            }) if start != Start::Now => return Ok(Stopped::Forgotten),
            other => other?,
        };
        *failures = 0;
        if place.has_gap {
            let now = self.context.clock.now();
            held(self.feed.close_gap(begun - SKEW, now).await?)?;
        }
        held(self.feed.hold(true).await?)?;
        loop {
            match self.holding(messages.next()).await?? {
                None => return Ok(Stopped::Ended),
                Some(message) => {
                    if let ControlFlow::Break(stopped) = self.take(message).await? {
                        return Ok(stopped);
                    }
                }
            }
        }
    }

    async fn take(&self, message: Message) -> Result<ControlFlow<Stopped>, Stopped> {
        let now = self.context.clock.now();
        let is_held = match message {
            Message::Heartbeat => self.feed.hold(true).await?,
            Message::Offset(offset) => self.feed.skip_to(&offset, now).await?,
            Message::Event { offset, event } => match auth0_event::read(event, now) {
                Some(event) => self.feed.store(&event, &offset, now).await?,
                None => {
                    tracing::error!(offset, "Auth0 sent what is no event");
                    self.feed.skip_to(&offset, now).await?
                }
            },
            Message::Failure { code, message } => {
                return Ok(ControlFlow::Break(match code.as_str() {
                    "invalid_cursor" | "cursor_expired" => Stopped::Forgotten,
                    _ => Stopped::Failed(format!("{code}: {message}")),
                }));
            }
        };
        held(is_held)?;
        Ok(ControlFlow::Continue(()))
    }

    /// Keeps the lease while something is waited for.
    async fn holding<T>(&self, waiting: impl Future<Output = T>) -> Result<T, Stopped> {
        let mut waiting = std::pin::pin!(waiting);
        let mut renew = interval(self.settings.lease / 3);
        renew.tick().await;
        loop {
            tokio::select! {
                done = &mut waiting => return Ok(done),
                _ = renew.tick() => held(self.feed.hold(false).await?)?,
            }
        }
    }
}

fn held(is_held: bool) -> Result<(), Stopped> {
    match is_held {
        true => Ok(()),
        false => Err(Stopped::Lost),
    }
}

fn start(place: &FeedPlace) -> Start {
    match (&place.offset, place.since) {
        (Some(offset), _) => Start::After(offset.clone()),
        (None, Some(since)) => Start::At(in_seconds(since)),
        (None, None) => Start::Now,
    }
}

/// Auth0 takes no fraction.
fn in_seconds(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_goes_on_behind_its_offset_or_else_from_the_time_of_its_gap() {
        let since = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_500);
        let place = |offset: Option<&str>, since| FeedPlace {
            offset: offset.map(str::to_owned),
            since,
            has_gap: false,
        };
        let after = Start::After("a".into());
        assert_eq!(start(&place(Some("a"), Some(since))), after);
        let at = Start::At("1970-01-01T00:00:01Z".into());
        assert_eq!(start(&place(None, Some(since))), at);
        assert_eq!(start(&place(None, None)), Start::Now);
    }
}
