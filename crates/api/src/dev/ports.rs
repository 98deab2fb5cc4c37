//! The ports of `tenantry dev`, looked at before anything starts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use super::DevError;

/// Listens on loopback; 0 takes a free port. The error names the flag that moves it.
pub(super) fn listen(port: u16, flag: &'static str) -> Result<TcpListener, DevError> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(|source| match source
        .kind()
    {
        io::ErrorKind::AddrInUse => DevError::PortTaken { port, flag },
        _ => DevError::Port { port, source },
    })
}

/// Whether it is free now; whoever takes it next may still be told that it is not.
pub(super) fn is_free(port: u16, flag: &'static str) -> Result<(), DevError> {
    listen(port, flag).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_the_flag_that_moves_it() {
        let taken = listen(0, "--port").unwrap();
        let port = taken.local_addr().unwrap().port();
        let refusal = is_free(port, "--sandbox-port").unwrap_err().to_string();
        assert!(
            refusal.contains(&port.to_string()) && refusal.contains("--sandbox-port"),
            "{refusal}"
        );
    }
}
