//! Exports the whole audit trail, page by page: memory and transactions stay small however long it is.

use std::fmt::Write as _;

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use domain::sso::SsoVerdict;
use domain::{AuditEventId, Feature, OrganizationId, Permission, Person, role};
use futures::stream::try_unfold;
use store::{
    AuditEnd, AuditEvent, OpenedOrganization, Page, TenantTx, canonical, exported, exported_end,
};
use utoipa::{IntoParams, ToSchema};

use super::csv;
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadAuditEvents;
use crate::openapi::problems::{QueryProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;

/// Events read at a time.
const PAGE: u32 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
enum Format {
    Csv,
    Ndjson,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its documentation is used")]
struct ExportParameters {
    /// Only NDJSON can be proved; a spreadsheet reads CSV.
    #[param(inline, default = "ndjson")]
    format: Option<Format>,
}

/// All that was done in the organization until now, oldest first. As NDJSON it ends with the line
/// `{"end":{"hash":…,"sequence":…}}`, and `tenantry prove audit --file` finds out offline whether an event in it was
/// edited, removed or moved.
#[utoipa::path(
    operation_id = "export_audit_events",
    tag = "audit",
    params(("org_id" = String, Path), ExportParameters),
    responses(
        (status = 200, content(
            (String = "application/x-ndjson", example = "{\"action\":\"project.created\",…}\n{\"end\":{…}}\n"),
            (String = "text/csv"),
        )),
        TenantProblems,
        FeatureProblems,
        QueryProblems,
    ),
)]
#[get("/v1/orgs/{org_id}/audit-events/export")]
pub(super) async fn export(
    mut caller: Authorized<ReadAuditEvents>,
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let format = Format::read(request.query_string())?;
    let now = state.clock.now();
    caller.guard(Feature::AuditExport, now).await?;
    let export = Export {
        end: caller.tx.audit_end().await?,
        covered: AuditEnd::START,
        at: At::Beginning,
        organization: caller.organization,
        person: caller.token.person,
        issued_at: caller.token.issued_at,
        format,
        state,
    };
    // Whoever reads slowly holds no connection meanwhile.
    drop(caller.tx);
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((CONTENT_DISPOSITION, format.disposition()))
        .streaming(try_unfold(export, Export::next)))
}

impl Format {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut format = None;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let read = match &*value {
                "csv" => Some(Self::Csv),
                "ndjson" => Some(Self::Ndjson),
                _ => None,
            };
            if name != "format" || read.is_none() || format.is_some() {
                let problem = Problem::new(Code::InvalidQuery);
                return Err(problem.field(name, "invalid", "There is only format=csv or ndjson."));
            }
            format = read;
        }
        Ok(format.unwrap_or(Self::Ndjson))
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    fn disposition(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Csv => "attachment; filename=\"audit-events.csv\"",
            Self::Ndjson => "attachment; filename=\"audit-events.ndjson\"",
        })
    }
}

/// An export under way. What is written after it began is not part of it.
struct Export {
    state: web::Data<AppState>,
    organization: OrganizationId,
    person: Person,
    issued_at: DateTime<Utc>,
    format: Format,
    /// The newest link when it began; None where there was no chain.
    end: Option<AuditEnd>,
    /// The start of a chain that never began.
    covered: AuditEnd,
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Beginning,
    BeforeChain(Option<AuditEventId>),
    /// After the event with this sequence.
    Chain(i64),
    End,
    Over,
}

impl Export {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Problem> {
        let mut text = String::new();
        // An empty chunk would end the answer.
        while text.is_empty() {
            match self.at {
                At::Beginning => self.begin(&mut text),
                At::BeforeChain(after) => self.before_chain(after, &mut text).await?,
                At::Chain(after) => self.chain(after, &mut text).await?,
                At::End => self.end(&mut text),
                At::Over => return Ok(None),
            }
        }
        Ok(Some((text.into(), self)))
    }

    fn begin(&mut self, text: &mut String) {
        if self.format == Format::Csv {
            text.push_str(&csv::header());
        }
        self.at = At::BeforeChain(None);
    }

    async fn before_chain(
        &mut self,
        after: Option<AuditEventId>,
        text: &mut String,
    ) -> Result<(), Problem> {
        let page = Page { limit: PAGE, after };
        let listed = self.open().await?.audit_events_before_chain(&page).await?;
        for found in &listed.items {
            let tenant = self.organization.clone().into();
            self.covered = self.covered.covering(&tenant, &found.event);
            self.write(found, text);
        }
        let last = listed.items.last().filter(|_| listed.more);
        self.at = match last {
            Some(last) => At::BeforeChain(Some(last.event.id)),
            None => At::Chain(0),
        };
        Ok(())
    }

    async fn chain(&mut self, after: i64, text: &mut String) -> Result<(), Problem> {
        let newest = self.end.map_or(0, |end| end.sequence);
        let page = Page {
            limit: PAGE,
            after: Some(after),
        };
        let listed = self.open().await?.audit_events_after(&page).await?;
        let mut last = after;
        for found in &listed.items {
            let sequence = found.link.map_or(0, |link| link.sequence);
            if sequence <= newest {
                self.write(found, text);
            }
            last = sequence;
        }
        let is_over = !listed.more || last >= newest;
        self.at = if is_over { At::End } else { At::Chain(last) };
        Ok(())
    }

    fn end(&mut self, text: &mut String) {
        if self.format == Format::Ndjson {
            let end = exported_end(&self.end.unwrap_or(self.covered));
            line(&canonical(&end), text);
        }
        self.at = At::Over;
    }

    fn write(&self, found: &AuditEvent, text: &mut String) {
        let tenant = self.organization.clone().into();
        let event = exported(&tenant, &found.event, found.link.as_ref());
        match self.format {
            Format::Csv => text.push_str(&csv::row(&event)),
            Format::Ndjson => line(&canonical(&event), text),
        }
    }

    /// Looks again whether the caller may: who is removed gets no further page.
    async fn open(&self) -> Result<TenantTx, Problem> {
        let store = &self.state.store;
        let now = self.state.clock.now();
        let opening = store.organization(&self.organization, &self.person, self.issued_at);
        match opening.await? {
            OpenedOrganization::Member {
                tx, member, sso, ..
            } if role::allows(&member.roles, Permission::AuditRead)
                && sso.judge(member.connection.as_deref(), None, now) != SsoVerdict::Refused =>
            {
                Ok(tx)
            }
            _ => Err(Problem::new(Code::MembershipRequired)),
        }
    }
}

fn line(line: &str, text: &mut String) {
    writeln!(text, "{line}").expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_and_nothing_else() {
        let read = |query| Format::read(query).ok();
        assert_eq!(read(""), Some(Format::Ndjson));
        assert_eq!(read("format=csv"), Some(Format::Csv));
        for query in ["format=xml", "format=csv&format=csv", "limit=1", "format"] {
            assert_eq!(read(query), None, "{query}");
        }
    }
}
