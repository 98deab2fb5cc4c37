//! How long an application's refresh tokens live and whether they are exchanged for others: its `refresh_token` of the
//! Management API (Auth0, "Refresh Token Rotation" and "Configure Refresh Token Expiration").

use chrono::{DateTime, TimeDelta, Utc};

use crate::tenant::Application;

/// Of Auth0's own defaults, in seconds: 30 days in all, 15 days unused.
const LIFETIME: i64 = 2_592_000;
const IDLE: i64 = 1_296_000;
/// What never ends still ends here: a century.
const NEVER: TimeDelta = TimeDelta::days(36_525);

pub(super) struct Rules {
    pub(super) rotates: bool,
    /// How long a token may be sent once more after it was exchanged: its answer may have been lost.
    pub(super) leeway: TimeDelta,
    lifetime: TimeDelta,
    idle: TimeDelta,
}

impl Rules {
    /// An application about which nothing was ever said rotates, as the console does.
    pub(super) fn of(client: &Application) -> Self {
        let Some(said) = client
            .extra
            .get("refresh_token")
            .filter(|said| said.is_object())
        else {
            return Self {
                rotates: true,
                leeway: TimeDelta::zero(),
                lifetime: TimeDelta::seconds(LIFETIME),
                idle: NEVER,
            };
        };
        let seconds = |name: &str, default| {
            let seconds = said[name].as_i64().unwrap_or(default);
            TimeDelta::try_seconds(seconds).map_or(NEVER, |long| long.min(NEVER))
        };
        let ends = said["expiration_type"] == "expiring";
        let lives = |infinite: &str, name: &str, default| match ends && said[infinite] != true {
            true => seconds(name, default),
            false => NEVER,
        };
        Self {
            rotates: said["rotation_type"] == "rotating",
            leeway: seconds("leeway", 0),
            lifetime: lives("infinite_token_lifetime", "token_lifetime", LIFETIME),
            idle: lives("infinite_idle_token_lifetime", "idle_token_lifetime", IDLE),
        }
    }

    /// Of a whole family, from its login on.
    pub(super) fn ends_at(&self, login: DateTime<Utc>) -> DateTime<Utc> {
        login + self.lifetime
    }

    /// Of one that was issued or used now.
    pub(super) fn idles_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.idle
    }
}
