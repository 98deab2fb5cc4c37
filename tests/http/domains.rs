//! An organization's domains: claimed, proved by a record in the DNS, proved again, and lost.

mod claims;
mod proofs;
mod reproofs;
mod routes;
