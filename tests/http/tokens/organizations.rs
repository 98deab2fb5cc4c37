//! Which organization a token opens: the one that it names, to those who are its members, and no other.

use reqwest::Method;
use serde_json::json;
use tests::{TestApp, nobodys_organization};

use super::forge::Forge;

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_token_opens_that_organization_only() {
    let app = TestApp::start().await;
    let (ours, theirs) = tokio::join!(app.organization(), app.organization());
    let forge = Forge::of(&app, &ours.token);
    let path = format!("/v1/orgs/{}", ours.id);
    let get = async |token: &str| app.get(&path, Some(token)).await;
    get(&ours.token).await.assert_status(200);
    let named = forge.claiming("org_name", json!(ours.name));
    get(&named).await.assert_status(200);
    let usual = get("nonsense").await.comparable();
    let unknown = nobodys_organization();
    let to_unknown = app
        .get(
            &format!("/v1/orgs/{unknown}"),
            Some(&forge.claiming("org_id", json!(unknown))),
        )
        .await;
    assert_eq!(
        to_unknown.comparable(),
        usual,
        "an organization that we do not know"
    );
    for token in [
        forge.not_claiming("org_id"),
        forge.claiming("org_name", json!(theirs.name)),
        forge.claiming("org_name", json!("")),
        ours.admin.token.clone(),
    ] {
        assert_eq!(get(&token).await.comparable(), usual);
    }
    get(&theirs.token).await.assert_problem(404, "not_found");
    let lent = forge.claiming("org_id", json!(theirs.id));
    let abroad = app
        .get(&format!("/v1/orgs/{}", theirs.id), Some(&lent))
        .await;
    abroad.assert_problem(403, "membership_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_header_can_choose_a_tenant() {
    let app = TestApp::start().await;
    let (ours, theirs) = tokio::join!(app.organization(), app.organization());
    let usual = app
        .get(&format!("/v1/orgs/{}", ours.id), Some(&ours.token))
        .await;
    let names = [
        "x-org-id",
        "x-org",
        "x-tenant-id",
        "x-organization-id",
        "x-original-url",
    ];
    for name in names {
        let request = app
            .request(
                Method::GET,
                &format!("/v1/orgs/{}", ours.id),
                Some(&ours.token),
            )
            .header(name, &theirs.id)
            .header("x-forwarded-host", format!("{}.example.com", theirs.name));
        assert_eq!(app.send(request).await.comparable(), usual.comparable());
        let elsewhere = app
            .request(
                Method::GET,
                &format!("/v1/orgs/{}", theirs.id),
                Some(&ours.token),
            )
            .header(name, &ours.id);
        app.send(elsewhere).await.assert_problem(404, "not_found");
    }
}
