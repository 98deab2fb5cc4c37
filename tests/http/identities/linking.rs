//! What becomes of the two accounts.

use domain::Role;
use serde_json::json;
use tests::{Options, TestApp, eventually};

use super::{again, at_auth0, became, identities, link, linked, second_login, social, sub};

#[tokio::test(flavor = "multi_thread")]
async fn either_login_leads_to_the_main_account_and_the_other_is_nobody_any_more() {
    let app = TestApp::start().await;
    let (ada, provider) = (app.visitor().await, social());
    let other = second_login(&app, &provider, &ada.user_id).await;
    app.get("/v1/me", Some(&other.token))
        .await
        .assert_status(200);
    let accepted = link(&app, &ada.token, &other.token, "caller").await;
    assert_eq!(accepted.assert_status(202).json()["state"], "linking");
    // From the very next request on, whatever Auth0 has done by then.
    app.get("/v1/me", Some(&other.token))
        .await
        .assert_problem(401, "invalid_token");
    let link = became(&app, &ada.token, "linked").await;
    assert_eq!(link["user_id"], sub(&other).as_str());
    let identities = at_auth0(&app, &ada.user_id).await;
    assert_eq!(identities, Some(vec![ada.user_id.clone(), sub(&other)]));
    assert_eq!(at_auth0(&app, &sub(&other)).await, None);
    let social = app.log_in_by("", Some(again(&provider)), &[]).await;
    assert_eq!(sub(&social.expect("they log in")), ada.user_id);
    let password = app.log_in(&ada, None).await.expect("they log in");
    assert_eq!(sub(&password), ada.user_id);
    app.settled().await;
    app.get("/v1/me", Some(&other.token))
        .await
        .assert_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_may_make_the_other_account_the_main_one() {
    let app = TestApp::start().await;
    let (ada, provider) = (app.visitor().await, social());
    let other = second_login(&app, &provider, &ada.user_id).await;
    link(&app, &ada.token, &other.token, "other")
        .await
        .assert_status(202);
    app.get("/v1/me", Some(&ada.token))
        .await
        .assert_problem(401, "invalid_token");
    let link = became(&app, &other.token, "linked").await;
    assert_eq!(link["user_id"], ada.user_id.as_str());
    let password = app.log_in(&ada, None).await.expect("they log in");
    assert_eq!(sub(&password), sub(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn memberships_pass_on_with_the_roles_that_each_organization_gave() {
    let app = TestApp::with(Options {
        events: true,
        ..Options::default()
    })
    .await;
    let (one, both) = (app.organization().await, app.organization().await);
    let (ben, provider) = (app.visitor().await, social());
    let google = second_login(&app, &provider, &ben.user_id).await;
    app.is_compared().await;
    for team in [&one, &both] {
        app.enable_social(team).await;
    }
    for (team, user, role) in [
        (&one, &sub(&google), Role::OrgBilling),
        (&both, &sub(&google), Role::OrgBilling),
        (&both, &ben.user_id, Role::OrgMember),
    ] {
        app.join(team, user, role).await;
    }
    let before = app
        .log_in_by("", Some(again(&provider)), &[("organization", &one.id)])
        .await;
    let before = before.expect("a member").token;
    link(&app, &ben.token, &google.token, "caller")
        .await
        .assert_status(202);
    let show = |id: &str| format!("/v1/orgs/{id}");
    app.get(&show(&one.id), Some(&before))
        .await
        .assert_problem(401, "invalid_token");
    became(&app, &ben.token, "linked").await;
    app.settled().await;
    for (team, roles) in [
        (&one, json!(["org_billing"])),
        (&both, json!(["org_member", "org_billing"])),
    ] {
        let members = app
            .get(&format!("{}/members", show(&team.id)), Some(&team.token))
            .await;
        let members = members.json();
        let members = members["items"].as_array().expect("items");
        let found: Vec<_> = members
            .iter()
            .filter(|member| member["user_id"] != team.admin.user_id.as_str())
            .collect();
        assert_eq!(found.len(), 1, "{members:?}");
        assert_eq!(found[0]["user_id"], ben.user_id.as_str());
        assert_eq!(found[0]["roles"], roles);
        let path = format!(
            "{}/audit-events?action=member.identity_linked",
            show(&team.id)
        );
        let events = app.get(&path, Some(&team.token)).await.json();
        assert_eq!(
            events["items"].as_array().map(Vec::len),
            Some(1),
            "{events}"
        );
        assert_eq!(
            events["items"][0]["before"]["user_id"],
            sub(&google).as_str()
        );
        let entered = app
            .log_in(&ben, Some(&team.id))
            .await
            .expect("Auth0 followed");
        app.get(&show(&team.id), Some(&entered.token))
            .await
            .assert_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_come_along_and_the_rest_of_the_other_tenant_is_erased() {
    let app = TestApp::start().await;
    let (ada, provider) = (app.visitor().await, social());
    let other = second_login(&app, &provider, &ada.user_id).await;
    let project = json!({ "name": "Brought along" });
    app.post("/v1/me/projects", &other.token, &project)
        .await
        .assert_status(201);
    let tenant = app.individuals(&[&sub(&other)]).await;
    link(&app, &ada.token, &other.token, "caller")
        .await
        .assert_status(202);
    became(&app, &ada.token, "linked").await;
    let mine = app.get("/v1/me/projects", Some(&ada.token)).await.json();
    assert_eq!(mine["items"][0]["name"], "Brought along");
    eventually("the end of their own tenant", || async {
        app.individuals(&[&sub(&other)])
            .await
            .is_empty()
            .then_some(())
    })
    .await;
    app.settled().await;
    let left = app.rows_that_mention(&tenant).await;
    let left: Vec<_> = left.iter().filter(|row| !row.starts_with("ops.")).collect();
    assert_eq!(left, Vec::<&String>::new());
    let mine = app.get("/v1/me/projects", Some(&ada.token)).await.json();
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_its_own_stands_in_the_way_but_not_the_other_way_round() {
    let app = TestApp::start().await;
    let (mut ada, provider) = (app.visitor().await, social());
    let order = json!({ "plan": "personal", "interval": "month" });
    let page = app.post("/v1/me/checkout", &ada.token, &order).await;
    let page = page.assert_status(201).json();
    ada.pay(&app, page["checkout_url"].as_str().expect("a page"))
        .await;
    eventually("the personal plan", || async {
        let mine = app.get("/v1/me/subscription", Some(&ada.token)).await;
        (mine.json()["plan"] == "personal").then_some(())
    })
    .await;
    let other = second_login(&app, &provider, &ada.user_id).await;
    link(&app, &ada.token, &other.token, "other")
        .await
        .assert_problem(409, "identity_has_plan");
    assert_eq!(identities(&app, &other.token).await.len(), 0);
    app.get("/v1/me", Some(&ada.token)).await.assert_status(200);
    link(&app, &ada.token, &other.token, "caller")
        .await
        .assert_status(202);
    became(&app, &ada.token, "linked").await;
    let mine = app.get("/v1/me/subscription", Some(&ada.token)).await;
    assert_eq!(mine.json()["plan"], "personal");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_goes_before_auth0_is_asked_leaves_the_other_as_it_was() {
    let app = TestApp::start().await;
    let (ada, provider) = (app.visitor().await, social());
    let other = second_login(&app, &provider, &ada.user_id).await;
    let gone = app.auth0().users().delete(&sub(&other)).await;
    gone.expect("Auth0 deletes it");
    link(&app, &ada.token, &other.token, "caller")
        .await
        .assert_status(202);
    let failed = became(&app, &ada.token, "failed").await;
    assert_eq!(failed["failure"], "account_gone");
    app.get("/v1/me", Some(&ada.token)).await.assert_status(200);
    // It came back as somebody new, and the failed try does not stand in the way.
    let other = second_login(&app, &provider, &ada.user_id).await;
    link(&app, &ada.token, &other.token, "caller")
        .await
        .assert_status(202);
    eventually("the second link", || async {
        let links = identities(&app, &ada.token).await;
        let is_it = |link: &&serde_json::Value| link["user_id"] == sub(&other).as_str();
        (links.iter().find(is_it)?["state"] == "linked").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_login_goes_with_the_account_and_may_begin_anew() {
    let app = TestApp::start().await;
    let (ada, provider, _) = linked(&app).await;
    let deleted = app.request(reqwest::Method::DELETE, "/v1/me", Some(&ada.token));
    app.send(deleted).await.assert_status(204);
    eventually("the end of the account", || async {
        at_auth0(&app, &ada.user_id).await.is_none().then_some(())
    })
    .await;
    app.settled().await;
    let anew = app
        .log_in_by("", Some(again(&provider)), &[])
        .await
        .expect("a login");
    assert_ne!(sub(&anew), ada.user_id);
    app.get("/v1/me", Some(&anew.token))
        .await
        .assert_status(200);
}
