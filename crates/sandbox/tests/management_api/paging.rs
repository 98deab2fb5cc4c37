use serde_json::{Value, json};

use crate::api::Api;

fn names(page: &Value, list: &str) -> Vec<String> {
    let items = page[list].as_array().unwrap().iter();
    items
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn totals_are_answered_when_asked_for() {
    let api = Api::start().await;
    api.organization("acme").await;
    let bare = api.get("organizations").await.assert_status(200);
    assert_eq!(bare.as_array().unwrap().len(), 1);
    let page = api
        .get("organizations?include_totals=true&per_page=5&page=1")
        .await
        .assert_status(200);
    assert_eq!(
        page,
        json!({ "organizations": [], "start": 5, "limit": 5, "total": 1 })
    );
}

#[actix_web::test]
async fn offsets_end_at_a_thousand_records() {
    let api = Api::start().await;
    let message = "Requesting page exceeds the allowed maximum of 1000 records.";
    for list in ["organizations", "users", "roles"] {
        api.get(&format!("{list}?page=9&per_page=100"))
            .await
            .assert_status(200);
        api.get(&format!("{list}?page=10&per_page=100"))
            .await
            .assert_error(400, "invalid_paging", message);
    }
}

#[actix_web::test]
async fn parameters_are_checked() {
    let api = Api::start().await;
    for (query, says) in [
        (
            "per_page=101",
            "'Value 101 is greater than maximum 100' on property per_page",
        ),
        (
            "page=-1",
            "'Value -1 is less than minimum 0' on property page",
        ),
        ("limit=5", "'Additional properties not allowed: limit'"),
        (
            "include_totals=yes",
            "'Expected type boolean but found type string' on property include_totals",
        ),
    ] {
        let message = format!("Query validation error: {says}.");
        api.get(&format!("organizations?{query}"))
            .await
            .assert_error(400, "invalid_query_string", &message);
    }
}

#[actix_web::test]
async fn checkpoints_walk_every_organization_in_any_order() {
    let api = Api::start().await;
    for name in ["b", "a", "c"] {
        api.organization(name).await;
    }
    for (sort, expected) in [
        ("name:1", ["a", "b", "c"]),
        ("name:-1", ["c", "b", "a"]),
        ("created_at:1", ["b", "a", "c"]),
    ] {
        let path = format!("organizations?take=2&include_totals=true&sort={sort}");
        let first = api.get(&path).await.assert_status(200);
        assert!(first.get("total").is_none());
        let next = first["next"].as_str().unwrap();
        let last = api
            .get(&format!("{path}&from={next}"))
            .await
            .assert_status(200);
        assert!(last.get("next").is_none());
        let walked = [
            names(&first, "organizations"),
            names(&last, "organizations"),
        ]
        .concat();
        assert_eq!(walked, expected, "{sort}");
    }
}

#[actix_web::test]
async fn the_last_members_still_announce_a_page_and_it_is_empty() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    for name in ["dora", "emil", "fred"] {
        let user = api.user(&format!("{name}@example.com")).await;
        api.join(&organization, &user).await;
    }
    let path = format!("organizations/{organization}/members?take=2");
    let mut sizes = Vec::new();
    let mut next = String::new();
    loop {
        let page = api.get(&format!("{path}{next}")).await.assert_status(200);
        sizes.push(page["members"].as_array().unwrap().len());
        let Some(from) = page.get("next").and_then(Value::as_str) else {
            break;
        };
        next = format!("&from={from}");
    }
    assert_eq!(sizes, [2, 1, 0]);
}
