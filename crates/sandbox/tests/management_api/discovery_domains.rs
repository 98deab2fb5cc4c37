use serde_json::json;

use crate::api::Api;

const MISSING: &str = "No discovery domain found by that id or name";

#[actix_web::test]
async fn a_domain_is_made_shown_changed_and_deleted() {
    let api = Api::start().await;
    let path = format!(
        "organizations/{}/discovery-domains",
        api.organization("acme").await
    );
    let body = json!({ "domain": "Acme.example" });
    let made = api.post(&path, body).await.assert_status(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(id.len(), "ord_".len() + 22);
    assert_eq!(
        (&made["domain"], &made["status"], &made["verification_host"]),
        (
            &json!("acme.example"),
            &json!("pending"),
            &json!("_auth0-challenge.acme.example")
        )
    );
    let one = format!("{path}/{id}");
    let by_name = format!("{path}/name/acme.example");
    assert_eq!(api.get(&by_name).await.assert_status(200), made);
    let patch = json!({ "status": "verified", "use_for_organization_discovery": false });
    let changed = api.patch(&one, patch).await.assert_status(200);
    assert_eq!(api.get(&one).await.assert_status(200), changed);
    let listed = api.get(&path).await.assert_status(200);
    assert_eq!(listed, json!({ "domains": [changed] }));
    api.delete(&one).await.assert_status(204);
    api.get(&by_name).await.assert_error(404, "", MISSING);
    api.delete(&one).await.assert_error(404, "", MISSING);
}

#[actix_web::test]
async fn a_verified_domain_is_one_organizations() {
    let api = Api::start().await;
    let of = |id: String| format!("organizations/{id}/discovery-domains");
    let acme = of(api.organization("acme").await);
    let other = of(api.organization("other").await);
    let verified = json!({ "domain": "acme.example", "status": "verified" });
    api.post(&acme, verified.clone()).await.assert_status(201);
    for path in [&acme, &other] {
        api.post(path, verified.clone()).await.assert_status(409);
    }
    let pending = json!({ "domain": "acme.example" });
    let waiting = api.post(&other, pending).await.assert_status(201);
    let path = format!("{other}/{}", waiting["id"].as_str().unwrap());
    let verified = json!({ "status": "verified" });
    api.patch(&path, verified).await.assert_status(409);
}
