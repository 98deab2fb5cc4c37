//! Where the API listens and who may call it from a browser.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use url::Url;

use super::reader::{self, ConfigError, Reader};

#[derive(Debug, Clone)]
pub struct Http {
    /// `BIND_ADDRESS`, default `127.0.0.1:4000`.
    pub bind_address: SocketAddr,
    /// `SHUTDOWN_DRAIN_SECONDS`: how long `serve` goes on serving after SIGTERM while it reports that it is not ready, so
    /// that proxies turn away first; 0 to 300, default 5.
    pub shutdown_drain: Duration,
    /// `PUBLIC_URL`: the API as callers see it, ends in a slash.
    pub public_url: Url,
    /// `APP_LOGIN_URL`: where the application begins a login; its own query is kept.
    pub app_login_url: Url,
    /// `CORS_ALLOWED_ORIGINS`: comma-separated exact origins (`https://app.example.com`), default none.
    pub cors_allowed_origins: Vec<String>,
    /// `TRUSTED_PROXIES`: how many proxies of ours stand before the API and each add to `X-Forwarded-For`; 0 to 10,
    /// default 0.
    pub trusted_proxies: u32,
}

impl Http {
    /// Only `BIND_ADDRESS`, for `healthcheck`.
    ///
    /// # Errors
    /// It is malformed.
    pub fn bind_address_from_process() -> Result<SocketAddr, ConfigError> {
        bind_address(&Reader::new(&reader::process, false))
    }

    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            bind_address: bind_address(reader)?,
            shutdown_drain: Duration::from_secs(
                reader.number("SHUTDOWN_DRAIN_SECONDS", 5, 0..=300)?.into(),
            ),
            public_url: reader.base_url("PUBLIC_URL")?,
            app_login_url: reader.url("APP_LOGIN_URL")?,
            cors_allowed_origins: origins(reader)?,
            trusted_proxies: reader.number("TRUSTED_PROXIES", 0, 0..=10)?,
        })
    }
}

pub(super) fn origins(reader: &Reader<'_>) -> Result<Vec<String>, ConfigError> {
    let origins = reader.list("CORS_ALLOWED_ORIGINS");
    for origin in &origins {
        let url = reader.parse_url("CORS_ALLOWED_ORIGINS", origin)?;
        if url.origin().ascii_serialization() != *origin {
            return Err(ConfigError::new(
                "CORS_ALLOWED_ORIGINS",
                "must hold origins: scheme, host and port only",
            ));
        }
    }
    Ok(origins)
}

fn bind_address(reader: &Reader<'_>) -> Result<SocketAddr, ConfigError> {
    let given = address(reader, "BIND_ADDRESS")?;
    Ok(given.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 4000))))
}

pub(super) fn address(
    reader: &Reader<'_>,
    variable: &'static str,
) -> Result<Option<SocketAddr>, ConfigError> {
    let parsed = reader.optional(variable).map(|text| text.parse());
    parsed
        .transpose()
        .map_err(|_| ConfigError::new(variable, "must be an address and a port"))
}
