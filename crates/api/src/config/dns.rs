//! Which name servers are asked for the proof of a domain.

use std::net::{IpAddr, SocketAddr};

use super::reader::{ConfigError, Reader};

const PORT: u16 = 53;

#[derive(Debug, Clone)]
pub struct Dns {
    /// `DNS_SERVERS`: comma-separated addresses, each with a port or without; those of the machine when it is not set.
    pub servers: Vec<SocketAddr>,
}

impl Dns {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let servers = reader.list("DNS_SERVERS");
        let servers = servers.iter().map(|text| server(text));
        let servers: Option<_> = servers.collect();
        let rule = "must be comma-separated addresses, each with a port or without";
        Ok(Self {
            servers: servers.ok_or(ConfigError::new("DNS_SERVERS", rule))?,
        })
    }
}

fn server(text: &str) -> Option<SocketAddr> {
    let alone = || Some(SocketAddr::new(text.parse::<IpAddr>().ok()?, PORT));
    text.parse().ok().or_else(alone)
}
