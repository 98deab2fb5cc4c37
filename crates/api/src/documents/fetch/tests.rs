use std::collections::VecDeque;
use std::error::Error;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tower::{Layer, Service};

use super::*;
use crate::documents::address::tests::REFUSED;

/// A server on this machine that answers every request with these bytes, and the origin that leads to it.
async fn server(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 2048];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
            });
        }
    });
    origin
}

async fn fetched(answer: &str) -> Result<Vec<u8>, Refused> {
    let origin = server(answer.as_bytes().to_vec()).await;
    Fetcher::new(vec![origin.clone()])
        .fetch(&format!("{origin}/document"))
        .await
}

#[tokio::test]
async fn a_document_comes_as_it_is() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    assert_eq!(fetched(answer).await, Ok(b"{}".to_vec()));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = server(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret".to_vec()).await;
    let answer = format!("HTTP/1.1 302 Found\r\nlocation: {inside}/\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(fetched(&answer).await, Err(Refused::Redirect));
    let error = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(fetched(error).await, Err(Refused::Status));
}

#[tokio::test]
async fn what_is_too_large_is_not_read_to_its_end() {
    let body = "x".repeat(MAX_DOCUMENT + 1);
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(fetched(&answer).await, Err(Refused::TooLarge));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_waited_for_five_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let fetcher = Fetcher::new(vec![origin.clone()]);
    assert_eq!(fetcher.fetch(&origin).await, Err(Refused::Unreachable));
}

/// S01: "0 connects" is counted where a connection is begun, by name or by address.
#[tokio::test]
async fn nothing_is_connected_for_any_of_the_ways_into_our_own_network() {
    let begun = Begun::default();
    let counting = begun.clone();
    let fetcher = Fetcher {
        allowed: Allowed::default(),
        client: Arc::new(move || Client::builder().connector_layer(counting.clone())),
    };
    for address in REFUSED {
        let refused = fetcher.fetch(address).await;
        assert_eq!(refused, Err(Refused::Address), "{address}");
    }
    assert_eq!(begun.count(), 0);
    for public in ["https://idp.example/", "https://8.8.8.8/"] {
        assert_eq!(fetcher.fetch(public).await, Err(Refused::Unreachable));
    }
    assert_eq!(begun.count(), 2, "the counter counts");
}

/// A name whose answer changes between the check and the call gains nothing: the addresses that were judged are those that
/// are called, and one inner address among several spoils them all.
#[tokio::test]
async fn a_name_that_rebinds_leads_inside_never() {
    let (public, inner) = (Listener::start().await, Listener::start().await);
    let answers = [
        vec![public.address],
        vec![inner.address],
        vec![public.address, inner.address],
        vec![],
    ];
    let names = Rebinding::new(answers);
    let asked = Arc::clone(&names.asked);
    let (names, outside) = (Arc::new(names), public.address);
    let fetcher = Fetcher {
        allowed: Allowed::default(),
        client: Arc::new(move || {
            let names = Arc::clone(&names) as Arc<dyn Resolve>;
            Client::builder().dns_resolver(PublicNames::new(names, move |called| called == outside))
        }),
    };
    for answer in 0..4 {
        // It speaks no TLS, so nobody gets further than to its door.
        let refused = fetcher.fetch("https://rebinding.example/").await;
        assert_eq!(refused, Err(Refused::Unreachable), "answer {answer}");
        assert_eq!(asked.load(SeqCst), answer + 1, "it is asked once a fetch");
        assert_eq!((public.reached(), inner.reached()), (1, 0));
    }
}

/// Counts connections that are begun, and lets none go further.
#[derive(Clone, Default)]
struct Begun(Arc<AtomicUsize>);

impl Begun {
    fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl<S> Layer<S> for Begun {
    type Service = Refusing<S>;

    fn layer(&self, inner: S) -> Refusing<S> {
        Refusing(self.clone(), inner)
    }
}

#[derive(Clone)]
struct Refusing<S>(Begun, S);

impl<S, R> Service<R> for Refusing<S>
where
    S: Service<R, Error = Box<dyn Error + Send + Sync>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Ready<Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(context)
    }

    fn call(&mut self, _: R) -> Self::Future {
        self.0.0.fetch_add(1, SeqCst);
        ready(Err("No test calls anybody.".into()))
    }
}

/// Counts who comes, and sends everybody away.
struct Listener {
    address: SocketAddr,
    reached: Arc<AtomicUsize>,
}

impl Listener {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&reached);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, SeqCst);
            }
        });
        Self { address, reached }
    }

    fn reached(&self) -> usize {
        self.reached.load(SeqCst)
    }
}

/// A name server that answers otherwise each time.
struct Rebinding {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Rebinding {
    fn new(answers: impl IntoIterator<Item = Vec<SocketAddr>>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Arc::default(),
        }
    }
}

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        self.asked.fetch_add(1, SeqCst);
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.expect("an answer is left");
        Box::pin(async move { Ok(Box::new(answer.into_iter()) as Addrs) })
    }
}
