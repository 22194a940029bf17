//! `wireroom demo`: the real daemon on a loopback web, for whoever wants to see it at work.
//!
//! No network and no accounts: [`newsstand`] publishes, [`receiver`] takes the webhooks and prints
//! them, and between the two stands the same `App` that `run` starts, with a store of its own that
//! is deleted in the end. Nothing here is used by any other command.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub mod newsstand;
pub mod paper;
pub mod printer;
pub mod receiver;
pub mod script;
pub mod stories;
pub mod view;

mod blocks;
mod feeds;
mod html;
mod markup;
mod outlets;

use crate::app::App;
use crate::clock::Clock;
use crate::config;

/// Between two steps of the newsstand.
const PACE: Duration = Duration::from_secs(4);
/// The servers' time to answer what they were asked; longer than the slow outlet takes.
const CLOSING: Duration = Duration::from_secs(3);
/// Where the dashboard is when nobody says and the port is free: the daemon's own default, so that
/// `wireroom articles list` beside a running demo finds it.
const USUAL_PORT: u16 = 7878;

/// Runs the demo until `stop`; `port` is the dashboard's, `None` takes the usual one or a free one.
pub async fn run(port: Option<u16>, clock: Clock, stop: CancellationToken) -> anyhow::Result<()> {
    let colour = io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let home = Home::new(&clock).context("cannot make a directory for the demo's store")?;
    let mut key = [0_u8; 32];
    rand::rng().fill_bytes(&mut key);

    // The daemon stops first and the web around it last, so that its last requests find an answer.
    let web = CancellationToken::new();
    let screen = view::Screen::new(Box::new(io::stdout()), colour);
    let receiver = receiver::start(clock.clone(), key.to_vec(), screen, web.clone())
        .await
        .context("cannot start the demo's receiver")?;
    let seed = rand::rng().next_u64();
    let newsstand = newsstand::start(clock.clone(), seed, PACE, web.clone())
        .await
        .context("cannot start the demo's newsstand")?;

    let text = configuration(&Setting {
        outlets: &newsstand.outlets_toml,
        json_url: &receiver.json_url,
        slack_url: &receiver.slack_url,
        key: &key,
        data_dir: &home.0,
        listen: listen_address(port),
    });
    // As a container's first process it would not be ended by a signal that it does not mind.
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    let mut daemon = start_daemon(&text, clock, stop.clone()).await?;
    say(&greeting(daemon.http));
    let outcome = tokio::select! {
        outcome = &mut daemon.ended => outcome,
        _ = terminate.recv() => {
            stop.cancel();
            daemon.ended.await
        }
    };

    let (counts, taken) = (newsstand.counts(), receiver.received());
    web.cancel();
    let closed = async {
        newsstand.closed().await;
        receiver.closed().await;
    };
    if tokio::time::timeout(CLOSING, closed).await.is_err() {
        tracing::debug!("the demo's servers were cut off");
    }
    say(&format!(
        "\nThe newsstand published {} stories, corrected {} and copied {}.\n\
         The receiver took {} signed events and {} chat messages; {} were asked to come again, {} repeated, {} wrong.\n",
        counts.published,
        counts.corrected,
        counts.copied,
        taken.events,
        taken.messages,
        taken.refused,
        taken.repeated,
        taken.wrong,
    ));
    outcome
}

/// A daemon that runs: where it listens, and how it ends.
struct Daemon {
    http: SocketAddr,
    ended: std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>,
}

/// Starts the same `App` that `run` starts.
async fn start_daemon(
    configuration: &str,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<Daemon> {
    let loaded = config::from_str(configuration, std::path::Path::new("."), &BTreeMap::new())
        .map_err(|mistakes| anyhow::anyhow!("the demo's own configuration is wrong: {mistakes}"))?;
    let app = App::open(loaded.config, clock).await?;
    let mut running = app.start(stop).await?;
    Ok(Daemon {
        http: running.http,
        ended: Box::pin(async move {
            let ended = running.wait().await;
            ended.and(running.shut_down().await)
        }),
    })
}

/// What the demo's configuration depends on.
struct Setting<'a> {
    outlets: &'a str,
    json_url: &'a str,
    slack_url: &'a str,
    key: &'a [u8],
    data_dir: &'a std::path::Path,
    listen: SocketAddr,
}

/// The configuration file of the demo: an ordinary one, in a hurry.
fn configuration(setting: &Setting<'_>) -> String {
    let data_dir = toml::Value::String(setting.data_dir.display().to_string());
    format!(
        r#"[daemon]
data_dir = {data_dir}
outlets = []

[fetch]
contact = "demo@wireroom.invalid"
host_delay = "100ms"
timeout = "5s"
allow_private = ["127.0.0.0/8"]

[poll]
interval = "2s"
min_interval = "1s"
max_interval = "10s"
adaptive = false
revisit = ["15s"]
first = "quiet"

[delivery]
schedule = ["1s", "2s", "5s", "10s", "30s"]
timeout = "5s"

[http]
listen = "{listen}"

[log]
level = "warn"

[[endpoint]]
name = "desk"
url = "{json_url}"
format = "json"
secret = "whsec_{secret}"
events = ["article.new", "article.updated", "source.failing", "source.recovered"]
allow_private = true

[[endpoint]]
name = "newsroom-chat"
url = "{slack_url}"
format = "slack"
events = ["article.new", "article.updated"]
content = "summary"
stories = "first"
allow_private = true
{outlets}"#,
        listen = setting.listen,
        json_url = setting.json_url,
        secret = STANDARD.encode(setting.key),
        slack_url = setting.slack_url,
        outlets = setting.outlets,
    )
}

/// The usual port where it is free and none was asked for. A race for it would be lost aloud: the
/// daemon then says that it cannot listen.
fn listen_address(port: Option<u16>) -> SocketAddr {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    port.map_or_else(
        || match std::net::TcpListener::bind(at(USUAL_PORT)) {
            Ok(_) => at(USUAL_PORT),
            Err(_) => at(0),
        },
        at,
    )
}

fn greeting(http: SocketAddr) -> String {
    format!(
        "Dashboard  http://{http}/\n\
         Feeds      http://{http}/feeds/all.atom\n\
         API        http://{http}/api/v1/articles\n\n\
         Five replica outlets publish on loopback addresses; all stories are invented. Each webhook is\n\
         shown as it arrives, the first within seconds. Ctrl-C ends the demo and deletes its store.\n\n"
    )
}

fn say(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!("cannot print: {error}");
    }
}

/// The demo's own directory, deleted when dropped.
struct Home(PathBuf);

impl Home {
    fn new(clock: &Clock) -> io::Result<Self> {
        let name = format!(
            "wireroom-demo-{}",
            crate::model::id::EventId::new(clock.now())
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!("cannot delete {}: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{Setting, configuration, outlets};
    use crate::config;

    #[test]
    fn the_configuration_is_one_that_the_daemon_takes_without_a_word() {
        let bases: Vec<_> = (2..7).map(|n| format!("http://127.0.0.{n}:4000")).collect();
        let text = configuration(&Setting {
            outlets: &outlets::outlets_toml(&bases),
            json_url: "http://127.0.0.1:4000/json",
            slack_url: "http://127.0.0.1:4000/slack",
            key: &[7; 32],
            data_dir: Path::new("/tmp/a \"quoted\" place"),
            listen: ([127, 0, 0, 1], 0).into(),
        });
        let loaded = config::from_str(&text, Path::new("/"), &BTreeMap::new()).unwrap();
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert_eq!(loaded.config.outlets.len(), 5);
        assert_eq!(loaded.config.endpoints.len(), 2);
        let sources = loaded
            .config
            .outlets
            .values()
            .map(|outlet| outlet.sources.len());
        assert_eq!(sources.sum::<usize>(), 7);
    }
}
