//! What an administrator says of an identity provider, judged field by field.

use std::collections::BTreeMap;

use domain::display_name::InvalidDisplayName;
use domain::identity_provider::{
    AdminByDefault, InvalidGroupRoles, InvalidOption, Options, default_role, secret_hint,
};
use domain::role::UnknownRole;
use domain::{DisplayName, GroupRole, GroupRoles, OrganizationId, Role, Strategy};
use serde_json::{Map, Value};
use store::IdentityProvider;

use crate::problem::Problem;
use crate::sealing::SealingKey;
use crate::workflows::identity_provider::place;

pub(super) fn display_name(text: String) -> Result<String, Problem> {
    let name = DisplayName::try_from(text).map_err(|refusal: InvalidDisplayName| {
        Problem::invalid_field("display_name", refusal.code(), refusal)
    })?;
    Ok(name.into())
}

pub(super) fn role_by_default(text: String) -> Result<Role, Problem> {
    let role = Role::try_from(text).map_err(|refusal: UnknownRole| {
        Problem::invalid_field("default_role", refusal.code(), refusal)
    })?;
    default_role(role).map_err(|refusal: AdminByDefault| {
        Problem::invalid_field("default_role", "not_grantable", refusal)
    })
}

pub(super) fn group_roles(pairs: Vec<GroupRole>) -> Result<GroupRoles, Problem> {
    GroupRoles::try_from(pairs).map_err(|refusal: InvalidGroupRoles| {
        Problem::invalid_field("group_roles", refusal.code(), refusal)
    })
}

/// `kept` are the secrets that Auth0 has already.
pub(super) fn options(
    strategy: Strategy,
    sent: Map<String, Value>,
    kept: &BTreeMap<String, String>,
) -> Result<Options, Problem> {
    let kept: Vec<String> = kept.keys().cloned().collect();
    Options::parse(strategy, sent, &kept).map_err(|wrong| {
        let problem = Problem::new(crate::problem::Code::InvalidRequest);
        let name = |wrong: &InvalidOption| format!("options.{}", wrong.option);
        wrong.iter().fold(problem, |problem, wrong| {
            problem.field(name(wrong), wrong.code, wrong)
        })
    })
}

/// Puts judged options in the place of those that there were. A secret that was not sent stays what it was.
pub(super) fn take(
    provider: &mut IdentityProvider,
    options: Options,
    organization: &OrganizationId,
    key: &SealingKey,
) -> Result<(), Problem> {
    provider.options = options.shown;
    if options.secrets.is_empty() {
        return Ok(());
    }
    for (name, secret) in &options.secrets {
        let hint = secret_hint(secret);
        provider.secret_hints.insert(name.clone(), hint);
    }
    let plain = serde_json::to_vec(&options.secrets).map_err(|error| Problem::internal(&error))?;
    let sealed = key.seal(&place(organization, &provider.name), &plain);
    provider.sealed_secrets = Some(sealed.map_err(|error| Problem::internal(&error))?);
    Ok(())
}
