//! The billing stand-in over HTTP, as a shop sees it.

mod api;
mod deliveries;
mod pages;
mod receiver;
mod shop;
mod subscriptions;
