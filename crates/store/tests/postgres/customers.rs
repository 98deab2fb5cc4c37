use domain::{BrandColors, Branding, Role};
use store::{OpenedOrganization, StoreError};

use crate::fixtures::{World, customer, minutes, now, organization, person};

#[tokio::test]
async fn a_customer_is_found_again_as_it_was_stored() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let stored = world.tenant(&acme).await.customer().await.unwrap().unwrap();
    let new = customer('a');
    assert_eq!(
        (stored.tenant, stored.name, stored.display_name),
        (acme.into(), Some(new.name), Some(new.display_name))
    );
    assert_eq!(
        (stored.created_at, stored.suspended_at, stored.version),
        (now(), None, 1)
    );
}

#[tokio::test]
async fn two_organizations_cannot_have_one_name() {
    let world = World::new().await;
    world.organization('a').await;
    let mut tx = world.tenant(&organization('b')).await;
    let refused = tx.insert_customer(&customer('a')).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::Taken { constraint } if constraint == "organization_pkey" || constraint.starts_with("organization_name")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_suspended_organization_opens_for_nobody() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    world.member(&acme, "ada", &[Role::OrgAdmin]).await;
    let mut tx = world.tenant(&acme).await;
    let mut stored = tx.customer().await.unwrap().unwrap();
    stored.suspended_at = Some(now());
    tx.save_customer(&stored).await.unwrap();
    tx.commit().await.unwrap();
    let opened = world
        .api
        .organization(&acme, &person("ada"), now())
        .await
        .unwrap();
    assert!(
        matches!(opened, OpenedOrganization::Suspended),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read_and_reaches_the_directory() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    world.member(&acme, "ada", &[Role::OrgAdmin]).await;
    let mut tx = world.tenant(&acme).await;
    let mut stored = tx.customer().await.unwrap().unwrap();
    stored.display_name = Some("Acme Rockets".parse().unwrap());
    stored.updated_at = now() + minutes(1);
    tx.save_customer(&stored).await.unwrap();
    assert!(matches!(
        tx.save_customer(&stored).await,
        Err(StoreError::Stale)
    ));
    tx.commit().await.unwrap();
    let mine = world.api.my_organizations(&person("ada")).await.unwrap();
    assert_eq!(Some(&mine[0].display_name), stored.display_name.as_ref());
}

#[tokio::test]
async fn a_look_and_the_policies_are_found_again_as_they_were_stored() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    let mut stored = tx.customer().await.unwrap().unwrap();
    assert_eq!(
        (&stored.branding, stored.members_can_invite),
        (&Branding::default(), false)
    );
    stored.branding = Branding {
        logo_url: Some("https://cdn.example.com/logo.png".parse().unwrap()),
        colors: Some(BrandColors {
            primary: "#0059d6".parse().unwrap(),
            page_background: "#fff".parse().unwrap(),
        }),
    };
    stored.members_can_invite = true;
    tx.save_customer(&stored).await.unwrap();
    stored.version += 1;
    assert_eq!(tx.customer().await.unwrap(), Some(stored));
}
