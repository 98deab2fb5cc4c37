//! Two administrators against each other, a thousand times, at once.

use domain::Role;
use tests::{Organization, TestApp};

use super::{change_roles, remove};

struct Rivals {
    team: Organization,
    ids: [String; 2],
    tokens: [String; 2],
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_admin_is_left_after_each_of_a_thousand_races() {
    let app = TestApp::start().await;
    let rivals = Rivals::create(&app).await;
    let mut admin = app.database.admin().await;
    for round in 0..1_000 {
        rivals.restore(&mut admin).await;
        let statuses = rivals.race(&app, round).await;
        let admins: i64 = sqlx::query_scalar(
            "select count(*) from app.memberships where org_id = $1 and 'org_admin' = any (roles)",
        )
        .bind(&rivals.team.id)
        .fetch_one(&mut admin)
        .await
        .expect("a count");
        assert!(admins >= 1, "round {round}: {statuses:?}");
        let won = statuses.iter().any(|status| *status < 300);
        assert!(won, "round {round}: {statuses:?}");
    }
}

impl Rivals {
    async fn create(app: &TestApp) -> Self {
        let team = app.organization().await;
        // The first call of a person stores who they are.
        let (ben, token) = app.member(&team, Role::OrgAdmin).await;
        app.get("/v1/me", Some(&token)).await.assert_status(200);
        Self {
            ids: [team.admin.user_id.clone(), ben.user_id],
            tokens: [team.token.clone(), token],
            team,
        }
    }

    async fn restore(&self, admin: &mut sqlx::PgConnection) {
        let restore = "insert into app.memberships (org_id, issuer, user_id, roles, joined_at) \
            select $1, p.issuer, p.user_id, '{org_admin}', now() from ops.person p where p.user_id = any ($2) \
            on conflict (org_id, user_id) do update set roles = excluded.roles";
        sqlx::query(restore)
            .bind(&self.team.id)
            .bind(&self.ids[..])
            .execute(admin)
            .await
            .expect("both are administrators");
    }

    /// Each acts once, in one of four ways: against the other or on themselves, by removal or demotion.
    async fn race(&self, app: &TestApp, round: usize) -> [u16; 2] {
        let (one, other) =
            tokio::join!(self.act(app, 0, round % 4), self.act(app, 1, round / 4 % 4));
        [one, other]
    }

    async fn act(&self, app: &TestApp, who: usize, how: usize) -> u16 {
        let token = &self.tokens[who];
        let target = if how < 2 {
            &self.ids[1 - who]
        } else {
            &self.ids[who]
        };
        let answer = if how.is_multiple_of(2) {
            remove(app, &self.team, target, token).await
        } else {
            change_roles(app, &self.team, target, token, &["org_member"]).await
        };
        let status = answer.status.as_u16();
        assert!([200, 204, 403, 404, 409].contains(&status), "{answer:?}");
        status
    }
}
