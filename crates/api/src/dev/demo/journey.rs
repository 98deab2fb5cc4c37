//! The order of the steps.

use std::io::Write;

use super::failure::Failure;
use super::report::Report;
use super::story::Story;
use super::{
    changes, enterprise, organization, purchase, refusals, team, trial, wrong_click, year,
};

pub(super) async fn play(story: &mut Story, output: &mut impl Write) -> Result<(), Failure> {
    let mut report = Report::new(output);
    report.step("sign-up", trial::sign_up(story).await)?;
    report.step("work in the trial", trial::create_project(story).await)?;
    report.step("the trial ends", trial::ends(story).await)?;

    report.step("checkout", purchase::check_out(story).await)?;
    report.step("webhook", purchase::is_activated(story).await)?;
    report.step(
        "organization's name",
        purchase::name_organization(story).await,
    )?;
    report.step("conversion", purchase::is_done(story).await)?;

    report.step(
        "login in the organization",
        organization::log_in(story).await,
    )?;
    report.step(
        "the buyer administers it",
        organization::shows_its_administrator(story).await,
    )?;
    report.step("the plan", organization::has_its_plan(story).await)?;
    report.step("projects", organization::has_its_projects(story).await)?;

    report.step("invited, by password", team::by_password(story).await)?;
    report.step(
        "invited, by social login",
        team::by_social_login(story).await,
    )?;
    report.step("the member works", team::works(story).await)?;
    report.step(
        "invited, wrong account first",
        wrong_click::wrong_account_first(story).await,
    )?;
    report.step(
        "invited, another address",
        wrong_click::another_address(story).await,
    )?;
    report.step("resend and revoke", team::resend_and_revoke(story).await)?;
    report.step("other roles", changes::roles(story).await)?;
    report.step("removed", changes::removal(story).await)?;
    report.step("the last administrator", changes::last_admin(story).await)?;
    report.step(
        "an invitation expires",
        changes::expires_by_the_clock(story).await,
    )?;

    report.step(
        "other tenants do not exist",
        refusals::foreign_is_missing(story).await,
    )?;
    report.step("forged token", refusals::forged_token(story).await)?;
    report.step("forged webhook", refusals::forged_webhook(story).await)?;
    report.step("webhook again", refusals::repeated_webhook(story).await)?;

    enterprise::play(story, &mut report).await?;
    year::play(story, &mut report).await?;
    report.end()
}
