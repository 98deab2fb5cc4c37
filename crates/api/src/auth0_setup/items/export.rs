//! The same as a folder of Auth0's Deploy CLI, for teams that keep their tenant with it.
//!
//! Nothing is read from a tenant: what only the tenant knows, or nobody may read, is a keyword of the CLI's.

use std::fs;
use std::path::Path;

use management::Settings;
use serde_json::{Value, json};

use super::super::SetupFailure;
use super::super::found::App;
use super::super::target::Target;
use super::super::yaml;
use super::{TRIGGER, access, actions, applications, events, log, login, look};
use crate::config::DATABASE;

const EVENTS_TOKEN: &str = "##AUTH0_EVENTS_TOKEN##";
const TEMPLATE: &str = "emailTemplates/user_invitation.html";
const ABOUT: &str = "\
# For auth0-deploy-cli: a0deploy import --input_file tenant.yaml, with AUTH0_ALLOW_DELETE=false.
# It replaces the Actions of a trigger and the applications of a connection as a whole: add yours before.
# Keywords: AUTH0_ACTIONS_CLIENT_ID, AUTH0_ACTIONS_CLIENT_SECRET (of the application \"… Actions\") and
# AUTH0_ACTIONS_MEMBER_ROLE_ID (of the role org_member) are known after a first import: set them and import again.
# AUTH0_LOG_STREAM_AUTHORIZATION is the header that the log is sent with, where it is sent with one.
# The invitation's template wants an e-mail provider in the tenant.
# AUTH0_EVENTS_TOKEN is yours to make up; the API reads the same from AUTH0_EVENTS_TOKENS.
";

/// Writes `tenant.yaml` and the Actions' files; answers with the connections that the CLI cannot be told of, because it
/// wants to know their kind and only the tenant does.
pub(in super::super) fn export<'a>(
    target: &'a Target,
    folder: &Path,
) -> Result<Vec<&'a str>, SetupFailure> {
    let mut written = vec![
        ("tenant.yaml".to_owned(), text(target)),
        (TEMPLATE.to_owned(), login::TEMPLATE.to_owned()),
    ];
    let ours = actions::OURS.iter();
    written.extend(ours.map(|action| (file(action.name), action.code.to_owned())));
    for (name, text) in written {
        let path = folder.join(name);
        let kept = path.parent().map_or(Ok(()), fs::create_dir_all);
        kept.and_then(|()| fs::write(&path, text))
            .map_err(|error| SetupFailure::File(path.clone(), error))?;
    }
    let connections = target.connections.iter().map(String::as_str);
    Ok(connections.filter(|name| *name != DATABASE).collect())
}

fn text(target: &Target) -> String {
    format!("{ABOUT}{}", yaml::text(&document(target)))
}

fn file(action: &str) -> String {
    format!("actions/{action}.js")
}

fn document(target: &Target) -> Value {
    let bound = actions::OURS
        .iter()
        .map(|action| json!({ "action_name": action.name, "display_name": action.name }));
    let mut document = json!({
        "tenant": login::wanted(Settings::Tenant, target),
        "prompts": login::wanted(Settings::Prompts, target),
        "attackProtection": {
            "bruteForceProtection": login::wanted(Settings::BruteForceProtection, target),
        },
        "clients": App::ALL.map(|app| applications::document(app, target)),
        "resourceServers": access::apis(target),
        "roles": access::roles(target),
        "clientGrants": access::grants(target),
        "actions": actions::OURS
            .iter()
            .map(|action| action.exported(&format!("./{}", file(action.name)), target))
            .collect::<Value>(),
        "emailTemplates": [login::template(&format!("./{TEMPLATE}"))],
        "triggers": { TRIGGER: bound.collect::<Value>() },
        "eventStreams": [events::exported(target, EVENTS_TOKEN)],
        "selfServiceProfiles": [look::profile_document(target)],
    });
    let branding = login::wanted(Settings::Branding, target);
    if branding.as_object().is_some_and(|brand| !brand.is_empty()) {
        document["branding"] = branding;
    }
    if let Some(stream) = log::exported(target) {
        document["logStreams"] = json!([stream]);
    }
    if target.connections.iter().any(|name| name == DATABASE) {
        document["databases"] = json!([{
            "name": DATABASE,
            "strategy": "auth0",
            "enabled_clients": [App::Console.name(target)],
        }]);
    }
    document
}
