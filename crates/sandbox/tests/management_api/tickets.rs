use chrono::TimeDelta;
use serde_json::json;

use crate::api::Api;

fn secret(ticket: &str) -> String {
    let secret = ticket.split("ticket=").nth(1).unwrap();
    secret.trim_end_matches('#').to_owned()
}

#[actix_web::test]
async fn a_ticket_sets_a_password_once_and_leads_into_its_organization() {
    let api = Api::start().await;
    let (user, acme) = (
        api.user("ada@x.example").await,
        api.organization("acme").await,
    );
    let body = json!({
        "user_id": user, "organization_id": acme, "client_id": "tenantry-console", "mark_email_as_verified": true,
    });
    let made = api
        .post("tickets/password-change", body)
        .await
        .assert_status(201);
    let ticket = made["ticket"].as_str().unwrap();
    assert!(
        ticket.ends_with('#') && ticket.contains("/u/reset-password?ticket="),
        "{ticket}"
    );
    assert_eq!(secret(ticket).len(), 32);
    let page = format!("u/reset-password?ticket={}", secret(ticket));
    assert_eq!(api.page(&page, None).await.0, 200);
    assert_eq!(api.page(&page, Some(&[("password", "short")])).await.0, 400);
    let (status, _) = api
        .page(&page, Some(&[("password", "Long-enough-1")]))
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        api.page(&page, Some(&[("password", "Long-enough-2")]))
            .await
            .0,
        400
    );
    let shown = api
        .get(&format!("users/{}", user.replace('|', "%7C")))
        .await;
    let shown = shown.assert_status(200);
    assert_eq!(shown["email_verified"], true);
    assert!(shown["last_password_reset"].is_string());
}

#[actix_web::test]
async fn a_ticket_ends_and_names_somebody_with_a_password() {
    let api = Api::start().await;
    let user = api.user("ada@x.example").await;
    let short = json!({ "user_id": user, "ttl_sec": 60 });
    let made = api
        .post("tickets/password-change", short)
        .await
        .assert_status(201);
    let page = format!(
        "u/reset-password?ticket={}",
        secret(made["ticket"].as_str().unwrap())
    );
    api.running.clock().advance(TimeDelta::seconds(61));
    assert_eq!(api.page(&page, None).await.0, 400);
    for body in [
        json!({}),
        json!({ "user_id": user, "email": "ada@x.example" }),
        json!({ "user_id": user, "organization_id": "org_0123456789abcdef", "result_url": "https://x.example/" }),
        json!({ "user_id": user, "ttl_sec": -1 }),
        json!({ "user_id": user, "more": 1 }),
    ] {
        api.post("tickets/password-change", body)
            .await
            .assert_status(400);
    }
    let nobody = json!({ "user_id": "auth0|nobody" });
    let nobody = api.post("tickets/password-change", nobody).await;
    nobody.assert_error(404, "inexistent_user", "The user does not exist.");
}
