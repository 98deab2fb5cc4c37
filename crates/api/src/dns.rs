//! What the DNS says of a name: the one question that the product asks it.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::ProtoError;
use hickory_resolver::proto::rr::{Name, RData};
use tokio::time::timeout;

/// For one try at one server.
const TRY_TIME_LIMIT: Duration = Duration::from_secs(3);
/// For all of them.
const TIME_LIMIT: Duration = Duration::from_secs(10);
const TRIES: usize = 2;

#[derive(Clone)]
pub struct Dns(TokioResolver);

/// What it answered, if it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Texts(Vec<String>),
    Absent,
    /// The reason is for the log.
    Unanswered(String),
}

impl Dns {
    /// Asks these servers, or without any those of the machine.
    ///
    /// # Errors
    /// The machine names none that can be read.
    pub fn new(servers: &[SocketAddr]) -> Result<Self, NetError> {
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio()?
        } else {
            let servers = servers.iter().copied().map(name_server).collect();
            let config = ResolverConfig::from_name_servers(servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        options.timeout = TRY_TIME_LIMIT;
        options.attempts = TRIES;
        // Whoever has just written a record wants it seen.
        options.cache_size = 0;
        Ok(Self(builder.build()?))
    }

    /// The texts of all TXT records of a name; the strings that a record is cut into are one text.
    pub async fn texts(&self, host: &str) -> Answer {
        let name = match absolute(host) {
            Ok(name) => name,
            Err(error) => return Answer::Unanswered(error.to_string()),
        };
        match timeout(TIME_LIMIT, self.0.txt_lookup(name)).await {
            Ok(Ok(found)) => Answer::Texts(
                found
                    .answers()
                    .iter()
                    .filter_map(|record| text(&record.data))
                    .collect(),
            ),
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(_)))) => Answer::Absent,
            Ok(Err(error)) => Answer::Unanswered(error.to_string()),
            Err(_) => Answer::Unanswered("the name servers did not answer in time".into()),
        }
    }
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    let connections = connections.map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

/// The machine's search domains are not for it.
fn absolute(host: &str) -> Result<Name, ProtoError> {
    let mut name = Name::from_ascii(host)?;
    name.set_fqdn(true);
    Ok(name)
}

fn text(data: &RData) -> Option<String> {
    let RData::TXT(record) = data else {
        return None;
    };
    Some(String::from_utf8_lossy(&record.txt_data.concat()).into_owned())
}
