//! The organization itself: how it is called, how it looks, and what it lets its members do.

mod break_glass;
mod change;
mod change_policies;
mod deletion;
mod show;
mod sso_report;
mod user_store;

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use domain::{Branding, MfaPolicy, OrganizationId};
use serde::{Deserialize, Serialize};
use store::{Customer, Deletion};
use url::Url;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::AppState;
use crate::etag::etag;
use crate::problem::Problem;
use deletion::DeletionBody;

pub(super) use break_glass::GlassBody;

/// What the back office breaks for others.
pub(super) mod glass {
    pub(in crate::routes) use super::break_glass::{ACTION, open, reason, target};
}

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(show::show)
        .service(change::change)
        .service(change_policies::change_policies)
        .service(break_glass::break_glass)
        .service(sso_report::sso_report)
        .service(deletion::delete)
        .service(deletion::restore)
        .service(user_store::show)
        .service(user_store::change);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization, examples(json!({
    "org_id": "org_Vq3kfGpRcXh2Tn7L",
    "name": "acme",
    "display_name": "Acme Ltd.",
    "branding": { "logo_url": "https://cdn.acme.example/logo.png", "primary": "#0059d6", "page_background": "#ffffff" },
    "policies": { "members_can_invite": false, "sso": "off" },
    "login_url": "https://api.example.com/orgs/acme/login",
    "deletion": null,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00Z",
})))]
struct OrganizationBody {
    org_id: String,
    /// In links and at the login; never changes.
    name: String,
    display_name: String,
    branding: BrandingBody,
    policies: PoliciesBody,
    /// Where its members log in.
    login_url: String,
    /// Set while it is to be deleted; nothing can be changed then.
    deletion: Option<DeletionBody>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// How the login of the organization looks; null is the look of the whole service. There are both colours or none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Branding)]
struct BrandingBody {
    /// An https address.
    #[schema(max_length = 1024)]
    logo_url: Option<String>,
    /// `#RGB` or `#RRGGBB`.
    primary: Option<String>,
    /// `#RGB` or `#RRGGBB`.
    page_background: Option<String>,
}

/// What members may do that only administrators may otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Policies)]
struct PoliciesBody {
    /// Whether every member who may change anything (not `org_readonly`) may invite people, as `org_member` only, and
    /// see, resend and revoke those invitations. Without it, what they sent and nobody has accepted yet is void.
    members_can_invite: bool,
    /// The second factor. Left out, it stays as it is; the answer has it once it was ever set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mfa: Option<MfaPolicyBody>,
    /// How far the organization insists on its own identity providers: `off`, `observe` (the report says whom it would
    /// lock out), `warn` (their answers carry the header `Tenantry-Warning: sso_required`), `enforce` (they are refused,
    /// by password or by social login alike). `enforce` needs a test login that succeeded, and an administrator who
    /// comes by another way and can break the glass. Left out, it stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sso: Option<String>,
}

/// Asked at the login to the organization, not at each request: who is logged in stays so until their tokens end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MfaPolicy, examples(json!({ "enforce": true, "providers": ["otp"], "skip_federated": true })))]
struct MfaPolicyBody {
    enforce: bool,
    /// Any one of these is enough: `otp`, `webauthn-roaming`, `webauthn-platform`, `push-notification`. Whoever has none
    /// of them enrols one at the login.
    providers: Vec<String>,
    /// Whoever comes through a company's own identity provider, which has factors of its own, is not asked.
    skip_federated: bool,
}

impl From<Branding> for BrandingBody {
    fn from(branding: Branding) -> Self {
        let (primary, page_background) = branding
            .colors
            .map(|colors| (colors.primary.into(), colors.page_background.into()))
            .unzip();
        Self {
            logo_url: branding.logo_url.map(Into::into),
            primary,
            page_background,
        }
    }
}

impl PoliciesBody {
    fn of(customer: &Customer) -> Self {
        Self {
            members_can_invite: customer.members_can_invite,
            sso: Some(customer.sso.to_string()),
            mfa: customer.mfa.as_ref().map(MfaPolicyBody::from),
        }
    }
}

impl From<&MfaPolicy> for MfaPolicyBody {
    fn from(policy: &MfaPolicy) -> Self {
        let providers = policy.providers().iter();
        Self {
            enforce: policy.enforce(),
            providers: providers.map(|factor| factor.to_string()).collect(),
            skip_federated: policy.skip_federated(),
        }
    }
}

/// # Errors
/// 404 for an individual, who has no names.
fn shown(
    state: &AppState,
    org_id: OrganizationId,
    customer: Customer,
    deletion: Option<Deletion>,
) -> Result<HttpResponse, Problem> {
    let tag = etag(customer.version);
    let policies = PoliciesBody::of(&customer);
    let (Some(name), Some(display_name)) = (customer.name, customer.display_name) else {
        return Err(Problem::not_found());
    };
    let body = OrganizationBody {
        org_id: org_id.into(),
        login_url: login_url(&state.config.http.public_url, name.as_ref()),
        name: name.into(),
        display_name: display_name.into(),
        branding: customer.branding.into(),
        policies,
        deletion: deletion.filter(Deletion::is_wanted).map(Into::into),
        created_at: customer.created_at,
        updated_at: customer.updated_at,
    };
    Ok(HttpResponse::Ok().insert_header(tag).json(body))
}

/// The public URL ends in a slash, and a name needs no escape.
fn login_url(public_url: &Url, name: &str) -> String {
    format!("{public_url}orgs/{name}/login")
}
