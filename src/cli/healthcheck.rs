//! `wireroom healthcheck`: whether a daemon answers; for containers and monitors.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::cli::remote::{Remote, RemoteArgs, outcome};

/// Exits 0 if the daemon answers within five seconds, else 1
#[derive(Debug, clap::Args)]
pub struct HealthcheckArgs {
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Container runtimes give a health check 30 seconds; whoever is alive answers at once.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the command.
pub async fn run(args: HealthcheckArgs) -> anyhow::Result<ExitCode> {
    let remote = match Remote::new(&args.remote) {
        Ok(remote) => remote,
        Err(error) => return outcome(Err(error)),
    };
    let said = match remote.send(Method::GET, &["healthz"], &[], TIMEOUT).await {
        Ok((StatusCode::OK, _)) => return Ok(ExitCode::SUCCESS),
        Ok((status, _)) => format!("{} answers {status}", args.remote.server),
        Err(error) => format!("{error:#}"),
    };
    writeln!(std::io::stderr(), "unhealthy: {said}")?;
    Ok(ExitCode::FAILURE)
}
