//! Domains that organizations say are their own, and across tenants the one owner of each that is proved.

use chrono::{DateTime, Utc};
use domain::{
    DomainFailure, DomainId, DomainName, DomainObstacle, DomainStatus, OrganizationId, UserId,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::pool::Statement;
use crate::{Listed, Page, Store, StoreError, TenantTx, row};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub id: DomainId,
    pub name: DomainName,
    pub status: DomainStatus,
    /// Why it failed.
    pub failure: Option<DomainFailure>,
    /// What the TXT record must say.
    pub verification_txt: String,
    pub verified_at: Option<DateTime<Utc>>,
    /// The proof is missed since.
    pub warned_at: Option<DateTime<Utc>>,
    pub checked_at: Option<DateTime<Utc>>,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
}

/// A domain whose proof is to be looked for again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDomain {
    pub organization: OrganizationId,
    pub id: DomainId,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, domain, status, failure, verification_txt, verified_at, warned_at, checked_at, created_by, \
             created_at from app.domains ",
            $rest
        )
    };
}

impl TenantTx {
    /// In the order of their ids, oldest first.
    pub async fn domains(&mut self, page: &Page<DomainId>) -> Result<Listed<Domain>, StoreError> {
        let domains = self
            .statement(select!(
                "where org_id = $1 and id > $2 order by id limit $3"
            ))
            .bind(page.after.map_or(Uuid::nil(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        let found = self.fetch_all(domains).await?;
        Ok(Listed::cut(
            found.iter().map(domain_from).collect::<Result<_, _>>()?,
            page.limit,
        ))
    }

    pub async fn domain(&mut self, id: DomainId) -> Result<Option<Domain>, StoreError> {
        let domain = self
            .statement(select!("where org_id = $1 and id = $2"))
            .bind(id.as_uuid());
        self.one_domain(domain).await
    }

    /// The row is this transaction's until it ends.
    pub async fn lock_domain(&mut self, id: DomainId) -> Result<Option<Domain>, StoreError> {
        let domain = self
            .statement(select!("where org_id = $1 and id = $2 for update"))
            .bind(id.as_uuid());
        self.one_domain(domain).await
    }

    pub async fn domain_named(&mut self, name: &DomainName) -> Result<Option<Domain>, StoreError> {
        let domain = self
            .statement(select!("where org_id = $1 and domain = $2"))
            .bind(name.as_ref().to_owned());
        self.one_domain(domain).await
    }

    async fn one_domain(&mut self, domain: Statement) -> Result<Option<Domain>, StoreError> {
        self.fetch_optional(domain)
            .await?
            .as_ref()
            .map(domain_from)
            .transpose()
    }

    pub async fn count_domains(&mut self) -> Result<u32, StoreError> {
        let count = self
            .statement("select count(*)::integer as domains from app.domains where org_id = $1");
        row::count(&self.fetch_one(count).await?, "domains")
    }

    pub async fn has_verified_domain(&mut self) -> Result<bool, StoreError> {
        let any = self.statement(
            "select exists (select from app.domains where org_id = $1 and status = 'verified') as verified",
        );
        row::value(&self.fetch_one(any).await?, "verified")
    }

    /// [`StoreError::Taken`] when the organization has it already.
    pub async fn insert_domain(&mut self, domain: &Domain) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.domains (org_id, id, domain, status, failure, verification_txt, verified_at, warned_at, \
                 checked_at, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(domain.id.as_uuid())
            .bind(domain.name.as_ref().to_owned())
            .bind(domain.status.as_str())
            .bind(domain.failure.map(DomainFailure::as_str))
            .bind(domain.verification_txt.clone())
            .bind(domain.verified_at)
            .bind(domain.warned_at)
            .bind(domain.checked_at)
            .bind(domain.created_by.as_ref().to_owned())
            .bind(domain.created_at);
        self.execute(insert).await?;
        Ok(())
    }

    /// Saves how it stands; the caller has locked it.
    pub async fn save_domain(&mut self, domain: &Domain) -> Result<(), StoreError> {
        let save = self
            .statement(
                "update app.domains set status = $3, failure = $4, verified_at = $5, warned_at = $6, checked_at = $7 \
                 where org_id = $1 and id = $2",
            )
            .bind(domain.id.as_uuid())
            .bind(domain.status.as_str())
            .bind(domain.failure.map(DomainFailure::as_str))
            .bind(domain.verified_at)
            .bind(domain.warned_at)
            .bind(domain.checked_at);
        self.execute(save).await?;
        Ok(())
    }

    pub async fn delete_domain(&mut self, id: DomainId) -> Result<(), StoreError> {
        let delete = self
            .statement("delete from app.domains where org_id = $1 and id = $2")
            .bind(id.as_uuid());
        self.execute(delete).await?;
        Ok(())
    }

    /// What another organization has proved that is in the way of this one's having it.
    pub async fn domain_obstacle(
        &mut self,
        name: &DomainName,
    ) -> Result<Option<DomainObstacle>, StoreError> {
        let ask = self
            .look_up("select ops.domain_obstacle($1, $2, $3) as obstacle")
            .bind(name.as_ref().to_owned())
            .bind(name.registrable().to_owned())
            .bind(name.look());
        row::parsed_if_any(&self.fetch_one(ask).await?, "obstacle")
    }

    /// Makes the organization the one owner of its domain, or says what is in the way. Role Worker.
    pub async fn take_domain(
        &mut self,
        domain: &Domain,
        check_at: DateTime<Utc>,
    ) -> Result<Option<DomainObstacle>, StoreError> {
        let name = &domain.name;
        let take = self
            .look_up(
                "select ops.take_domain(row($1, $2, $3, $4)::ops.proved_domain, $5) as obstacle",
            )
            .bind(name.as_ref().to_owned())
            .bind(domain.id.as_uuid())
            .bind(name.registrable().to_owned())
            .bind(name.look())
            .bind(check_at);
        row::parsed_if_any(&self.fetch_one(take).await?, "obstacle")
    }

    /// When the proof of a domain that the organization owns is looked for again. Role Worker.
    pub async fn check_domain_at(
        &mut self,
        name: &DomainName,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let note = self
            .look_up("select ops.check_domain_at($1, $2)")
            .bind(name.as_ref().to_owned())
            .bind(at);
        self.execute(note).await?;
        Ok(())
    }

    /// Another organization may own it from now on.
    pub async fn leave_domain(&mut self, name: &DomainName) -> Result<(), StoreError> {
        let leave = self
            .look_up("select ops.leave_domain($1)")
            .bind(name.as_ref().to_owned());
        self.execute(leave).await?;
        Ok(())
    }
}

impl Store {
    /// The longest due first. Role Worker.
    pub async fn domains_to_check(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DueDomain>, StoreError> {
        let due = self
            .statement("select org_id, domain_id from ops.domains_to_check($1, $2)")
            .bind(now)
            .bind(i32::try_from(limit).unwrap_or(i32::MAX));
        let due = self.fetch_all(due).await?;
        due.iter()
            .map(|found| {
                Ok(DueDomain {
                    organization: row::parsed(found, "org_id")?,
                    id: row::value::<Uuid>(found, "domain_id")?.into(),
                })
            })
            .collect()
    }
}

fn domain_from(found: &PgRow) -> Result<Domain, StoreError> {
    Ok(Domain {
        id: row::value::<Uuid>(found, "id")?.into(),
        name: DomainName::kept(row::value(found, "domain")?),
        status: row::parsed(found, "status")?,
        failure: row::parsed_if_any(found, "failure")?,
        verification_txt: row::value(found, "verification_txt")?,
        verified_at: row::value(found, "verified_at")?,
        warned_at: row::value(found, "warned_at")?,
        checked_at: row::value(found, "checked_at")?,
        created_by: row::parsed(found, "created_by")?,
        created_at: row::value(found, "created_at")?,
    })
}
