//! A process that is about to stop says so first, so that proxies send the next request to another one, and then lets the
//! requests under way end.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceResponse};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use tokio::time::{sleep, timeout};

const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Whether this process is about to stop, and how many requests are under way. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaving(Arc<State>);

#[derive(Debug, Default)]
struct State {
    begun: AtomicBool,
    under_way: AtomicUsize,
}

impl Leaving {
    pub(crate) fn begin(&self) {
        self.0.begun.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.0.begun.load(Ordering::Relaxed)
    }

    /// One more request is under way, until what is answered here is dropped.
    pub(crate) fn enter(&self) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&self.0))
    }

    /// Waits until no request is under way. False when some still were in the end.
    pub(crate) async fn all_ended(&self, limit: Duration) -> bool {
        let ended = async {
            while self.0.under_way.load(Ordering::Relaxed) > 0 {
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(limit, ended).await.is_ok()
    }
}

impl FromRequest for Leaving {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.app_data().cloned().unwrap_or_default()))
    }
}

/// A request that has not been answered yet.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<State>);

impl UnderWay {
    /// A body that is still being made belongs to the request.
    pub(crate) fn until_sent(self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        match response.response().body().size() {
            BodySize::Stream => response.map_body(|_, body| {
                BoxBody::new(Held {
                    body,
                    _under_way: self,
                })
            }),
            BodySize::None | BodySize::Sized(_) => response,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Held {
    body: BoxBody,
    _under_way: UnderWay,
}

impl MessageBody for Held {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
