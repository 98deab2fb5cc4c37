//! `GET /organizations`.

use actix_web::web;
use chrono::SecondsFormat;

use super::body::OrganizationBody;
use crate::management::call::Caller;
use crate::management::paging::{self, CHECKPOINT, Direction, End, OFFSET, Position};
use crate::management::query::{Query, invalid};
use crate::management::refusal::{Answer, Refusal};
use crate::state::State;
use crate::tenant::{Metadata, Organization};

#[derive(Clone, Copy)]
enum Sort {
    Name,
    DisplayName,
    CreatedAt,
}

pub(super) async fn list(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    query: Query,
) -> Answer {
    query.only(&[OFFSET, CHECKPOINT, &["sort"]])?;
    let (sort, direction) = sort(&query)?;
    let full = caller.may(&["read:organizations"]);
    let nothing = Metadata::new();
    let (now, as_of) = (state.clock().now(), state.listed_as_of());
    state.read(|tenant| {
        let mut rows: Vec<_> = tenant
            .organizations
            .values()
            .filter(|each| each.created_at <= as_of)
            .map(|each| (position(each, sort), each))
            .collect();
        rows.sort_by(|(left, _), (right, _)| left.cmp(right));
        if direction == Direction::Descending {
            rows.reverse();
        }
        let bodies = rows.into_iter().map(|(position, organization)| {
            let body = OrganizationBody::of(organization);
            (position, if full { body } else { body.summary(&nothing) })
        });
        paging::answer(
            &query,
            now,
            "organizations",
            bodies.collect(),
            direction,
            End::Known,
        )
    })
}

fn sort(query: &Query) -> Result<(Sort, Direction), Refusal> {
    let Some(text) = query.text("sort") else {
        return Ok((Sort::CreatedAt, Direction::Ascending));
    };
    let unknown = || {
        let pattern = r"^((display_name)|(created_at)|(name))\:(1|-1)$";
        invalid(
            &format!("String does not match pattern {pattern}: {text}"),
            "sort",
        )
    };
    let (field, direction) = text.split_once(':').ok_or_else(unknown)?;
    let sort = match field {
        "name" => Sort::Name,
        "display_name" => Sort::DisplayName,
        "created_at" => Sort::CreatedAt,
        _ => return Err(unknown()),
    };
    match direction {
        "1" => Ok((sort, Direction::Ascending)),
        "-1" => Ok((sort, Direction::Descending)),
        _ => Err(unknown()),
    }
}

fn position(organization: &Organization, sort: Sort) -> Position {
    let key = match sort {
        Sort::Name => organization.name.clone(),
        Sort::DisplayName => organization.display_name.clone().unwrap_or_default(),
        Sort::CreatedAt => organization
            .created_at
            .to_rfc3339_opts(SecondsFormat::Micros, true),
    };
    Position {
        key,
        id: organization.id.clone(),
    }
}
