//! `/tenants/settings`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use url::Url;

use super::call::guarded;
use super::path;
use super::payload;
use super::query::{FIELDS, Query};
use super::refusal::Answer;
use super::schema::{Kind, Schema, TEXT, TEXTS};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Metadata, Settings};

const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        (
            "allow_organization_name_in_authentication_api",
            Kind::OrNull(&Kind::Boolean),
        ),
        ("default_redirection_uri", TEXT),
        ("allowed_logout_urls", TEXTS),
        ("acr_values_supported", Kind::Anything),
        (
            "authorization_response_iss_parameter_supported",
            Kind::Anything,
        ),
        ("change_password", Kind::AnyObject),
        (
            "customize_mfa_in_postlogin_action",
            Kind::OrNull(&Kind::Boolean),
        ),
        ("default_audience", TEXT),
        ("default_directory", TEXT),
        ("default_token_quota", Kind::Anything),
        ("device_flow", Kind::Anything),
        ("enabled_locales", Kind::List(&TEXT, 1, usize::MAX)),
        ("ephemeral_session_lifetime", Kind::Anything),
        ("error_page", Kind::Anything),
        ("flags", Kind::AnyObject),
        ("friendly_name", TEXT),
        ("guardian_mfa_page", Kind::Anything),
        ("idle_ephemeral_session_lifetime", Kind::Anything),
        ("idle_session_lifetime", Kind::Anything),
        ("mtls", Kind::Anything),
        ("oidc_logout", Kind::AnyObject),
        ("phone_consolidated_experience", Kind::Boolean),
        ("picture_url", TEXT),
        ("pushed_authorization_requests_supported", Kind::Anything),
        ("resource_parameter_profile", TEXT),
        ("sandbox_version", TEXT),
        ("session_cookie", Kind::Anything),
        ("session_lifetime", Kind::Anything),
        ("sessions", Kind::Anything),
        (
            "skip_non_verifiable_callback_uri_confirmation_prompt",
            Kind::Anything,
        ),
        ("support_email", TEXT),
        ("support_url", TEXT),
    ],
    open: false,
};

#[derive(Deserialize)]
struct SettingsPatch {
    allow_organization_name_in_authentication_api: Option<bool>,
    default_redirection_uri: Option<String>,
    allowed_logout_urls: Option<Vec<String>>,
    #[serde(flatten)]
    extra: Metadata,
}

#[derive(Serialize)]
struct SettingsBody<'a> {
    allow_organization_name_in_authentication_api: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_redirection_uri: Option<&'a str>,
    allowed_logout_urls: &'a [String],
    #[serde(flatten)]
    extra: &'a Metadata,
}

impl<'a> SettingsBody<'a> {
    fn of(settings: &'a Settings) -> Self {
        Self {
            allow_organization_name_in_authentication_api: settings.organization_names_allowed,
            default_redirection_uri: settings.default_redirection_uri.as_deref(),
            allowed_logout_urls: &settings.allowed_logout_urls,
            extra: &settings.extra,
        }
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/tenants/settings")
            .route(guarded(
                Bucket::Other,
                &["read:tenant_settings"],
                web::get().to(show),
            ))
            .route(guarded(
                Bucket::Other,
                &["update:tenant_settings"],
                web::patch().to(change),
            )),
    );
}

/// What the tenant calls itself where Auth0 says its domain.
pub(crate) fn name(state: &State) -> String {
    Url::parse(&state.hosts().http)
        .ok()
        .and_then(|url| {
            Some(format!(
                "{}:{}",
                url.host_str()?,
                url.port_or_known_default()?
            ))
        })
        .unwrap_or_default()
}

async fn show(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[FIELDS])?;
    let selection = query.selection(&[])?;
    state.read(|tenant| {
        Ok(HttpResponse::Ok().json(selection.of(&SettingsBody::of(&tenant.settings))))
    })
}

async fn change(state: web::Data<State>, body: web::Bytes) -> Answer {
    let patch: SettingsPatch = payload::parse(&body, &PATCH)?;
    if let Some(uri) = &patch.default_redirection_uri {
        super::clients::refuse_login_uri(&state, "default_redirection_uri", uri)?;
    }
    state.write(|tenant| {
        let settings = &mut tenant.settings;
        settings.organization_names_allowed = patch
            .allow_organization_name_in_authentication_api
            .unwrap_or(settings.organization_names_allowed);
        if let Some(uri) = patch.default_redirection_uri {
            settings.default_redirection_uri = Some(uri).filter(|uri| !uri.is_empty());
        }
        if let Some(urls) = patch.allowed_logout_urls {
            settings.allowed_logout_urls = urls;
        }
        settings.extra.extend(patch.extra);
        Ok(HttpResponse::Ok().json(SettingsBody::of(settings)))
    })
}
