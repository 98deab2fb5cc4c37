//! Each time that an invitation went out, and why.

use chrono::{DateTime, Utc};
use domain::InvitationId;
use domain::invitation::{InviteeEmail, Issue, IssueReason};

use super::Invitation;
use crate::{StoreError, TenantTx, row};

/// An invitation that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationIssue {
    pub email: InviteeEmail,
    pub at: DateTime<Utc>,
    /// By an individual, of whom nobody in the organization knows.
    pub sponsored: bool,
}

impl TenantTx {
    /// Notes that the present issue of it goes out.
    pub async fn insert_invitation_issue(
        &mut self,
        invitation: &Invitation,
        reason: IssueReason,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.invitation_issues (org_id, invitation_id, issue, email, issued_at, reason) \
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(invitation.id.as_uuid())
            .bind(i64::from(invitation.issue))
            .bind(invitation.email.as_ref().to_owned())
            .bind(at)
            .bind(reason.as_str());
        self.execute(insert).await?;
        Ok(())
    }

    /// What went out after `since`, oldest first.
    pub async fn invitation_issues(
        &mut self,
        since: DateTime<Utc>,
    ) -> Result<Vec<InvitationIssue>, StoreError> {
        let issues = self
            .statement(
                "select i.email, i.issued_at, s.individual is not null as sponsored from app.invitation_issues i \
                 left join app.invitation_sponsors s on s.org_id = i.org_id and s.invitation_id = i.invitation_id \
                 where i.org_id = $1 and i.issued_at > $2 order by i.issued_at",
            )
            .bind(since);
        let issues = self.fetch_all(issues).await?;
        issues
            .iter()
            .map(|found| {
                Ok(InvitationIssue {
                    email: row::parsed(found, "email")?,
                    at: row::value(found, "issued_at")?,
                    sponsored: row::value(found, "sponsored")?,
                })
            })
            .collect()
    }

    /// Every issue of one invitation, the first one first.
    pub async fn issues_of_invitation(
        &mut self,
        id: InvitationId,
    ) -> Result<Vec<Issue>, StoreError> {
        let issues = self
            .statement(
                "select issue, issued_at, coalesce(reason, case issue when 1 then 'created' else 'resent' end) as reason \
                 from app.invitation_issues where org_id = $1 and invitation_id = $2 order by issue",
            )
            .bind(id.as_uuid());
        let issues = self.fetch_all(issues).await?;
        issues
            .iter()
            .map(|found| {
                Ok(Issue {
                    issue: row::count(found, "issue")?,
                    issued_at: row::value(found, "issued_at")?,
                    reason: row::parsed(found, "reason")?,
                })
            })
            .collect()
    }
}
