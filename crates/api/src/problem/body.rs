//! The wire form of a problem.

use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;

/// RFC 9457 problem details.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Stable address of this kind of problem.
    #[schema(examples("https://tenantry.dev/problems/not_found"))]
    pub r#type: String,
    /// The same for every problem of this kind.
    pub title: &'static str,
    pub status: u16,
    /// What is wrong in this case, for a person to read. Its wording may change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Stable, for programs to branch on.
    #[schema(examples("not_found"))]
    pub code: &'static str,
    /// The fields that were not acceptable; empty when it is not about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// Where the plan, the seats or the role stand in the way: the reason, as `GET /entitlements` says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("seats"))]
    pub because: Option<&'static str>,
    /// With `because`: the plan, role or step that would lift it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("more_seats"))]
    pub lifted_by: Option<&'static str>,
    /// The same as the `x-request-id` header; quote it to support.
    pub request_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Path in the body (`organization.name`) or the name of the query parameter; empty for the whole body.
    pub field: String,
    /// Stable, for programs to branch on.
    pub code: String,
    pub detail: String,
}

impl Problem {
    pub(crate) fn body(&self, request_id: String) -> ProblemBody {
        ProblemBody {
            r#type: self.code.type_uri(),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.detail.clone(),
            code: self.code.as_str(),
            errors: self.errors.clone(),
            because: self.hindrance.map(|hindrance| hindrance.because.as_str()),
            lifted_by: self.hindrance.map(|hindrance| hindrance.lifted_by),
            request_id,
        }
    }
}
