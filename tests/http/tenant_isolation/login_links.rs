//! Whoever follows a login link learns nothing of the organization that it names.

use tests::{Answer, TestApp};

use super::world::{Home, Ids};

#[tokio::test(flavor = "multi_thread")]
async fn a_login_link_does_not_tell_whether_the_organization_exists() {
    let app = TestApp::start().await;
    let (home, nobodys) = (Home::create(&app).await, Ids::nobodys());
    for (real, missing) in [
        (&home.ids.name, &nobodys.name),
        (&home.ids.org_id, &nobodys.org_id),
    ] {
        let of_real = follow(&app, real).await;
        let of_missing = follow(&app, missing).await;
        for (one, other) in of_real.iter().zip(&of_missing) {
            one.assert_status(302);
            let one = format!("{:?}", one.comparable()).replace(real, "NAME");
            let other = format!("{:?}", other.comparable()).replace(missing, "NAME");
            assert_eq!(one, other);
        }
    }
}

async fn follow(app: &TestApp, name: &str) -> [Answer; 2] {
    [
        app.get(&format!("/orgs/{name}/login?invitation=ticket"), None)
            .await,
        app.get(&format!("/login?organization={name}"), None).await,
    ]
}
