//! A tenant that answers what the test wrote down and remembers what it was asked.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures::{StreamExt, future, stream};
use management::{Client, Config};
use serde_json::{Value, json};
use url::Url;

pub(crate) const SECRET: &str = "the-client-secret";

/// How often a dripping answer goes on.
const DRIP_EVERY: Duration = Duration::from_millis(5);

#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) base_url: Url,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By `METHOD /path`; the last answer of a list is given again and again.
    answers: HashMap<String, VecDeque<Answer>>,
    calls: Vec<Call>,
    tokens: u32,
    refused_token: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `METHOD /path`, as it came over the wire.
    pub(crate) route: String,
    pub(crate) query: String,
    pub(crate) body: Value,
    pub(crate) correlation_id: Option<String>,
    token: Option<String>,
}

impl Tenant {
    pub(crate) async fn start() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let data = web::Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            let data = data.clone();
            App::new().app_data(data).default_service(web::to(answer))
        });
        let server = server
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .unwrap();
        let base_url = format!("http://{}/", server.addrs()[0]).parse().unwrap();
        tokio::spawn(server.run());
        Self { base_url, state }
    }

    pub(crate) fn config(&self) -> Config {
        let config = Config::new(self.base_url.clone(), "the-client-id", SECRET);
        Config {
            retry_delay: Duration::from_millis(1),
            ..config
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.config()).unwrap()
    }

    /// Writes down the answers to `METHOD path-below-api-v2`, or to `METHOD /absolute-path`.
    pub(crate) fn answers(&self, route: &str, answers: impl IntoIterator<Item = Answer>) {
        let (method, path) = route.split_once(' ').unwrap();
        let route = if path.starts_with('/') {
            route.to_owned()
        } else {
            format!("{method} /api/v2/{path}")
        };
        let answers = answers.into_iter().collect();
        self.state.lock().unwrap().answers.insert(route, answers);
    }

    pub(crate) fn refuse_token(&self, token: &str) {
        self.state.lock().unwrap().refused_token = Some(token.to_owned());
    }

    /// What was asked of the Management API, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls_below("/api/v2/")
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.calls().into_iter().map(|call| call.body).collect()
    }

    pub(crate) fn token_requests(&self) -> Vec<Call> {
        self.calls_below("/oauth/token")
    }

    fn calls_below(&self, path: &str) -> Vec<Call> {
        let calls = self.state.lock().unwrap().calls.clone();
        calls
            .into_iter()
            .filter(|call| call.route.contains(path))
            .collect()
    }
}

#[derive(Clone)]
pub(crate) enum Answer {
    Reply {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// Accepts the request and never answers.
    Hang,
    /// Sends a byte now and then, and never all of them.
    Drip,
    /// Promises more bytes than it sends, then closes the connection.
    BreakOff,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", &body.to_string())
    }

    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self::Reply {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.to_owned(),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self::Reply {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// A Management API error as Auth0 writes it.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "statusCode": status, "error": "Reason", "message": message, "errorCode": code });
        Self::json(status, &body)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

async fn answer(request: HttpRequest, body: Bytes, state: web::Data<Mutex<State>>) -> HttpResponse {
    let header = |name| Some(request.headers().get(name)?.to_str().unwrap().to_owned());
    let call = Call {
        route: format!("{} {}", request.method(), request.uri().path()),
        query: request.query_string().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        correlation_id: header("x-correlation-id"),
        token: header("authorization").map(|value| value.replacen("Bearer ", "", 1)),
    };
    let answer = state.lock().unwrap().next(call);
    match answer {
        Answer::Hang => future::pending().await,
        Answer::Drip => {
            let ticks = stream::unfold((), async |()| {
                tokio::time::sleep(DRIP_EVERY).await;
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
            });
            HttpResponse::Ok()
                .insert_header(("content-type", "application/json"))
                .streaming(Box::pin(ticks))
        }
        Answer::BreakOff => {
            let sent = stream::iter([Ok(Bytes::from_static(b"{"))]);
            let broken = stream::once(future::err(std::io::Error::other("broken off")));
            HttpResponse::Ok()
                .insert_header(("content-type", "application/json"))
                .no_chunking(1000)
                .streaming(sent.chain(broken))
        }
        Answer::Reply {
            status,
            headers,
            body,
        } => {
            let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
            for header in headers {
                response.insert_header(header);
            }
            response.body(body)
        }
    }
}

impl State {
    fn next(&mut self, call: Call) -> Answer {
        let refused = call.token.is_some() && call.token == self.refused_token;
        let route = call.route.clone();
        self.calls.push(call);
        if refused {
            return Answer::json(
                401,
                &json!({ "statusCode": 401, "error": "Unauthorized", "message": "Invalid token." }),
            );
        }
        match self.answers.get_mut(&route) {
            Some(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
            Some(answers) => answers[0].clone(),
            None if route == "POST /oauth/token" => {
                self.tokens += 1;
                let token = format!("token-{}", self.tokens);
                Answer::json(
                    200,
                    &json!({ "access_token": token, "expires_in": 86_400, "token_type": "Bearer" }),
                )
            }
            None => Answer::error(418, "unscripted", &route),
        }
    }
}
