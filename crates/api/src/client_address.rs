//! Where a request came from, as far as proxies of our own vouch for it.

use std::net::IpAddr;

use actix_web::HttpRequest;

use crate::app::AppState;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Each trusted proxy appends whom it heard from, so the caller stands that many places from the right. What stands
/// further to the left the caller may have written.
pub(crate) fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|peer| peer.ip());
    let trusted = AppState::of(request).config.http.trusted_proxies as usize;
    let headers = request.headers().get_all(FORWARDED_FOR);
    let forwarded: Vec<&str> = headers.filter_map(|value| value.to_str().ok()).collect();
    behind(trusted, &forwarded, peer)
}

fn behind(trusted: usize, forwarded: &[&str], peer: Option<IpAddr>) -> Option<IpAddr> {
    let written = forwarded.iter().flat_map(|line| line.split(','));
    let mut hops: Vec<Option<IpAddr>> = written.map(|hop| hop.trim().parse().ok()).collect();
    hops.push(peer);
    let place = hops.len().checked_sub(trusted + 1);
    // Fewer hops than proxies: the request did not come the way it should have, and the peer is all that is known.
    place.map_or(peer, |place| hops[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_proxies_wrote_is_believed() {
        let address = |text: &str| text.parse::<IpAddr>().ok();
        let peer = address("10.0.0.1");
        let forged = ["6.6.6.6, 203.0.113.7"];
        assert_eq!(behind(0, &forged, peer), peer);
        assert_eq!(behind(1, &forged, peer), address("203.0.113.7"));
        assert_eq!(
            behind(2, &["6.6.6.6", "2001:db8::1, 10.0.0.2"], peer),
            address("2001:db8::1")
        );
        assert_eq!(behind(1, &["6.6.6.6, not an address"], peer), None);
        assert_eq!(behind(1, &[], peer), peer);
        assert_eq!(behind(3, &forged, peer), peer);
    }
}
