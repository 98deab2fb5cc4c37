//! A name becomes addresses where the connection is made and nowhere else, so no second look-up can answer otherwise than
//! the one that was judged.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::documents::address::is_public;

/// Names of which every address is public.
pub(super) struct PublicNames {
    names: Arc<dyn Resolve>,
    is_public: Arc<dyn Fn(SocketAddr) -> bool + Send + Sync>,
}

impl PublicNames {
    /// As this machine resolves names.
    pub(super) fn of_the_system() -> Self {
        Self::new(Arc::new(System), |address| is_public(address.ip()))
    }

    pub(super) fn new(
        names: Arc<dyn Resolve>,
        is_public: impl Fn(SocketAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            names,
            is_public: Arc::new(is_public),
        }
    }
}

impl Resolve for PublicNames {
    /// One address that is not public spoils them all.
    fn resolve(&self, name: Name) -> Resolving {
        let looked_up = self.names.resolve(name);
        let is_public = Arc::clone(&self.is_public);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = looked_up.await?.collect();
            if addresses.iter().all(|address| is_public(*address)) {
                Ok(Box::new(addresses.into_iter()) as Addrs)
            } else {
                Err("The name has an address that is not public.".into())
            }
        })
    }
}

struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 stands for the one of the URL's scheme.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
