//! The door through which a tenant is deleted, and who gets through it.

use chrono::TimeDelta;
use domain::{OrganizationId, Role, TenantId};
use sqlx::{AssertSqlSafe, Executor};
use store::{DatabaseRole, NewDeletion, OpenedPerson, StoreError};

use crate::fixtures::{World, customer, individual, minutes, now, person};

async fn request(world: &World, organization: &OrganizationId) {
    let mut tx = world.tenant(organization).await;
    let wanted = NewDeletion {
        requested_by: person("ada").user_id,
        requested_at: now(),
        deletes_at: now() + minutes(10),
        was_ending: false,
    };
    assert!(tx.request_deletion(&wanted).await.unwrap());
    assert!(!tx.request_deletion(&wanted).await.unwrap(), "once");
    tx.commit().await.unwrap();
}

async fn begin(world: &World, tenant: &TenantId, minute: i64) -> bool {
    let mut tx = world.worker.tenant(tenant).await.unwrap();
    let begun = tx.begin_erasure(now() + minutes(minute), None).await;
    let begun = begun.unwrap();
    tx.commit().await.unwrap();
    begun
}

/// How many rows went, a few at a time.
async fn erase(world: &World, tenant: &TenantId) -> Result<u64, StoreError> {
    let mut total = 0;
    loop {
        let mut tx = world.worker.tenant(tenant).await?;
        let erased = tx.erase_rows(2).await?;
        tx.commit().await?;
        total += erased;
        if erased == 0 {
            return Ok(total);
        }
    }
}

#[tokio::test]
async fn it_opens_for_the_worker_alone_and_only_once_the_deletion_began() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let tenant = TenantId::from(acme.clone());
    assert!(matches!(
        erase(&world, &tenant).await,
        Err(StoreError::Tenant(_))
    ));
    request(&world, &acme).await;
    assert!(!begin(&world, &tenant, 9).await, "it is not due");
    assert!(erase(&world, &tenant).await.is_err());
    let mut tx = world.tenant(&acme).await;
    assert!(tx.restore_tenant(now()).await.unwrap());
    assert!(!tx.restore_tenant(now()).await.unwrap(), "once");
    tx.commit().await.unwrap();
    assert!(!begin(&world, &tenant, 20).await, "it was taken back");
    request(&world, &acme).await;
    assert!(begin(&world, &tenant, 10).await);
    assert!(!begin(&world, &tenant, 10).await, "once");
    let mut tx = world.tenant(&acme).await;
    assert!(!tx.restore_tenant(now()).await.unwrap(), "it is too late");
    drop(tx);
    for role in [DatabaseRole::Api, DatabaseRole::Inbox] {
        let mut connection = world.database.connection(role).await;
        let refused = connection.execute("select ops.erase_tenant(1)").await;
        assert!(refused.is_err(), "{role:?}");
    }
    assert!(erase(&world, &tenant).await.unwrap() > 0);
}

#[tokio::test]
async fn everything_of_the_tenant_goes_and_nothing_of_another_and_its_name_is_free() {
    let world = World::new().await;
    let (acme, other) = (world.organization('a').await, world.organization('b').await);
    for organization in [&acme, &other] {
        for name in ["ada", "ben", "cleo"] {
            world.member(organization, name, &[Role::OrgAdmin]).await;
        }
    }
    let before = mentions(&world, &other).await;
    let tenant = TenantId::from(acme.clone());
    request(&world, &acme).await;
    assert!(begin(&world, &tenant, 10).await);
    let mut tx = world.worker.tenant(&tenant).await.unwrap();
    let erasure = tx.erasure().await.unwrap().unwrap();
    assert_eq!(erasure.person, None);
    drop(tx);
    assert!(erase(&world, &tenant).await.unwrap() >= 8);
    let mut tx = world.worker.tenant(&tenant).await.unwrap();
    tx.finish_erasure(now() + minutes(11)).await.unwrap();
    assert_eq!(tx.erasure().await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(mentions(&world, &other).await, before);
    let left = mentions(&world, &acme).await;
    assert!(
        left.iter()
            .all(|row| row.starts_with("ops.deletion ") || row.starts_with("ops.job ")),
        "{left:?}"
    );
    let mut tx = world.tenant(&crate::fixtures::organization('c')).await;
    let heir = store::NewCustomer {
        conversion: None,
        ..customer('a')
    };
    tx.insert_customer(&heir).await.unwrap();
}

async fn mentions(world: &World, organization: &OrganizationId) -> Vec<String> {
    let mut admin = world.database.admin().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('app', 'ops') order by 1",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select '{table} ' || t::text from {table} t where strpos(t::text, $1) > 0 order by 1"
        )))
        .bind(organization.as_ref())
        .fetch_all(&mut admin)
        .await
        .unwrap();
        rows.extend(found);
    }
    rows
}

#[tokio::test]
async fn a_closed_person_is_refused_with_old_tokens_and_known_when_they_come_back() {
    let world = World::new().await;
    let ada = person("ada");
    let theirs = world.individual("ada").await;
    let tenant = TenantId::from(theirs.clone());
    let open = |issued: TimeDelta| {
        let (store, ada) = (world.api.clone(), ada.clone());
        async move {
            let times = (now() + issued, now() + issued);
            store.person(&ada, individual(), times).await.unwrap()
        }
    };
    let OpenedPerson::Open { opened, was_here } = open(TimeDelta::zero()).await else {
        panic!("their account is open");
    };
    assert_eq!((opened.individual, was_here), (theirs.clone(), false));
    let mut tx = world.api.tenant(&tenant).await.unwrap();
    let stranger = tx.close_person(&person("ben"), now()).await;
    assert!(matches!(stranger, Err(StoreError::Tenant(_))));
    let mut tx = world.api.tenant(&tenant).await.unwrap();
    tx.close_person(&ada, now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(open(minutes(1)).await, OpenedPerson::Closed));
    assert!(begin(&world, &tenant, 0).await);
    erase(&world, &tenant).await.unwrap();
    assert!(matches!(open(minutes(1)).await, OpenedPerson::Closed));
    let mut tx = world.worker.tenant(&tenant).await.unwrap();
    let erasure = tx.erasure().await.unwrap().unwrap();
    assert_eq!(erasure.person, Some(ada.clone()));
    tx.finish_erasure(now() + minutes(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(open(minutes(2)).await, OpenedPerson::Closed));
    let OpenedPerson::Open { opened, was_here } = open(minutes(3)).await else {
        panic!("a login from after the end is a new one");
    };
    assert!(was_here && opened.created && opened.individual != theirs);
    let standing = world.worker.standing(&person("ben"), now()).await.unwrap();
    assert!(!standing.is_closed && !standing.was_here);
}
