use chrono::TimeDelta;
use store::StoreError;

use crate::fixtures::{World, conversion, now, organization, project};

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    world
        .tenant(&acme)
        .await
        .insert_project(&project("Gone"))
        .await
        .unwrap();
    assert_eq!(world.count("select count(*) from app.projects").await, 0);
}

#[tokio::test]
async fn a_transaction_with_a_failed_statement_cannot_be_committed() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let (kept, twice) = (project("Kept"), project("Twice"));
    let mut tx = world.tenant(&acme).await;
    tx.insert_project(&kept).await.unwrap();
    tx.insert_project(&twice).await.unwrap();
    let taken = tx.insert_project(&twice).await.unwrap_err();
    assert!(
        matches!(&taken, StoreError::Taken { constraint } if constraint == "projects_pkey"),
        "{taken:?}"
    );
    assert!(matches!(tx.commit().await, Err(StoreError::Unsettled)));
}

#[tokio::test]
async fn two_transactions_that_wait_for_each_other_end_as_contended() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let projects = [project("One"), project("Two")];
    let mut tx = world.tenant(&acme).await;
    for project in &projects {
        tx.insert_project(project).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (mut first, mut second) = (world.tenant(&acme).await, world.tenant(&acme).await);
    first.save_project(&projects[0]).await.unwrap();
    second.save_project(&projects[1]).await.unwrap();
    let (one, two) = tokio::join!(
        first.save_project(&projects[1]),
        second.save_project(&projects[0])
    );
    let lost = one.err().or(two.err()).unwrap();
    assert!(matches!(lost, StoreError::Contended(_)), "{lost:?}");
}

#[tokio::test]
async fn an_orphan_keeps_the_time_of_its_first_sight() {
    let world = World::new().await;
    let (orphan, marker) = (organization('o'), conversion("ada").id);
    let sight = |hours| {
        world
            .worker
            .sight_orphan(&orphan, marker, now() + TimeDelta::hours(hours))
    };
    assert_eq!(sight(0).await.unwrap(), now());
    assert_eq!(sight(1).await.unwrap(), now());
    world.worker.forget_orphan(&orphan).await.unwrap();
    assert_eq!(sight(2).await.unwrap(), now() + TimeDelta::hours(2));
}

#[tokio::test]
async fn the_database_answers_a_ping_until_it_is_closed() {
    let world = World::new().await;
    world.api.ping().await.unwrap();
    world.api.close().await;
    assert!(matches!(
        world.api.ping().await,
        Err(StoreError::Unavailable(_))
    ));
}
