//! Claims jobs and runs them side by side, each under a lease that is renewed while it runs. A worker that dies loses
//! its leases and the jobs are claimed again; one that merely slept finds its fence gone and stops.

use std::time::Duration;

use store::{Job, StoreError};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::{event_pull, kind, run, schedule};
use crate::metrics::{self, Ended};
use crate::workflows::{Context, Failure, directory};

/// How a worker works; the defaults are for production.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Jobs at a time.
    pub concurrency: usize,
    /// How long a claimed job may be silent before another worker takes it (`WORKER_LEASE_SECONDS`).
    pub lease: Duration,
    /// How long jobs that run may take to end after a stop, before they are given back (`WORKER_DRAIN_SECONDS`).
    pub drain: Duration,
    /// How often an idle worker looks for work (`WORKER_POLL_MILLISECONDS`).
    pub poll: Duration,
    /// The longest pause before a failed job runs again (`WORKER_LONGEST_BACKOFF_SECONDS`).
    pub longest_backoff: Duration,
    /// How often the sweep and the catch-up run (`WORKER_SWEEP_SECONDS`).
    pub sweep_every: Duration,
    /// How often members are compared with Auth0's (`WORKER_RECONCILE_SECONDS`).
    pub reconcile_every: Duration,
    /// How many reads of Auth0 that may take (`WORKER_RECONCILE_READS_PER_MINUTE`).
    pub reconcile_reads_per_minute: u32,
    /// How often Auth0's log is read, mostly by one call (`WORKER_LOG_SECONDS`).
    pub log_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 8,
            lease: Duration::from_secs(30),
            drain: Duration::from_secs(25),
            poll: Duration::from_millis(200),
            longest_backoff: Duration::from_secs(300),
            sweep_every: Duration::from_secs(600),
            reconcile_every: Duration::from_secs(600),
            reconcile_reads_per_minute: 100,
            log_every: Duration::from_secs(30),
        }
    }
}

/// How long it may take to give jobs back; their leases free what is left.
const RETURN: Duration = Duration::from_secs(5);

/// A running worker. Dropping it stops it without waiting.
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Worker {
    pub fn start(context: Context, settings: Settings) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        if context.config.auth0.pull_events {
            let pull = event_pull::run(context.clone(), settings.clone(), stopped.clone());
            tasks.push(tokio::spawn(pull));
        }
        tasks.push(tokio::spawn(work(context, settings, stopped)));
        Self { stop, tasks }
    }

    /// Claims nothing more and waits for the jobs that run, at most [`Settings::drain`]; those that have not ended by
    /// then are given back, for another worker to claim at once.
    pub async fn stop(self) {
        // The receiver is gone only when the loop has ended already.
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "the worker ended badly");
            }
        }
    }
}

async fn work(context: Context, settings: Settings, mut stopped: watch::Receiver<bool>) {
    // In the background: a worker also starts while Auth0 is away. It ends with this set.
    let mut background = JoinSet::new();
    background.spawn(directory::watch(context.clone(), settings.sweep_every));
    let mut running = JoinSet::new();
    let (give_back, given_back) = watch::channel(false);
    let mut poll = interval(settings.poll);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sweep = interval(settings.sweep_every);
    let mut reconcile = interval(settings.reconcile_every);
    let mut log = interval(settings.log_every);
    while !*stopped.borrow() {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = sweep.tick() => enqueue_periodic(&context, &kind::PERIODIC).await,
            _ = reconcile.tick() => enqueue_periodic(&context, &[kind::RECONCILE]).await,
            _ = log.tick() => enqueue_periodic(&context, &[kind::AUTH0_LOG]).await,
            Some(_) = running.join_next(), if !running.is_empty() => {}
            _ = poll.tick(), if running.len() < settings.concurrency => {}
        }
        metrics::polled(context.clock.now().timestamp());
        let free = settings.concurrency - running.len();
        match claim(&context, &settings, free).await {
            Ok(jobs) => {
                for job in jobs {
                    let given_back = given_back.clone();
                    running.spawn(hold(context.clone(), settings.clone(), job, given_back));
                }
            }
            Err(error) => tracing::warn!(%error, "no jobs could be claimed"),
        }
    }
    end(&mut running, settings.drain).await;
    give_back.send_replace(true);
    end(&mut running, RETURN).await;
}

async fn end(running: &mut JoinSet<()>, limit: Duration) {
    let deadline = Instant::now() + limit;
    while let Ok(Some(_)) = timeout_at(deadline, running.join_next()).await {}
}

async fn claim(
    context: &Context,
    settings: &Settings,
    free: usize,
) -> Result<Vec<Job>, StoreError> {
    if free == 0 {
        return Ok(Vec::new());
    }
    let free = u32::try_from(free).unwrap_or(u32::MAX);
    context
        .store
        .claim_jobs(&kind::ALL, free, settings.lease, context.clock.now())
        .await
}

async fn enqueue_periodic(context: &Context, kinds: &[&str]) {
    for kind in kinds {
        let enqueued = context
            .store
            .enqueue_system(kind, kind, &serde_json::json!({}), context.clock.now())
            .await;
        if let Err(error) = enqueued {
            tracing::warn!(%error, kind, "a periodic job could not be enqueued");
        }
    }
}

/// Runs the job and renews its lease; a lost fence drops the run where it stands, and so does a worker that gives back.
async fn hold(
    context: Context,
    settings: Settings,
    job: Job,
    mut given_back: watch::Receiver<bool>,
) {
    let begun = Instant::now();
    let mut renew = interval(settings.lease / 3);
    renew.tick().await;
    let outcome = {
        let mut running = std::pin::pin!(run::run(&context, &job));
        loop {
            tokio::select! {
                outcome = &mut running => break outcome,
                true = is_given_back(&mut given_back) => break Err(Failure::GivenBack),
                _ = renew.tick() => match context.store.extend_job(&job, settings.lease).await {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::warn!(job = %job.id, kind = job.kind, "another worker has taken the job over");
                        return;
                    }
                    Err(error) => tracing::warn!(%error, job = %job.id, "the lease could not be renewed"),
                },
            }
        }
    };
    match finish(&context, &settings, &job, outcome).await {
        Ok(ended) => metrics::job_ended(&job.kind, ended, begun.elapsed()),
        // The lease ends and the job runs again; every job may.
        Err(error) => {
            tracing::warn!(%error, job = %job.id, "the outcome of a job could not be recorded");
        }
    }
}

async fn is_given_back(given_back: &mut watch::Receiver<bool>) -> bool {
    given_back.wait_for(|given_back| *given_back).await.is_ok()
}

async fn finish(
    context: &Context,
    settings: &Settings,
    job: &Job,
    outcome: Result<(), Failure>,
) -> Result<Ended, StoreError> {
    let Err(failure) = outcome else {
        context.store.complete_job(job).await?;
        return Ok(Ended::Done);
    };
    let backoff = schedule::backoff(job.id.as_uuid(), job.attempts, settings.longest_backoff);
    let wait = match &failure {
        Failure::Wait { after, .. } => after.unwrap_or(backoff),
        Failure::FenceLost | Failure::GivenBack => Duration::ZERO,
        Failure::Store(StoreError::Unavailable(_) | StoreError::Contended(_)) => backoff,
        Failure::Store(_) if job.attempts < schedule::MAX_TRIES => backoff,
        Failure::Store(_) | Failure::Park(_) => return park(context, job, &failure).await,
    };
    tracing::info!(job = %job.id, kind = job.kind, attempts = job.attempts, reason = %failure, "a job will run again");
    context
        .store
        .retry_job(job, context.clock.now() + wait, &failure.to_string())
        .await?;
    Ok(Ended::Again)
}

async fn park(context: &Context, job: &Job, failure: &Failure) -> Result<Ended, StoreError> {
    let reason = failure.to_string();
    tracing::error!(job = %job.id, kind = job.kind, reason, "a job is parked");
    if let Err(error) = run::give_up(context, job, &reason).await {
        // Not parked either then: the job runs again and gives up again.
        tracing::warn!(%error, job = %job.id, "a conversion could not be parked");
        return Ok(Ended::Again);
    }
    context.store.park_job(job, &reason).await?;
    Ok(Ended::Parked)
}
