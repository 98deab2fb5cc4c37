//! Those who came by an invitation that was void.

use chrono::{DateTime, Utc};
use domain::{InvitationId, UserId};

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// Auth0 has let them go again.
    pub async fn note_turned_away(
        &mut self,
        id: InvitationId,
        user: &UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let note = self
            .statement(
                "update app.invitations set turned_away = $3, turned_away_at = $4 where org_id = $1 and id = $2",
            )
            .bind(id.as_uuid())
            .bind(user.as_ref().to_owned())
            .bind(at);
        self.execute(note).await?;
        Ok(())
    }

    /// When that was, if nobody else came by it since.
    pub async fn turned_away_at(
        &mut self,
        id: InvitationId,
        user: &str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let at = self
            .statement(
                "select turned_away_at from app.invitations where org_id = $1 and id = $2 and turned_away = $3",
            )
            .bind(id.as_uuid())
            .bind(user.to_owned());
        let found = self.fetch_optional(at).await?;
        found
            .map(|found| row::value(&found, "turned_away_at"))
            .transpose()
            .map(Option::flatten)
    }
}
