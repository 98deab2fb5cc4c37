//! The rules of what we sell and who may do what. Nothing here waits, reads a clock or draws a random number: time and
//! ids are arguments, so every rule can be tried in a test.

mod parsed_text;
mod words;

pub mod branding;
pub mod display_name;
pub mod ids;
pub mod organization;
pub mod role;

pub mod catalogue;
pub mod comp;
pub mod entitlement;
pub mod plan;
pub mod reminder;
pub mod seats;
pub mod subscription;
pub mod subscription_claim;
pub mod usage;

pub mod community;
pub mod conversion;
pub mod domain_claim;
pub mod domain_name;
pub mod identity_link;
pub mod identity_provider;
pub mod import;
pub mod invitation;
pub mod member;
pub mod mfa;
pub mod project;
pub mod provisioning;
pub mod sso;
pub mod sso_ticket;
pub mod user_store;

pub use branding::{BrandColors, Branding, Color, LogoUrl};
pub use catalogue::{ChoosePlanRefusal, PlanChoice, choose_plan};
pub use conversion::{ConversionStep, candidate_name};
pub use display_name::DisplayName;
pub use domain_claim::{DomainFailure, DomainObstacle, DomainStatus};
pub use domain_name::DomainName;
pub use entitlement::{Because, Circumstances, Entitlement, Usage};
pub use identity_provider::{
    GroupRole, GroupRoles, Held, IdentityProviderKey, IdentityProviderName, IdentityProviderState,
    Removal, Strategy, TestLoginState,
};
pub use ids::{
    AuditEventId, ConnectionId, ConversionId, DomainId, IdentityLinkId, ImportId, IndividualId,
    InvitationId, Issuer, JobId, MoveId, OrganizationId, Person, ProjectId, ScimTokenId,
    SsoTicketId, TenantId, TestLoginId, UserId,
};
pub use mfa::MfaPolicy;
pub use organization::OrganizationName;
pub use plan::{Feature, Interval, Plan};
pub use project::ProjectName;
pub use role::{Permission, Role};
pub use seats::{SeatsRefusal, SeatsTaken, Wanted};
pub use sso::{SsoPolicy, SsoStanding};
pub use sso_ticket::TicketState;
pub use subscription::{PaidTerm, State, Status, Subscription};
pub use subscription_claim::SubscriptionClaim;
pub use user_store::{StoreUse, UserStoreKind, UserStoreState};
