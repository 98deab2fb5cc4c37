use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Api;

async fn database(api: &Api) -> String {
    let found = api
        .get("connections?strategy=auth0")
        .await
        .assert_status(200);
    found[0]["id"].as_str().unwrap().to_owned()
}

async fn completed(api: &Api, job: &Value) -> Value {
    let path = format!("jobs/{}", job["id"].as_str().unwrap());
    for _ in 0..200 {
        let found = api.get(&path).await.assert_status(200);
        if found["status"] == "completed" {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the job never ended");
}

#[actix_web::test]
async fn an_import_is_pending_first_and_says_whom_it_left_out() {
    let api = Api::start().await;
    let connection = database(&api).await;
    let known = api.user("known@x.example").await;
    let users = json!([
        { "email": "new@x.example", "user_id": "n1", "app_metadata": { "row": 1 } },
        { "email": "known@x.example", "app_metadata": { "row": 2 } },
        { "name": "without an address" },
    ])
    .to_string();
    let job = api
        .import_users(&connection, false, &users)
        .await
        .assert_status(202);
    assert_eq!(
        (&job["type"], &job["status"]),
        (&"users_import".into(), &"pending".into())
    );
    assert!(job["id"].as_str().unwrap().starts_with("job_"));
    let done = completed(&api, &job).await;
    let counts = json!({ "failed": 2, "updated": 0, "inserted": 1, "total": 3 });
    assert_eq!(done["summary"], counts);
    let errors = format!("jobs/{}/errors", job["id"].as_str().unwrap());
    let errors = api.get(&errors).await.assert_status(200);
    assert_eq!(errors[0]["errors"][0]["code"], "DUPLICATED_USER");
    let made = api.get("users/auth0%7Cn1").await.assert_status(200);
    assert_eq!(made["app_metadata"]["row"], 1);
    let again = api
        .import_users(&connection, true, &users)
        .await
        .assert_status(202);
    assert_eq!(completed(&api, &again).await["summary"]["updated"], 2);
    let known = format!("users/{}", known.replace('|', "%7C"));
    let known = api.get(&known).await.assert_status(200);
    assert_eq!(known["app_metadata"]["row"], 2);
}

#[actix_web::test]
async fn two_jobs_run_at_a_time_and_a_file_has_a_size() {
    let api = Api::start().await;
    let connection = database(&api).await;
    let first = api
        .import_users(&connection, true, "[]")
        .await
        .assert_status(202);
    api.import_users(&connection, true, "[]")
        .await
        .assert_status(202);
    api.import_users(&connection, true, "[]")
        .await
        .assert_status(429);
    completed(&api, &first).await;
    let large = format!("[{}]", " ".repeat(500 * 1024));
    api.import_users(&connection, true, &large)
        .await
        .assert_status(413);
    api.import_users(&connection, true, "{")
        .await
        .assert_status(400);
    api.import_users("con_0000000000000000", true, "[]")
        .await
        .assert_status(400);
    api.get("jobs/job_0000000000000000")
        .await
        .assert_status(404);
}
