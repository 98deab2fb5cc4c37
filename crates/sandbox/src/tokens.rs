//! Access and ID tokens: minting them, and checking those that come back.

mod bearer;

pub(crate) use bearer::{BearerRefusal, ManagementCaller, management_token};
