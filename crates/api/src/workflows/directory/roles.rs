//! The four roles at Auth0: their ids, and whether they are what they are here. Looked at when the worker starts and from
//! then on as often as it sweeps, so that a role that somebody renames or deletes is noticed before a job needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use domain::{Permission, Role};
use futures::TryStreamExt;

use crate::workflows::{Context, Failure};

/// Between two tries while Auth0 cannot be asked.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Roles(RwLock<BTreeMap<Role, String>>);

/// What is wrong with a role at Auth0, with what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    Missing(Role),
    Permissions {
        role: Role,
        lacks: Vec<Permission>,
        /// What it should not have.
        has: Vec<String>,
    },
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(role) => write!(
                f,
                "the Auth0 tenant has no role {role}; `tenantry tenant apply` makes it"
            ),
            Self::Permissions { role, lacks, has } => {
                write!(f, "the role {role} of the Auth0 tenant differs")?;
                let lacks: Vec<_> = lacks.iter().map(ToString::to_string).collect();
                for (what, names) in [("lacks", &lacks), ("should not have", has)] {
                    if !names.is_empty() {
                        write!(f, "; it {what} {}", names.join(", "))?;
                    }
                }
                write!(f, "; `tenantry tenant apply` mends it")
            }
        }
    }
}

impl Roles {
    pub(super) async fn id(&self, context: &Context, role: Role) -> Result<String, Failure> {
        if let Some(id) = self.known(role) {
            return Ok(id);
        }
        self.look_up(context).await?;
        self.known(role)
            .ok_or_else(|| Failure::Park(Defect::Missing(role).to_string()))
    }

    pub(super) async fn check(&self, context: &Context) -> Result<Vec<Defect>, Failure> {
        self.look_up(context).await?;
        let mut defects = Vec::new();
        for role in Role::ALL.iter().copied() {
            match self.known(role) {
                None => defects.push(Defect::Missing(role)),
                Some(id) => defects.extend(differing(context, role, id).await?),
            }
        }
        Ok(defects)
    }

    fn known(&self, role: Role) -> Option<String> {
        let roles = self.0.read().unwrap_or_else(PoisonError::into_inner);
        roles.get(&role).cloned()
    }

    /// What is there no more is forgotten.
    async fn look_up(&self, context: &Context) -> Result<(), Failure> {
        let all: Vec<_> = context.auth0.roles().list().try_collect().await?;
        let ours = all
            .into_iter()
            .filter_map(|role| Some((role.name.parse().ok()?, role.id)));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = ours.collect();
        Ok(())
    }
}

async fn differing(context: &Context, role: Role, id: String) -> Result<Option<Defect>, Failure> {
    let audience = &context.config.auth0.audience;
    let all: Vec<_> = context.auth0.roles().permissions(&id).try_collect().await?;
    let at_auth0: BTreeSet<String> = all
        .into_iter()
        .filter(|permission| permission.resource_server_identifier == *audience)
        .map(|permission| permission.permission_name)
        .collect();
    let wanted = role.permissions();
    let lacks: Vec<_> = wanted
        .iter()
        .copied()
        .filter(|permission| !at_auth0.contains(permission.as_str()))
        .collect();
    let is_wanted = |name: &String| wanted.iter().any(|permission| permission.as_str() == name);
    let has: Vec<_> = at_auth0
        .into_iter()
        .filter(|name| !is_wanted(name))
        .collect();
    let differs = !lacks.is_empty() || !has.is_empty();
    Ok(differs.then_some(Defect::Permissions { role, lacks, has }))
}

/// Checks the roles now and then, and says loudly what is wrong. A role that is missing parks the jobs that need it;
/// one that allows something else parks nothing, since a token never allows more than the membership here.
pub async fn watch(context: Context, every: Duration) {
    loop {
        let pause = match context.directory.check_roles(&context).await {
            Ok(defects) => {
                for defect in defects {
                    tracing::error!("{defect}");
                }
                every
            }
            Err(error) => {
                tracing::warn!(%error, "the roles of the Auth0 tenant could not be checked");
                PAUSE.min(every)
            }
        };
        tokio::time::sleep(pause).await;
    }
}
