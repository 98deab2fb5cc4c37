//! What is counted and timed, and the port at which Prometheus reads it. Labels are patterns of paths, kinds of jobs and
//! codes: nothing in them tells one customer from another, and nobody can make more of them by asking for something else.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "tenantry_http_requests_total";
const REQUEST_SECONDS: &str = "tenantry_http_request_duration_seconds";
const JOBS: &str = "tenantry_jobs_total";
const JOB_SECONDS: &str = "tenantry_job_duration_seconds";
const POLLED_AT: &str = "tenantry_worker_polled_timestamp_seconds";
const BUILD: &str = "tenantry_build_info";

/// Upper ends, in seconds; the last is a request's time limit.
const BUCKETS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    #[error("METRICS_ADDRESS cannot be listened on")]
    Listener(#[from] std::io::Error),
    #[error("nothing can be counted")]
    Recorder(#[from] BuildError),
}

/// How a run of a job ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ended {
    Done,
    /// It runs again later.
    Again,
    /// Nothing but a person has it run again (`tenantry billing dead-letters`).
    Parked,
}

/// Counts from now on, and answers `/metrics` and `/healthz` at the listener for as long as the process lives. Without it
/// nothing is counted.
///
/// # Errors
/// See [`MetricsError`].
pub fn serve(listener: TcpListener) -> Result<(), MetricsError> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .install_recorder()?;
    describe();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(handle.clone()))
            .route("/metrics", web::get().to(show))
            .route("/healthz", web::get().to(alive))
    });
    let server = server.workers(1).disable_signals().listen(listener)?.run();
    tokio::spawn(server);
    Ok(())
}

fn describe() {
    describe_counter!(REQUESTS, "Requests that were answered.");
    let spent = "From the head of a request to the head of its answer.";
    describe_histogram!(REQUEST_SECONDS, Unit::Seconds, spent);
    describe_counter!(
        JOBS,
        "Runs of jobs, by how they ended: done, again or parked."
    );
    describe_histogram!(JOB_SECONDS, Unit::Seconds, "One run of a job.");
    let polled = "When this worker last looked for jobs, in Unix time.";
    describe_gauge!(POLLED_AT, Unit::Seconds, polled);
    describe_gauge!(BUILD, "1, with the version of this process.");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

async fn show(handle: web::Data<PrometheusHandle>) -> HttpResponse {
    handle.run_upkeep();
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, TEXT))
        .body(handle.render())
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

/// `route` is the pattern that matched.
pub(crate) fn answered(method: &'static str, route: &str, status: StatusCode, took: Duration) {
    let (route, status) = (route.to_owned(), status.as_u16().to_string());
    counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    histogram!(REQUEST_SECONDS, "method" => method, "route" => route).record(took);
}

/// Its name, where it is one that we know: anybody can make up others.
pub(crate) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// `kind` is one of `jobs::kind::ALL`.
pub(crate) fn job_ended(kind: &str, ended: Ended, took: Duration) {
    let ended = match ended {
        Ended::Done => "done",
        Ended::Again => "again",
        Ended::Parked => "parked",
    };
    counter!(JOBS, "kind" => kind.to_owned(), "ended" => ended).increment(1);
    histogram!(JOB_SECONDS, "kind" => kind.to_owned()).record(took);
}

/// A worker that is stuck is told by this standing still. `at` is in Unix seconds.
pub(crate) fn polled(at: i64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact until long after this millennium"
    )]
    gauge!(POLLED_AT).set(at as f64);
}
