//! What is logged, and how it is written.

use super::reader::{ConfigError, Reader};

#[derive(Debug, Clone)]
pub struct Log {
    /// `LOG`: a filter as of tracing-subscriber's `EnvFilter`, default `info`.
    pub filter: String,
    /// `LOG_FORMAT`: `text` (default) or `json`.
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Log {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let filter = reader.optional("LOG").unwrap_or_else(|| "info".into());
        if filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            return Err(ConfigError::new(
                "LOG",
                "must be a log filter such as info or api=debug,info",
            ));
        }
        let format = match reader.optional("LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => return Err(ConfigError::new("LOG_FORMAT", "must be text or json")),
        };
        Ok(Self { filter, format })
    }
}
