//! Fifty at once for the last seat, two hundred times, on every way in.

use domain::{Role, UserId};
use futures::future::join_all;
use management::NewUser;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use tests::{EVENTS_TOKEN, TestApp};

use crate::provisioning::Directory;

const ROUNDS: usize = 200;
const RIVALS: usize = 50;
const SEATS: i64 = 5;

/// Accounts of their own for each way, so that one round leaves nothing behind for the next.
struct Race {
    directory: Directory,
    admin: PgConnection,
    platform: String,
    invited: Vec<String>,
    just_in_time: Vec<String>,
    added: Vec<String>,
    provisioned: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_at_once_for_one_seat_never_make_one_member_too_many() {
    let mut race = Race::create().await;
    for round in 0..ROUNDS {
        race.restore(round % 5 == 0).await;
        match round % 5 {
            0 => race.accept(round).await,
            1 => race.join(&race.just_in_time, round).await,
            2 => race.add().await,
            3 => race.provision(round).await,
            _ => race.import().await,
        }
        race.app().settled().await;
        let members = race.members().await;
        assert_eq!(members, SEATS, "round {round}");
    }
}

impl Race {
    async fn create() -> Self {
        let directory = Directory::of(TestApp::start().await).await;
        let app = &directory.app;
        let mut admin = app.database.admin().await;
        sqlx::query("update app.subscriptions set seats = $2 where org_id = $1")
            .bind(&directory.acme.id)
            .bind(SEATS)
            .execute(&mut admin)
            .await
            .expect("few seats");
        for n in 0..3 {
            app.write_member(
                &directory.acme,
                &format!("auth0|seat{n}"),
                &[Role::OrgMember],
            )
            .await;
        }
        let [invited, just_in_time, added] = [
            accounts(app, "invited").await,
            accounts(app, "just-in-time").await,
            accounts(app, "added").await,
        ];
        let mut provisioned = Vec::new();
        for n in 0..RIVALS {
            provisioned.push(
                directory
                    .assign(&format!("assigned-{n}@acme.example"))
                    .await,
            );
        }
        for user_id in &invited {
            let id = app.expired_invitation(&directory.acme).await;
            let metadata =
                Map::from_iter([(format!("invitation:{}", directory.acme.id), json!(id))]);
            let users = app.auth0();
            let noted = users.users().merge_app_metadata(user_id, metadata).await;
            noted.expect("Auth0 merges it");
        }
        let race = Self {
            platform: app.platform_token().await,
            directory,
            admin,
            invited,
            just_in_time,
            added,
            provisioned,
        };
        race.join_at_auth0(&race.just_in_time).await;
        race
    }

    fn app(&self) -> &TestApp {
        &self.directory.app
    }

    /// One seat is free again; invitations can be accepted or have all expired.
    async fn restore(&mut self, pending: bool) {
        let team = &self.directory.acme.id;
        let leave = "delete from app.memberships where org_id = $1 and user_id not like 'auth0|seat%' \
            and user_id <> $2";
        let leave = sqlx::query(leave)
            .bind(team)
            .bind(&self.directory.acme.admin.user_id);
        leave.execute(&mut self.admin).await.expect("they left");
        let reopen = "update app.invitations set state = 'pending', accepted_by = null, failure = null, \
            ended_at = null, expires_at = now() + case when $2 then interval '1 day' else interval '-1 day' end \
            where org_id = $1";
        let reopen = sqlx::query(reopen).bind(team).bind(pending);
        reopen.execute(&mut self.admin).await.expect("open again");
    }

    async fn members(&mut self) -> i64 {
        sqlx::query_scalar("select count(*) from app.memberships where org_id = $1")
            .bind(&self.directory.acme.id)
            .fetch_one(&mut self.admin)
            .await
            .expect("a count")
    }

    async fn join_at_auth0(&self, users: &[String]) {
        let auth0 = self.app().auth0();
        let organization = &self.directory.acme.id;
        for some in users.chunks(10) {
            let joined = auth0.organizations().add_members(organization, some).await;
            joined.expect("Auth0 takes them");
        }
    }

    /// All of them accept their invitations at Auth0, which tells us of all at once.
    async fn accept(&self, round: usize) {
        self.join_at_auth0(&self.invited).await;
        self.join(&self.invited, round).await;
    }

    async fn join(&self, users: &[String], round: usize) {
        let told = users.iter().map(|user_id| async move {
            let organization = json!({ "id": self.directory.acme.id });
            let object = json!({ "organization": organization, "user": { "user_id": user_id } });
            let id = format!("evt_{round}_{user_id}");
            self.tell("organization.member.added", &id, object).await;
        });
        join_all(told).await;
    }

    /// The customer's directory has assigned all of them, which Auth0 tells at once.
    async fn provision(&self, round: usize) {
        let connection = &self.directory.connection;
        let told = self.provisioned.iter().map(|user_id| async move {
            let identities = json!([{
                "connection": connection, "user_id": user_id, "provider": "okta", "isSocial": false,
            }]);
            let object = json!({ "user_id": user_id, "identities": identities });
            let id = format!("evt_{round}_{user_id}");
            self.tell("user.created", &id, object).await;
        });
        join_all(told).await;
    }

    async fn tell(&self, kind: &str, id: &str, object: Value) {
        let event = json!({
            "specversion": "1.0", "type": kind, "source": "urn:auth0:sandbox",
            "id": id, "time": "2026-03-01T10:00:00.000Z", "a0tenant": "sandbox",
            "a0stream": "est_0000000000000000000001",
            "data": { "object": object, "context": { "tenant": { "id": "sandbox" } } },
        });
        let event = event.to_string();
        let answer = self.app().auth0_event(&event, EVENTS_TOKEN).await;
        answer.assert_status(200);
    }

    /// The back office brings all of them in bulk, half of them each time.
    async fn import(&self) {
        let path = format!(
            "/v1/platform/organizations/{}/user-imports",
            self.directory.acme.id
        );
        let halves = [0..RIVALS / 2, RIVALS / 2..RIVALS].map(|half| {
            let users: Vec<Value> = half
                .map(|n| json!({ "email": format!("imported-{n}@example.com") }))
                .collect();
            let path = &path;
            async move {
                let begun = self
                    .app()
                    .post(path, &self.platform, &json!({ "users": users }))
                    .await;
                begun.assert_status(202);
            }
        });
        join_all(halves).await;
    }

    /// Our administrator adds all of them at once: one is told that they will be a member.
    async fn add(&self) {
        let acme = &self.directory.acme;
        let path = format!("/v1/orgs/{}/members", acme.id);
        let asked = self.added.iter().map(|user_id| {
            let path = path.clone();
            async move {
                let wanted = json!({ "user_id": user_id, "roles": ["org_member"] });
                let answer = self.app().post(&path, &acme.token, &wanted).await;
                answer.status.as_u16()
            }
        });
        let mut answers = join_all(asked).await;
        answers.sort_unstable();
        assert_eq!(
            (answers[0], answers[1], answers[RIVALS - 1]),
            (202, 409, 409)
        );
    }
}

async fn accounts(app: &TestApp, way: &str) -> Vec<String> {
    let auth0 = app.auth0();
    let mut accounts = Vec::new();
    for n in 0..RIVALS {
        let new = NewUser {
            connection: "Username-Password-Authentication".into(),
            email: format!("{way}-{n}@example.com"),
            password: Some("Correct-horse-1".into()),
            ..NewUser::default()
        };
        let user = auth0.users().create(&new).await.expect("a new account");
        let user_id: UserId = user.user_id.parse().expect("a user id");
        accounts.push(user_id.to_string());
    }
    accounts
}
