//! `tenantry healthcheck`: what the health check of a container runs, because there is no other program in the image.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::StatusCode;

/// Longer than `/readyz` itself waits for the database.
const TIME_LIMIT: Duration = Duration::from_secs(4);

#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    #[error("the API does not answer")]
    Silent(#[from] reqwest::Error),
    #[error("the API is not ready: {0}")]
    NotReady(StatusCode),
}

/// Asks the API that listens on `bind_address` of this machine whether it is ready.
///
/// # Errors
/// It is not, or nothing answers within four seconds.
pub async fn run(bind_address: SocketAddr) -> Result<(), Unhealthy> {
    let client = reqwest::Client::builder()
        .timeout(TIME_LIMIT)
        .no_proxy()
        .build()?;
    let url = format!("http://{}/readyz", reachable(bind_address));
    let status = client.get(url).send().await?.status();
    match status.is_success() {
        true => Ok(()),
        false => Err(Unhealthy::NotReady(status)),
    }
}

/// Every address of the machine is none that can be connected to.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_stands_for_every_address() {
        let reached = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(reached("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(reached("[::]:8080"), "[::1]:8080");
        assert_eq!(reached("10.0.0.7:8080"), "10.0.0.7:8080");
    }
}
