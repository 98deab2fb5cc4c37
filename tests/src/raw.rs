//! Requests to the letter: ordinary clients tidy up a path before they send it.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Answer, TestApp};

impl TestApp {
    /// Sends `target` as it is, with a JSON body; `..` and the like reach the API.
    pub async fn send_raw(
        &self,
        method: &Method,
        target: &str,
        token: Option<&str>,
        body: &str,
    ) -> Answer {
        let host = self.url.trim_start_matches("http://");
        let authorization = token
            .map(|token| format!("authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{authorization}if-match: *\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(host).await.expect("the API listens");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the API reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("the API answers in text");
        parse(&answer)
    }
}

fn parse(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((
            name.parse::<HeaderName>().ok()?,
            HeaderValue::from_str(value).ok()?,
        ))
    });
    Answer {
        status: status
            .and_then(|code| StatusCode::from_bytes(code.as_bytes()).ok())
            .expect("a status line"),
        headers: headers.collect::<HeaderMap>(),
        body: body.to_owned(),
    }
}
