//! Lists and searches organizations.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use actix_web::{get, web};
use domain::OrganizationName;
use store::DirectoryFilter;

use super::ListedBody;
use crate::app::AppState;
use crate::auth::PlatformAdmin;
use crate::openapi::problems::PageProblems;
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::{Code, Problem};
use crate::routes::platform::PlatformProblems;

const FILTERS: [&str; 4] = ["search", "plan", "status", "suspended"];

/// All organizations, by name.
#[utoipa::path(
    operation_id = "list_platform_organizations",
    tag = "platform",
    params(
        PageQuery,
        ("search" = Option<String>, Query,
            description = "What the name, the display name or the external reference begins with"),
        ("plan" = Option<String>, Query, description = "`personal`, `team`, `enterprise` or `trial`"),
        ("status" = Option<String>, Query,
            description = "`active`, `activation`, `past_due`, `expired` or `canceled`"),
        ("suspended" = Option<bool>, Query),
    ),
    responses((status = 200, body = PageBody<ListedBody>), PlatformProblems, PageProblems),
)]
#[get("/v1/platform/organizations")]
pub(super) async fn list(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<ListedBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: "platform",
        name: "organizations",
    };
    let (page, given) = page.parse_filtered::<OrganizationPosition>(key, list, &FILTERS)?;
    let filter = DirectoryFilter {
        search: given.get("search").cloned(),
        plan: value(&given, "plan")?,
        status: value(&given, "status")?,
        suspended: value(&given, "suspended")?,
    };
    let page = store::Page {
        limit: page.limit,
        after: page.after.map(|OrganizationPosition(name)| name),
    };
    let now = state.clock.now();
    let listed = caller.directory.directory(&filter, &page, now).await?;
    Ok(web::Json(PageBody::new(
        listed,
        |entry| OrganizationPosition(entry.name.clone()),
        ListedBody::from,
        key,
        list,
    )))
}

/// An imported name may be shorter than one that is asked for.
struct OrganizationPosition(OrganizationName);

impl serde::Serialize for OrganizationPosition {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_ref())
    }
}

impl<'de> serde::Deserialize<'de> for OrganizationPosition {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        OrganizationName::imported(name)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

fn value<T: FromStr<Err: Display>>(
    given: &BTreeMap<&'static str, String>,
    name: &'static str,
) -> Result<Option<T>, Problem> {
    let Some(text) = given.get(name) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|refusal| Problem::new(Code::InvalidQuery).field(name, "unknown_value", refusal))
}
