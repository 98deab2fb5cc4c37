use domain::{Person, Role};
use store::{OpenedOrganization, Page};

use crate::fixtures::{World, membership, now, organization, person};

#[tokio::test]
async fn opening_an_organization_answers_the_live_membership() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let ada = world
        .member(&acme, "ada", &[Role::OrgAdmin, Role::OrgBilling])
        .await;
    let OpenedOrganization::Member { tx, member } =
        world.api.organization(&acme, &ada.person).await.unwrap()
    else {
        panic!("ada is a member");
    };
    assert_eq!(member, ada);
    assert_eq!(tx.tenant().as_str(), acme.as_ref());
}

#[tokio::test]
async fn a_stranger_and_another_issuer_are_no_members() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let ada = world.member(&acme, "ada", &[Role::OrgAdmin]).await;
    let elsewhere = Person {
        issuer: "https://elsewhere.test/".parse().unwrap(),
        ..ada.person
    };
    for stranger in [person("ben"), elsewhere] {
        let opened = world.api.organization(&acme, &stranger).await.unwrap();
        assert!(
            matches!(opened, OpenedOrganization::NotAMember),
            "{opened:?}"
        );
    }
    let opened = world
        .api
        .organization(&organization('z'), &person("ada"))
        .await
        .unwrap();
    assert!(matches!(opened, OpenedOrganization::Unknown), "{opened:?}");
}

#[tokio::test]
async fn a_removed_member_is_out_at_once_and_from_the_list_of_organizations() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let ada = world.member(&acme, "ada", &[Role::OrgMember]).await;
    assert_eq!(
        world.api.my_organizations(&ada.person).await.unwrap().len(),
        1
    );
    let mut tx = world.tenant(&acme).await;
    assert!(tx.delete_membership(&ada.person.user_id).await.unwrap());
    assert!(!tx.delete_membership(&ada.person.user_id).await.unwrap());
    tx.commit().await.unwrap();
    let opened = world.api.organization(&acme, &ada.person).await.unwrap();
    assert!(
        matches!(opened, OpenedOrganization::NotAMember),
        "{opened:?}"
    );
    assert_eq!(world.api.my_organizations(&ada.person).await.unwrap(), []);
}

#[tokio::test]
async fn my_organizations_are_mine_alone() {
    let world = World::new().await;
    let (acme, bolt) = (world.organization('a').await, world.organization('b').await);
    world.member(&bolt, "ada", &[Role::OrgBilling]).await;
    world.member(&acme, "ada", &[Role::OrgAdmin]).await;
    world.member(&bolt, "ben", &[Role::OrgMember]).await;
    let mine = world.api.my_organizations(&person("ada")).await.unwrap();
    let mine: Vec<_> = mine.into_iter().map(|mine| (mine.id, mine.roles)).collect();
    assert_eq!(
        mine,
        [(acme, vec![Role::OrgAdmin]), (bolt, vec![Role::OrgBilling])]
    );
}

#[tokio::test]
async fn saving_again_changes_roles_and_keeps_the_day_of_joining() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let ada = world.member(&acme, "ada", &[Role::OrgAdmin]).await;
    let mut again = membership("ada", &[Role::OrgReadonly]);
    again.joined_at = now() + chrono::TimeDelta::days(9);
    let mut tx = world.tenant(&acme).await;
    tx.save_membership(&again).await.unwrap();
    let stored = tx.membership(&ada.person.user_id).await.unwrap().unwrap();
    assert_eq!(
        (stored.roles, stored.joined_at),
        (vec![Role::OrgReadonly], ada.joined_at)
    );
}

#[tokio::test]
async fn members_are_paged_by_user_id() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    for name in ["cleo", "ada", "ben"] {
        world.member(&acme, name, &[]).await;
    }
    let mut tx = world.tenant(&acme).await;
    let first = tx.memberships(&Page::first(2)).await.unwrap();
    let after = first
        .items
        .last()
        .map(|member| member.person.user_id.clone());
    let second = tx.memberships(&Page { limit: 2, after }).await.unwrap();
    let names: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .filter_map(|member| member.name.as_deref())
        .collect();
    assert_eq!(
        (names, first.more, second.more),
        (vec!["ada", "ben", "cleo"], true, false)
    );
}
