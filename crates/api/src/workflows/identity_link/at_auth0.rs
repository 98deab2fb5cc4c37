//! The accounts at Auth0, which alone says whether they are linked: no answer of a call is trusted for that.

use domain::Person;
use domain::identity_link::LinkFailure;
use management::{Class, Identity, User};

use crate::workflows::{Context, Failure};

/// How the two accounts stand at Auth0.
pub(super) enum Linked {
    Yes,
    No,
    Cannot(LinkFailure),
}

pub(super) async fn look(
    context: &Context,
    main: &Person,
    other: &Person,
) -> Result<Linked, Failure> {
    let users = context.auth0.users();
    let Some(main) = users.show(main.user_id.as_ref()).await? else {
        return Ok(Linked::Cannot(LinkFailure::AccountGone));
    };
    if has(&main, other) {
        return Ok(Linked::Yes);
    }
    let Some(other) = users.show(other.user_id.as_ref()).await? else {
        return Ok(Linked::Cannot(LinkFailure::AccountGone));
    };
    Ok(if main.blocked || other.blocked {
        Linked::Cannot(LinkFailure::AccountBlocked)
    } else if other.identities.len() > 1 {
        Linked::Cannot(LinkFailure::SeveralLogins)
    } else {
        Linked::No
    })
}

/// The other account's logins end first: there is nobody left for them afterwards.
pub(super) async fn link(
    context: &Context,
    main: &Person,
    other: &Person,
) -> Result<Option<LinkFailure>, Failure> {
    let users = context.auth0.users();
    users.end_sessions(other.user_id.as_ref()).await?;
    users.revoke_refresh_tokens(other.user_id.as_ref()).await?;
    let (provider, id) = parts(other);
    let refused = match users.link(main.user_id.as_ref(), provider, id).await {
        Ok(()) => return Ok(None),
        Err(error) if matches!(error.class(), Class::Retry { .. }) => return Err(error.into()),
        Err(refused) => refused,
    };
    match look(context, main, other).await? {
        Linked::Yes => Ok(None),
        Linked::Cannot(failure) => Ok(Some(failure)),
        Linked::No => {
            tracing::warn!(error = %refused, "Auth0 does not link two accounts");
            Ok(Some(LinkFailure::Refused))
        }
    }
}

/// Whoever is logged in as the main account through that login is logged out, with everybody else.
pub(super) async fn unlink(
    context: &Context,
    main: &Person,
    other: &Person,
) -> Result<(), Failure> {
    let users = context.auth0.users();
    let account = users.show(main.user_id.as_ref()).await?;
    if account.is_some_and(|account| has(&account, other)) {
        let (provider, id) = parts(other);
        users.unlink(main.user_id.as_ref(), provider, id).await?;
    }
    users.end_sessions(main.user_id.as_ref()).await?;
    Ok(users.revoke_refresh_tokens(main.user_id.as_ref()).await?)
}

fn has(main: &User, other: &Person) -> bool {
    identity(main, other).is_some()
}

/// The person's among the account's logins.
pub(super) fn identity<'a>(account: &'a User, person: &Person) -> Option<&'a Identity> {
    let (provider, id) = parts(person);
    let mut identities = account.identities.iter();
    identities.find(|identity| identity.provider == provider && identity.user_id == id)
}

fn parts(person: &Person) -> (&str, &str) {
    let id = person.user_id.as_ref();
    id.split_once('|').unwrap_or((id, ""))
}
