//! `wireroom run`: the daemon, as a service manager runs it.
//!
//! SIGTERM and SIGINT stop it in order, a second one at once; SIGHUP reloads. The service manager
//! hears READY when the store is open and the port is bound, and WATCHDOG only while every worker
//! makes progress and the store can write.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::app::{App, OnceSummary, Running};
use crate::cli::traces::Export;
use crate::cli::{ConfigArg, Failure, environment, load_config, print_bytes, runtime};
use crate::clock::Clock;
use crate::config::{Config, LogFormat};
use crate::observe;
use crate::observe::log::{LineForm, LogHandle};

/// Two signals closer than this are one.
const SAME_SIGNAL: Duration = Duration::from_secs(1);
/// How often the service manager hears that the store is still being opened.
const OPENING_SIGN: Duration = Duration::from_secs(10);
/// For how long each time, in microseconds: three signs.
const OPENING_PATIENCE: u32 = 30_000_000;
/// Longest that a sign of life may take; a stalled disk must not make the daemon deaf to signals.
const ALIVE_MAX: Duration = Duration::from_secs(10);

/// Options of `run`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Poll every source one time, deliver all that is due, exit (for cron and tests)
    #[arg(long)]
    once: bool,
    /// With --once: exit with 1 when a poll, a visit or a delivery failed
    #[arg(long, requires = "once")]
    strict: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let config = load_config(&args.config)?;
    let export = Export::from_environment(&environment())?;
    let form = line_form(config.log.format);
    let log = observe::log::start_beside(export.layer(), form, &config.log.level)
        .context("cannot start the log")?;
    let runtime = runtime()?;
    if args.once {
        let summary = runtime.block_on(once(config))?;
        return report(summary, args.strict);
    }
    runtime.block_on(serve(config, &args.config, &log))?;
    Ok(ExitCode::SUCCESS)
}

fn line_form(format: LogFormat) -> LineForm {
    match format {
        LogFormat::Text => LineForm::Text,
        LogFormat::Json => LineForm::Json,
    }
}

async fn once(config: Config) -> anyhow::Result<OnceSummary> {
    let stop = CancellationToken::new();
    let app = App::open(config, Clock::System).await?;
    let mut signals = Signals::new()?;
    let work = app.once(stop.clone());
    let mut asked = None;
    tokio::pin!(work);
    loop {
        tokio::select! {
            summary = &mut work => {
                let summary = summary?;
                anyhow::ensure!(!stop.is_cancelled(), "stopped before all was done");
                return Ok(summary);
            }
            () = signals.stop() => stop_or_exit(&stop, &mut asked),
        }
    }
}

fn report(summary: OnceSummary, strict: bool) -> Result<ExitCode, Failure> {
    let lines = [
        ("sources visited", summary.polls),
        ("pages visited", summary.visits),
        ("deliveries tried", summary.deliveries),
    ]
    .map(|(what, tally)| format!("{what}: {}, failed: {}\n", tally.done, tally.failed));
    print_bytes(lines.concat().as_bytes())?;
    let failed = summary.polls.failed + summary.visits.failed + summary.deliveries.failed;
    Ok(if strict && failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn serve(config: Config, arg: &ConfigArg, log: &LogHandle) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let mut signals = Signals::new()?;
    let app = open(config).await?;
    let mut running = app.start(stop.clone()).await?;
    tell(&[
        NotifyState::Ready,
        NotifyState::Status(&format!("listening on http://{}", running.http)),
    ]);
    let mut asked = None;
    let mut watchdog = tokio::time::interval(watchdog_pace());
    let ended = loop {
        tokio::select! {
            ended = running.wait() => break ended,
            signal = signals.next() => match signal {
                Asked::Stop => stop_or_exit(&stop, &mut asked),
                Asked::Reload => reload(&running, arg, log).await,
            },
            _ = watchdog.tick() => watch(&running).await,
        }
    };
    tell(&[NotifyState::Stopping]);
    info!("stopping: no more work is claimed, what is under way is finished");
    let shut = running.shut_down();
    tokio::pin!(shut);
    loop {
        tokio::select! {
            done = &mut shut => return ended.and(done),
            () = signals.stop() => stop_or_exit(&stop, &mut asked),
        }
    }
}

/// Opens the store, which may have to be written anew first: the service manager is told that this
/// goes on, or it would take a long start for one that hangs and begin it again.
async fn open(config: Config) -> anyhow::Result<App> {
    let opening = App::open(config, Clock::System);
    tokio::pin!(opening);
    let mut patience = tokio::time::interval(OPENING_SIGN);
    loop {
        tokio::select! {
            app = &mut opening => return app,
            _ = patience.tick() => {
                tell(&[NotifyState::ExtendTimeoutUsec(OPENING_PATIENCE)]);
            }
        }
    }
}

/// The first signal asks, the second insists; one that comes with the first (some senders signal the
/// process and its group) is the same.
fn stop_or_exit(stop: &CancellationToken, asked: &mut Option<Instant>) {
    let first = *asked.get_or_insert_with(Instant::now);
    if stop.is_cancelled() && first.elapsed() > SAME_SIGNAL {
        eprintln!("stopped at once; what was under way will be done again at the next start");
        std::process::exit(1);
    }
    stop.cancel();
}

async fn reload(running: &Running, arg: &ConfigArg, log: &LogHandle) {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => warn!("cannot tell the service manager of the reload: {error}"),
    }
    let outcome = match load_config(arg) {
        Ok(config) => take(running, config, log).await,
        Err(Failure::Usage(mistakes)) => Err(anyhow::anyhow!("{mistakes}")),
        Err(Failure::Failed(error)) => Err(error),
    };
    running.reloaded(outcome.is_ok());
    if let Err(error) = outcome {
        error!("the new configuration is not taken, the old one stays in force: {error:#}");
    }
    tell(&[NotifyState::Ready]);
}

/// Takes a checked configuration into force, the log's filter with it.
async fn take(running: &Running, config: Config, log: &LogHandle) -> anyhow::Result<()> {
    let level = config.log.level.clone();
    running.reload(config).await?;
    log.set_filter(&level)
        .context("all of the new configuration is in force but log.level")
}

async fn watch(running: &Running) {
    match tokio::time::timeout(ALIVE_MAX, running.alive()).await {
        Ok(Ok(())) => tell(&[NotifyState::Watchdog]),
        Ok(Err(why)) => warn!("no sign of life for the watchdog: {why}"),
        Err(_) => warn!("no sign of life for the watchdog: the store does not answer"),
    }
}

/// A third of what the service manager waits; without one, often enough for the log.
fn watchdog_pace() -> Duration {
    sd_notify::watchdog_enabled().map_or(Duration::from_secs(30), |limit| limit / 3)
}

/// Tells the service manager, where there is one.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!("cannot tell the service manager: {error}");
    }
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Stop,
    Reload,
}

/// The signals that a daemon minds.
struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            term: listen(SignalKind::terminate())?,
            int: listen(SignalKind::interrupt())?,
            hup: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.term.recv() => Asked::Stop,
            _ = self.int.recv() => Asked::Stop,
            _ = self.hup.recv() => Asked::Reload,
        }
    }

    /// The next request to stop; a reload has no meaning any more, or none yet.
    async fn stop(&mut self) {
        while self.next().await != Asked::Stop {}
    }
}
