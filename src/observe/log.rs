//! Logs: lines for people or JSON for machines, always on standard error.
//!
//! Results go to standard output, so a log line never stands between them. The filter can be
//! changed while the daemon runs; the form cannot.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::{Layered, SubscriberExt as _};
use tracing_subscriber::{Layer, Registry, fmt, reload};

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineForm {
    /// For people; coloured on a terminal unless `NO_COLOR` is set (<https://no-color.org>).
    Text,
    /// One JSON object a line.
    Json,
}

/// Why logging did not start or change.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter cannot be read.
    #[error(
        "`{filter}` is no log filter: {why}; allowed are error, warn, info, debug, trace or off, \
         and after a comma `target=level`, as in `info,wireroom::fetch=debug`"
    )]
    Filter {
        /// As given.
        filter: String,
        /// What is wrong with it.
        why: String,
    },
    /// Logging was started before in this process.
    #[error("logging has been started before")]
    Started(#[source] tracing::subscriber::SetGlobalDefaultError),
    /// Logging has ended.
    #[error("the log filter cannot be changed")]
    Reload(#[source] reload::Error),
}

/// Changes the filter of a running log.
#[derive(Clone, Debug)]
pub struct LogHandle(reload::Handle<EnvFilter, Registry>);

impl LogHandle {
    /// Takes another filter from now on; a bad one leaves the old in place.
    pub fn set_filter(&self, filter: &str) -> Result<(), LogError> {
        self.0.reload(parse(filter)?).map_err(LogError::Reload)
    }
}

/// Events that have passed the filter.
type Filtered = Layered<reload::Layer<EnvFilter, Registry>, Registry>;

/// What stands beside the log and sees what it sees.
pub(crate) type Extra = Box<dyn Layer<Filtered> + Send + Sync>;

/// Starts logging for the whole process; once only.
pub fn start(form: LineForm, filter: &str) -> Result<LogHandle, LogError> {
    start_beside(None, form, filter)
}

/// Starts logging for the whole process, with something beside it; once only.
pub(crate) fn start_beside(
    extra: Option<Extra>,
    form: LineForm,
    filter: &str,
) -> Result<LogHandle, LogError> {
    let (filter, handle) = reload::Layer::new(parse(filter)?);
    let registry = Registry::default().with(filter).with(extra);
    match form {
        LineForm::Text => tracing::subscriber::set_global_default(
            registry.with(
                fmt::layer()
                    .with_writer(io::stderr)
                    .with_ansi(colour_on_stderr())
                    .with_target(false),
            ),
        ),
        LineForm::Json => tracing::subscriber::set_global_default(
            registry.with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false)
                    .with_writer(io::stderr),
            ),
        ),
    }
    .map_err(LogError::Started)?;
    Ok(LogHandle(handle))
}

/// Whether `filter` can be read: for the check of the configuration.
pub fn check(filter: &str) -> Result<(), LogError> {
    parse(filter).map(drop)
}

/// Whether standard error takes colour: a terminal, and `NO_COLOR` unset or empty.
pub fn colour_on_stderr() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    let fail = |why: String| LogError::Filter {
        filter: filter.to_owned(),
        why,
    };
    let directives: Vec<&str> = filter.split(',').map(str::trim).collect();
    for directive in &directives {
        // A bare word that is no level would be taken for a target, and everything else be silent.
        if directive.is_empty()
            || !directive.contains(['=', ':', '[']) && directive.parse::<LevelFilter>().is_err()
        {
            return Err(fail(format!("`{directive}` is no level")));
        }
    }
    EnvFilter::builder()
        .parse(directives.join(","))
        .map_err(|error| fail(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_or_refused_with_what_is_allowed() {
        for good in [
            "info",
            "WARN",
            "off",
            "info,wireroom::fetch=debug",
            "info, sled=warn",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "verbose", "info,", "wireroom=loud", "info,chatty"] {
            let error = check(bad).expect_err(bad).to_string();
            assert!(error.contains("allowed are error, warn"), "{error}");
        }
    }
}
