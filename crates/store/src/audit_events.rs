//! Audit events: written in the transaction of the change they tell of, linked to the one before, never changed.

use std::net::IpAddr;

use chrono::{DateTime, SubsecRound, Utc};
use domain::AuditEventId;
use serde_json::Value;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::audit_chain::{AuditEnd, AuditHash, AuditLink};
use crate::pool::Statement;
use crate::{Listed, Page, StoreError, TenantTx, row};

/// How many events from before the chain are read at a time.
const START_PAGE: u32 = 500;

/// Who did what to which thing, and how it looked before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEvent {
    pub id: AuditEventId,
    /// Kept to the microsecond.
    pub at: DateTime<Utc>,
    /// A user id, or `system:<job>`.
    pub actor: String,
    /// E.g. `project.created`.
    pub action: String,
    /// E.g. `project:0199…`.
    pub target: String,
    pub request_id: Option<String>,
    /// Where the request came from; None takes the transaction's ([`TenantTx::came_from`]).
    pub client_address: Option<IpAddr>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    pub event: NewAuditEvent,
    /// None for one from before the chain.
    pub link: Option<AuditLink>,
}

/// Which events to list; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub action: Option<String>,
    pub actor: Option<String>,
    pub target: Option<String>,
    /// The first instant that counts.
    pub from: Option<DateTime<Utc>>,
    /// The first instant that counts no more.
    pub to: Option<DateTime<Utc>>,
}

/// Each filter has an index, so each has a text of its own: a plan that is kept must not depend on which are given.
macro_rules! listing {
    ($by:literal) => {
        concat!(
            "select id, at, actor, action, target, request_id, client_address, before, after, sequence, prev_hash, hash \
             from app.audit_events where org_id = $1 and (at, id) < ($2, $3) and at >= $4 ",
            $by,
            " and ($5::text is null or target = $5) and ($6::text is null or actor = $6) \
             and ($7::text is null or action = $7) order by at desc, id desc limit $8"
        )
    };
}

impl AuditFilter {
    fn listing(&self) -> &'static str {
        match self {
            Self {
                target: Some(_), ..
            } => listing!("and target = $5"),
            Self { actor: Some(_), .. } => listing!("and actor = $6"),
            Self {
                action: Some(_), ..
            } => listing!("and action = $7"),
            _ => listing!(""),
        }
    }
}

impl TenantTx {
    /// Holds the tenant's chain until the transaction ends: the last thing before the commit, so that nobody waits long.
    pub async fn insert_audit_event(&mut self, event: &NewAuditEvent) -> Result<(), StoreError> {
        let event = NewAuditEvent {
            at: event.at.trunc_subsecs(6),
            client_address: event.client_address.or(self.client_address()),
            ..event.clone()
        };
        let end = self.lock_audit_end().await?;
        let link = AuditLink::after(&end, self.tenant(), &event);
        let insert = self
            .statement(
                "with link as (update app.audit_chains set sequence = $11, hash = $13 where org_id = $1) \
                 insert into app.audit_events (org_id, id, at, actor, action, target, request_id, client_address, \
                 before, after, sequence, prev_hash, hash) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(event.id.as_uuid())
            .bind(event.at)
            .bind(event.actor)
            .bind(event.action)
            .bind(event.target)
            .bind(event.request_id)
            .bind(event.client_address.map(|address| address.to_string()))
            .bind(event.before)
            .bind(event.after)
            .bind(link.sequence)
            .bind(link.prev_hash.as_bytes().to_vec())
            .bind(link.hash.as_bytes().to_vec());
        self.execute(insert).await?;
        Ok(())
    }

    /// Newest first.
    pub async fn audit_events(
        &mut self,
        filter: &AuditFilter,
        page: &Page<(DateTime<Utc>, AuditEventId)>,
    ) -> Result<Listed<AuditEvent>, StoreError> {
        // What is before `to` and what is after the page's start are one bound: the lower of the two.
        let page_start = page.after.map(|(at, id)| (at, id.as_uuid()));
        let to = filter.to.map(|to| (to, Uuid::nil()));
        let before = [page_start, to].into_iter().flatten().min();
        let (before_at, before_id) = before.unwrap_or((LATEST, Uuid::max()));
        let events = self
            .statement(filter.listing())
            .bind(before_at)
            .bind(before_id)
            .bind(filter.from.unwrap_or(EARLIEST))
            .bind(filter.target.clone())
            .bind(filter.actor.clone())
            .bind(filter.action.clone())
            .bind(page.probe_limit());
        self.listed(events, page.limit).await
    }

    /// In the order of the chain.
    pub async fn audit_events_after(
        &mut self,
        page: &Page<i64>,
    ) -> Result<Listed<AuditEvent>, StoreError> {
        let events = self
            .statement(
                "select id, at, actor, action, target, request_id, client_address, before, after, sequence, prev_hash, hash \
                 from app.audit_events where org_id = $1 and sequence > $2 order by sequence limit $3",
            )
            .bind(page.after.unwrap_or_default())
            .bind(page.probe_limit());
        self.listed(events, page.limit).await
    }

    /// Those from before the chain, in the order in which its start covers them.
    pub async fn audit_events_before_chain(
        &mut self,
        page: &Page<AuditEventId>,
    ) -> Result<Listed<AuditEvent>, StoreError> {
        let events = self
            .statement(
                "select id, at, actor, action, target, request_id, client_address, before, after, sequence, prev_hash, hash \
                 from app.audit_events where org_id = $1 and sequence is null and id > $2 order by id limit $3",
            )
            .bind(page.after.map_or(Uuid::nil(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        self.listed(events, page.limit).await
    }

    /// The newest link; None when no event was ever linked.
    pub async fn audit_end(&mut self) -> Result<Option<AuditEnd>, StoreError> {
        let end = self.statement("select sequence, hash from app.audit_chains where org_id = $1");
        self.fetch_optional(end)
            .await?
            .as_ref()
            .map(end_from)
            .transpose()
    }

    async fn lock_audit_end(&mut self) -> Result<AuditEnd, StoreError> {
        if let Some(end) = self.locked_audit_end().await? {
            return Ok(end);
        }
        let start = self.audit_start().await?;
        let begin = self
            .statement(
                "insert into app.audit_chains (org_id, sequence, hash) values ($1, 0, $2) \
                 on conflict (org_id) do nothing",
            )
            .bind(start.hash.as_bytes().to_vec());
        self.execute(begin).await?;
        let end = self.locked_audit_end().await?;
        end.ok_or(StoreError::Broken(sqlx::Error::RowNotFound))
    }

    async fn locked_audit_end(&mut self) -> Result<Option<AuditEnd>, StoreError> {
        let lock = self.look_up("select sequence, hash from app.lock_audit_chain()");
        self.fetch_optional(lock)
            .await?
            .as_ref()
            .map(end_from)
            .transpose()
    }

    /// Where a chain begins: after all events from before it.
    async fn audit_start(&mut self) -> Result<AuditEnd, StoreError> {
        let mut start = AuditEnd::START;
        let mut page = Page::first(START_PAGE);
        loop {
            let listed = self.audit_events_before_chain(&page).await?;
            for found in &listed.items {
                start = start.covering(self.tenant(), &found.event);
            }
            page.after = listed.items.last().map(|found| found.event.id);
            if !listed.more {
                return Ok(start);
            }
        }
    }

    async fn listed(
        &mut self,
        events: Statement,
        limit: u32,
    ) -> Result<Listed<AuditEvent>, StoreError> {
        let found = self.fetch_all(events).await?;
        Ok(Listed::cut(
            found.iter().map(event_from).collect::<Result<_, _>>()?,
            limit,
        ))
    }
}

/// Far beyond what any clock says, and within what Postgres keeps.
const EARLIEST: DateTime<Utc> = DateTime::UNIX_EPOCH;
const LATEST: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(latest) => latest,
    None => panic!("the year 9999 is a date"),
};

fn event_from(found: &PgRow) -> Result<AuditEvent, StoreError> {
    let event = NewAuditEvent {
        id: row::value::<Uuid>(found, "id")?.into(),
        at: row::value(found, "at")?,
        actor: row::value(found, "actor")?,
        action: row::value(found, "action")?,
        target: row::value(found, "target")?,
        request_id: row::value(found, "request_id")?,
        client_address: row::parsed_if_any(found, "client_address")?,
        before: row::value(found, "before")?,
        after: row::value(found, "after")?,
    };
    let link = match row::value::<Option<i64>>(found, "sequence")? {
        None => None,
        Some(sequence) => Some(AuditLink {
            sequence,
            prev_hash: hash(found, "prev_hash")?,
            hash: hash(found, "hash")?,
        }),
    };
    Ok(AuditEvent { event, link })
}

fn end_from(found: &PgRow) -> Result<AuditEnd, StoreError> {
    Ok(AuditEnd {
        sequence: row::value(found, "sequence")?,
        hash: hash(found, "hash")?,
    })
}

fn hash(found: &PgRow, column: &'static str) -> Result<AuditHash, StoreError> {
    let bytes = row::value::<Vec<u8>>(found, column)?;
    AuditHash::from_bytes(&bytes).ok_or(StoreError::Unreadable { column })
}
