//! Seats: counted on every way in, with what is promised, and never one too many.

mod lesser;
mod over_limit;
mod promises;
mod races;
