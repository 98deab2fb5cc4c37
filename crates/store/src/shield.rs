//! Runs database work to its end even when the request that wanted it goes away.
//!
//! A future dropped while BEGIN or COMMIT is on the wire leaves sqlx with a connection whose state it does not know.

use tracing::Instrument;

use crate::StoreError;

/// Whether work is shielded from cancellation; only a test ever turns it off.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shield {
    Up,
    #[cfg(feature = "testing")]
    Down,
}

impl Shield {
    pub(crate) async fn run<T, F>(self, work: F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        match self {
            Self::Up => tokio::spawn(work.in_current_span()).await?,
            #[cfg(feature = "testing")]
            Self::Down => work.await,
        }
    }
}
