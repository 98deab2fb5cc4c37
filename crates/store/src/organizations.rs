//! Organizations: opening one as its member, and the list of one's own.

use chrono::{DateTime, Utc};
use domain::{DisplayName, OrganizationId, OrganizationName, Person, Role, SsoStanding};

use crate::customers::stored_name;
use crate::memberships::membership_from;
use crate::sso::standing_from;
use crate::{Membership, Store, StoreError, TenantTx, row};

/// What opening an organization found.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once in a request and taken apart at once"
)]
pub enum OpenedOrganization {
    /// No such customer here, the person is nobody of their own any more, or their token is from a login that was ended.
    Unknown,
    /// The person's account is.
    Blocked,
    Suspended,
    NotAMember,
    Member {
        tx: TenantTx,
        member: Membership,
        /// Known only to whoever came to write: the plan has fewer seats than members, and none for this one.
        over_limit: bool,
        sso: SsoStanding,
    },
}

/// An organization that the caller is a member of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyOrganization {
    pub id: OrganizationId,
    pub name: OrganizationName,
    pub display_name: DisplayName,
    pub roles: Vec<Role>,
}

impl Store {
    /// BEGIN, then one statement that binds the organization and answers the customer's state and the membership of a
    /// person as a token that was issued at `issued_at` names them.
    pub async fn organization(
        &self,
        organization: &OrganizationId,
        person: &Person,
        issued_at: DateTime<Utc>,
    ) -> Result<OpenedOrganization, StoreError> {
        self.enter(organization, (person, issued_at), false).await
    }

    /// The same in the same one statement, with whether the member has a seat.
    pub async fn organization_to_write(
        &self,
        organization: &OrganizationId,
        person: &Person,
        issued_at: DateTime<Utc>,
    ) -> Result<OpenedOrganization, StoreError> {
        self.enter(organization, (person, issued_at), true).await
    }

    async fn enter(
        &self,
        organization: &OrganizationId,
        (person, issued_at): (&Person, DateTime<Utc>),
        to_write: bool,
    ) -> Result<OpenedOrganization, StoreError> {
        let open = self
            .statement(
                "select suspended, issuer, user_id, roles, email, name, picture, connection, joined_at, last_seen_at, \
                 ops.is_blocked($2, $3) as blocked, ops.is_logged_out($2, $3, $5) as logged_out, over_limit, sso, connections, glass_until \
                 from app.enter_organization($1, $2, $3, $4) \
                 left join lateral app.sso_standing($1, user_id) on user_id is not null",
            )
            .bind(organization.as_ref().to_owned())
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(to_write)
            .bind(issued_at);
        let (open, found) = self.begin(open).await?;
        let Some(found) = found else {
            return Ok(OpenedOrganization::Unknown);
        };
        if row::value(&found, "logged_out")? {
            return Ok(OpenedOrganization::Unknown);
        }
        if row::value(&found, "blocked")? {
            return Ok(OpenedOrganization::Blocked);
        }
        if row::value(&found, "suspended")? {
            return Ok(OpenedOrganization::Suspended);
        }
        if row::value::<Option<String>>(&found, "user_id")?.is_none() {
            return Ok(OpenedOrganization::NotAMember);
        }
        Ok(OpenedOrganization::Member {
            tx: open.bound_to(organization.clone().into()),
            member: membership_from(&found)?,
            over_limit: row::value(&found, "over_limit")?,
            sso: standing_from(&found)?,
        })
    }

    /// The organizations of this person, by name; never anybody else's.
    pub async fn my_organizations(
        &self,
        person: &Person,
    ) -> Result<Vec<MyOrganization>, StoreError> {
        let mine = self
            .statement("select org_id, name, display_name, roles from ops.my_organizations($1, $2)")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        let mine = self.fetch_all(mine).await?;
        mine.iter()
            .map(|found| {
                Ok(MyOrganization {
                    id: row::parsed(found, "org_id")?,
                    name: stored_name(found, "name")?
                        .ok_or(StoreError::Unreadable { column: "name" })?,
                    display_name: row::display_name(found)?.ok_or(StoreError::Unreadable {
                        column: "display_name",
                    })?,
                    roles: row::parsed_list(found, "roles")?,
                })
            })
            .collect()
    }
}
