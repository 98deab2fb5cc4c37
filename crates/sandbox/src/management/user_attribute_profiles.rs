//! `/user-attribute-profiles`: kept and answered; what identity providers send is mapped as their connections say.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::call::guarded;
use super::paging::{CHECKPOINT, Checkpoint, Direction, End, Position};
use super::query::Query;
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema};
use super::{path, payload};
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Metadata, Tenant};

const NEW: Schema = Schema {
    required: &["name", "user_attributes"],
    properties: &[
        ("name", Kind::Text(1, 128)),
        ("user_id", Kind::AnyObject),
        ("user_attributes", Kind::AnyObject),
    ],
    open: false,
};

const PATCH: Schema = Schema {
    required: &[],
    ..NEW
};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    let read: &'static [&str] = &["read:user_attribute_profiles"];
    let create: &'static [&str] = &["create:user_attribute_profiles"];
    let update: &'static [&str] = &["update:user_attribute_profiles"];
    let delete: &'static [&str] = &["delete:user_attribute_profiles"];
    cfg.service(
        path("/user-attribute-profiles")
            .route(guard(read, web::get().to(list)))
            .route(guard(create, web::post().to(make))),
    )
    .service(
        path("/user-attribute-profiles/{id}")
            .route(guard(read, web::get().to(show)))
            .route(guard(update, web::patch().to(change)))
            .route(guard(delete, web::delete().to(remove))),
    );
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[CHECKPOINT])?;
    let checkpoint = Checkpoint::or_first(&query, state.clock().now())?;
    state.read(|tenant| {
        let profiles = tenant.user_attribute_profiles.iter();
        let rows = profiles.map(|(id, profile)| {
            let position = Position {
                key: String::new(),
                id: id.clone(),
            };
            (position, json!(profile))
        });
        let (rows, key) = (rows.collect(), "user_attribute_profiles");
        Ok(checkpoint.answer(key, rows, Direction::Ascending, End::Known))
    })
}

async fn make(state: web::Data<State>, body: web::Bytes) -> Answer {
    let mut profile: Metadata = payload::parse(&body, &NEW)?;
    let id = ids::user_attribute_profile();
    profile.insert("id".to_owned(), Value::from(id.clone()));
    state.write(|tenant| {
        let answer = HttpResponse::Created().json(&profile);
        tenant.user_attribute_profiles.insert(id, profile);
        Ok(answer)
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let profile = tenant.user_attribute_profiles.get(id.as_str());
        let profile = profile.ok_or_else(|| Refusal::missing(Missing::UserAttributeProfile))?;
        Ok(HttpResponse::Ok().json(profile))
    })
}

async fn change(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let patch: Metadata = payload::parse(&body, &PATCH)?;
    state.write(|tenant| {
        let profile = find_mut(tenant, &id)?;
        profile.extend(patch);
        Ok(HttpResponse::Ok().json(profile))
    })
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut Metadata, Refusal> {
    let found = tenant.user_attribute_profiles.get_mut(id);
    found.ok_or_else(|| Refusal::missing(Missing::UserAttributeProfile))
}

/// One that is not there is as good as deleted.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| tenant.user_attribute_profiles.remove(id.as_str()));
    Ok(HttpResponse::NoContent().finish())
}
