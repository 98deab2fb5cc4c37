use domain::TenantId;
use futures::future::join_all;
use store::Page;

use crate::fixtures::{World, individual, now, person, project};

#[tokio::test]
async fn a_person_has_one_tenant_of_their_own() {
    let world = World::new().await;
    let first = world
        .api
        .individual(&person("ada"), individual(), now())
        .await
        .unwrap();
    assert!(first.created);
    first.tx.commit().await.unwrap();
    let again = world
        .api
        .individual(&person("ada"), individual(), now())
        .await
        .unwrap();
    assert_eq!(
        (again.created, &again.individual),
        (false, &first.individual)
    );
    assert_eq!(again.tx.tenant(), &TenantId::from(first.individual));
    assert!(
        world
            .api
            .individual(&person("ben"), individual(), now())
            .await
            .unwrap()
            .created
    );
}

#[tokio::test]
async fn what_is_not_committed_was_never_created() {
    let world = World::new().await;
    drop(
        world
            .api
            .individual(&person("ada"), individual(), now())
            .await
            .unwrap(),
    );
    assert!(
        world
            .api
            .individual(&person("ada"), individual(), now())
            .await
            .unwrap()
            .created
    );
}

#[tokio::test]
async fn first_requests_at_once_create_one_tenant() {
    let world = World::new().await;
    let open = || async {
        let opened = world
            .api
            .individual(&person("ada"), individual(), now())
            .await
            .unwrap();
        opened.tx.commit().await.unwrap();
        (opened.individual, opened.created)
    };
    let opened = join_all((0..8).map(|_| open())).await;
    assert_eq!(opened.iter().filter(|(_, created)| *created).count(), 1);
    assert!(
        opened
            .iter()
            .all(|(individual, _)| *individual == opened[0].0)
    );
}

#[tokio::test]
async fn an_individual_owns_rows_in_the_same_tables() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let mut tx = world.api.tenant(&ada.into()).await.unwrap();
    tx.insert_project(&project("Mine")).await.unwrap();
    assert_eq!(tx.projects(&Page::first(10)).await.unwrap().items.len(), 1);
    let customer = tx.customer().await.unwrap().unwrap();
    assert_eq!((customer.name, customer.display_name), (None, None));
}
