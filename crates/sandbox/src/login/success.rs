//! What an application gets that let somebody in: a code, or an ID token in its place (OpenID Connect Core, 3.2).

use actix_web::HttpResponse;

use super::refusal::{Refusal, answer, refuse};
use crate::state::State;
use crate::tenant::LoginTransaction;
use crate::tokens::{self, UserLogin};

/// The `response_type` of the latter.
pub(super) const ID_TOKEN: &str = "id_token";

pub(super) fn deliver(state: &State, transaction: &LoginTransaction, code: &str) -> HttpResponse {
    let asked = transaction.query.get("response_type");
    if asked.is_none_or(|asked| asked != ID_TOKEN) {
        return answer(transaction, &[("code", code)]);
    }
    match id_token(state, code) {
        Some(token) => answer(transaction, &[(ID_TOKEN, &token)]),
        None => refuse(
            transaction,
            &Refusal::access_denied("the user does not exist any more"),
        ),
    }
}

/// Nobody was told the code, which is used up by this.
fn id_token(state: &State, code: &str) -> Option<String> {
    let now = state.clock().now();
    state.write(|tenant| {
        let code = tenant.codes.remove(code)?;
        let user = tenant.users.get(&code.user_id)?;
        Some(tokens::id_token(tenant, user, &UserLogin::of(&code), now))
    })
}
