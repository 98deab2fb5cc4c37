//! While an organization insists on its own identity providers, neither two logins that become one nor one that becomes
//! two take its way back.

use domain::identity_link::may_be_the_way;
use domain::{Person, TenantId};
use store::{IdentityLink, MyOrganization, TenantTx};

use crate::app::AppState;
use crate::auth::AccessToken;
use crate::problem::{Code, Problem};
use crate::routes::way_back::WayBack;
use crate::workflows::identity_link::joint_connection;

/// The organizations in which only `second` could break the glass, and could not any more as a login of `main`.
pub(super) async fn lost_by_linking(
    state: &AppState,
    main: &AccessToken,
    second: &Person,
) -> Result<Vec<MyOrganization>, Problem> {
    let mut lost = Vec::new();
    for organization in state.store.my_organizations(second).await? {
        let mut tx = enter(state, &organization).await?;
        let way_back = WayBack::before(&mut tx).await?;
        become_one(&mut tx, main, second).await?;
        if is_lost(way_back, &mut tx).await? {
            lost.push(organization);
        }
    }
    Ok(lost)
}

/// As the job will do it; this is never committed.
async fn become_one(tx: &mut TenantTx, main: &AccessToken, second: &Person) -> Result<(), Problem> {
    let Some(old) = tx.membership(&second.user_id).await? else {
        return Ok(());
    };
    let current = tx.membership(&main.person.user_id).await?;
    let own = match &main.connection {
        Some(claimed) => tx.identity_provider_of(claimed).await?,
        None => None,
    };
    let own = own.map(|provider| provider.connection_name);
    let mut joint = old.clone();
    joint.connection = joint_connection(&old, current.as_ref(), own);
    joint.person = main.person.clone();
    tx.delete_membership(&second.user_id).await?;
    tx.save_membership(&joint).await?;
    Ok(())
}

/// The organizations in which only the account could break the glass, and may come by the login that is taken out.
pub(super) async fn lost_by_unlinking(
    state: &AppState,
    link: &IdentityLink,
) -> Result<Vec<MyOrganization>, Problem> {
    let (main, other) = (&link.main.user_id, &link.person.user_id);
    let mut lost = Vec::new();
    for organization in state.store.my_organizations(&link.main).await? {
        let mut tx = enter(state, &organization).await?;
        let way_back = WayBack::before(&mut tx).await?;
        let Some(membership) = tx.membership(main).await? else {
            continue;
        };
        if !may_be_the_way(membership.connection.as_deref(), main, other) {
            continue;
        }
        tx.delete_membership(main).await?;
        if is_lost(way_back, &mut tx).await? {
            lost.push(organization);
        }
    }
    Ok(lost)
}

/// Under the lock on the members; nothing that is done in it is committed.
async fn enter(state: &AppState, organization: &MyOrganization) -> Result<TenantTx, Problem> {
    let tenant = TenantId::from(organization.id.clone());
    let mut tx = state.store.tenant(&tenant).await?;
    tx.lock_members().await?;
    Ok(tx)
}

async fn is_lost(way_back: WayBack, tx: &mut TenantTx) -> Result<bool, Problem> {
    match way_back.keep(tx).await {
        Ok(()) => Ok(false),
        Err(refused) if refused.code() == Code::SsoEnforced => Ok(true),
        Err(failed) => Err(failed),
    }
}

/// # Errors
/// 409 that names the organizations, which the caller can see.
pub(super) fn require_none(lost: &[MyOrganization]) -> Result<(), Problem> {
    if lost.is_empty() {
        return Ok(());
    }
    let detail = "Single sign-on is enforced there, and nobody else could break the glass: make another administrator \
         who comes by another way, or set policies.sso to warn first.";
    let code = Code::SsoEnforced;
    let problem = Problem::new(code).detail(detail);
    Err(lost.iter().fold(problem, |problem, organization| {
        problem.field(organization.id.as_ref(), code.as_str(), &organization.name)
    }))
}
