//! One change that brings the tenant nearer to what the product needs.

use management::{BoundAction, Client, Collection, Error, Settings};
use serde_json::Value;

use super::patience;

/// The stage in which Actions are written.
pub(super) const ACTIONS: u8 = 2;
/// The stage of the streams and of the bindings.
pub(super) const LAST: u8 = 4;

#[derive(Debug, Clone)]
pub(super) enum Repair {
    Create(Collection, Value),
    Change(Collection, String, Value),
    ChangeSettings(Settings, Value),
    CreateTemplate(Value),
    AddPermissions {
        role: String,
        api: String,
        names: Vec<&'static str>,
    },
    RemovePermissions {
        role: String,
        api: String,
        names: Vec<String>,
    },
    Offer {
        connection: String,
        client_id: String,
    },
    Deploy(String),
    Bind(Vec<BoundAction>),
}

impl Repair {
    /// What others wait for comes first.
    pub(super) fn stage(&self) -> u8 {
        match self {
            Self::Create(collection, _) | Self::Change(collection, ..) => match collection {
                Collection::Applications
                | Collection::Apis
                | Collection::Roles
                | Collection::Connections
                | Collection::SelfServiceProfiles => 0,
                Collection::ClientGrants => 1,
                Collection::Actions => ACTIONS,
                Collection::EventStreams | Collection::LogStreams => LAST,
            },
            Self::ChangeSettings(..) | Self::CreateTemplate(_) => 0,
            Self::AddPermissions { .. } | Self::RemovePermissions { .. } | Self::Offer { .. } => 1,
            Self::Deploy(_) => 3,
            Self::Bind(_) => LAST,
        }
    }

    pub(super) async fn make(&self, client: &Client) -> Result<(), Error> {
        let configuration = client.configuration();
        match self {
            Self::Create(collection, document) => {
                patience::write(|| async {
                    configuration.create(*collection, document).await?;
                    Ok(())
                })
                .await
            }
            Self::Change(collection, id, changes) => {
                patience::write(|| async {
                    configuration.change(*collection, id, changes).await?;
                    Ok(())
                })
                .await
            }
            Self::ChangeSettings(settings, changes) => {
                patience::write(|| configuration.change_settings(*settings, changes)).await
            }
            Self::CreateTemplate(template) => {
                patience::write(|| configuration.create_email_template(template)).await
            }
            Self::AddPermissions { role, api, names } => {
                patience::write(|| configuration.add_role_permissions(role, api, names)).await
            }
            Self::RemovePermissions { role, api, names } => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                patience::write(|| configuration.remove_role_permissions(role, api, &names)).await
            }
            Self::Offer {
                connection,
                client_id,
            } => {
                let connections = client.connections();
                patience::write(|| connections.enable_for(connection, client_id)).await
            }
            Self::Deploy(id) => patience::write(|| configuration.deploy_action(id)).await,
            Self::Bind(actions) => {
                patience::write(|| configuration.bind(super::items::TRIGGER, actions)).await
            }
        }
    }
}
