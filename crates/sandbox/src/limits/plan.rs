//! The figures of each plan: how many requests at once, and how many over time.

use std::time::Duration;

use super::{Bucket, Limits};

#[derive(Clone, Copy)]
pub(super) struct Rate {
    pub(super) burst: u32,
    sustained: u32,
    /// Ticks in the period that `sustained` is about.
    ticks: u32,
    /// Limits per second refill by the millisecond, longer ones by the second.
    pub(super) tick: Duration,
}

impl Rate {
    /// One request in parts: with `sustained` parts added at each tick, the period adds `sustained` requests.
    pub(super) fn cost(self) -> u64 {
        u64::from(self.ticks)
    }

    pub(super) fn added_per_tick(self) -> u64 {
        u64::from(self.sustained)
    }

    pub(super) fn capacity(self) -> u64 {
        u64::from(self.burst) * self.cost()
    }
}

pub(super) fn rate(limits: Limits, bucket: Bucket) -> Option<Rate> {
    match (limits, bucket) {
        (Limits::Off, _) => None,
        (_, Bucket::RotateKeys) => Some(per_day(5, 5)),
        (Limits::Free, Bucket::Global) => Some(per_second(2, 2)),
        (Limits::Free, _) => None,
        (Limits::SelfService, bucket) => self_service(bucket),
        (Limits::Enterprise, bucket) => enterprise(bucket),
    }
}

/// Of provisioning: of each connection, and of all together.
pub(super) fn scim(limits: Limits) -> Option<(Rate, Rate)> {
    match limits {
        Limits::Off => None,
        Limits::Free => Some((per_second(5, 5), per_second(5, 5))),
        Limits::SelfService | Limits::Enterprise => {
            Some((per_second(25, 25), per_second(100, 100)))
        }
    }
}

fn self_service(bucket: Bucket) -> Option<Rate> {
    match bucket {
        Bucket::Global => None,
        Bucket::ListOrganizations
        | Bucket::ReadOrganizationConnections
        | Bucket::ReadConnections => Some(per_minute(5, 50)),
        Bucket::ReadOrganizationByName | Bucket::ReadOrganizationGrants | Bucket::ReadLogs => {
            Some(per_minute(10, 100))
        }
        Bucket::WriteOrganizations | Bucket::WriteOrganizationConnections => {
            Some(per_minute(5, 25))
        }
        Bucket::ReadOrganization
        | Bucket::ReadMembers
        | Bucket::WriteMembers
        | Bucket::ReadMemberRoles
        | Bucket::WriteMemberRoles
        | Bucket::WriteUsers => Some(per_minute(20, 200)),
        Bucket::WriteOrganizationGrants => Some(per_minute(5, 150)),
        Bucket::ReadUsers => Some(per_minute(40, 500)),
        Bucket::ReadClients => Some(per_minute(5, 100)),
        Bucket::ReadUserOrganizations
        | Bucket::ReadInvitations
        | Bucket::WriteInvitations
        | Bucket::RotateKeys
        | Bucket::Other => Some(per_minute(10, 150)),
    }
}

fn enterprise(bucket: Bucket) -> Option<Rate> {
    match bucket {
        Bucket::Global => Some(per_second(50, 16)),
        Bucket::ListOrganizations
        | Bucket::ReadOrganization
        | Bucket::ReadOrganizationConnections
        | Bucket::ReadOrganizationGrants => Some(per_minute(10, 100)),
        Bucket::ReadOrganizationByName
        | Bucket::WriteMembers
        | Bucket::ReadMemberRoles
        | Bucket::WriteMemberRoles
        | Bucket::ReadInvitations
        | Bucket::WriteInvitations => Some(per_minute(20, 200)),
        Bucket::WriteOrganizations
        | Bucket::WriteOrganizationConnections
        | Bucket::WriteOrganizationGrants => Some(per_minute(5, 150)),
        Bucket::ReadMembers | Bucket::ReadUserOrganizations => Some(per_minute(40, 500)),
        Bucket::ReadUsers
        | Bucket::WriteUsers
        | Bucket::ReadClients
        | Bucket::ReadConnections
        | Bucket::ReadLogs
        | Bucket::RotateKeys
        | Bucket::Other => None,
    }
}

fn per_second(burst: u32, sustained: u32) -> Rate {
    Rate {
        burst,
        sustained,
        ticks: 1_000,
        tick: Duration::from_millis(1),
    }
}

fn per_minute(burst: u32, sustained: u32) -> Rate {
    Rate {
        burst,
        sustained,
        ticks: 60,
        tick: Duration::from_secs(1),
    }
}

fn per_day(burst: u32, sustained: u32) -> Rate {
    Rate {
        ticks: 24 * 60 * 60,
        ..per_minute(burst, sustained)
    }
}
