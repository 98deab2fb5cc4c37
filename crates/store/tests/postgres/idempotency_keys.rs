use chrono::TimeDelta;
use domain::OrganizationId;
use store::{IdempotencyKeyRow, IdempotencyState};
use uuid::Uuid;

use crate::fixtures::{World, minutes, now, person};

fn key() -> IdempotencyKeyRow {
    IdempotencyKeyRow {
        user: person("ada").user_id,
        route: "POST /v1/orgs/{org_id}/projects".to_owned(),
        key: "k1".to_owned(),
        request_hash: vec![1; 32],
    }
}

async fn begin(world: &World, acme: &OrganizationId, key: &IdempotencyKeyRow) -> IdempotencyState {
    let mut tx = world.tenant(acme).await;
    let state = tx.begin_idempotent(key, now()).await.unwrap();
    tx.commit().await.unwrap();
    state
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_to_the_byte() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let body = r#"{"b": 1,  "a": "é"}"#;
    let mut tx = world.tenant(&acme).await;
    assert_eq!(
        tx.begin_idempotent(&key(), now()).await.unwrap(),
        IdempotencyState::Fresh
    );
    tx.finish_idempotent(&key(), 201, body).await.unwrap();
    tx.commit().await.unwrap();
    let done = IdempotencyState::Done {
        status: 201,
        body: body.to_owned(),
    };
    assert_eq!(begin(&world, &acme, &key()).await, done);
}

#[tokio::test]
async fn an_unfinished_request_names_what_it_makes() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    begin(&world, &acme, &key()).await;
    assert_eq!(
        begin(&world, &acme, &key()).await,
        IdempotencyState::Unfinished { resource_id: None }
    );
    let resource = Uuid::now_v7();
    let mut tx = world.tenant(&acme).await;
    tx.set_idempotent_resource(&key(), resource).await.unwrap();
    tx.commit().await.unwrap();
    let unfinished = IdempotencyState::Unfinished {
        resource_id: Some(resource),
    };
    assert_eq!(begin(&world, &acme, &key()).await, unfinished);
}

#[tokio::test]
async fn the_same_key_for_another_request_is_a_mismatch() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    begin(&world, &acme, &key()).await;
    let other = IdempotencyKeyRow {
        request_hash: vec![2; 32],
        ..key()
    };
    assert_eq!(
        begin(&world, &acme, &other).await,
        IdempotencyState::Mismatch
    );
}

#[tokio::test]
async fn another_user_route_or_organization_has_keys_of_its_own() {
    let world = World::new().await;
    let (acme, bolt) = (world.organization('a').await, world.organization('b').await);
    begin(&world, &acme, &key()).await;
    let user = IdempotencyKeyRow {
        user: person("ben").user_id,
        ..key()
    };
    let route = IdempotencyKeyRow {
        route: "POST /v1/me/checkout".to_owned(),
        ..key()
    };
    for (organization, key) in [(&acme, user), (&acme, route), (&bolt, key())] {
        assert_eq!(
            begin(&world, organization, &key).await,
            IdempotencyState::Fresh
        );
    }
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    begin(&world, &acme, &key()).await;
    let mut tx = world.tenant(&acme).await;
    let almost = now() + TimeDelta::days(1) - minutes(1);
    assert_ne!(
        tx.begin_idempotent(&key(), almost).await.unwrap(),
        IdempotencyState::Fresh
    );
    assert_eq!(
        tx.begin_idempotent(&key(), almost + minutes(1))
            .await
            .unwrap(),
        IdempotencyState::Fresh
    );
}

#[tokio::test]
async fn a_repeat_waits_for_the_first_to_end() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let (key, mut first) = (key(), world.tenant(&acme).await);
    first.begin_idempotent(&key, now()).await.unwrap();
    let end_when_awaited = async {
        world.until_a_session_waits().await;
        first.finish_idempotent(&key, 200, "{}").await.unwrap();
        first.commit().await.unwrap();
    };
    let (repeat, ()) = tokio::join!(begin(&world, &acme, &key), end_when_awaited);
    assert!(matches!(repeat, IdempotencyState::Done { .. }));
}
