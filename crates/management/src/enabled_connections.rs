//! Connections through which an organization's members log in: `/organizations/{id}/enabled_connections`.

use serde_json::json;

use crate::error::Error;
use crate::organizations::{EnabledConnection, Organizations};
use crate::request::Request;

impl Organizations<'_> {
    /// `POST /organizations/{id}/enabled_connections`, scope `create:organization_connections`. One that is enabled
    /// already is left as it is.
    pub async fn enable_connection(
        self,
        id: &str,
        connection: &EnabledConnection,
    ) -> Result<(), Error> {
        let request = Request::post("organizations/{}/enabled_connections", &[id])?;
        match self.0.perform(&request.body(connection)).await {
            Err(Error::Conflict { .. }) => Ok(()),
            result => result,
        }
    }

    /// Enables it, or changes how it is enabled: `PATCH /organizations/{id}/enabled_connections/{connection_id}` where
    /// it is already, scopes `create:` and `update:organization_connections`.
    pub async fn set_connection(
        self,
        id: &str,
        connection: &EnabledConnection,
    ) -> Result<(), Error> {
        let request = Request::post("organizations/{}/enabled_connections", &[id])?;
        match self.0.perform(&request.body(connection)).await {
            Err(Error::Conflict { .. }) => {}
            result => return result,
        }
        let route = "organizations/{}/enabled_connections/{}";
        let request = Request::patch(route, &[id, &connection.connection_id])?;
        let how = json!({
            "assign_membership_on_login": connection.assign_membership_on_login,
            "show_as_button": connection.show_as_button.unwrap_or(true),
        });
        self.0.perform(&request.body(&how)).await
    }

    /// `DELETE /organizations/{id}/enabled_connections/{connection_id}`, scope `delete:organization_connections`. One
    /// that is not enabled is not an error. Its users stay, and stay members.
    pub async fn disable_connection(self, id: &str, connection_id: &str) -> Result<(), Error> {
        let route = "organizations/{}/enabled_connections/{}";
        let request = Request::delete(route, &[id, connection_id])?;
        match self.0.perform(&request).await {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            result => result,
        }
    }
}
