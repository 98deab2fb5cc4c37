//! Acceptances against each other, against a revocation and against a demotion, a thousand times each, at once.
//!
//! The browser's part ends before the race: Auth0 has the member, their roles and the invitation's id in their metadata.
//! What then runs is what the worker runs after an event or a first call, against the real Postgres and the sandbox's
//! Management API; what it races with is the same once more, or a request over HTTP.

use api::workflows::{Context, membership_pull};
use domain::{InvitationId, OrganizationId, Role};
use reqwest::Method;
use serde_json::{Map, json};
use sqlx::PgConnection;
use tests::{Organization, Person, TestApp};

const ROUNDS: usize = 1_000;
/// By how many short requests one of both may begin later.
const STEPS: usize = 12;

struct Race {
    app: TestApp,
    context: Context,
    team: Organization,
    invitee: Person,
    admin: PgConnection,
    /// Auth0 has turned the invitee away since they were added there.
    is_turned_away: bool,
}

/// What is left of one round.
#[derive(Debug, PartialEq)]
struct End {
    state: String,
    /// Roles of the invitee; none for no member.
    roles: Option<Vec<String>>,
    /// Events that say it was accepted, and that somebody came in by it.
    accepted: i64,
    came_in: i64,
}

impl Race {
    async fn start() -> Self {
        let app = TestApp::start().await;
        // What it mends would be in the way: it is no part of these races.
        app.is_compared().await;
        let team = app.organization_of("enterprise").await;
        let invitee = app.visitor().await;
        app.add_in_auth0(&team, &invitee, Role::OrgMember).await;
        Self {
            context: app.worker_context().await,
            admin: app.database.admin().await,
            app,
            team,
            invitee,
            is_turned_away: false,
        }
    }

    /// A token lives ten minutes, and a busy machine takes longer than that for a race.
    async fn renew_token(&mut self, round: usize) {
        if round.is_multiple_of(100) {
            self.team.token = self.app.enter(&self.team, &self.team.admin).await;
        }
    }

    /// The invitee is no member here; at Auth0 they have just accepted a new invitation.
    async fn accepted_at_auth0(&mut self, inviter: &str, role: Role) -> InvitationId {
        let forget = "delete from app.memberships where org_id = $1 and user_id = $2";
        sqlx::query(forget)
            .bind(&self.team.id)
            .bind(&self.invitee.user_id)
            .execute(&mut self.admin)
            .await
            .expect("they are gone");
        let id = self
            .app
            .pending_invitation(&self.context, &self.team, inviter, role)
            .await;
        let user = &self.invitee.user_id;
        if self.is_turned_away {
            let organizations = self.context.auth0.organizations();
            let added = organizations.add_members(&self.team.id, &[user]).await;
            added.expect("Auth0 takes the member");
        }
        let key = format!("invitation:{}", self.team.id);
        let metadata = Map::from_iter([(key, json!(id))]);
        let users = self.context.auth0.users();
        users
            .merge_app_metadata(user, metadata)
            .await
            .expect("Auth0 merges it");
        id
    }

    async fn promote(&mut self, inviter: &str) {
        let promote =
            "update app.memberships set roles = '{org_admin}' where org_id = $1 and user_id = $2";
        sqlx::query(promote)
            .bind(&self.team.id)
            .bind(inviter)
            .execute(&mut self.admin)
            .await
            .expect("they administer it");
    }

    /// What a job of the worker does, in every other dozen of rounds a little later in each.
    async fn pull_in(&self, round: usize) {
        if (round / STEPS).is_multiple_of(2) {
            self.wait(round % STEPS).await;
        }
        self.pull().await;
    }

    async fn pull(&self) {
        let organization: OrganizationId = self.team.id.parse().expect("an id");
        let person = domain::Person {
            issuer: self.app.sandbox.base_url().parse().expect("an issuer"),
            user_id: self.invitee.user_id.parse().expect("a user id"),
        };
        membership_pull::run(&self.context, &organization, &person)
            .await
            .expect("it ends well");
    }

    /// A request that begins a little later in each of the other rounds, so that now the one and now the other is first.
    async fn send_in(&self, round: usize, request: reqwest::RequestBuilder) -> u16 {
        if !(round / STEPS).is_multiple_of(2) {
            self.wait(round % STEPS).await;
        }
        self.app.send(request).await.status.as_u16()
    }

    async fn wait(&self, steps: usize) {
        for _ in 0..steps {
            self.app.get("/healthz", None).await.assert_status(200);
        }
    }

    async fn end(&mut self, id: InvitationId) -> End {
        let left = "select i.state, \
            (select m.roles from app.memberships m where m.org_id = $1 and m.user_id = $3), \
            (select count(*) from app.audit_events e where e.org_id = $1 and e.action = 'invitation.accepted' \
             and e.target = 'invitation:' || i.id), \
            (select count(*) from app.audit_events e where e.org_id = $1 and e.action = 'member.added' \
             and e.after ->> 'invitation' = i.id::text) \
            from app.invitations i where i.org_id = $1 and i.id = $2";
        let (state, roles, accepted, came_in): (_, Option<Vec<String>>, _, _) =
            sqlx::query_as(left)
                .bind(&self.team.id)
                .bind(id.as_uuid())
                .bind(&self.invitee.user_id)
                .fetch_one(&mut self.admin)
                .await
                .expect("the invitation");
        self.is_turned_away = roles.is_none();
        End {
            state,
            roles,
            accepted,
            came_in,
        }
    }
}

fn came_in(role: Role) -> End {
    End {
        state: "accepted".into(),
        roles: Some(vec![role.to_string()]),
        accepted: 1,
        came_in: 1,
    }
}

fn stayed_out(state: &str) -> End {
    End {
        state: state.into(),
        roles: None,
        accepted: 0,
        came_in: 0,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepted_twice_at_once_it_leads_to_one_member_and_is_accepted_once() {
    let mut race = Race::start().await;
    let inviter = race.team.admin.user_id.clone();
    for round in 0..ROUNDS {
        let id = race.accepted_at_auth0(&inviter, Role::OrgMember).await;
        tokio::join!(race.pull(), race.pull());
        let end = race.end(id).await;
        assert_eq!(end, came_in(Role::OrgMember), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revoked_while_it_is_accepted_exactly_one_of_both_holds() {
    let mut race = Race::start().await;
    let inviter = race.team.admin.user_id.clone();
    let mut revoked = 0;
    for round in 0..ROUNDS {
        race.renew_token(round).await;
        let id = race.accepted_at_auth0(&inviter, Role::OrgMember).await;
        let path = format!("/v1/orgs/{}/invitations/{id}", race.team.id);
        let request = race
            .app
            .request(Method::DELETE, &path, Some(&race.team.token));
        let (status, ()) = tokio::join!(race.send_in(round, request), race.pull_in(round));
        let expected = match status {
            204 => stayed_out("revoked"),
            409 => came_in(Role::OrgMember),
            other => panic!("round {round}: {other}"),
        };
        assert_eq!(race.end(id).await, expected, "round {round}: {status}");
        revoked += usize::from(status == 204);
    }
    assert!(
        (1..ROUNDS).contains(&revoked),
        "{revoked} revoked: one of both always won"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_inviter_demoted_while_it_is_accepted_lets_in_nobody_afterwards() {
    let mut race = Race::start().await;
    let (second, _) = race.app.member(&race.team, Role::OrgAdmin).await;
    let inviter = second.user_id;
    let mut void = 0;
    for round in 0..ROUNDS {
        race.renew_token(round).await;
        race.promote(&inviter).await;
        let id = race.accepted_at_auth0(&inviter, Role::OrgMember).await;
        let user = inviter.replace('|', "%7C");
        let path = format!("/v1/orgs/{}/members/{user}/roles", race.team.id);
        let request = race
            .app
            .request(Method::PUT, &path, Some(&race.team.token))
            .json(&json!({ "roles": ["org_billing"] }));
        let (status, ()) = tokio::join!(race.send_in(round, request), race.pull_in(round));
        assert_eq!(status, 200, "round {round}");
        let end = race.end(id).await;
        let demoted_first = demoted_before(&mut race, &inviter, id).await;
        let expected = match demoted_first {
            true => stayed_out("failed"),
            false => came_in(Role::OrgMember),
        };
        assert_eq!(end, expected, "round {round}");
        void += usize::from(demoted_first);
    }
    assert!(
        (1..ROUNDS).contains(&void),
        "{void} void: one of both always won"
    );
}

/// Whether the audit trail has the last demotion before what became of the invitation.
async fn demoted_before(race: &mut Race, inviter: &str, id: InvitationId) -> bool {
    let order = "select (select max(sequence) from app.audit_events where org_id = $1 \
        and action = 'member.roles_changed' and target = 'member:' || $2) \
        < (select max(sequence) from app.audit_events where org_id = $1 and target = 'invitation:' || $3::text)";
    sqlx::query_scalar(order)
        .bind(&race.team.id)
        .bind(inviter)
        .bind(id.to_string())
        .fetch_one(&mut race.admin)
        .await
        .expect("both events")
}
