//! Members and their roles.

use futures::TryStreamExt;
use management::{Error, Member};
use serde_json::{Value, json};

use crate::scripted::{Answer, Tenant};

const ADA: &str = "auth0|64f0c0ffee64f0c0ffee64f0";
const ADA_IN_A_PATH: &str = "auth0%7C64f0c0ffee64f0c0ffee64f0";

fn sizes(tenant: &Tenant) -> Vec<usize> {
    let members = |body: &Value| body["members"].as_array().unwrap().len();
    tenant
        .calls()
        .iter()
        .map(|call| members(&call.body))
        .collect()
}

#[tokio::test]
async fn members_are_added_and_removed_ten_at_a_time() {
    let people: Vec<String> = (0..23).map(|n| format!("auth0|{n}")).collect();
    let tenant = Tenant::start().await;
    tenant.answers("POST organizations/o/members", [Answer::empty(204)]);
    tenant.answers("DELETE organizations/o/members", [Answer::empty(204)]);
    let client = tenant.client();
    client
        .organizations()
        .add_members("o", &people)
        .await
        .unwrap();
    client
        .organizations()
        .remove_members("o", &people)
        .await
        .unwrap();
    assert_eq!(sizes(&tenant), [10, 10, 3, 10, 10, 3]);
    assert_eq!(tenant.calls()[5].body, json!({ "members": people[20..] }));
}

#[tokio::test]
async fn a_failing_chunk_ends_the_addition() {
    let tenant = Tenant::start().await;
    let answers = [
        Answer::empty(204),
        Answer::error(400, "invalid_body", "no such user"),
    ];
    tenant.answers("POST organizations/o/members", answers);
    let people = ["auth0|1"; 30];
    let error = tenant
        .client()
        .organizations()
        .add_members("o", &people)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Refused { status: 400, .. }),
        "{error:?}"
    );
    assert_eq!(sizes(&tenant), [10, 10]);
}

#[tokio::test]
async fn nobody_is_not_sent() {
    let tenant = Tenant::start().await;
    let client = tenant.client();
    let nobody: &[&str] = &[];
    client
        .organizations()
        .add_members("o", nobody)
        .await
        .unwrap();
    client
        .organizations()
        .remove_members("o", nobody)
        .await
        .unwrap();
    client
        .organizations()
        .add_member_roles("o", ADA, nobody)
        .await
        .unwrap();
    assert!(tenant.calls().is_empty());
}

#[tokio::test]
async fn members_are_listed_with_their_roles() {
    let ada = json!({ "user_id": ADA, "email": "ada@example.com", "roles": [{ "id": "rol_1", "name": "admin" }] });
    let ben = json!({ "user_id": "auth0|ben", "picture": null, "roles": null });
    let tenant = Tenant::start().await;
    let pages = [
        json!({ "members": [ada], "next": "1" }),
        json!({ "members": [ben] }),
    ];
    tenant.answers(
        "GET organizations/o/members",
        pages.iter().map(|page| Answer::json(200, page)),
    );
    let listed = tenant.client().organizations().members_with_roles("o");
    let members: Vec<Member> = listed.try_collect().await.unwrap();
    assert_eq!(members[0].roles[0].name, "admin");
    assert!(members[1].roles.is_empty());
    let fields = "fields=user_id%2Cemail%2Cname%2Cpicture%2Croles&include_fields=true";
    assert_eq!(tenant.calls()[1].query, format!("{fields}&take=50&from=1"));
}

#[tokio::test]
async fn user_ids_are_encoded_in_paths() {
    let tenant = Tenant::start().await;
    let route = format!("organizations/o/members/{ADA_IN_A_PATH}/roles");
    tenant.answers(&format!("POST {route}"), [Answer::empty(204)]);
    tenant.answers(&format!("DELETE {route}"), [Answer::empty(204)]);
    let client = tenant.client();
    client
        .organizations()
        .add_member_roles("o", ADA, &["rol_1"])
        .await
        .unwrap();
    client
        .organizations()
        .remove_member_roles("o", ADA, &["rol_1"])
        .await
        .unwrap();
    assert_eq!(
        tenant.bodies(),
        [json!({ "roles": ["rol_1"] }), json!({ "roles": ["rol_1"] })]
    );
}

#[tokio::test]
async fn roles_of_a_member_are_shown() {
    let tenant = Tenant::start().await;
    let page = json!({ "roles": [{ "id": "rol_1", "name": "admin", "description": "All" }], "start": 0, "limit": 50, "total": 1 });
    tenant.answers(
        &format!("GET organizations/o/members/{ADA_IN_A_PATH}/roles"),
        [Answer::json(200, &page)],
    );
    let roles = tenant
        .client()
        .organizations()
        .member_roles("o", ADA)
        .await
        .unwrap();
    assert_eq!(roles[0].name, "admin");
    assert_eq!(tenant.calls().len(), 1);
}
