//! Access and ID tokens: minting them, and checking those that come back.

mod access_token;
mod bearer;
mod id_token;
mod permissions;
mod profile;
mod signature;

pub(crate) use access_token::{MachineLogin, UserLogin, for_machine, for_user};
pub(crate) use bearer::{
    BearerRefusal, ManagementCaller, bearer_claims, has_audience, management_token,
};
pub(crate) use id_token::id_token;
pub(crate) use permissions::{permissions_of, role_ids_of};
pub(crate) use profile::profile_claims;
pub(crate) use signature::{sign, signed_claims};
