//! Administrators at once: the policy against what it hangs on, and the last two who could break the glass against each
//! other.

use api::workflows::leaving::{self, Leaver};
use domain::Role;
use serde_json::json;
use store::DatabaseRole;
use tests::TestApp;

use super::{Acme, policies};

const ROUNDS: usize = 600;

/// Each has Auth0 follow an identity provider.
const ROUNDS_OF_TWO: usize = 120;

/// What either of the two may do.
const WAYS: usize = 5;

struct Rivals {
    acme: Acme,
    ids: [String; 2],
    tokens: [String; 2],
    store: store::Store,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn somebody_can_break_the_glass_after_each_of_hundreds_of_races() {
    let app = TestApp::start().await;
    let rivals = Rivals::create(&app).await;
    let mut admin = app.database.admin().await;
    let mut won = [0; 2];
    for round in 0..ROUNDS {
        rivals.restore(&mut admin).await;
        let (one, other) = tokio::join!(
            rivals.act(&app, 0, round % WAYS),
            rivals.act(&app, 1, round / WAYS % WAYS)
        );
        assert!(
            nobody_is_locked_out(&app, &rivals.acme).await,
            "round {round}: {one} {other}"
        );
        assert!(one || other, "round {round}: neither could");
        won[0] += usize::from(one);
        won[1] += usize::from(other);
    }
    println!("{ROUNDS} races, won {won:?} times, nobody locked out");
    assert!(won.iter().all(|won| *won > 0), "{won:?}");
}

impl Rivals {
    async fn create(app: &TestApp) -> Self {
        let mut acme = Acme::start(app).await;
        // A third administrator, so that it is never about the last one.
        acme.promoted(app).await;
        let (ben, token) = app.member(&acme.organization, Role::OrgAdmin).await;
        app.get("/v1/me", Some(&token)).await.assert_status(200);
        acme.enforces(app).await;
        let ids = [acme.organization.admin.user_id.clone(), ben.user_id];
        let broken = "insert into app.broken_glass (org_id, user_id, reason, opened_by, opened_at, until) \
             select $1, u, 'A test.', u, now(), now() + interval '1 day' from unnest($2::text[]) u";
        sqlx::query(broken)
            .bind(&acme.organization.id)
            .bind(&ids[..])
            .execute(&mut app.database.admin().await)
            .await
            .expect("both have broken the glass");
        Self {
            ids,
            tokens: [acme.organization.token.clone(), token],
            acme,
            store: app.database.store(DatabaseRole::Api).await,
        }
    }

    async fn restore(&self, admin: &mut sqlx::PgConnection) {
        let restore = "insert into app.memberships (org_id, issuer, user_id, roles, joined_at) \
            select $1, p.issuer, p.user_id, '{org_admin}', now() from ops.person p where p.user_id = any ($2) \
            on conflict (org_id, user_id) do update set roles = excluded.roles";
        sqlx::query(restore)
            .bind(&self.acme.organization.id)
            .bind(&self.ids[..])
            .execute(admin)
            .await
            .expect("both are administrators");
    }

    /// Whether it could be done: the other or oneself is demoted or removed, or one's account goes.
    async fn act(&self, app: &TestApp, who: usize, how: usize) -> bool {
        if how == WAYS - 1 {
            return self.goes(who).await;
        }
        let target = if how < 2 { 1 - who } else { who };
        let path = format!(
            "/v1/orgs/{}/members/{}",
            self.acme.organization.id,
            self.ids[target].replace('|', "%7C")
        );
        let token = &self.tokens[who];
        let answer = if how.is_multiple_of(2) {
            app.send(app.request(reqwest::Method::DELETE, &path, Some(token)))
                .await
        } else {
            let demoted = json!({ "roles": [Role::OrgMember] });
            app.put(&format!("{path}/roles"), token, &demoted).await
        };
        let status = answer.status.as_u16();
        assert!([200, 204, 403, 404, 409].contains(&status), "{answer:?}");
        status < 300
    }

    /// What the end of an account does in each organization.
    async fn goes(&self, who: usize) -> bool {
        let id: domain::OrganizationId = self.acme.organization.id.parse().expect("an id");
        let user_id = self.ids[who].parse().expect("a user id");
        let leaver = Leaver {
            user_id: &user_id,
            request_id: None,
            now: Default::default(),
        };
        let mut tx = self.store.tenant(&id.into()).await.expect("a transaction");
        let outcome = leaving::leave(&mut tx, &leaver).await.expect("an outcome");
        if !outcome.is_refused() {
            tx.commit().await.expect("it is committed");
        }
        outcome == leaving::Leave::Left
    }
}

/// What is true after every race: where it is enforced, an identity provider works and somebody can come another way.
pub(super) async fn nobody_is_locked_out(app: &TestApp, acme: &Acme) -> bool {
    let sound = "select c.sso <> 'enforce' or (exists (select from app.identity_providers i where i.org_id = c.org_id \
         and i.is_enabled and i.removal is null and i.tested_at is not null) \
         and exists (select from app.memberships m where m.org_id = c.org_id and 'org_admin' = any (m.roles) \
         and not exists (select from app.identity_providers i where i.org_id = c.org_id \
         and i.connection_name = m.connection))) from app.customers c where c.org_id = $1";
    let sound = sqlx::query_scalar(sound).bind(&acme.organization.id);
    sound
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("an answer")
}

async fn restored(app: &TestApp, acme: &Acme) {
    let mut admin = app.database.admin().await;
    for restore in [
        "update app.customers set sso = 'off' where org_id = $1",
        "update app.identity_providers set is_enabled = true, tested_at = now(), tested_by = 'auth0|somebody', \
         tested_claims = '{}' where org_id = $1 and name = 'spare'",
        "update app.memberships set roles = '{org_admin}' where org_id = $1",
    ] {
        let done = sqlx::query(restore).bind(&acme.organization.id);
        done.execute(&mut admin).await.expect("it is as before");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_administrators_at_once_lock_nobody_out() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    acme.spare(&app).await;
    acme.has_tested(&app, "spare").await;
    acme.promoted(&app).await;
    let admin = acme.organization.admin.user_id.clone();
    let own = acme.organization.token.clone();
    // By whoever comes through the identity provider, and so is never kept out.
    let insist = || {
        let body = json!({ "members_can_invite": false, "sso": "enforce" });
        let (app, acme) = (&app, &acme);
        async move {
            app.put(&policies(&acme.organization), &acme.token, &body)
                .await
        }
    };
    let mut insisted = 0;
    for round in 0..ROUNDS_OF_TWO {
        restored(&app, &acme).await;
        let (one, other) = match round % 3 {
            0 => tokio::join!(insist(), acme.give(&app, &own, &admin, Role::OrgMember)),
            1 => tokio::join!(insist(), acme.switch_off(&app, &own, "spare")),
            _ => tokio::join!(insist(), acme.set_up_anew(&app, &own, "spare")),
        };
        let statuses = (one.status.as_u16(), other.status.as_u16());
        assert!(
            nobody_is_locked_out(&app, &acme).await,
            "round {round}: {statuses:?}"
        );
        assert_ne!(statuses, (200, 200), "round {round}: both cannot be");
        assert!(
            statuses.0 == 200 || statuses.1 == 200,
            "round {round}: {statuses:?}"
        );
        insisted += usize::from(statuses.0 == 200);
    }
    assert!(
        insisted > 0,
        "the policy lost every time, as if it had never been asked"
    );
    println!("{ROUNDS_OF_TWO} races, {insisted} won by the policy, nobody locked out");
}
