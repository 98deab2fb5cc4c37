//! Why support does something to a customer; the customer can read it.

use domain::display_name::has_deceptive;

use crate::problem::Problem;

const MAX_CHARS: usize = 500;

/// # Errors
/// 422 that names the field.
pub(super) fn checked(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    let fits = (1..=MAX_CHARS).contains(&reason.chars().count());
    if fits && !has_deceptive(reason) {
        Ok(reason.to_owned())
    } else {
        let detail = format_args!("1 to {MAX_CHARS} characters on one line, none of them hidden.");
        Err(Problem::invalid_field("reason", "invalid", detail))
    }
}
