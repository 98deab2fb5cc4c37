//! `tenantry demo` as a process: its exit code is its verdict.

mod deployment;

use std::collections::BTreeMap;
use std::process::Output;

use deployment::Deployment;
use tests::process;

const STEPS: [&str; 50] = [
    "sign-up",
    "work in the trial",
    "the trial ends",
    "checkout",
    "webhook",
    "organization's name",
    "conversion",
    "login in the organization",
    "the buyer administers it",
    "the plan",
    "projects",
    "invited, by password",
    "invited, by social login",
    "the member works",
    "invited, wrong account first",
    "invited, another address",
    "resend and revoke",
    "other roles",
    "removed",
    "the last administrator",
    "an invitation expires",
    "other tenants do not exist",
    "forged token",
    "forged webhook",
    "webhook again",
    "enterprise",
    "single sign-on, OIDC",
    "single sign-on, SAML",
    "a domain",
    "invited, by single sign-on only",
    "single sign-on enforced",
    "break-glass",
    "SCIM",
    "a year, sign-up",
    "a year, work",
    "day 11, the trial nearly ends",
    "day 15, it has ended",
    "day 15, personal",
    "day 80, renewed twice",
    "day 80, a team",
    "month 4, a payment fails",
    "two days later, grace",
    "recovery",
    "upgrade",
    "downgrade refused",
    "downgrade allowed after a removal",
    "the next period",
    "cancelled",
    "resumed",
    "a year later",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_proves_every_step_of_a_deployment_in_order() {
    let deployment = Deployment::start().await;
    let played = demo(&deployment.variables).await;
    let said = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(played.status.success(), "{said}{}", errors(&played));
    let proved: Vec<_> = said
        .lines()
        .filter_map(|line| line.strip_prefix("ok  ")?.split_once(": "))
        .map(|(step, _)| step)
        .collect();
    assert_eq!(proved, STEPS, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_fails_where_there_is_nothing() {
    let nowhere = || format!("http://localhost:{}/", process::free_port());
    let variables = [("PUBLIC_URL", nowhere()), ("AUTH0_DOMAIN", nowhere())];
    let played = demo(&variables.map(|(name, url)| (name.to_owned(), url)).into()).await;
    assert_eq!(played.status.code(), Some(1));
    assert_eq!(errors(&played).lines().count(), 1, "{}", errors(&played));
}

/// Of the product that was told these variables.
async fn demo(variables: &BTreeMap<String, String>) -> Output {
    let (api, sandbox) = (&variables["PUBLIC_URL"], &variables["AUTH0_DOMAIN"]);
    let arguments = ["demo", "--api", api, "--sandbox", sandbox];
    let mut command = process::command(&arguments, variables);
    command.output().await.expect("the binary starts")
}

fn errors(played: &Output) -> String {
    String::from_utf8_lossy(&played.stderr).into_owned()
}
