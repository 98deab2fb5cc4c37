//! Nothing but the path and the token says whose things are meant.

use reqwest::Method;
use serde_json::json;
use tests::TestApp;

use super::world::Home;

const TENANT_HEADERS: [&str; 9] = [
    "x-org",
    "x-org-id",
    "x-organization-id",
    "x-tenant",
    "x-tenant-id",
    "x-auth0-organization",
    "x-original-url",
    "x-rewrite-url",
    "x-forwarded-prefix",
];

const METHOD_HEADERS: [&str; 3] = [
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_header_chooses_another_tenant_or_another_method() {
    let app = TestApp::start().await;
    let (mine, theirs) = (Home::create(&app).await, Home::create(&app).await);
    app.settled().await;
    let before = (mine.rows(&app).await, theirs.rows(&app).await);
    let path = format!("/v1/orgs/{}/projects", mine.ids.org_id);
    let token = Some(mine.organization.token.as_str());
    let plain = app.get(&path, token).await.comparable();
    let foreign = theirs.ids.org_id.clone();
    let foreign_path = format!("/v1/orgs/{foreign}/projects");
    let tenants = TENANT_HEADERS.map(|name| (name, [foreign.as_str(), &foreign_path]));
    let methods = METHOD_HEADERS.map(|name| (name, ["DELETE", "POST"]));
    for (name, values) in tenants.into_iter().chain(methods) {
        for value in values {
            let request = app.request(Method::GET, &path, token).header(name, value);
            let body = json!({ "name": "By a header" });
            let answer = app.send(request.json(&body)).await;
            assert_eq!(answer.comparable(), plain, "{name}: {value}");
        }
    }
    assert_eq!((mine.rows(&app).await, theirs.rows(&app).await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_outside_its_header_is_no_token() {
    let app = TestApp::start().await;
    let token = app.visitor().await.token;
    for (header, value, path) in [
        (
            "cookie",
            format!("access_token={token}"),
            "/v1/me".to_owned(),
        ),
        ("x-access-token", token.clone(), "/v1/me".to_owned()),
        (
            "proxy-authorization",
            format!("Bearer {token}"),
            "/v1/me".to_owned(),
        ),
        (
            "accept",
            "*/*".to_owned(),
            format!("/v1/me?access_token={token}"),
        ),
        (
            "authorization",
            format!("Basic {token}"),
            "/v1/me".to_owned(),
        ),
        ("authorization", token.clone(), "/v1/me".to_owned()),
    ] {
        let request = app.request(Method::GET, &path, None).header(header, value);
        let answer = app.send(request).await;
        answer.assert_problem(401, "invalid_token");
        assert_eq!(answer.header("set-cookie"), None);
    }
}
