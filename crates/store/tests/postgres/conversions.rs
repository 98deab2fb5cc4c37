use domain::{ConversionStep, IndividualId, OrganizationId, TenantId};
use sqlx::Executor;
use store::{Conversion, DatabaseRole, MarkerOwner, NewCustomer, Page, StoreError, TenantTx};

use crate::fixtures::{World, conversion, customer, minutes, now, organization, project};

async fn own(world: &World, individual: &IndividualId) -> TenantTx {
    world
        .worker
        .tenant(&individual.clone().into())
        .await
        .unwrap()
}

async fn inserted(world: &World, individual: &IndividualId) -> Conversion {
    let conversion = conversion("ada");
    let mut tx = own(world, individual).await;
    tx.insert_conversion(&conversion).await.unwrap();
    tx.commit().await.unwrap();
    conversion
}

/// A conversion whose Auth0 organization exists, and that organization.
async fn ready(world: &World, individual: &IndividualId) -> (Conversion, OrganizationId) {
    let mut ready = inserted(world, individual).await;
    ready.step = ConversionStep::RoleSet;
    ready.auth0_org_id = Some(organization('n'));
    let mut tx = own(world, individual).await;
    assert!(tx.save_conversion(&ready).await.unwrap());
    tx.commit().await.unwrap();
    (ready, organization('n'))
}

fn bought(conversion: &Conversion) -> NewCustomer {
    NewCustomer {
        conversion: Some(conversion.id),
        ..customer('n')
    }
}

#[tokio::test]
async fn a_conversion_is_found_again_as_it_was_stored() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let mut full = inserted(&world, &ada).await;
    full.step = ConversionStep::Committed;
    full.try_no = 3;
    full.auth0_org_id = Some(organization('n'));
    full.stripe_customer_id = Some("cus_1".to_owned());
    full.checkout_session_id = Some("cs_1".to_owned());
    full.stripe_subscription_id = Some("sub_1".to_owned());
    full.checkout_url = Some("https://pay.test/1".to_owned());
    full.paid_until = Some(now() + minutes(1));
    full.last_error = Some("late".to_owned());
    full.updated_at = now() + minutes(2);
    let mut tx = own(&world, &ada).await;
    assert!(tx.save_conversion(&full).await.unwrap());
    assert_eq!(tx.conversion(full.id).await.unwrap().as_ref(), Some(&full));
    assert_eq!(tx.lock_conversion(full.id).await.unwrap(), Some(full));
}

#[tokio::test]
async fn who_lost_the_fence_saves_nothing() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let mut stale = inserted(&world, &ada).await;
    let mut tx = own(&world, &ada).await;
    let claimed = tx.claim_conversion(stale.id).await.unwrap().unwrap();
    assert_eq!(claimed.fence, stale.fence + 1);
    stale.step = ConversionStep::Cancelled;
    assert!(!tx.save_conversion(&stale).await.unwrap());
    assert_eq!(tx.conversion(stale.id).await.unwrap(), Some(claimed));
}

#[tokio::test]
async fn conversions_are_listed_newest_first() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let (first, second) = (inserted(&world, &ada).await, inserted(&world, &ada).await);
    let mut tx = own(&world, &ada).await;
    let listed = tx.conversions(&Page::first(1)).await.unwrap();
    assert_eq!((listed.items, listed.more), (vec![second.clone()], true));
    let rest = tx
        .conversions(&Page {
            limit: 1,
            after: Some(second.id),
        })
        .await
        .unwrap();
    assert_eq!((rest.items, rest.more), (vec![first], false));
}

#[tokio::test]
async fn the_sweep_learns_whose_a_marker_is() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let (ready, made) = ready(&world, &ada).await;
    let owner = world.worker.conversion_of_marker(ready.id).await.unwrap();
    let expected = MarkerOwner {
        tenant: ada.into(),
        step: ConversionStep::RoleSet,
        organization_id: Some(made),
    };
    assert_eq!(owner, Some(expected));
    assert_eq!(
        world
            .worker
            .conversion_of_marker(conversion("ben").id)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_name_belongs_to_one_conversion_until_it_is_released() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let (mine, theirs) = (conversion("ada").id, conversion("ben").id);
    let name = "acme".parse().unwrap();
    let mut tx = own(&world, &ada).await;
    assert!(tx.claim_organization_name(&name, mine).await.unwrap());
    assert!(tx.claim_organization_name(&name, mine).await.unwrap());
    assert!(!tx.claim_organization_name(&name, theirs).await.unwrap());
    tx.release_organization_name(&name, theirs).await.unwrap();
    assert!(!tx.claim_organization_name(&name, theirs).await.unwrap());
    tx.release_organization_name(&name, mine).await.unwrap();
    assert!(tx.claim_organization_name(&name, theirs).await.unwrap());
}

#[tokio::test]
async fn a_name_is_neither_taken_nor_freed_for_another_tenants_conversion() {
    let world = World::new().await;
    let (ada, ben) = (world.individual("ada").await, world.individual("ben").await);
    let bens = inserted(&world, &ben).await.id;
    let name = "acme".parse().unwrap();
    let mut tx = own(&world, &ben).await;
    assert!(tx.claim_organization_name(&name, bens).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = own(&world, &ada).await;
    tx.release_organization_name(&name, bens).await.unwrap();
    assert!(
        !tx.claim_organization_name(&name, conversion("ada").id)
            .await
            .unwrap()
    );
    let other = "other".parse().unwrap();
    assert!(!tx.claim_organization_name(&other, bens).await.unwrap());
}

#[tokio::test]
async fn a_stripe_object_has_one_owner() {
    let world = World::new().await;
    let (ada, ben) = (world.individual("ada").await, world.individual("ben").await);
    let bought = inserted(&world, &ada).await;
    let mut tx = own(&world, &ada).await;
    assert_eq!(
        tx.link_stripe("sub_1", Some(bought.id)).await.unwrap(),
        TenantId::from(ada.clone())
    );
    tx.commit().await.unwrap();
    let mut tx = own(&world, &ben).await;
    assert_eq!(
        tx.link_stripe("sub_1", None).await.unwrap(),
        TenantId::from(ada.clone())
    );
    tx.commit().await.unwrap();
    let owner = world.worker.stripe_owner("sub_1").await.unwrap().unwrap();
    assert_eq!(
        (owner.tenant, owner.conversion),
        (ada.into(), Some(bought.id))
    );
}

/// Moves Ada, who made one project, into the organization: the project, and whose it and her subscription are now.
async fn moved(world: &World, keep_projects_personal: bool) -> (TenantId, [bool; 2], TenantId) {
    let ada = world.individual("ada").await;
    let (mut ready, acme) = ready(world, &ada).await;
    let mine = project("Mine");
    let mut tx = own(world, &ada).await;
    ready.keep_projects_personal = keep_projects_personal;
    assert!(tx.save_conversion(&ready).await.unwrap());
    tx.insert_project(&mine).await.unwrap();
    tx.link_stripe("sub_1", Some(ready.id)).await.unwrap();
    tx.move_individual_into(&acme, &bought(&ready))
        .await
        .unwrap();
    let tenant = tx.tenant().clone();
    tx.commit().await.unwrap();
    let ours = world.tenant(&acme).await.project(mine.id).await.unwrap();
    let hers = own(world, &ada).await.project(mine.id).await.unwrap();
    let owner = world.worker.stripe_owner("sub_1").await.unwrap().unwrap();
    (
        tenant,
        [ours == Some(mine.clone()), hers == Some(mine)],
        owner.tenant,
    )
}

#[tokio::test]
async fn the_organization_takes_over_what_the_individual_made() {
    let acme = TenantId::from(organization('n'));
    let world = World::new().await;
    assert_eq!(
        moved(&world, false).await,
        (acme.clone(), [true, false], acme)
    );
}

#[tokio::test]
async fn projects_stay_personal_when_that_was_chosen() {
    let acme = TenantId::from(organization('n'));
    let world = World::new().await;
    assert_eq!(
        moved(&world, true).await,
        (acme.clone(), [false, true], acme)
    );
}

#[tokio::test]
async fn nobody_moves_into_an_organization_that_their_conversion_did_not_make() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let (ready, acme) = ready(&world, &ada).await;
    let foreign = world.organization('b').await;
    let ben = world.individual("ben").await;
    for (individual, organization) in [(&ada, &foreign), (&ben, &acme)] {
        let mut tx = own(&world, individual).await;
        let refused = tx
            .move_individual_into(organization, &bought(&ready))
            .await
            .unwrap_err();
        assert!(matches!(refused, StoreError::Tenant(_)), "{refused:?}");
        assert!(matches!(tx.commit().await, Err(StoreError::Unsettled)));
    }
}

#[tokio::test]
async fn the_api_cannot_switch_tenants() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let (ready, acme) = ready(&world, &ada).await;
    let mut tx = world.api.tenant(&ada.into()).await.unwrap();
    let refused = tx
        .move_individual_into(&acme, &bought(&ready))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::Forbidden { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_conversion_makes_one_customer() {
    let world = World::new().await;
    let ada = world.individual("ada").await;
    let (ready, acme) = ready(&world, &ada).await;
    let mut tx = own(&world, &ada).await;
    tx.move_individual_into(&acme, &bought(&ready))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = own(&world, &ada).await;
    let refused = tx
        .move_individual_into(&acme, &bought(&ready))
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Taken { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_second_tenant_in_one_transaction_is_refused() {
    let world = World::new().await;
    let mut api = world.database.connection(DatabaseRole::Api).await;
    api.execute("begin; select app.set_org('org_aaaaaaaaaaaaaaaa'); select app.set_org('org_aaaaaaaaaaaaaaaa')").await.unwrap();
    let refused = api
        .execute("select app.set_org('org_bbbbbbbbbbbbbbbb')")
        .await
        .unwrap_err();
    assert_eq!(
        refused.as_database_error().unwrap().code().unwrap(),
        "28000"
    );
}
