//! `GET /users/{id}/organizations`.

use actix_web::web;

use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::organizations::OrganizationBody;
use crate::management::paging::{OFFSET, Offset};
use crate::management::path;
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::state::State;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(path("/users/{id}/organizations").route(guarded(
        Bucket::ReadUserOrganizations,
        &["read:organizations"],
        web::get().to(list),
    )));
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET])?;
    let offset = Offset::of(&query)?;
    state.read(|tenant| {
        if !tenant.users.contains_key(id.as_str()) {
            return Err(Refusal::missing(Missing::UserOfOrganizations));
        }
        let joined = tenant
            .organizations
            .values()
            .filter(|organization| organization.members.contains_key(id.as_str()));
        Ok(offset.answer("organizations", joined.map(OrganizationBody::of)))
    })
}
