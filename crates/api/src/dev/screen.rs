//! What `dev` says once everything runs.

use std::io::{self, Write};

use super::stack::Stack;

const PEOPLE: &str = "ada@example.com, ben@example.com, cleo@example.com";
const PASSWORD: &str = "Tenantry-demo-1";

pub(super) fn show(output: &mut impl Write, stack: &Stack) -> io::Result<()> {
    let (api, identity) = (stack.api_url(), stack.sandbox_url());
    writeln!(
        output,
        "Tenantry runs on this machine. Ctrl-C stops everything.\n"
    )?;
    for (what, where_it_is) in [
        ("Console", api.to_owned()),
        ("API", format!("{api}v1/plans, documentation {api}docs")),
        ("Identity", format!("{identity} in place of Auth0")),
        ("Mailbox", format!("{identity}sandbox/mailbox")),
        (
            "Billing",
            format!("in place of Stripe, webhooks at {identity}stripe/sandbox/deliveries"),
        ),
        ("Postgres", stack.postgres()),
        ("Sign in as", format!("{PEOPLE}; password {PASSWORD}")),
    ] {
        writeln!(output, "  {what:<11} {where_it_is}")?;
    }
    if let Some(secure) = stack.sandbox_tls_url() {
        writeln!(
            output,
            "  {:<11} {secure}, for SDKs that insist on it:",
            "https"
        )?;
        let authority = stack.certificate_authority();
        writeln!(
            output,
            "              export NODE_EXTRA_CA_CERTS={}",
            authority.display()
        )?;
    }
    writeln!(
        output,
        "\nTo see the whole journey, in another terminal: cargo run -- demo"
    )?;
    output.flush()
}
