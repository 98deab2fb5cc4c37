//! Inviting: who may, whom, as what and how often; and what becomes of an invitation.

mod acceptance;
mod limits;
mod links;
mod policy;
mod races;
mod requests;
mod resending;
