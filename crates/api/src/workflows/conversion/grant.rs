//! The buyer becomes a member of the new organization and its first administrator. Both calls have set semantics:
//! repeating them changes nothing.

use domain::conversion::ConversionStep;
use domain::{OrganizationId, Role, TenantId};
use store::Conversion;

use super::reach;
use crate::workflows::{Context, Failure};

pub(super) async fn add_member(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
) -> Result<(), Failure> {
    let organization = organization(conversion)?.to_string();
    let user_id = conversion.person.user_id.to_string();
    context
        .auth0
        .organizations()
        .add_members(&organization, &[user_id])
        .await?;
    reach(context, individual, conversion, ConversionStep::MemberAdded).await
}

pub(super) async fn set_role(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
) -> Result<(), Failure> {
    let organization = organization(conversion)?.to_string();
    let role = context.directory.role(context, Role::OrgAdmin).await?;
    let user_id = conversion.person.user_id.to_string();
    context
        .auth0
        .organizations()
        .add_member_roles(&organization, &user_id, &[role])
        .await?;
    reach(context, individual, conversion, ConversionStep::RoleSet).await
}

pub(super) fn organization(conversion: &Conversion) -> Result<&OrganizationId, Failure> {
    conversion
        .auth0_org_id
        .as_ref()
        .ok_or_else(|| Failure::Park("a conversion past its creation has no organization".into()))
}
