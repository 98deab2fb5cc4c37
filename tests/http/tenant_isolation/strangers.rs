//! Callers who have no business with a thing, and things that are not there.

use std::collections::BTreeSet;

use tests::contract::{Operation, operations};
use tests::{Answer, TestApp};

use super::fixtures::{Whose, fixture};
use super::world::{Home, Ids, call, garbage};
use crate::projects::roles::reviewed;

/// What is left of an answer without what differs from one request to the next.
type Comparable = (u16, Vec<(String, String)>, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    All,
    Read,
    None,
}

struct Caller<'a> {
    name: &'static str,
    token: Option<&'a str>,
    /// The tenant that they may see, and how much they may do there.
    home: Option<(&'a Ids, Right)>,
}

/// All answers that refuse, to find two that differ.
#[derive(Default)]
struct Seen {
    missing: BTreeSet<Comparable>,
    unproved_bodies: BTreeSet<String>,
    calls: u32,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_treats_foreign_things_as_missing_and_changes_none() {
    let app = TestApp::start().await;
    let (mine, theirs) = (Home::create(&app).await, Home::create(&app).await);
    let visitor = app.visitor().await;
    app.get("/v1/me", Some(&visitor.token))
        .await
        .assert_status(200);
    for operation in operations() {
        is_privileged(&app, operation, &theirs).await;
    }
    app.settled().await;
    let before = theirs.rows(&app).await;
    let mut seen = Seen::default();
    for operation in operations() {
        let whose = fixture(&operation.id).whose;
        if whose != Whose::Nobodys {
            for caller in callers(whose, &mine, &theirs, &visitor.token) {
                try_everything(&app, operation, &caller, [&mine, &theirs], &mut seen).await;
            }
        }
    }
    assert_eq!(
        theirs.rows(&app).await,
        before,
        "after {} calls",
        seen.calls
    );
    assert!(seen.calls > 1000, "only {} calls", seen.calls);
    assert_eq!(seen.missing.len(), 1, "{:#?}", seen.missing);
    assert_eq!(seen.unproved_bodies.len(), 1, "{:#?}", seen.unproved_bodies);
}

fn callers<'a>(
    whose: Whose,
    mine: &'a Home,
    theirs: &'a Home,
    visitor: &'a str,
) -> [Caller<'a>; 5] {
    // People administer organizations, never the back office.
    let is_people = whose != Whose::Platform;
    let admin_home = is_people.then(|| (mine.own_ids(whose), Right::All));
    let admin = match whose {
        Whose::Platform => &mine.organization.token,
        _ => mine.token(whose),
    };
    let reader_home = match whose {
        Whose::Organizations => Some((theirs.own_ids(whose), Right::Read)),
        Whose::Persons | Whose::Nobodys | Whose::Platform => None,
    };
    let caller = |name, token, home| Caller { name, token, home };
    [
        caller("a foreign admin", Some(admin), admin_home),
        caller("a reader", Some(&theirs.reader_token), reader_home),
        caller("a visitor", Some(visitor), None),
        caller("nobody", None, None),
        caller("garbage", Some("e30.e30.e30"), None),
    ]
}

/// The operation works for whom it should, so that what the others get is no accident.
async fn is_privileged(app: &TestApp, operation: &Operation, home: &Home) {
    let whose = fixture(&operation.id).whose;
    if whose != Whose::Nobodys {
        let ids = home.fresh_ids(app, whose).await;
        let leaver;
        let token = match operation.id.as_str() {
            // Whoever does this does nothing else.
            "delete_me" => {
                leaver = app.visitor().await.token;
                &leaver
            }
            _ => home.token(whose),
        };
        let answer = call(app, operation, (&ids, &ids), Some(token)).await;
        assert!(
            fixture(&operation.id).is_answer(&answer),
            "{} {answer:?}",
            operation.id
        );
    }
}

async fn try_everything(
    app: &TestApp,
    operation: &Operation,
    caller: &Caller<'_>,
    homes: [&Home; 2],
    seen: &mut Seen,
) {
    let whose = fixture(&operation.id).whose;
    let mut values = garbage();
    values.push(Ids::nobodys());
    values.extend(homes.map(|home| home.own_ids(whose).clone()));
    let has_inner = operation.parameters().iter().any(|name| *name != "org_id");
    for outer in outer_values(operation, &values) {
        for inner in if has_inner { &values[..] } else { &values[..1] } {
            let Some(status) = expected(operation, caller, outer, inner) else {
                continue;
            };
            let answer = call(app, operation, (outer, inner), caller.token).await;
            let called = (operation.id.as_str(), caller.name, outer, inner);
            assert_eq!(answer.status.as_u16(), status, "{called:?} {answer:?}");
            seen.note(&answer);
        }
    }
}

fn outer_values<'a>(operation: &Operation, values: &'a [Ids]) -> &'a [Ids] {
    let has_outer = operation.parameters().contains(&"org_id");
    if has_outer { values } else { &values[..1] }
}

/// None where the call is the caller's good right.
fn expected(operation: &Operation, caller: &Caller<'_>, outer: &Ids, inner: &Ids) -> Option<u16> {
    let parameters = operation.parameters();
    let is_organizations = parameters.contains(&"org_id");
    let has_inner = parameters.iter().any(|name| *name != "org_id");
    let is_proved = caller.token.is_some_and(|token| token != "e30.e30.e30");
    if !is_proved {
        return Some(401);
    }
    if fixture(&operation.id).whose == Whose::Platform {
        return Some(403);
    }
    let (home, right) = match caller.home {
        Some((home, right)) => (Some(home), right),
        // A login without an organization is no login to one.
        None if is_organizations => return Some(401),
        None => (None, Right::None),
    };
    let is_home = |ids: &Ids| home.is_some_and(|home| home.project_id == ids.project_id);
    if is_organizations && !is_home(outer) {
        return Some(404);
    }
    let granted = (right == Right::Read).then(|| reviewed(&operation.id, "org_readonly"));
    if granted != Some(403) && has_inner && !is_home(inner) {
        return Some(404);
    }
    granted
}

impl Seen {
    fn note(&mut self, answer: &Answer) {
        self.calls += 1;
        let comparable = answer.comparable();
        match comparable.0 {
            404 => drop(self.missing.insert(comparable)),
            401 => drop(self.unproved_bodies.insert(comparable.2)),
            _ => {}
        }
    }
}
