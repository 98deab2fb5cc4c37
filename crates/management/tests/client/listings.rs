//! Pagination as real tenants do it.

use futures::TryStreamExt;
use management::{Error, Organization, Page, Role};
use serde_json::{Value, json};

use crate::scripted::{Answer, Tenant};

fn organizations(names: &[&str], next: Option<&str>) -> Answer {
    let organizations: Vec<_> = names
        .iter()
        .map(|name| json!({ "id": name, "name": name }))
        .collect();
    let mut page = json!({ "organizations": organizations });
    if let Some(next) = next {
        page["next"] = json!(next);
    }
    Answer::json(200, &page)
}

async fn listed(answers: impl IntoIterator<Item = Answer>) -> (Tenant, Result<Vec<String>, Error>) {
    let tenant = Tenant::start().await;
    tenant.answers("GET organizations", answers);
    let all = tenant.client().organizations().list();
    let names = all
        .map_ok(|organization| organization.name)
        .try_collect()
        .await;
    (tenant, names)
}

fn queries(tenant: &Tenant) -> Vec<String> {
    tenant.calls().into_iter().map(|call| call.query).collect()
}

#[tokio::test]
async fn checkpoints_lead_through_all_pages() {
    let pages = [
        organizations(&["a", "b"], Some("c=1&x")),
        organizations(&["c"], None),
    ];
    let (tenant, names) = listed(pages).await;
    assert_eq!(names.unwrap(), ["a", "b", "c"]);
    assert_eq!(queries(&tenant), ["take=50", "take=50&from=c%3D1%26x"]);
}

#[tokio::test]
async fn the_last_page_with_records_may_point_at_an_empty_one() {
    let pages = [
        organizations(&["a"], Some("1")),
        organizations(&["b"], Some("2")),
        organizations(&[], None),
    ];
    let (_tenant, names) = listed(pages).await;
    assert_eq!(names.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn nothing_is_listed_in_an_empty_tenant() {
    for page in [
        json!({ "organizations": [] }),
        json!([]),
        json!({ "organizations": [], "next": "" }),
        json!({ "organizations": [], "next": null }),
    ] {
        let (_tenant, names) = listed([Answer::json(200, &page)]).await;
        assert_eq!(names, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_short_bare_array_is_the_whole_list() {
    let (_tenant, names) = listed([Answer::json(200, &json!([{ "id": "a", "name": "a" }]))]).await;
    assert_eq!(names.unwrap(), ["a"]);
}

#[tokio::test]
async fn a_checkpoint_that_does_not_advance_is_an_error() {
    let stuck = [organizations(&["a"], Some("1"))];
    let (_tenant, names) = listed(stuck).await;
    assert!(matches!(names, Err(Error::Decode { .. })), "{names:?}");
    let empty = (0..9).map(|n| organizations(&[], Some(&n.to_string())));
    let (tenant, names) = listed(empty).await;
    assert!(matches!(names, Err(Error::Decode { .. })), "{names:?}");
    assert_eq!(tenant.calls().len(), 3);
}

#[tokio::test]
async fn a_page_without_its_collection_is_an_error() {
    for page in [
        json!({ "members": [] }),
        json!({ "organizations": {} }),
        json!("x"),
    ] {
        let (_tenant, names) = listed([Answer::json(200, &page)]).await;
        assert!(matches!(names, Err(Error::Decode { .. })), "{names:?}");
    }
}

#[tokio::test]
async fn records_before_an_error_are_handed_over() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET organizations",
        [organizations(&["a"], Some("1")), Answer::empty(429)],
    );
    let mut all = tenant.client().organizations().list();
    assert_eq!(all.try_next().await.unwrap().unwrap().name, "a");
    assert!(matches!(
        all.try_next().await,
        Err(Error::RateLimited { .. })
    ));
    assert_eq!(all.try_next().await, Ok(None));
}

#[tokio::test]
async fn a_caller_can_keep_its_place() {
    let tenant = Tenant::start().await;
    tenant.answers("GET organizations", [organizations(&["b"], Some("2"))]);
    let page: Page<Organization> = tenant
        .client()
        .organizations()
        .page(Some("1"))
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next.as_deref()), (1, Some("2")));
    assert_eq!(queries(&tenant), ["take=50&from=1"]);
}

fn roles(count: usize, first: usize) -> Vec<Value> {
    (first..first + count)
        .map(|n| json!({ "id": format!("rol_{n}"), "name": format!("role {n}") }))
        .collect()
}

async fn listed_roles(
    pages: impl IntoIterator<Item = Value>,
) -> (Tenant, Result<Vec<Role>, Error>) {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET roles",
        pages.into_iter().map(|page| Answer::json(200, &page)),
    );
    let roles = tenant.client().roles().list().try_collect().await;
    (tenant, roles)
}

#[tokio::test]
async fn offsets_lead_up_to_the_total() {
    let page = |first, count| json!({ "total": 60, "start": first, "limit": 50, "roles": roles(count, first) });
    let (tenant, roles) = listed_roles([page(0, 50), page(50, 10)]).await;
    assert_eq!(roles.unwrap().len(), 60);
    let common = "per_page=50&include_totals=true&page=";
    assert_eq!(
        queries(&tenant),
        [format!("{common}0"), format!("{common}1")]
    );
}

#[tokio::test]
async fn a_total_that_promises_too_much_ends_with_the_records() {
    let (_tenant, roles) = listed_roles([
        json!({ "total": 9, "roles": roles(2, 0) }),
        json!({ "total": 9, "roles": [] }),
    ])
    .await;
    assert_eq!(roles.unwrap().len(), 2);
}

#[tokio::test]
async fn without_totals_an_empty_page_is_the_end() {
    let bare = [json!(roles(50, 0)), json!(roles(3, 50)), json!([])];
    let wrapped = [
        json!({ "roles": roles(3, 0), "start": 0, "limit": 50 }),
        json!({ "roles": [] }),
    ];
    assert_eq!(listed_roles(bare).await.1.unwrap().len(), 53);
    assert_eq!(listed_roles(wrapped).await.1.unwrap().len(), 3);
}

#[tokio::test]
async fn a_tenant_that_ignores_the_page_number_does_not_loop() {
    let (tenant, roles) = listed_roles([json!(roles(2, 0))]).await;
    assert!(matches!(roles, Err(Error::Decode { .. })), "{roles:?}");
    assert_eq!(tenant.calls().len(), 2);
}
