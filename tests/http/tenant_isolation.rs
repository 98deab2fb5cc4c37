//! Whose things are whose: every operation of the document, for everybody who is not allowed to use it, with everything
//! that is not theirs.

mod cursors;
mod fixtures;
mod login_links;
mod methods;
mod strangers;
mod world;
