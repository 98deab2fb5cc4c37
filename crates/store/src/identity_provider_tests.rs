//! Test logins through an identity provider, and of which set-up they prove something.

use chrono::{DateTime, Utc};
use domain::{IdentityProviderName, TestLoginId, TestLoginState, UserId};
use serde_json::Value;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{IdentityProvider, StoreError, TenantTx, row};

#[derive(Debug, Clone, PartialEq)]
pub struct TestLogin {
    pub id: TestLoginId,
    pub identity_provider: IdentityProviderName,
    /// The identity provider's when it was begun.
    pub setup: i64,
    pub started_by: UserId,
    pub expires_at: DateTime<Utc>,
    pub state: TestLoginState,
    /// Why it failed.
    pub failure: Option<String>,
    /// What the code is exchanged with; there while it is returned.
    pub sealed_code: Option<Vec<u8>>,
    pub claims: Option<Value>,
    pub created_at: DateTime<Utc>,
}

impl IdentityProvider {
    /// Whether a login through it works as it did through `before`: by the same options but the picture, what its own
    /// documents told, and the same secrets. One that is sent is taken for another one, because nobody can compare it.
    pub fn logs_in_as(&self, before: &Self) -> bool {
        let options = |of: &Self| {
            let mut options = of.options.clone();
            options.remove("icon_url");
            options
        };
        options(self) == options(before)
            && self.discovered == before.discovered
            && self.sealed_secrets == before.sealed_secrets
    }

    /// It is another set-up from now on, of which no test login has proved anything.
    pub fn begin_setup(&mut self, now: DateTime<Utc>) {
        self.setup += 1;
        if self.tested.take().is_some() {
            self.proof_lost_at = Some(now);
        }
    }
}

impl TenantTx {
    pub async fn insert_test_login(&mut self, new: &TestLogin) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.identity_provider_tests (org_id, id, identity_provider, started_by, expires_at, state, \
                 created_at, setup) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(new.id.as_uuid())
            .bind(new.identity_provider.to_string())
            .bind(new.started_by.to_string())
            .bind(new.expires_at)
            .bind(new.state.as_str())
            .bind(new.created_at)
            .bind(new.setup);
        self.execute(insert).await?;
        Ok(())
    }

    pub async fn test_login(&mut self, id: TestLoginId) -> Result<Option<TestLogin>, StoreError> {
        let one = self
            .statement("select * from app.identity_provider_tests where org_id = $1 and id = $2")
            .bind(id.as_uuid());
        let found = self.fetch_optional(one).await?;
        found.as_ref().map(test_login_from).transpose()
    }

    /// The latest one that this person began.
    pub async fn latest_test_login(
        &mut self,
        provider: &IdentityProviderName,
        started_by: &UserId,
    ) -> Result<Option<TestLogin>, StoreError> {
        let latest = self
            .statement(
                "select * from app.identity_provider_tests where org_id = $1 and identity_provider = $2 \
                 and started_by = $3 order by created_at desc, id desc limit 1",
            )
            .bind(provider.to_string())
            .bind(started_by.to_string());
        let found = self.fetch_optional(latest).await?;
        found.as_ref().map(test_login_from).transpose()
    }

    /// Notes that the browser came back with a code. False when it had before, or came too late.
    pub async fn return_test_login(
        &mut self,
        id: TestLoginId,
        sealed_code: &[u8],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let note = self
            .statement(
                "update app.identity_provider_tests set state = 'returned', sealed_code = $3 \
                 where org_id = $1 and id = $2 and state = 'open' and expires_at > $4",
            )
            .bind(id.as_uuid())
            .bind(sealed_code.to_owned())
            .bind(now);
        Ok(self.execute(note).await? > 0)
    }

    /// Ends an open or returned one. False when it was over already.
    pub async fn fail_test_login(
        &mut self,
        id: TestLoginId,
        failure: &str,
    ) -> Result<bool, StoreError> {
        let note = self
            .statement(
                "update app.identity_provider_tests set state = 'failed', failure = $3, sealed_code = null \
                 where org_id = $1 and id = $2 and state in ('open', 'returned')",
            )
            .bind(id.as_uuid())
            .bind(failure.to_owned());
        Ok(self.execute(note).await? > 0)
    }

    /// Ends a returned one, and notes at the identity provider that it works. False when it was over already, or when the
    /// identity provider has another set-up by now, of which it proves nothing.
    pub async fn pass_test_login(
        &mut self,
        test: &TestLogin,
        claims: &Value,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tested = self
            .statement(
                "update app.identity_providers set tested_at = $3, tested_by = $4, tested_claims = $5, \
                 proof_lost_at = null where org_id = $1 and name = $2 and setup = $6 and exists (select \
                 from app.identity_provider_tests t where t.org_id = $1 and t.id = $7 and t.state = 'returned')",
            )
            .bind(test.identity_provider.to_string())
            .bind(now)
            .bind(test.started_by.to_string())
            .bind(claims.clone())
            .bind(test.setup)
            .bind(test.id.as_uuid());
        if self.execute(tested).await? == 0 {
            return Ok(false);
        }
        let note = self
            .statement(
                "update app.identity_provider_tests set state = 'passed', claims = $3, sealed_code = null \
                 where org_id = $1 and id = $2 and state = 'returned'",
            )
            .bind(test.id.as_uuid())
            .bind(claims.clone());
        Ok(self.execute(note).await? > 0)
    }
}

fn test_login_from(found: &PgRow) -> Result<TestLogin, StoreError> {
    Ok(TestLogin {
        id: row::value::<Uuid>(found, "id")?.into(),
        identity_provider: row::parsed(found, "identity_provider")?,
        setup: row::value(found, "setup")?,
        started_by: row::parsed(found, "started_by")?,
        expires_at: row::value(found, "expires_at")?,
        state: row::parsed(found, "state")?,
        failure: row::value(found, "failure")?,
        sealed_code: row::value(found, "sealed_code")?,
        claims: row::value(found, "claims")?,
        created_at: row::value(found, "created_at")?,
    })
}
