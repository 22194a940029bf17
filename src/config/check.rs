//! Raw sections to checked ones.
//!
//! Every reader returns a value even when it has reported a mistake, so that one pass finds all; what
//! it returns then is never used, because a report with a mistake in it yields no configuration.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::mistake::{Place, Report, quoted};
use super::raw::{
    RawDaemon, RawDelivery, RawFetch, RawFirst, RawLog, RawLogFormat, RawPoll, RawRetryAfterScope,
    RawRobots, RawStore,
};
use super::tree::Places;
use super::values::{Read, duration, network, rate, size, written};
use super::{
    DaemonSpec, DeliverySpec, FetchSpec, FirstPoll, LogFormat, LogSpec, PollSpec, RetryAfterScope,
    RobotsScope, StoreLocation, StoreSpec,
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Time for one request: longer, and a dead host holds a worker for what it is worth elsewhere.
pub(crate) const TIMEOUT: RangeInclusive<Duration> =
    Duration::from_millis(10)..=MINUTE.saturating_mul(2);
/// Time between two polls. Below a second is for tests.
pub(crate) const INTERVAL: RangeInclusive<Duration> =
    Duration::from_millis(10)..=DAY.saturating_mul(30);
/// One wait of a schedule.
pub(crate) const WAIT: RangeInclusive<Duration> = MS..=DAY.saturating_mul(7);

/// What the checks share.
pub(crate) struct Check<'a> {
    pub(crate) report: &'a mut Report,
    pub(crate) places: &'a Places,
    /// The directory that relative paths start from.
    pub(crate) dir: &'a Path,
    /// The environment, read once by the caller.
    pub(crate) env: &'a BTreeMap<String, String>,
}

impl From<RawRetryAfterScope> for RetryAfterScope {
    fn from(raw: RawRetryAfterScope) -> Self {
        match raw {
            RawRetryAfterScope::Auto => Self::Auto,
            RawRetryAfterScope::Host => Self::Host,
            RawRetryAfterScope::Source => Self::Source,
        }
    }
}

impl Check<'_> {
    /// Reports a mistake at a key.
    pub(crate) fn wrong(&mut self, key: &str, problem: impl Into<String>) {
        let place = self.places.of(key);
        self.report.wrong(&place, key, problem);
    }

    /// Reports something doubtful at a key.
    pub(crate) fn warn(&mut self, key: &str, problem: impl Into<String>) {
        let place = self.places.of(key);
        self.report.warn(&place, key, problem);
    }

    /// The value of `text`, or a report of what is wrong with it.
    pub(crate) fn read<T>(
        &mut self,
        key: &str,
        text: &str,
        read: impl FnOnce(&str) -> Read<T>,
    ) -> Option<T> {
        match read(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.wrong(key, format!("{} {problem}", quoted(text)));
                None
            }
        }
    }

    /// The same for each item of a list.
    pub(crate) fn read_all<T>(
        &mut self,
        key: &str,
        texts: &[String],
        read: impl Fn(&str) -> Read<T>,
    ) -> Vec<T> {
        let items = texts.iter().enumerate();
        items
            .filter_map(|(index, text)| self.read(&format!("{key}[{index}]"), text, &read))
            .collect()
    }

    /// A duration within bounds; the lower bound stands in for one that is wrong.
    pub(crate) fn duration(
        &mut self,
        key: &str,
        text: &str,
        bounds: &RangeInclusive<Duration>,
    ) -> Duration {
        self.duration_or(key, text, bounds, *bounds.start())
    }

    /// The same with another one in the place of what is wrong: one that what is held against it then
    /// finds nothing wrong with.
    fn duration_or(
        &mut self,
        key: &str,
        text: &str,
        bounds: &RangeInclusive<Duration>,
        instead: Duration,
    ) -> Duration {
        self.read(key, text, |text| duration(text, bounds))
            .unwrap_or(instead)
    }

    /// A path against the configuration's directory; one from a variable against the working directory.
    fn path(&self, key: &str, text: &str) -> PathBuf {
        let base = match self.places.of(key) {
            Place::Environment(_) => Path::new(""),
            Place::File { .. } | Place::BuiltIn => self.dir,
        };
        let path = base.join(text);
        // It fails for an empty path or a working directory that is gone; the store will say so.
        std::path::absolute(&path).unwrap_or(path)
    }

    pub(crate) fn daemon(&mut self, raw: &RawDaemon) -> (PathBuf, DaemonSpec) {
        if raw.data_dir.is_empty() {
            self.wrong("daemon.data_dir", "is empty; name a directory");
        }
        let mut grace = self.duration("daemon.grace", &raw.grace, &(MS..=MINUTE.saturating_mul(5)));
        let longest = MINUTE.saturating_mul(60);
        let lease = self.duration_or("daemon.lease", &raw.lease, &(SECOND..=longest), longest);
        if !self.places.says("daemon.grace") {
            grace = grace.min(lease / 2); // a default that nobody chose gives way
        }
        if grace >= lease {
            // Else a second daemon could take up work that this one is still finishing.
            self.wrong(
                "daemon.grace",
                format!(
                    "{} is not shorter than daemon.lease ({})",
                    written(grace),
                    written(lease)
                ),
            );
        }
        let data_dir = self.path("daemon.data_dir", &raw.data_dir);
        (data_dir, DaemonSpec { grace, lease })
    }

    pub(crate) fn store(&mut self, raw: &RawStore, data_dir: &Path) -> StoreSpec {
        let key = "store.url";
        let url = raw.url.as_str();
        let path = url.strip_prefix("sled:");
        let path = path.map(|path| path.strip_prefix("//").unwrap_or(path));
        let scheme = url.split(':').next().unwrap_or_default();
        let path = match path {
            Some("") => {
                self.wrong(
                    key,
                    "names no directory; allowed: sled:PATH, relative to daemon.data_dir",
                );
                "store"
            }
            Some(path) => path,
            None if matches!(scheme, "postgres" | "postgresql") => {
                // The value is not shown: it may hold a password.
                self.wrong(
                    key,
                    "PostgreSQL is not built in this version; allowed: sled:PATH",
                );
                "store"
            }
            None => {
                let shown = if url.contains('@') {
                    String::new()
                } else {
                    format!("{} ", quoted(url))
                };
                self.wrong(
                    key,
                    format!(
                        "{shown}is not a store; allowed: sled:PATH, relative to daemon.data_dir"
                    ),
                );
                "store"
            }
        };
        let cache_bounds = 1_000_000..=64_000_000_000;
        StoreSpec {
            location: StoreLocation::Sled(data_dir.join(path)),
            keep: self.duration(
                "store.keep",
                &raw.keep,
                &(SECOND..=YEAR.saturating_mul(100)),
            ),
            keep_articles: raw.keep_articles,
            cache: self
                .read("store.cache", &raw.cache, |text| size(text, &cache_bounds))
                .unwrap_or(1_000_000),
            raw: raw.raw,
            compact: raw.compact,
        }
    }

    pub(crate) fn fetch(&mut self, raw: &RawFetch) -> FetchSpec {
        if raw.contact.len() > 200
            || !raw
                .contact
                .chars()
                .all(|c| (c.is_ascii_graphic() && !"()".contains(c)) || c == ' ')
        {
            let allowed = "allowed: at most 200 visible ASCII characters without parentheses, like https://example.com/bot or desk@example.com";
            self.wrong(
                "fetch.contact",
                format!(
                    "{} cannot go into a header; {allowed}",
                    quoted(&raw.contact)
                ),
            );
        }
        if raw.per_host > raw.concurrency {
            self.warn(
                "fetch.per_host",
                format!(
                    "{} is more than fetch.concurrency ({}) ever allows",
                    raw.per_host, raw.concurrency
                ),
            );
        }
        let body_bounds = 1000..=256_000_000;
        FetchSpec {
            authorities: self.env.get("SSL_CERT_FILE").map(PathBuf::from),
            contact: raw.contact.clone(),
            timeout: self.duration("fetch.timeout", &raw.timeout, &TIMEOUT),
            max_body: self
                .read("fetch.max_body", &raw.max_body, |text| {
                    size(text, &body_bounds)
                })
                .unwrap_or(1000),
            max_redirects: raw.max_redirects,
            concurrency: raw.concurrency,
            per_host: raw.per_host,
            host_delay: self.duration(
                "fetch.host_delay",
                &raw.host_delay,
                &(Duration::ZERO..=MINUTE),
            ),
            host_budget: match raw.host_budget.as_str() {
                "off" => None,
                text => self.read("fetch.host_budget", text, |text| rate(text, 100_000)),
            },
            robots: match raw.robots {
                RawRobots::Articles => RobotsScope::Articles,
                RawRobots::All => RobotsScope::All,
                RawRobots::Off => RobotsScope::Off,
            },
            retry_after_scope: raw.retry_after_scope.into(),
            allow_private: self.read_all("fetch.allow_private", &raw.allow_private, network),
        }
    }

    pub(crate) fn poll(&mut self, raw: &RawPoll) -> PollSpec {
        let mut spec = PollSpec {
            interval: Duration::ZERO,
            min_interval: self.duration("poll.min_interval", &raw.min_interval, &INTERVAL),
            max_interval: self.duration_or(
                "poll.max_interval",
                &raw.max_interval,
                &INTERVAL,
                *INTERVAL.end(),
            ),
            adaptive: raw.adaptive,
            revisit: self.revisit("poll.revisit", &raw.revisit),
            failing_after: raw.failing_after,
            first: match raw.first {
                RawFirst::Quiet => FirstPoll::Quiet,
                RawFirst::All => FirstPoll::All,
            },
        };
        spec.interval =
            self.duration_or("poll.interval", &raw.interval, &INTERVAL, spec.min_interval);
        if !self.places.says("poll.interval") && spec.min_interval <= spec.max_interval {
            // A default that nobody chose gives way to bounds that somebody did.
            spec.interval = spec.interval.clamp(spec.min_interval, spec.max_interval);
        }
        let (least, most) = (written(spec.min_interval), written(spec.max_interval));
        if spec.min_interval > spec.max_interval {
            self.wrong(
                "poll.min_interval",
                format!("{least} is above poll.max_interval ({most})"),
            );
        } else if spec.interval < spec.min_interval {
            self.wrong(
                "poll.interval",
                format!(
                    "{} is below poll.min_interval ({least})",
                    written(spec.interval)
                ),
            );
        } else if spec.interval > spec.max_interval {
            self.wrong(
                "poll.interval",
                format!(
                    "{} is above poll.max_interval ({most})",
                    written(spec.interval)
                ),
            );
        }
        spec
    }

    /// The times of looks at a known page.
    pub(super) fn revisit(&mut self, key: &str, texts: &[String]) -> Vec<Duration> {
        let times = self.read_all(key, texts, |text| {
            duration(text, &(MS..=DAY.saturating_mul(30)))
        });
        if !times.is_sorted_by(|a, b| a < b) {
            self.wrong(
                key,
                "the times do not rise; each counts from when the page was first seen",
            );
        }
        times
    }

    pub(crate) fn delivery(&mut self, raw: &RawDelivery) -> DeliverySpec {
        DeliverySpec {
            schedule: self.read_all("delivery.schedule", &raw.schedule, |text| {
                duration(text, &WAIT)
            }),
            timeout: self.duration("delivery.timeout", &raw.timeout, &TIMEOUT),
            concurrency: raw.concurrency,
            disable_after: match raw.disable_after.as_str() {
                "off" => None,
                text => self.read("delivery.disable_after", text, |text| {
                    duration(text, &(Duration::from_hours(1)..=DAY.saturating_mul(365)))
                        .map_err(|problem| format!("{problem}; or off"))
                }),
            },
        }
    }

    /// A lease must outlast the longest request, or work is taken from a worker that still does it.
    pub(crate) fn lease_outlasts(&mut self, lease: Duration, key: &str, timeout: Duration) {
        if timeout >= lease {
            self.wrong(
                key,
                format!(
                    "{} is not shorter than daemon.lease ({})",
                    written(timeout),
                    written(lease)
                ),
            );
        }
    }

    pub(crate) fn log(&mut self, raw: &RawLog) -> LogSpec {
        self.read("log.level", &raw.level, log_level);
        LogSpec {
            format: match raw.format {
                RawLogFormat::Text => LogFormat::Text,
                RawLogFormat::Json => LogFormat::Json,
            },
            level: raw.level.clone(),
        }
    }
}

/// A level, or directives `target=level` parted by commas. The filter itself would take any bare word for
/// a target and log everything of it, so that a slip in a level would silence all the rest.
fn log_level(text: &str) -> Read<()> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let sound = text.split(',').all(|directive| {
        let level = directive
            .rsplit_once('=')
            .map_or(directive, |(_, level)| level);
        LEVELS.contains(&level.trim().to_ascii_lowercase().as_str())
    });
    if sound && text.parse::<tracing_subscriber::EnvFilter>().is_ok() {
        Ok(())
    } else {
        Err(format!(
            "is not a level; allowed: {}, or by module, like info,wireroom::fetch=debug",
            LEVELS.join(", ")
        ))
    }
}
