//! Callers who never finish what they send hold nothing that others need.

use tests::{Options, TestApp};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn half_sent_bodies_hold_no_database_connection() {
    let variables = vec![("DATABASE_MAX_CONNECTIONS", "2".to_owned())];
    let app = TestApp::with(Options {
        variables,
        ..Options::default()
    })
    .await;
    let person = app.visitor().await;
    app.get("/v1/me", Some(&person.token))
        .await
        .assert_status(200);
    let mut half_sent = Vec::new();
    for _ in 0..10 {
        let address = app
            .url
            .trim_start_matches("http://")
            .replace("localhost", "127.0.0.1");
        let mut stream = TcpStream::connect(address).await.expect("the API listens");
        let head = format!(
            "POST /v1/me/projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
            person.token
        );
        stream
            .write_all(head.as_bytes())
            .await
            .expect("the head is taken");
        half_sent.push(stream);
    }
    for _ in 0..50 {
        app.get("/v1/me", Some(&person.token))
            .await
            .assert_status(200);
    }
}
