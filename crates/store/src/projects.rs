//! Projects: the example of a tenant-scoped resource.

use chrono::{DateTime, Utc};
use domain::{ProjectId, ProjectName, UserId};

use crate::{Listed, Page, StoreError, TenantTx};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: ProjectId,
    pub name: ProjectName,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// 1 when inserted; counts the changes, for `ETag`.
    pub version: i32,
}

impl TenantTx {
    /// In the order of their ids, oldest first.
    pub async fn projects(
        &mut self,
        _page: &Page<ProjectId>,
    ) -> Result<Listed<Project>, StoreError> {
        todo!()
    }

    pub async fn project(&mut self, _id: ProjectId) -> Result<Option<Project>, StoreError> {
        todo!()
    }

    pub async fn insert_project(&mut self, _project: &Project) -> Result<(), StoreError> {
        todo!()
    }

    /// Saves name and `updated_at` if the stored version is `project.version`; answers the new version, or None when it
    /// is another or the project is gone.
    pub async fn save_project(&mut self, _project: &Project) -> Result<Option<i32>, StoreError> {
        todo!()
    }

    /// False when there was none, or, with a version given, when the stored one is another.
    pub async fn delete_project(
        &mut self,
        _id: ProjectId,
        _version: Option<i32>,
    ) -> Result<bool, StoreError> {
        todo!()
    }
}
