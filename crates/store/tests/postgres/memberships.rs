use domain::member::JoinedBy;
use domain::{Person, Role};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};
use store::{DatabaseRole, MEMBERS, MEMBERS_FOUND, MemberAddition, OpenedOrganization, Page};

use crate::fixtures::{World, membership, now, organization, person};

#[tokio::test]
async fn opening_an_organization_answers_the_live_membership() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let ada = world
        .member(&acme, "ada", &[Role::OrgAdmin, Role::OrgBilling])
        .await;
    let OpenedOrganization::Member { tx, member, .. } = world
        .api
        .organization(&acme, &ada.person, now())
        .await
        .unwrap()
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
        let opened = world
            .api
            .organization(&acme, &stranger, now())
            .await
            .unwrap();
        assert!(
            matches!(opened, OpenedOrganization::NotAMember),
            "{opened:?}"
        );
    }
    let opened = world
        .api
        .organization(&organization('z'), &person("ada"), now())
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
    let opened = world
        .api
        .organization(&acme, &ada.person, now())
        .await
        .unwrap();
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

#[tokio::test]
async fn a_search_finds_the_beginning_of_a_name_or_an_address_whatever_the_case() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let other = world.organization('b').await;
    for name in ["ada", "Adam", "ben"] {
        world.member(&acme, name, &[Role::OrgMember]).await;
        world.member(&other, name, &[Role::OrgMember]).await;
    }
    let mut tx = world.tenant(&acme).await;
    let mut hits = Vec::new();
    for beginning in ["aDA", "ben@", "da", "%", "ada@example.com"] {
        let found = tx.search_members(beginning, &Page::first(50)).await;
        hits.push(found.unwrap().items.len());
    }
    assert_eq!(hits, [2, 1, 0, 0, 1]);
    let first = tx.search_members("ad", &Page::first(1)).await.unwrap();
    assert!(first.more);
    let after = Some(first.items[0].membership.person.user_id.clone());
    let last = tx.search_members("ad", &Page { limit: 1, after }).await;
    assert!(!last.unwrap().more);
}

#[tokio::test]
async fn a_search_finds_where_a_word_of_a_name_begins() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    for (user, name) in [
        ("ada", "Ada Byron"),
        ("ben", "Ben van der Berg"),
        ("cleo", "  Cleo   Añorga "),
        ("dora", "Dora"),
    ] {
        let mut named = membership(user, &[Role::OrgMember]);
        named.name = Some(name.to_owned());
        tx.save_membership(&named).await.unwrap();
    }
    for (beginning, hits) in [
        ("byr", 1),
        ("VAN DER", 1),
        ("der b", 1),
        ("berg", 1),
        ("añ", 1),
        ("cleo", 1),
        ("yron", 0),
        ("d", 2),
    ] {
        let found = tx.search_members(beginning, &Page::first(50)).await;
        assert_eq!(found.unwrap().items.len(), hits, "{beginning}");
    }
}

#[tokio::test]
async fn how_somebody_joined_is_said_once() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let ada = world.member(&acme, "ada", &[Role::OrgAdmin]).await;
    let mut tx = world.tenant(&acme).await;
    let user = &ada.person.user_id;
    assert_eq!(tx.member(user).await.unwrap().unwrap().joined_by, None);
    tx.note_joined(user, JoinedBy::Purchase).await.unwrap();
    tx.note_joined(user, JoinedBy::Addition).await.unwrap();
    let listed = tx.members(&Page::first(1)).await.unwrap();
    assert_eq!(listed.items[0].joined_by, Some(JoinedBy::Purchase));
    assert_eq!(listed.items[0].membership, ada);
}

#[tokio::test]
async fn an_addition_is_taken_once() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let addition = MemberAddition {
        person: person("ben"),
        roles: vec![Role::OrgMember],
        requested_by: person("ada").user_id,
        request_id: None,
        requested_at: now(),
    };
    let user = &addition.person.user_id;
    let mut tx = world.tenant(&acme).await;
    tx.save_member_addition(&addition).await.unwrap();
    let again = MemberAddition {
        roles: vec![Role::OrgBilling],
        ..addition.clone()
    };
    tx.save_member_addition(&again).await.unwrap();
    let found = tx.member_addition(user).await.unwrap();
    assert_eq!(found.as_ref(), Some(&again));
    assert_eq!(tx.take_member_addition(user).await.unwrap(), Some(again));
    assert_eq!(tx.take_member_addition(user).await.unwrap(), None);
}

#[tokio::test]
async fn a_hundred_and_twenty_thousand_members_are_paged_and_searched_by_index() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut admin = world.database.admin().await;
    admin.execute(sqlx::raw_sql(MANY)).await.unwrap();
    let mut tx = world.tenant(&acme).await;
    for after in ["", "auth0|060000", "auth0|119949"] {
        let after = (!after.is_empty()).then(|| after.parse().unwrap());
        let page = tx.members(&Page { limit: 50, after }).await.unwrap();
        assert_eq!(page.items.len(), 50);
    }
    for (beginning, hits) in [("member 060000", 1), ("060000", 1), ("M", 50), ("ember", 0)] {
        let found = tx.search_members(beginning, &Page::first(50)).await;
        assert_eq!(found.unwrap().items.len(), hits, "{beginning}");
    }
    let mut api = world.database.connection(DatabaseRole::Api).await;
    let (list, search) = (
        format!("prepare list (text, text, bigint) as {MEMBERS}"),
        format!("prepare search (text, text, bigint, text) as {MEMBERS_FOUND}"),
    );
    for begin in [
        "begin; select app.set_org('org_aaaaaaaaaaaaaaaa')",
        &list,
        &search,
    ] {
        let begin = sqlx::raw_sql(AssertSqlSafe(begin.to_owned()));
        api.execute(begin).await.unwrap();
    }
    for after in ["", "auth0|060000", "auth0|119949"] {
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let page = format!("list ('org_aaaaaaaaaaaaaaaa', '{after}', 51)");
            is_read_by_index(&mut api, mode, &page).await;
        }
        for beginning in ["Member 06000", "06000", "person06000", "m", "nobody"] {
            let page = format!("search ('org_aaaaaaaaaaaaaaaa', '{after}', 51, '{beginning}')");
            is_read_by_index(&mut api, "force_custom_plan", &page).await;
        }
    }
}

/// Rows that a page may look at to show fifty.
const FEW: f64 = 500.0;

/// Runs a prepared statement: it finds what it shows by an index, and sorts or throws away next to nothing.
async fn is_read_by_index(api: &mut PgConnection, mode: &str, page: &str) {
    let explain = format!(
        "set local plan_cache_mode = {mode}; explain (analyze, format json, timing off) execute {page}"
    );
    let plan = api.fetch_all(sqlx::raw_sql(AssertSqlSafe(explain))).await;
    let plan: Value = plan.unwrap()[0].get(0);
    let mut nodes = vec![&plan[0]["Plan"]];
    while let Some(node) = nodes.pop() {
        nodes.extend(node["Plans"].as_array().into_iter().flatten());
        assert_ne!(node["Node Type"], "Seq Scan", "{mode} {page} {plan:#}");
        let of = |field: &str| node[field].as_f64().unwrap_or_default();
        let seen = of("Actual Rows") + of("Rows Removed by Filter");
        assert!(seen * of("Actual Loops") <= FEW, "{mode} {page} {plan:#}");
    }
}

const MANY: &str = "insert into app.memberships (org_id, issuer, user_id, roles, email, name, joined_at) \
    select 'org_aaaaaaaaaaaaaaaa', 'https://tenantry.test/', 'auth0|' || lpad(n::text, 6, '0'), '{org_member}', \
    'person' || lpad(n::text, 6, '0') || '@example.com', 'Member ' || lpad(n::text, 6, '0'), now() \
    from generate_series(0, 119999) n; analyze app.memberships";
