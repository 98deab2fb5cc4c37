//! What the demo knows so far: the person, their tokens, and the ids that the API gave out.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::browser::Browser;
use super::failure::Failure;
use super::tokens::{Person, Tokens, log_in};
use super::world::{Answer, World};

/// Everything that happens behind the scenes takes well under this.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
pub(super) const POLL: Duration = Duration::from_millis(100);

pub(super) struct Story {
    pub(super) world: World,
    pub(super) visitor: Person,
    /// Unique to this run, so that the demo can be played again and again.
    pub(super) tag: String,
    pub(super) personal_token: String,
    pub(super) project: String,
    pub(super) conversion: String,
    pub(super) organization: String,
    pub(super) organization_name: String,
    pub(super) organization_token: String,
    /// User ids.
    pub(super) administrator: String,
    pub(super) member: String,
    pub(super) member_token: String,
}

impl Story {
    pub(super) fn new(world: World) -> Result<Self, Failure> {
        let tag = Uuid::new_v4().simple().to_string()[..8].to_owned();
        let visitor = Person {
            email: format!("visitor-{tag}@example.com"),
            password: format!("Visitor-{tag}-1"),
            browser: Browser::new()?,
            provider: None,
        };
        Ok(Self {
            world,
            visitor,
            organization_name: format!("visitor-{tag}"),
            tag,
            personal_token: String::new(),
            project: String::new(),
            conversion: String::new(),
            organization: String::new(),
            organization_token: String::new(),
            administrator: String::new(),
            member: String::new(),
            member_token: String::new(),
        })
    }

    pub(super) async fn log_in(&mut self, extra: &[(&str, &str)]) -> Result<Tokens, Failure> {
        log_in(&self.world, &mut self.visitor, extra).await
    }

    /// Reads below `/v1/me/` as the person outside of any organization.
    pub(super) async fn mine(&self, path: &str) -> Result<Value, Failure> {
        let path = format!("v1/me/{path}");
        self.world.get(&path, &self.personal_token).await?.json(200)
    }

    /// Of the organization, without a slash at the beginning.
    pub(super) fn path(&self, below: &str) -> String {
        format!("v1/orgs/{}{below}", self.organization)
    }

    /// Of a member; the id contains a `|`.
    pub(super) fn path_of_member(&self, user_id: &str, below: &str) -> String {
        let user_id = utf8_percent_encode(user_id, NON_ALPHANUMERIC);
        self.path(&format!("/members/{user_id}{below}"))
    }

    /// Reads below the organization as its member.
    pub(super) async fn ours(&self, below: &str) -> Result<Value, Failure> {
        self.world
            .get(&self.path(below), &self.organization_token)
            .await?
            .json(200)
    }

    /// The time that the sandbox and the API go by.
    pub(super) async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        let url = self.world.identity_url("sandbox/clock")?;
        let clock = Answer::of(self.world.http.get(url).send().await?)
            .await?
            .json(200)?;
        let now = clock["now"].as_str().and_then(|now| now.parse().ok());
        now.ok_or_else(|| Failure::unexpected("the sandbox's time", clock))
    }

    pub(super) async fn advance_clock(&self, by: TimeDelta) -> Result<(), Failure> {
        self.set_clock(&json!({"advance_seconds": by.num_seconds()}))
            .await
    }

    pub(super) async fn reset_clock(&self) -> Result<(), Failure> {
        self.set_clock(&json!({"reset": true})).await
    }

    async fn set_clock(&self, change: &Value) -> Result<(), Failure> {
        let url = self.world.identity_url("sandbox/clock")?;
        Answer::of(self.world.http.post(url).json(change).send().await?)
            .await?
            .expect(200)
    }

    /// Asks for the conversion until it satisfies. `what` is what was waited for.
    pub(super) async fn conversion_until(
        &self,
        what: &str,
        satisfied: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let body = self
                .mine(&format!("conversions/{}", self.conversion))
                .await?;
            if satisfied(&body) {
                return Ok(body);
            }
            if Instant::now() > deadline {
                let expected = format!("{what} within {} s", PATIENCE.as_secs());
                return Err(Failure::unexpected(expected, body));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
