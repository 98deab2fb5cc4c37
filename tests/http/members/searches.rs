//! Finding members among many, without asking Auth0.

use std::fmt::Write as _;

use tests::{Organization, TestApp};

use super::members_url;

/// Members with a name and an address, who exist here only.
async fn crowd(app: &TestApp, team: &Organization, many: u32) {
    let crowd = "insert into app.memberships (org_id, issuer, user_id, roles, email, name, joined_at) \
        select $1, $2, 'auth0|' || lpad(n::text, 6, '0'), '{org_member}', \
        'person' || lpad(n::text, 6, '0') || '@example.com', 'Member ' || lpad(n::text, 6, '0'), now() \
        from generate_series(1, $3::integer) n";
    sqlx::query(crowd)
        .bind(&team.id)
        .bind(app.sandbox.base_url())
        .bind(i32::try_from(many).expect("not that many"))
        .execute(&mut app.database.admin().await)
        .await
        .expect("they are stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_and_searches_answer_without_a_call_to_auth0() {
    let app = TestApp::start().await;
    app.is_compared().await;
    let team = app.organization().await;
    crowd(&app, &team, 1_000).await;
    app.settled().await;
    let before = management_calls(&app).await;
    let (mut seen, mut url) = (0, format!("{}?limit=200", members_url(&team)));
    loop {
        let page = app
            .get(&url, Some(&team.token))
            .await
            .assert_status(200)
            .json();
        seen += page["items"].as_array().expect("items").len();
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        url = format!("{}?limit=200&cursor={cursor}", members_url(&team));
    }
    assert_eq!(seen, 1_001);
    for (beginning, hits) in [
        ("MEMBER%200005", 100),
        ("person000700%40", 1),
        ("ember", 0),
        ("%25", 0),
    ] {
        let mut url = members_url(&team);
        write!(url, "?q={beginning}&limit=200").expect("text grows");
        let found = app
            .get(&url, Some(&team.token))
            .await
            .assert_status(200)
            .json();
        assert_eq!(
            found["items"].as_array().expect("items").len(),
            hits,
            "{beginning}"
        );
    }
    assert_eq!(management_calls(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_nothing_is_no_search() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for query in ["q=", "q=a&q=b", "name=ada"] {
        let url = format!("{}?{query}", members_url(&team));
        let answer = app.get(&url, Some(&team.token)).await;
        answer.assert_problem(400, "invalid_query");
    }
}

/// How often the Management API was called.
async fn management_calls(app: &TestApp) -> u64 {
    let requests = app.sandbox_get("sandbox/requests").await;
    let counts = requests["counts"].as_object().expect("counts");
    let calls = counts
        .iter()
        .filter(|(route, _)| route.contains("/api/v2/"));
    calls.filter_map(|(_, count)| count.as_u64()).sum()
}
