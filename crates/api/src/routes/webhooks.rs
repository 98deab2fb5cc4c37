//! Events from the vendors. Each is stored, together with the job that handles it, before it is acknowledged.

pub(super) mod stripe;
