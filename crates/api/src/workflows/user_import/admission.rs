//! Those whom Auth0 has become members: there first, here last, within the seats.

use domain::import::UserOutcome;
use domain::member::JoinedBy;
use domain::usage::{Metric, Period};
use domain::{OrganizationId, Person, TenantId, UserId, Wanted};
use management::User;
use serde_json::json;
use store::{Membership, NewAuditEvent, UserImport, UserRow};
use uuid::Uuid;

use super::{PATIENCE, PAUSE, file};
use crate::audit;
use crate::workflows::{Context, Failure};

/// Members that Auth0 takes in one call.
const AT_ONCE: usize = 10;

pub(super) async fn run(
    context: &Context,
    organization: &OrganizationId,
    import: &UserImport,
    rows: Vec<UserRow>,
) -> Result<(), Failure> {
    for some in rows.chunks(AT_ONCE) {
        let mut found = Vec::new();
        for row in some {
            match account(context, import, row).await? {
                Some((account, _)) if is_member(context, organization, &account).await? => {
                    keep(context, organization, import, row, &account).await?;
                }
                Some((account, outcome)) => found.push((row, account, outcome)),
                None => fail(context, organization, import, row, "not_found").await?,
            }
        }
        // Nobody is added there for whom there is certainly no room here.
        let room = room(context, organization).await?;
        for (row, _, _) in found.iter().skip(room) {
            fail(context, organization, import, row, "no_seats_left").await?;
        }
        found.truncate(room);
        let ids: Vec<&str> = found
            .iter()
            .map(|(_, account, _)| account.user_id.as_str())
            .collect();
        let organizations = context.auth0.organizations();
        organizations
            .add_members(organization.as_ref(), &ids)
            .await?;
        for (row, account, outcome) in found {
            give_roles(context, organization, row, &account.user_id).await?;
            admit(context, organization, import, row, (account, outcome)).await?;
        }
    }
    Ok(())
}

/// The row's own account, or the one that was there and that Auth0 has marked for it. The address only says where to
/// look.
async fn account(
    context: &Context,
    import: &UserImport,
    row: &UserRow,
) -> Result<Option<(User, UserOutcome)>, Failure> {
    let users = context.auth0.users();
    let own = format!("auth0|{}", row.row_id.simple());
    if let Some(user) = users.show(&own).await? {
        return Ok(Some((user, UserOutcome::Created)));
    }
    let mark = json!(row.row_id);
    let found = users.by_email(row.email.as_ref()).await?;
    let mut marked = found
        .into_iter()
        .filter(|user| user.app_metadata.get(file::MARK) == Some(&mark));
    match marked.next() {
        Some(user) => Ok(Some((user, UserOutcome::Updated))),
        None if context.clock.now() - import.created_at < PATIENCE => Err(Failure::Wait {
            after: Some(PAUSE),
            reason: "Auth0 does not show an imported user yet".into(),
        }),
        None => Ok(None),
    }
}

async fn is_member(
    context: &Context,
    organization: &OrganizationId,
    account: &User,
) -> Result<bool, Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    Ok(tx.membership(&user_id(account)?).await?.is_some())
}

/// Whoever is a member already keeps the roles that they have.
async fn keep(
    context: &Context,
    organization: &OrganizationId,
    import: &UserImport,
    row: &UserRow,
    account: &User,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let settled = UserRow {
        outcome: UserOutcome::Updated,
        user_id: Some(user_id(account)?),
        ..row.clone()
    };
    let mut tx = context.store.tenant(&tenant).await?;
    tx.settle_user_row(import.id, &settled).await?;
    Ok(tx.commit().await?)
}

fn user_id(account: &User) -> Result<UserId, Failure> {
    let id = account.user_id.parse();
    id.map_err(|_| Failure::Park("Auth0 answered a user id of another shape".into()))
}

async fn room(context: &Context, organization: &OrganizationId) -> Result<usize, Failure> {
    let tenant = TenantId::from(organization.clone());
    let now = context.clock.now();
    let mut tx = context.store.tenant(&tenant).await?;
    let mut room = 0;
    while room < AT_ONCE {
        let more = u32::try_from(room + 1).unwrap_or(u32::MAX);
        if tx.reserve_seats(Wanted::More(more), now).await?.is_err() {
            break;
        }
        room += 1;
    }
    Ok(room)
}

async fn give_roles(
    context: &Context,
    organization: &OrganizationId,
    row: &UserRow,
    user_id: &str,
) -> Result<(), Failure> {
    let mut ids = Vec::new();
    for role in &row.roles {
        ids.push(context.directory.role(context, *role).await?);
    }
    let organizations = context.auth0.organizations();
    organizations
        .add_member_roles(organization.as_ref(), user_id, &ids)
        .await?;
    Ok(())
}

async fn admit(
    context: &Context,
    organization: &OrganizationId,
    import: &UserImport,
    row: &UserRow,
    (account, outcome): (User, UserOutcome),
) -> Result<(), Failure> {
    let user_id = user_id(&account)?;
    let now = context.clock.now();
    let mut tx = context
        .store
        .tenant(&TenantId::from(organization.clone()))
        .await?;
    let seat = tx.reserve_seats(Wanted::More(1), now).await?;
    let is_member = tx.membership(&user_id).await?.is_some();
    if !is_member && seat.is_err() {
        drop(tx);
        let organizations = context.auth0.organizations();
        organizations
            .remove_members(organization.as_ref(), &[&account.user_id])
            .await?;
        return fail(context, organization, import, row, "no_seats_left").await;
    }
    let settled = UserRow {
        outcome,
        user_id: Some(user_id.clone()),
        ..row.clone()
    };
    tx.settle_user_row(import.id, &settled).await?;
    if !is_member {
        let connection = account.identities.into_iter().next();
        tx.save_membership(&Membership {
            person: Person {
                issuer: context.config.auth0.issuers[0].clone(),
                user_id: user_id.clone(),
            },
            roles: row.roles.clone(),
            email: account.email,
            name: account.name,
            picture: account.picture,
            connection: connection.map(|identity| identity.connection),
            joined_at: now,
            last_seen_at: None,
        })
        .await?;
        tx.note_joined(&user_id, JoinedBy::UserImport).await?;
        tx.count_usage(Metric::MembersJoined, Period::of(now), 1, Uuid::now_v7())
            .await?;
        let added = NewAuditEvent {
            request_id: import.request_id.clone(),
            after: Some(json!({ "roles": row.roles, "import": import.id })),
            ..audit::by_client(
                &import.client_id,
                "member.added",
                format!("member:{user_id}"),
                now,
            )
        };
        tx.insert_audit_event(&added).await?;
    }
    Ok(tx.commit().await?)
}

async fn fail(
    context: &Context,
    organization: &OrganizationId,
    import: &UserImport,
    row: &UserRow,
    why: &str,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let failed = UserRow {
        outcome: UserOutcome::Failed,
        why: Some(why.to_owned()),
        ..row.clone()
    };
    tx.settle_user_row(import.id, &failed).await?;
    Ok(tx.commit().await?)
}
