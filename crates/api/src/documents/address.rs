//! Which addresses may be called at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::Refused;

/// A checked address. Made by [`Allowed::check`] alone.
pub(super) enum Checked {
    /// Its address is public; or it has a name, which has still to be resolved to public addresses only.
    Public(Url),
    /// The configuration says so: a stand-in on this machine.
    Trusted(Url),
}

/// Origins on this machine that a development or a test may fetch from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed(Vec<String>);

impl Allowed {
    pub(crate) fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// The URL parser has already turned every spelling of an IPv4 address into the address.
    pub(super) fn check(&self, text: &str) -> Result<Checked, Refused> {
        let url = Url::parse(text).map_err(|_| Refused::Address)?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(Refused::Address);
        }
        if self.0.contains(&url.origin().ascii_serialization()) {
            return Ok(Checked::Trusted(url));
        }
        if url.scheme() != "https" || url.port_or_known_default() != Some(443) {
            return Err(Refused::Address);
        }
        let checked = match url.host() {
            Some(Host::Domain(name)) if is_public_name(name) => Checked::Public(url),
            Some(Host::Ipv4(address)) if is_public(address.into()) => Checked::Public(url),
            Some(Host::Ipv6(address)) if is_public(address.into()) => Checked::Public(url),
            Some(_) | None => return Err(Refused::Address),
        };
        Ok(checked)
    }
}

/// Names that never leave a machine or a network are not asked for.
fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let inner = [
        "localhost",
        "local",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "test",
        "invalid",
        "onion",
    ];
    name.contains('.')
        && !inner
            .iter()
            .any(|inner| name.rsplit('.').next() == Some(inner))
        && !name.ends_with(".home.arpa")
}

/// Whether it is reached over the internet and nowhere else (IANA's registries of special addresses, RFC 6890).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // Shared by carriers, protocol assignments, 6to4 relays, benchmarks.
        || (a == 100 && (b & 0xc0) == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b & 0xfe) == 18);
    !is_special
}

/// Global unicast is 2000::/3; within it, what carries an IPv4 address is judged by that, and what is set aside is not
/// public.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    if let Some(inner) = carried(segments, address) {
        return is_public_v4(inner);
    }
    let is_global = (segments[0] & 0xe000) == 0x2000;
    // Protocol assignments with Teredo and ORCHID, and documentation.
    let is_set_aside = (segments[0] == 0x2001 && (segments[1] < 0x0200 || segments[1] == 0x0db8))
        || (segments[0] == 0x3fff && segments[1] < 0x1000);
    is_global && !is_set_aside
}

/// The IPv4 address inside: mapped, compatible, translated by NAT64, or 6to4.
fn carried(segments: [u16; 8], address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0 | 0xffff, 0 | 0xffff, high, low] => Some(of(high, low)),
        // RFC 6052; 64:ff9b:1::/48 is each network's own (RFC 8215).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => address.to_ipv4_mapped(),
    }
}

#[cfg(test)]
pub(super) mod tests;
