//! Organizations, people and things to store, and the stores to store them with.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ConversionId, ConversionStep, IndividualId, Interval, OrganizationId, Person, Plan, ProjectId,
    Role, TenantId,
};
use sqlx::{Connection, Row};
use store::testing::TestDatabase;
use store::{Conversion, DatabaseRole, Membership, NewCustomer, Project, Store, TenantTx};
use uuid::Uuid;

/// A database with the stores of the product on it.
pub(crate) struct World {
    pub(crate) api: Store,
    pub(crate) worker: Store,
    pub(crate) database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await;
        Self {
            api: database.store(DatabaseRole::Api).await,
            worker: database.store(DatabaseRole::Worker).await,
            database,
        }
    }

    pub(crate) async fn inbox(&self) -> Store {
        self.database.store(DatabaseRole::Inbox).await
    }

    /// An organization that is a customer.
    pub(crate) async fn organization(&self, letter: char) -> OrganizationId {
        let id = organization(letter);
        let mut tx = self.tenant(&id).await;
        tx.insert_customer(&customer(letter)).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn tenant(&self, organization: &OrganizationId) -> TenantTx {
        self.api.tenant(&organization.clone().into()).await.unwrap()
    }

    /// A person's own tenant, committed.
    pub(crate) async fn individual(&self, name: &str) -> IndividualId {
        let opened = self
            .api
            .individual(&person(name), individual(), now())
            .await
            .unwrap();
        opened.tx.commit().await.unwrap();
        opened.individual
    }

    pub(crate) async fn member(
        &self,
        organization: &OrganizationId,
        name: &str,
        roles: &[Role],
    ) -> Membership {
        let membership = membership(name, roles);
        let mut tx = self.tenant(organization).await;
        tx.save_membership(&membership).await.unwrap();
        tx.commit().await.unwrap();
        membership
    }

    /// Ends when some session of this database waits for another's lock.
    pub(crate) async fn until_a_session_waits(&self) {
        const WAITING: &str = "select count(*) from pg_stat_activity \
             where datname = current_database() and wait_event_type = 'Lock'";
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.count(WAITING).await == 0 {
            assert!(Instant::now() < deadline, "nobody waits");
        }
    }

    /// A single number, read past every policy.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut admin = self.database.admin().await;
        let count = sqlx::query(sql).fetch_one(&mut admin).await.unwrap().get(0);
        admin.close().await.unwrap();
        count
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_251_600, 0).unwrap()
}

pub(crate) fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

pub(crate) fn organization(letter: char) -> OrganizationId {
    format!("org_{}", String::from(letter).repeat(16))
        .parse()
        .unwrap()
}

pub(crate) fn tenant(letter: char) -> TenantId {
    organization(letter).into()
}

pub(crate) fn individual() -> IndividualId {
    IndividualId::from_uuid(Uuid::now_v7())
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        issuer: "https://tenantry.test/".parse().unwrap(),
        user_id: format!("auth0|{name}").parse().unwrap(),
    }
}

pub(crate) fn customer(letter: char) -> NewCustomer {
    NewCustomer {
        name: String::from(letter).repeat(3).parse().unwrap(),
        display_name: format!("Company {letter}").parse().unwrap(),
        conversion: None,
        created_at: now(),
    }
}

pub(crate) fn membership(name: &str, roles: &[Role]) -> Membership {
    Membership {
        person: person(name),
        roles: roles.to_vec(),
        email: Some(format!("{name}@example.com")),
        name: Some(name.to_owned()),
        picture: None,
        connection: Some("Username-Password-Authentication".to_owned()),
        joined_at: now(),
        last_seen_at: None,
    }
}

pub(crate) fn project(name: &str) -> Project {
    Project {
        id: ProjectId::from(Uuid::now_v7()),
        name: name.parse().unwrap(),
        created_by: person("ada").user_id,
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

pub(crate) fn conversion(name: &str) -> Conversion {
    Conversion {
        id: ConversionId::from(Uuid::now_v7()),
        person: person(name),
        plan: Plan::Team,
        interval: Interval::Month,
        seats: 5,
        lookup_key: "tenantry_team_month".to_owned(),
        wanted_name: Some("acme".parse().unwrap()),
        display_name: Some("Acme".parse().unwrap()),
        keep_projects_personal: false,
        step: ConversionStep::Requested,
        try_no: 0,
        auth0_org_id: None,
        stripe_customer_id: None,
        checkout_session_id: None,
        stripe_subscription_id: None,
        checkout_url: None,
        paid_until: None,
        fence: 0,
        last_error: None,
        created_at: now(),
        updated_at: now(),
    }
}
