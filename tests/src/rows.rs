//! What is stored, seen by the administrator of the database, whom no policy holds back.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::time::Instant;

use crate::{Person, TestApp, eventually};

impl TestApp {
    /// How many rows each table has, apart from the worker's own recurring jobs.
    pub async fn row_counts(&self) -> BTreeMap<String, i64> {
        let mut admin = self.database.admin().await;
        let mut counts = BTreeMap::new();
        for table in tables(&mut admin).await {
            let of_tenants = if table == "ops.job" {
                "where org_id is not null"
            } else {
                ""
            };
            let count = AssertSqlSafe(format!("select count(*) from {table} {of_tenants}"));
            let count = sqlx::query_scalar(count).fetch_one(&mut admin).await;
            counts.insert(table, count.expect("a count"));
        }
        counts
    }

    /// Every row, in any table, in which one of these texts occurs, but for the look each minute for what was set up under
    /// an open ticket.
    pub async fn rows_that_mention(&self, texts: &[String]) -> Vec<String> {
        let mut admin = self.database.admin().await;
        let mut rows = Vec::new();
        for table in tables(&mut admin).await {
            let but = match table.as_str() {
                "ops.job" => "kind <> 'sso_ticket' and",
                _ => "",
            };
            let found = AssertSqlSafe(format!(
                "select '{table} ' || t::text from {table} t \
                 where {but} exists (select from unnest($1) as text where strpos(t::text, text) > 0) order by 1"
            ));
            let found: Vec<String> = sqlx::query_scalar(found)
                .bind(texts)
                .fetch_all(&mut admin)
                .await
                .expect("rows");
            rows.extend(found);
        }
        rows
    }

    /// The tenants of these people themselves, `ind_…`.
    pub async fn individuals(&self, user_ids: &[&str]) -> Vec<String> {
        sqlx::query_scalar("select individual_id from ops.person where user_id = any($1)")
            .bind(user_ids)
            .fetch_all(&mut self.database.admin().await)
            .await
            .expect("people")
    }

    /// A login that is linked into this person's account, as far as our rows know; its id.
    pub async fn linked_identity(&self, person: &Person) -> String {
        sqlx::query_scalar(
            "insert into app.identity_links (org_id, id, issuer, main_user_id, user_id, state, created_at, updated_at) \
             select p.individual_id, gen_random_uuid(), p.issuer, p.user_id, 'auth0|' || gen_random_uuid(), 'linked', now(), \
             now() from ops.person p where p.user_id = $1 returning id::text",
        )
        .bind(&person.user_id)
        .fetch_one(&mut self.database.admin().await)
        .await
        .expect("they have called before")
    }

    /// Their account is blocked at Auth0, as far as our rows know.
    pub async fn write_blocked(&self, user_id: &str) {
        sqlx::query(
            "insert into ops.account (issuer, user_id, blocked, as_of) values ($1, $2, true, now())",
        )
        .bind(self.sandbox.base_url())
        .bind(user_id)
        .execute(&mut self.database.admin().await)
        .await
        .expect("a new account");
    }

    /// A ticket for single sign-on in our rows alone, in the place of all that there were but the one before; its id.
    pub async fn written_ticket(&self, org_id: &str) -> String {
        let mut admin = self.database.admin().await;
        sqlx::query(
            "delete from app.sso_tickets where org_id = $1 and (created_by <> 'test' or id <> ( \
             select id from app.sso_tickets where org_id = $1 and created_by = 'test' order by created_at desc limit 1))",
        )
            .bind(org_id)
            .execute(&mut admin)
            .await
            .expect("they are deleted");
        sqlx::query_scalar(
            "insert into app.sso_tickets (org_id, id, name, connection_name, display_name, state, created_by, created_at, \
             updated_at, expires_at) select $1, id, 'w-' || id, 'w-' || id, 'Written', 'open', 'test', now(), now(), \
             now() + interval '1 day' from gen_random_uuid() id returning id::text",
        )
        .bind(org_id)
        .fetch_one(&mut admin)
        .await
        .expect("the organization is there")
    }

    /// Waits until every payment that was made has had all of its effects; what is planned for later is left.
    pub async fn settled(&self) {
        let mut admin = self.database.admin().await;
        let (mut fewest, mut deadline) = (i64::MAX, Instant::now());
        loop {
            let open = self.open_work(&mut admin).await;
            if open == 0 {
                return;
            }
            if open < fewest {
                (fewest, deadline) = (open, Instant::now() + Duration::from_secs(60));
            }
            assert!(Instant::now() < deadline, "{open} are not dealt with");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// How many jobs, webhooks and deliveries are not dealt with.
    async fn open_work(&self, admin: &mut PgConnection) -> i64 {
        let deliveries = self.sandbox_get("stripe/sandbox/deliveries").await;
        let waiting = deliveries["waiting"].as_array().expect("deliveries").len();
        let now = self.sandbox.clock().now();
        let open: i64 = sqlx::query_scalar(
            "select (select count(*) from ops.webhook_inbox where state = 'received') \
             + (select count(*) from ops.job where org_id is not null and done_at is null and parked_at is null \
               and run_at < case when kind in ('reminders', 'sso_ticket') then $2 else $1 end)",
        )
        .bind(now + TimeDelta::hours(1))
        .bind(now)
        .fetch_one(admin)
        .await
        .expect("counts");
        open + i64::try_from(waiting).expect("few")
    }

    /// Waits for the comparison with which a worker begins: it would take members away whom Auth0 has never seen.
    pub async fn is_compared(&self) {
        eventually("the first comparison", || async {
            let is_over: Result<bool, _> = sqlx::query_scalar(
                "select exists (select from ops.job where kind = 'reconcile' and done_at is not null)",
            )
            .fetch_one(&mut self.database.admin().await)
            .await;
            is_over.expect("an answer").then_some(())
        })
        .await;
    }

    /// Lets the time pass, for the identity provider, the payment provider and the API alike.
    pub async fn advance(&self, duration: &str) {
        let request = self
            .sandbox_request(Method::POST, "sandbox/clock")
            .json(&json!({ "advance": duration }));
        self.send(request).await.assert_status(200);
    }
}

async fn tables(admin: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables \
         where table_schema in ('app', 'ops') and table_type = 'BASE TABLE' order by 1",
    )
    .fetch_all(admin)
    .await
    .expect("the catalog")
}
