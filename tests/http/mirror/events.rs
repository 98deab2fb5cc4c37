//! What Auth0 tells is read again there and applied here.

use domain::Role;
use reqwest::Method;
use serde_json::json;
use store::DatabaseRole;
use tests::{TestApp, eventually};

use super::{
    auth0_members, management, our_members, remove_in_auth0, swap_role_in_auth0, told,
    until_the_same,
};

/// Waits until no event waits, here or there.
async fn quiet(app: &TestApp) {
    eventually("the end of all events", || async {
        let stream = app.sandbox_get("sandbox/event-stream").await;
        let mut admin = app.database.admin().await;
        let open = "select count(*) from ops.webhook_inbox where provider = 'auth0' and state = 'received'";
        let open: i64 = sqlx::query_scalar(open)
            .fetch_one(&mut admin)
            .await
            .expect("a count");
        (stream["waiting"] == json!([]) && open == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_in_auth0_is_refused_with_their_old_token() {
    let app = told().await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    let path = format!("/v1/orgs/{}", organization.id);
    app.get(&path, Some(&token)).await.assert_status(200);
    remove_in_auth0(&app, &organization, &person).await;
    eventually("a refusal", || async {
        let answer = app.get(&path, Some(&token)).await;
        (answer.status == 403).then(|| answer.assert_problem(403, "membership_required").status)
    })
    .await;
    until_the_same(&app, &organization).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_added_or_given_roles_in_auth0_has_them_here() {
    let app = told().await;
    let organization = app.organization().await;
    let (person, _) = app.member(&organization, Role::OrgMember).await;
    let roles = [Role::OrgMember, Role::OrgBilling];
    swap_role_in_auth0(&app, &organization, &person, roles).await;
    let added = app.visitor().await;
    let auth0 = app.auth0();
    let members = [added.user_id.clone()];
    let adding = auth0
        .organizations()
        .add_members(&organization.id, &members);
    adding.await.expect("Auth0 adds them");
    eventually("the new member and the new role", || async {
        let ours = our_members(&app, &organization).await;
        let roles = &ours[&person.user_id].roles;
        (ours.contains_key(&added.user_id) && roles.contains("org_billing")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_doubled_and_shuffled_end_in_what_auth0_has() {
    let app = told().await;
    let organization = app.organization().await;
    let (changed, _) = app.member(&organization, Role::OrgReadonly).await;
    let (removed, _) = app.member(&organization, Role::OrgMember).await;
    for kind in ["duplicate_event", "reorder_event"] {
        let fault = json!({ "kind": kind, "path": "organization.", "probability": 0.5 });
        app.plan_fault(&fault).await;
    }
    for roles in [
        [Role::OrgReadonly, Role::OrgMember],
        [Role::OrgMember, Role::OrgAdmin],
        [Role::OrgAdmin, Role::OrgBilling],
    ] {
        swap_role_in_auth0(&app, &organization, &changed, roles).await;
    }
    remove_in_auth0(&app, &organization, &removed).await;
    app.clear_faults().await;
    until_the_same(&app, &organization).await;
    quiet(&app).await;
    assert_eq!(
        our_members(&app, &organization).await,
        auth0_members(&app, &organization).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_event_does_not_bring_back_who_is_on_their_way_out() {
    let app = told().await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgAdmin).await;
    quiet(&app).await;
    let store = app.database.store(DatabaseRole::Worker).await;
    let id: domain::OrganizationId = organization.id.parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    let user = person.user_id.parse().expect("a user id");
    tx.delete_membership(&user).await.expect("they are deleted");
    // It runs long after the end of this test: Auth0 still has them.
    let later = app.sandbox.clock().now() + std::time::Duration::from_secs(36_000);
    let payload = json!({ "user_id": person.user_id });
    tx.enqueue("membership", &person.user_id, &payload, later)
        .await
        .expect("the job waits");
    tx.commit().await.expect("it is committed");
    let event = json!({
        "specversion": "1.0", "type": "organization.member.added", "source": "urn:auth0:sandbox",
        "id": "evt_ofAnEarlierAddition0001", "time": "2026-01-01T00:00:00.000Z", "a0tenant": "sandbox",
        "a0stream": "est_0000000000000000000001",
        "data": { "object": { "organization": { "id": organization.id }, "user": { "user_id": person.user_id } } },
    });
    app.auth0_event(&event.to_string(), tests::EVENTS_TOKEN)
        .await
        .assert_status(200);
    eventually("a look at the event", || async {
        let looked = "select exists (select from ops.job where kind = 'auth0_webhook' and attempts > 0 \
             and lease_until is null and payload ->> 'event_id' = 'evt_ofAnEarlierAddition0001')";
        let mut admin = app.database.admin().await;
        let looked: bool = sqlx::query_scalar(looked)
            .fetch_one(&mut admin)
            .await
            .expect("an answer");
        looked.then_some(())
    })
    .await;
    assert!(
        !our_members(&app, &organization)
            .await
            .contains_key(&person.user_id)
    );
    let path = format!("/v1/orgs/{}", organization.id);
    app.get(&path, Some(&token))
        .await
        .assert_problem(403, "membership_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_name_is_shown_and_a_deleted_account_is_out_everywhere() {
    let app = told().await;
    let organization = app.organization().await;
    let (renamed, _) = app.member(&organization, Role::OrgMember).await;
    let (deleted, _) = app.member(&organization, Role::OrgMember).await;
    let path = |user_id: &str| format!("users/{user_id}");
    let name = json!({ "name": "A new name" });
    management(&app, Method::PATCH, &path(&renamed.user_id), &name).await;
    management(&app, Method::DELETE, &path(&deleted.user_id), &json!({})).await;
    eventually(
        "the new name, and nobody of the deleted account",
        || async {
            let ours = our_members(&app, &organization).await;
            let shown = ours[&renamed.user_id].name.as_deref() == Some("A new name");
            (shown && !ours.contains_key(&deleted.user_id)).then_some(())
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_deleted_in_auth0_is_suspended_and_keeps_its_rows() {
    let app = told().await;
    let organization = app.organization().await;
    let auth0 = app.auth0();
    let deleting = auth0.organizations().delete(&organization.id);
    deleting.await.expect("Auth0 deletes it");
    let path = format!("/v1/orgs/{}", organization.id);
    eventually("a suspension", || async {
        let answer = app.get(&path, Some(&organization.token)).await;
        (answer.status == 403).then(|| answer.assert_problem(403, "org_suspended").status)
    })
    .await;
    let kept = app
        .rows_that_mention(std::slice::from_ref(&organization.id))
        .await;
    assert!(kept.iter().any(|row| row.starts_with("app.memberships")));
    assert!(kept.iter().any(|row| row.contains("organization.lost")));
}
