//! The events, in the shapes of Auth0's event catalogue. Each is recorded in the write that it tells of.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::instant;
use crate::ids;
use crate::management::{OrganizationBody, UserBody};
use crate::scim::Group;
use crate::tenant::Tenant;

/// The tenant's name in what it says of itself.
pub(crate) const TENANT: &str = "sandbox";

impl Tenant {
    /// `organization.member.added` or `organization.member.deleted`.
    pub(crate) fn publish_member(
        &mut self,
        kind: &str,
        organization: &str,
        user_id: &str,
        at: DateTime<Utc>,
    ) {
        let named = self.organizations.get(organization);
        let object = json!({
            "organization": { "id": organization, "name": named.map(|named| &named.name) },
            "user": { "user_id": user_id },
        });
        self.publish(kind, &object, at);
    }

    /// `organization.member.role.assigned` or `organization.member.role.deleted`.
    pub(crate) fn publish_member_role(
        &mut self,
        kind: &str,
        (organization, user_id): (&str, &str),
        role: &str,
        at: DateTime<Utc>,
    ) {
        let name = self.roles.get(role).map(|role| &role.name);
        let object = json!({
            "organization": { "id": organization },
            "user": { "user_id": user_id },
            "role": { "id": role, "name": name },
        });
        self.publish(kind, &object, at);
    }

    /// `organization.created` or `organization.updated`.
    pub(crate) fn publish_organization(&mut self, kind: &str, id: &str, at: DateTime<Utc>) {
        if let Some(object) = self.organizations.get(id).map(organization_object) {
            self.publish(kind, &object, at);
        }
    }

    /// `user.created` or `user.updated`.
    pub(crate) fn publish_user(&mut self, kind: &str, id: &str, at: DateTime<Utc>) {
        if let Some(object) = self.users.get(id).map(user_object) {
            self.publish(kind, &object, at);
        }
    }

    /// Asked before the deletion, for afterwards there is nothing left to tell of.
    pub(crate) fn publish_deleted_organization(&mut self, id: &str, at: DateTime<Utc>) {
        self.publish_organization("organization.deleted", id, at);
    }

    /// Asked before the deletion. Memberships go without an event of their own.
    pub(crate) fn publish_deleted_user(&mut self, id: &str, at: DateTime<Utc>) {
        let Some(mut object) = self.users.get(id).map(user_object) else {
            return;
        };
        object["deleted_at"] = json!(instant(at));
        self.publish("user.deleted", &object, at);
    }

    /// `group.created`, `group.updated` or `group.deleted`; the members of a deleted one go without an event of their own.
    pub(crate) fn publish_group(
        &mut self,
        kind: &str,
        connection: &str,
        group: &Group,
        at: DateTime<Utc>,
    ) {
        let mut object = group_reference(connection, group);
        object["name"] = json!(group.name());
        object["created_at"] = json!(instant(group.created_at));
        if kind != "group.created" {
            object["updated_at"] = json!(instant(at));
        }
        self.publish(kind, &object, at);
    }

    /// `group.member.added` and `group.member.deleted` of everybody in whom it differs from what it was before.
    pub(crate) fn publish_group_members(
        &mut self,
        connection: &str,
        group: &Group,
        before: Option<&Group>,
        at: DateTime<Utc>,
    ) {
        let (now, before) = (
            group.members(),
            before.map(Group::members).unwrap_or_default(),
        );
        let added = now.difference(&before).map(|id| ("group.member.added", id));
        let deleted = before
            .difference(&now)
            .map(|id| ("group.member.deleted", id));
        for (kind, id) in added.chain(deleted) {
            let object = json!({
                "group": group_reference(connection, group),
                "member": { "member_type": "user", "id": id },
            });
            self.publish(kind, &object, at);
        }
    }

    fn publish(&mut self, kind: &str, object: &Value, at: DateTime<Utc>) {
        let event = envelope(kind, object, at);
        for stream in self.streams_mut() {
            stream.offer(&event, at);
        }
        self.event_log.write(event, at);
    }
}

/// Without `a0stream`, which is another one in each stream.
pub(crate) fn envelope(kind: &str, object: &Value, at: DateTime<Utc>) -> Value {
    json!({
        "specversion": "1.0",
        "type": kind,
        "source": format!("urn:auth0:{TENANT}"),
        "id": ids::event(),
        "time": instant(at),
        "a0tenant": TENANT,
        "data": { "object": object, "context": { "tenant": { "id": TENANT } } },
    })
}

fn group_reference(connection: &str, group: &Group) -> Value {
    let mut object = json!({ "id": group.id, "type": "connection", "connection_id": connection });
    if let Some(id) = group.external_id() {
        object["external_id"] = json!(id);
    }
    object
}

fn organization_object(organization: &crate::tenant::Organization) -> Value {
    serde_json::to_value(OrganizationBody::of(organization)).expect("bodies serialize")
}

fn user_object(user: &crate::tenant::User) -> Value {
    serde_json::to_value(UserBody::of(user)).expect("bodies serialize")
}
