//! Whose things are whose: every operation of the document, for everybody who is not allowed to use it, with everything
//! that is not theirs.

mod cursors;
pub(crate) mod fixtures;
mod headers;
mod login_links;
mod methods;
mod strangers;
pub(crate) mod world;
