//! Auth0 shows no secret of an Action or of an event stream again; that it is another one is seen all the same.

use std::collections::BTreeMap;
use std::fs;

use reqwest::Method;
use sandbox::Limits;
use serde_json::{Value, json};

use super::tenant::{Setup, bare};

const MEMBER_ROLE: &str = "default-member-role";

#[tokio::test(flavor = "multi_thread")]
async fn stale_secrets_are_seen_and_renewed() {
    let (_running, mut setup) = bare(Limits::Off).await;
    assert_eq!(setup.run("apply", &[]).await.code, 0);
    let token = setup.written()["AUTH0_EVENTS_TOKENS"].clone();

    fs::remove_file(&setup.env_file).expect("it is there");
    setup.differ(&["event stream"]).await;
    assert_ne!(setup.written()["AUTH0_EVENTS_TOKENS"], token);

    // Kept elsewhere, as in CI.
    let given = "a token that is kept in a vault";
    let variable = "AUTH0_EVENTS_TOKENS".to_owned();
    setup.variables.insert(variable.clone(), given.into());
    setup.differ(&["event stream"]).await;
    fs::remove_file(&setup.env_file).expect("it is there");
    assert_eq!(setup.run("check", &[]).await.code, 0);
    setup
        .variables
        .insert(variable, format!("another one of the same vault,{given}"));
    setup.differ(&["event stream"]).await;

    let namespace = "https://claims.example.com".to_owned();
    setup.variables.insert("CLAIMS_NAMESPACE".into(), namespace);
    let of_claims = ["organization-claims", "sso-policy", "login-proof"];
    setup.differ(&of_claims).await;

    setup.forget("roles", "org_member", "id").await;
    assert_eq!(setup.run("plan", &[]).await.code, 2);
    setup.is_renewed(&[MEMBER_ROLE]).await;
    setup
        .forget("clients", "Tenantry Actions", "client_id")
        .await;
    assert_eq!(setup.run("plan", &[]).await.code, 2);
    setup.is_renewed(&[MEMBER_ROLE]).await;
    // With the key of the fingerprints: nobody could say what is still right.
    setup
        .forget("clients", "Tenantry backend", "client_id")
        .await;
    let all = [
        &of_claims[..],
        &["event stream", MEMBER_ROLE, "manage-subscription"],
    ]
    .concat();
    setup.is_renewed(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_tool_wrote_is_left_until_it_is_asked_for() {
    let (_running, setup) = bare(Limits::Off).await;
    assert_eq!(setup.run("apply", &[]).await.code, 0);
    let ours = setup
        .find("actions/actions", "actions", "login-proof")
        .await;
    let secrets = json!({ "secrets": [{ "name": "CLAIMS_NAMESPACE", "value": "https://theirs" }] });
    let path = format!("actions/actions/{}", ours["id"].as_str().expect("an id"));
    setup.auth0(Method::PATCH, &path, Some(secrets)).await;
    setup
        .auth0(Method::POST, &format!("{path}/deploy"), None)
        .await;
    assert_eq!(setup.run("check", &[]).await.code, 0);
    assert_eq!(setup.run("apply", &["--renew-secrets"]).await.code, 0);
    let fingerprints = setup.fingerprints().await;
    assert!(fingerprints.contains_key("login-proof"), "{fingerprints:?}");
}

impl Setup {
    /// Nothing else differs, apply renews them, and then they are right.
    async fn differ(&self, what: &[&str]) {
        let check = self.run("check", &[]).await;
        assert_eq!(check.code, 1, "{:#?}", check.lines);
        let differing = check.lines.iter().filter(|line| line.starts_with("change"));
        let mut differing: Vec<_> = differing.collect();
        differing.retain(|line| !what.iter().any(|what| line.contains(what)));
        assert_eq!(differing, Vec::<&String>::new());
        let reasons = check
            .lines
            .iter()
            .filter(|line| line.ends_with(": differs, is written again"));
        assert_eq!(reasons.count(), what.len(), "{:#?}", check.lines);
        self.is_renewed(what).await;
    }

    async fn is_renewed(&self, what: &[&str]) {
        let before = self.fingerprints().await;
        let applied = self.run("apply", &[]).await;
        assert_eq!(applied.code, 0, "{:#?}", applied.lines);
        let after = self.fingerprints().await;
        let mut other: Vec<_> = after
            .iter()
            .filter(|one| !before.contains_key(one.0) || before[one.0] != *one.1)
            .map(|one| one.0.as_str())
            .collect();
        let mut what = what.to_vec();
        other.sort_unstable();
        what.sort_unstable();
        assert_eq!(other, what);
        let writes = self.writes().await;
        assert_eq!(self.run("check", &[]).await.code, 0);
        assert_eq!(self.run("apply", &[]).await.code, 0);
        assert_eq!(self.writes().await, writes, "once is enough");
    }

    /// By whose they are.
    async fn fingerprints(&self) -> BTreeMap<String, String> {
        let actions = self.auth0(Method::GET, "actions/actions", None).await;
        let mut all = BTreeMap::new();
        for action in actions["actions"].as_array().expect("a list") {
            assert_eq!(action["all_changes_deployed"], true);
            let secrets = action["secrets"].as_array().into_iter().flatten();
            let mut names = secrets.filter_map(|one| one["name"].as_str());
            if let Some(made_with) = names.find_map(|name| name.strip_prefix("MADE_WITH_")) {
                let name = action["name"].as_str().expect("a name");
                all.insert(name.to_owned(), made_with.to_owned());
            }
        }
        let streams = self.auth0(Method::GET, "event-streams", None).await;
        let endpoint =
            streams["eventStreams"][0]["destination"]["configuration"]["webhook_endpoint"].as_str();
        let (address, made_with) = endpoint
            .expect("an address")
            .split_once("?made_with=")
            .expect("a fingerprint");
        assert_eq!(address, "https://api.example.com/webhooks/auth0/events");
        all.insert("event stream".to_owned(), made_with.to_owned());
        all
    }

    async fn find(&self, path: &str, list: &str, name: &str) -> Value {
        let all = self.auth0(Method::GET, path, None).await;
        let mut all = all
            .get(list)
            .unwrap_or(&all)
            .as_array()
            .expect("a list")
            .iter();
        all.find(|one| one["name"] == name)
            .expect("it is there")
            .clone()
    }

    /// Somebody deletes it.
    async fn forget(&self, path: &str, name: &str, id: &str) {
        let it = self.find(path, path, name).await;
        let path = format!("{path}/{}", it[id].as_str().expect("an id"));
        self.auth0(Method::DELETE, &path, None).await;
    }
}
