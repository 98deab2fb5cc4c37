//! The billing stand-in under `/stripe`: a subset of Stripe's API with its real shapes, the hosted pages, and signed
//! webhooks that are delivered at least once.

mod account;

pub(crate) use account::Account;
