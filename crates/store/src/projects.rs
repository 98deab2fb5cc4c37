//! Projects: the example of a tenant-scoped resource.

use chrono::{DateTime, Utc};
use domain::{ProjectId, ProjectName, UserId};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{Listed, Page, StoreError, TenantTx, row};

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
        page: &Page<ProjectId>,
    ) -> Result<Listed<Project>, StoreError> {
        let projects = self
            .statement(
                "select id, name, created_by, created_at, updated_at, version from app.projects \
                 where org_id = $1 and id > $2 order by id limit $3",
            )
            .bind(page.after.map_or(Uuid::nil(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        let found = self.fetch_all(projects).await?;
        Ok(Listed::cut(
            found.iter().map(project_from).collect::<Result<_, _>>()?,
            page.limit,
        ))
    }

    pub async fn project(&mut self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        let project = self
            .statement(
                "select id, name, created_by, created_at, updated_at, version from app.projects \
                 where org_id = $1 and id = $2",
            )
            .bind(id.as_uuid());
        self.fetch_optional(project)
            .await?
            .as_ref()
            .map(project_from)
            .transpose()
    }

    pub async fn insert_project(&mut self, project: &Project) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.projects (org_id, id, name, created_by, created_at, updated_at, version) \
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(project.id.as_uuid())
            .bind(project.name.as_ref().to_owned())
            .bind(project.created_by.as_ref().to_owned())
            .bind(project.created_at)
            .bind(project.updated_at)
            .bind(project.version);
        self.execute(insert).await?;
        Ok(())
    }

    /// Saves name and `updated_at` if the stored version is `project.version`; answers the new version, or None when it
    /// is another or the project is gone.
    pub async fn save_project(&mut self, project: &Project) -> Result<Option<i32>, StoreError> {
        let save = self
            .statement(
                "update app.projects set name = $3, updated_at = $4, version = version + 1 \
                 where org_id = $1 and id = $2 and version = $5 returning version",
            )
            .bind(project.id.as_uuid())
            .bind(project.name.as_ref().to_owned())
            .bind(project.updated_at)
            .bind(project.version);
        self.fetch_optional(save)
            .await?
            .map(|saved| row::value(&saved, "version"))
            .transpose()
    }

    /// False when there was none, or, with a version given, when the stored one is another.
    pub async fn delete_project(
        &mut self,
        id: ProjectId,
        version: Option<i32>,
    ) -> Result<bool, StoreError> {
        let delete = self
            .statement("delete from app.projects where org_id = $1 and id = $2 and version = coalesce($3, version)")
            .bind(id.as_uuid())
            .bind(version);
        Ok(self.execute(delete).await? > 0)
    }
}

fn project_from(found: &PgRow) -> Result<Project, StoreError> {
    Ok(Project {
        id: row::value::<Uuid>(found, "id")?.into(),
        name: row::parsed(found, "name")?,
        created_by: row::parsed(found, "created_by")?,
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
        version: row::value(found, "version")?,
    })
}
