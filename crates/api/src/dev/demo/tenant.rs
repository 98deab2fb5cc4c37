//! The sandbox's tenant as its administrator sees it, through the Management API.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::failure::Failure;
use super::world::{Answer, World};

/// The sandbox's machine client; its secret is no secret.
const CLIENT_ID: &str = "tenantry-management";
const CLIENT_SECRET: &str = "tenantry-management-secret";

/// The slowest of Auth0's buckets gets a token back well before that.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Tenant<'a> {
    world: &'a World,
    token: String,
}

impl<'a> Tenant<'a> {
    pub(super) async fn open(world: &'a World) -> Result<Self, Failure> {
        let asked = json!({
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "audience": world.identity_url("api/v2/")?.as_str(),
        });
        let request = world
            .http
            .post(world.identity_url("oauth/token")?)
            .json(&asked);
        let answer = within_limits(request).await?.json(200)?;
        let token = answer["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok(Self { world, token })
    }

    /// Every organization.
    pub(super) async fn organizations(&self) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        for page in 0.. {
            let path = format!("organizations?per_page=100&page={page}");
            let Value::Array(found) = self.call(Method::GET, &path, None).await?.json(200)? else {
                break;
            };
            if found.is_empty() {
                break;
            }
            all.extend(found);
        }
        Ok(all)
    }

    /// The id of any other organization; one is made when there is none.
    pub(super) async fn another_organization(
        &self,
        than: &str,
        tag: &str,
    ) -> Result<String, Failure> {
        let found = self
            .organizations()
            .await?
            .into_iter()
            .find(|found| found["id"] != than);
        let found = match found {
            Some(found) => found,
            None => {
                let body = json!({"name": format!("other-{tag}"), "display_name": "Others"});
                self.call(Method::POST, "organizations", Some(&body))
                    .await?
                    .json(201)?
            }
        };
        Ok(found["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Lets the members of the organization log in with this connection; organizations may have it from their start.
    pub(super) async fn enable(&self, connection: &str, organization: &str) -> Result<(), Failure> {
        let path = format!("connections?name={connection}");
        let found = self.call(Method::GET, &path, None).await?.json(200)?;
        let body = json!({"connection_id": found[0]["id"]});
        let path = format!("organizations/{organization}/enabled_connections");
        let answer = self.call(Method::POST, &path, Some(&body)).await?;
        if answer.status == 409 {
            return Ok(());
        }
        answer.expect(201)
    }

    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let url = self.world.identity_url(&format!("api/v2/{path}"))?;
        let mut request = self
            .world
            .http
            .request(method, url)
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        within_limits(request).await
    }
}

/// Waits while the tenant's rate limit is used up, as when the demo is played many times in a row.
async fn within_limits(request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let attempt = request.try_clone().expect("the body is in memory");
        let answer = Answer::of(attempt.send().await?).await?;
        if answer.status != 429 || Instant::now() > deadline {
            return Ok(answer);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
