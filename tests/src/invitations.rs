//! Invitations as an administrator sends them, and as Auth0 has them accepted.

use std::sync::Arc;

use api::clock::Clock;
use api::config::Config;
use api::dev::demo::{Person as Visitor, Provider, log_in};
use api::server::worker_context;
use api::workflows::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::InvitationId;
use domain::invitation::{DEFAULT_TTL_SECONDS, State};
use domain::{OrganizationId, Role};
use futures::TryStreamExt;
use reqwest::Url;
use serde_json::{Map, Value, json};
use store::{DatabaseRole, Invitation};
use uuid::Uuid;

use crate::{Answer, Login, Organization, PASSWORD, Person, TestApp, eventually};

impl TestApp {
    /// Invites this address with these roles.
    pub async fn invite(&self, organization: &Organization, email: &str, roles: &[Role]) -> Answer {
        let body = json!({ "invitees": [{ "email": email, "roles": roles }] });
        let path = format!("/v1/orgs/{}/invitations", organization.id);
        self.post(&path, &organization.token, &body).await
    }

    /// Invites this address, and answers the invitation's id once Auth0 has it.
    pub async fn invited(&self, organization: &Organization, email: &str, role: Role) -> String {
        let answer = self.invite(organization, email, &[role]).await;
        let created = answer.assert_status(201).json();
        let id = created["items"][0]["invitation"]["invitation_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        eventually("the invitation at Auth0", || async {
            (self.invitations_at_auth0(organization, &id).await.len() == 1).then_some(())
        })
        .await;
        // Until it is noted here too.
        self.settled().await;
        id
    }

    /// Those of the organization that carry our id.
    pub async fn invitations_at_auth0(
        &self,
        organization: &Organization,
        id: &str,
    ) -> Vec<management::Invitation> {
        let auth0 = self.auth0();
        let all: Vec<_> = auth0
            .organizations()
            .invitations(&organization.id)
            .try_collect()
            .await
            .expect("Auth0 answers");
        all.into_iter()
            .filter(|found| found.app_metadata["invitation"] == id)
            .collect()
    }

    /// As our administrator sees it.
    pub async fn invitation(&self, organization: &Organization, id: &str) -> Value {
        let path = format!("/v1/orgs/{}/invitations/{id}", organization.id);
        let answer = self.get(&path, Some(&organization.token)).await;
        answer.assert_status(200).json()
    }

    /// What Auth0 does when the person accepts: the membership, its roles, and the metadata on the user.
    pub async fn accept_at_auth0(
        &self,
        organization: &Organization,
        id: &str,
        person: &Person,
        role: Role,
    ) {
        let key = format!("invitation:{}", organization.id);
        let metadata = Map::from_iter([("invitation".to_owned(), json!(id)), (key, json!(id))]);
        self.auth0()
            .users()
            .merge_app_metadata(&person.user_id, metadata)
            .await
            .expect("Auth0 merges it");
        self.add_in_auth0(organization, person, role).await;
    }

    /// A token of this person in the organization.
    pub async fn enter(&self, organization: &Organization, person: &Person) -> String {
        let login = self.log_in(person, Some(&organization.id)).await;
        login.expect("Auth0 has them as a member").token
    }

    /// Has the worker read Auth0's log to its end, and waits for what follows from it.
    pub async fn read_log(&self) {
        let store = self.database.store(DatabaseRole::Worker).await;
        let before = self.calls_of("GET /api/v2/logs").await;
        let now = self.sandbox.clock().now();
        let payload = json!({});
        let log = store.enqueue_system("auth0_log", "auth0_log", &payload, now);
        log.await.expect("it is queued");
        eventually("the log is read", || async {
            (self.calls_of("GET /api/v2/logs").await > before).then_some(())
        })
        .await;
        let jobs = "select count(*) from ops.job where kind = 'auth0_log' and done_at is null and lease_until is not null";
        eventually("the end of the reading", || async {
            let running: i64 = sqlx::query_scalar(jobs)
                .fetch_one(&mut self.database.admin().await)
                .await
                .expect("a count");
            (running == 0).then_some(())
        })
        .await;
        self.settled().await;
    }

    /// The organizations that Auth0 has this user in.
    pub async fn organizations_at_auth0(&self, user_id: &str) -> Vec<String> {
        let auth0 = self.auth0();
        let listed = auth0.users().organizations(user_id);
        let listed: Vec<_> = listed.try_collect().await.expect("Auth0 answers");
        listed.into_iter().map(|found| found.id).collect()
    }

    /// One that has expired, whatever seats and limits say: for tests that need its id only.
    pub async fn expired_invitation(&self, organization: &Organization) -> String {
        let store = self.database.store(DatabaseRole::Worker).await;
        let id: OrganizationId = organization.id.parse().expect("an id");
        let mut tx = store.tenant(&id.into()).await.expect("a transaction");
        let invitation = expired(self, organization, self.sandbox.clock().now());
        tx.insert_invitation(&invitation).await.expect("it is kept");
        tx.commit().await.expect("it is committed");
        invitation.id.to_string()
    }

    /// What the worker's jobs work with, to run one of their workflows at a moment of the test's choice.
    pub async fn worker_context(&self) -> Context {
        let config = Config::from_env(&|name| self.variables.get(name).cloned());
        let config = Arc::new(config.expect("the test's configuration is right"));
        let clock = Clock::Offset(self.sandbox.clock().offset());
        let context = worker_context(config, clock).await;
        context.expect("the worker could start")
    }

    /// One that is pending here and not yet at Auth0, from this inviter, whatever the limits say.
    pub async fn pending_invitation(
        &self,
        context: &Context,
        organization: &Organization,
        inviter: &str,
        role: Role,
    ) -> InvitationId {
        let id: OrganizationId = organization.id.parse().expect("an id");
        let tenant = id.into();
        let mut tx = context.store.tenant(&tenant).await.expect("a transaction");
        let now = self.sandbox.clock().now();
        let expired = expired(self, organization, now);
        let invitation = Invitation {
            roles: vec![role],
            inviter: domain::Person {
                user_id: inviter.parse().expect("a user id"),
                ..expired.inviter.clone()
            },
            expires_at: now + TimeDelta::days(1),
            ..expired
        };
        tx.insert_invitation(&invitation).await.expect("it is kept");
        tx.commit().await.expect("it is committed");
        invitation.id
    }
}

fn expired(app: &TestApp, organization: &Organization, now: DateTime<Utc>) -> Invitation {
    Invitation {
        id: InvitationId::from(Uuid::now_v7()),
        email: format!("{}@example.com", Uuid::new_v4().simple())
            .parse()
            .expect("an address"),
        roles: vec![Role::OrgMember],
        inviter: domain::Person {
            issuer: app.sandbox.base_url().parse().expect("an issuer"),
            user_id: organization.admin.user_id.parse().expect("a user id"),
        },
        inviter_name: "An administrator".into(),
        connection: None,
        locale: None,
        send_email: true,
        ttl_seconds: DEFAULT_TTL_SECONDS,
        expires_at: now - TimeDelta::seconds(1),
        state: State::Pending,
        issue: 1,
        auth0_id: None,
        stale_auth0_ids: Vec::new(),
        ticket_hash: None,
        sealed_link: None,
        vouched_for: None,
        created_at: now - TimeDelta::days(7),
        updated_at: now - TimeDelta::days(7),
        version: 1,
    }
}

/// The history that an invitation shows: which issue, and why.
pub fn issues(shown: &Value) -> Vec<String> {
    let history = shown["history"].as_array().expect("it has a history");
    let issue = |issue: &Value| {
        let reason = issue["reason"].as_str().expect("a reason");
        format!("{} {reason}", issue["issue"])
    };
    history.iter().map(issue).collect()
}

/// Where the link of an invitation leads to.
pub struct Link {
    pub ticket: String,
    pub organization: String,
}

impl Link {
    /// What an address carries.
    pub fn of(url: &str) -> Self {
        let url = Url::parse(url).expect("a URL");
        let carried = |name: &str| {
            let mut pairs = url.query_pairs();
            let found = pairs.find(|(found, _)| found == name);
            found.expect("it is carried").1.into_owned()
        };
        Self {
            ticket: carried("invitation"),
            organization: carried("organization"),
        }
    }
}

impl TestApp {
    /// The link in the newest invitation that was mailed to this address.
    pub async fn mailed_link(&self, email: &str) -> Link {
        let link = eventually("the mail", || async {
            let mailbox = self.sandbox_get("sandbox/mailbox").await;
            let mut mails = mailbox["mails"].as_array().expect("mails").iter();
            let mail =
                mails.find(|mail| mail["template"] == "user_invitation" && mail["to"] == email);
            mail.and_then(|mail| mail["link"].as_str().map(str::to_owned))
        })
        .await;
        Link::of(&link)
    }

    /// Goes where the link leads, in a new browser, with the password of every person here.
    ///
    /// # Errors
    /// What the pages or the redirect said.
    pub async fn follow(&self, link: &Link, email: &str) -> Result<Login, String> {
        let visitor = Visitor::new(email, PASSWORD).map_err(|failure| failure.to_string())?;
        self.follow_as(link, visitor).await
    }

    /// The same through the identity provider's connection of this name, which calls them by their address.
    ///
    /// # Errors
    /// What the pages or the redirect said.
    pub async fn follow_through(
        &self,
        link: &Link,
        email: &str,
        connection: &str,
    ) -> Result<Login, String> {
        let mut visitor = Visitor::new(email, PASSWORD).map_err(|failure| failure.to_string())?;
        visitor.provider = Some(Provider {
            connection: connection.to_owned(),
            username: email.to_owned(),
            email: email.to_owned(),
        });
        self.follow_as(link, visitor).await
    }

    async fn follow_as(&self, link: &Link, mut visitor: Visitor) -> Result<Login, String> {
        let extra = [
            ("invitation", link.ticket.as_str()),
            ("organization", link.organization.as_str()),
        ];
        let tokens = log_in(&self.world(), &mut visitor, &extra).await;
        let tokens = tokens.map_err(|failure| failure.to_string())?;
        Ok(Login {
            token: tokens.access_token,
            access: tokens.access,
            id_token: tokens.identity,
        })
    }
}
