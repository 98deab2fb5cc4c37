//! The issuer seen from outside: over HTTP, as a browser and as an application.

mod applications;
mod browser;
mod control;
mod journey;
mod keys;
mod organizations;
mod pages;
mod refresh;
mod silent;
mod tokens;
