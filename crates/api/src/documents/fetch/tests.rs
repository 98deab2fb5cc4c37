use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

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

/// A name that answers with a public address for the check and with an inner one for the call gains nothing: it is asked
/// once, and one inner address among several spoils them all.
#[test]
fn a_name_with_an_inner_address_leads_nowhere() {
    let public: SocketAddr = "93.184.216.34:443".parse().unwrap();
    let inner: SocketAddr = "127.0.0.1:443".parse().unwrap();
    assert_eq!(judge(vec![public]), Ok(vec![public]));
    assert_eq!(judge(vec![public, inner]), Err(Refused::Unreachable));
    assert_eq!(judge(vec![inner]), Err(Refused::Unreachable));
    assert_eq!(judge(Vec::new()), Err(Refused::Unreachable));
}

#[tokio::test]
async fn a_server_on_this_machine_gets_no_call_unless_it_is_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let fetcher = Fetcher::new(Vec::new());
    for host in [
        "127.0.0.1",
        "localhost",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ] {
        for scheme in ["http", "https"] {
            let refused = fetcher.fetch(&format!("{scheme}://{host}:{port}/")).await;
            assert_eq!(refused, Err(Refused::Address), "{scheme} {host}");
        }
    }
    let called = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(called.is_err(), "nobody came");
}
