//! The rules of what we sell. Pure: no async, no I/O, no clock, no randomness; time and ids are arguments.

pub mod ids;
pub mod role;

pub mod catalogue;
pub mod entitlement;
pub mod plan;
pub mod subscription;

pub mod conversion;
pub mod organization;
pub mod project;

pub use conversion::ConversionStep;
pub use ids::{
    AuditEventId, ConversionId, IndividualId, InvalidId, Issuer, JobId, OrganizationId, Person,
    ProjectId, TenantId, UserId,
};
pub use organization::{DisplayName, OrganizationName};
pub use plan::{Feature, Interval, Plan, PlanChoice};
pub use project::ProjectName;
pub use role::{Permission, Role};
pub use subscription::{PaidTerm, State, Status, Subscription, SubscriptionClaim};
