//! The two ways Auth0 pages its lists: by offset up to the 1000th record, and by checkpoint without end.

use std::cmp::Ordering;

use actix_web::HttpResponse;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::query::{Query, invalid};
use super::refusal::{Answer, Refusal};

const DEFAULT: usize = 50;
const LARGEST: usize = 100;
/// Offset paging shows the first so many records only.
const REACHABLE: usize = 1_000;
/// How long a `next` may be used.
const CHECKPOINT_VALID: TimeDelta = TimeDelta::hours(24);

pub(super) const OFFSET: &[&str] = &["page", "per_page", "include_totals"];
pub(super) const CHECKPOINT: &[&str] = &["from", "take"];

pub(super) struct Offset {
    page: usize,
    per_page: usize,
    totals: bool,
}

impl Offset {
    pub(super) fn of(query: &Query) -> Result<Self, Refusal> {
        let page = query.number("page", 0, usize::MAX)?.unwrap_or(0);
        let per_page = query.number("per_page", 1, LARGEST)?.unwrap_or(DEFAULT);
        if page.saturating_add(1).saturating_mul(per_page) > REACHABLE {
            return Err(Refusal::paging());
        }
        Ok(Self {
            page,
            per_page,
            totals: query.flag("include_totals")?.unwrap_or(false),
        })
    }

    /// A bare array, or with totals an object that has the array under `name`.
    pub(super) fn answer<T: Serialize>(
        &self,
        name: &str,
        items: impl IntoIterator<Item = T>,
    ) -> HttpResponse {
        let items: Vec<T> = items.into_iter().collect();
        self.answer_with_limit(name, items, self.per_page)
    }

    /// For the one list whose `limit` is not the page size that was asked for.
    pub(super) fn answer_with_limit<T: Serialize>(
        &self,
        name: &str,
        items: Vec<T>,
        limit: usize,
    ) -> HttpResponse {
        let total = items.len();
        let start = self.page * self.per_page;
        let page: Vec<T> = items.into_iter().skip(start).take(self.per_page).collect();
        if self.totals {
            HttpResponse::Ok()
                .json(json!({ name: page, "start": start, "limit": limit, "total": total }))
        } else {
            HttpResponse::Ok().json(page)
        }
    }

    /// The list of invitations never says how many there are; its `limit` is what the page holds.
    pub(super) fn answer_without_total<T: Serialize>(
        &self,
        name: &str,
        items: impl IntoIterator<Item = T>,
    ) -> HttpResponse {
        let start = self.page * self.per_page;
        let page: Vec<T> = items.into_iter().skip(start).take(self.per_page).collect();
        if self.totals {
            let limit = page.len();
            HttpResponse::Ok().json(json!({ name: page, "start": start, "limit": limit }))
        } else {
            HttpResponse::Ok().json(page)
        }
    }

    /// The user search counts its page as well.
    pub(super) fn answer_with_length<T: Serialize>(
        &self,
        name: &str,
        items: Vec<T>,
    ) -> HttpResponse {
        let total = items.len();
        let start = self.page * self.per_page;
        let page: Vec<T> = items.into_iter().skip(start).take(self.per_page).collect();
        if self.totals {
            let length = page.len();
            HttpResponse::Ok().json(
                json!({ name: page, "start": start, "limit": self.per_page, "length": length, "total": total }),
            )
        } else {
            HttpResponse::Ok().json(page)
        }
    }
}

/// Where an item stands in its list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) key: String,
    pub(super) id: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

/// Whether the last page that has items still carries `next`, which then leads to an empty page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Known,
    FoundOnEmptyPage,
}

pub(super) struct Checkpoint {
    take: usize,
    from: Option<Position>,
    now: DateTime<Utc>,
}

impl Checkpoint {
    /// Checkpoint paging is what `take` or `from` asks for; everything that belongs to offsets is then ignored.
    pub(super) fn of(query: &Query, now: DateTime<Utc>) -> Result<Option<Self>, Refusal> {
        let take = query.number("take", 1, LARGEST)?;
        let from = query
            .text("from")
            .map(|text| read_next(text, now))
            .transpose()?;
        if take.is_none() && from.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            take: take.unwrap_or(DEFAULT),
            from,
            now,
        }))
    }

    /// For lists that know no other way.
    pub(super) fn or_first(query: &Query, now: DateTime<Utc>) -> Result<Self, Refusal> {
        Ok(Self::of(query, now)?.unwrap_or(Self {
            take: DEFAULT,
            from: None,
            now,
        }))
    }

    /// `rows` come in order of their positions.
    pub(super) fn answer<T: Serialize>(
        &self,
        name: &str,
        rows: Vec<(Position, T)>,
        direction: Direction,
        end: End,
    ) -> HttpResponse {
        HttpResponse::Ok().json(self.page(name, rows, direction, end))
    }

    fn page<T: Serialize>(
        &self,
        name: &str,
        rows: Vec<(Position, T)>,
        direction: Direction,
        end: End,
    ) -> Value {
        let mut rest = rows
            .into_iter()
            .skip_while(|(position, _)| self.is_before(position, direction))
            .peekable();
        let page: Vec<(Position, T)> = rest.by_ref().take(self.take).collect();
        let more = rest.peek().is_some() || end == End::FoundOnEmptyPage;
        let next = page
            .last()
            .filter(|_| more)
            .map(|(position, _)| write_next(position, self.now));
        let items: Vec<T> = page.into_iter().map(|(_, item)| item).collect();
        let mut body = json!({ name: items });
        if let Some(next) = next {
            body["next"] = Value::String(next);
        }
        body
    }

    /// Of the few lists that count all of it on request.
    pub(super) fn answer_with_total<T: Serialize>(
        &self,
        query: &Query,
        name: &str,
        rows: Vec<(Position, T)>,
    ) -> Answer {
        let total = rows.len();
        let mut body = self.page(name, rows, Direction::Ascending, End::Known);
        if query.flag("include_totals")?.unwrap_or(false) {
            body["total"] = total.into();
        }
        Ok(HttpResponse::Ok().json(body))
    }

    fn is_before(&self, position: &Position, direction: Direction) -> bool {
        let Some(from) = &self.from else { return false };
        match position.cmp(from) {
            Ordering::Equal => true,
            Ordering::Less => direction == Direction::Ascending,
            Ordering::Greater => direction == Direction::Descending,
        }
    }
}

/// A list that knows both ways; `rows` come sorted.
pub(super) fn answer<T: Serialize>(
    query: &Query,
    now: DateTime<Utc>,
    name: &str,
    rows: Vec<(Position, T)>,
    direction: Direction,
    end: End,
) -> Answer {
    if let Some(checkpoint) = Checkpoint::of(query, now)? {
        return Ok(checkpoint.answer(name, rows, direction, end));
    }
    Ok(Offset::of(query)?.answer(name, rows.into_iter().map(|(_, item)| item)))
}

fn write_next(position: &Position, now: DateTime<Utc>) -> String {
    let text = json!([now.timestamp(), position.key, position.id]).to_string();
    URL_SAFE_NO_PAD.encode(text)
}

fn read_next(text: &str, now: DateTime<Utc>) -> Result<Position, Refusal> {
    let decoded = URL_SAFE_NO_PAD.decode(text).ok();
    let parsed =
        decoded.and_then(|bytes| serde_json::from_slice::<(i64, String, String)>(&bytes).ok());
    let (issued, key, id) = parsed.ok_or_else(|| invalid("Invalid checkpoint", "from"))?;
    if now.timestamp() - issued > CHECKPOINT_VALID.num_seconds() {
        return Err(invalid("The checkpoint has expired", "from"));
    }
    Ok(Position { key, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_lasts_a_day() {
        let issued = DateTime::<Utc>::UNIX_EPOCH;
        let position = Position {
            key: "acme".to_owned(),
            id: "org_1".to_owned(),
        };
        let next = write_next(&position, issued);
        assert!(read_next(&next, issued + CHECKPOINT_VALID).is_ok_and(|read| read == position));
        assert!(read_next(&next, issued + CHECKPOINT_VALID + TimeDelta::seconds(1)).is_err());
        assert!(read_next("nonsense", issued).is_err());
    }
}
