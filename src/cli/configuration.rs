//! `wireroom config`: the effective configuration, and its schema for editors.

use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::{ConfigArg, Failure, load_config, print_bytes};
use crate::config;

/// What to show.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// The effective configuration as TOML, secrets masked
    Show {
        #[command(flatten)]
        config: ConfigArg,
    },
    /// A JSON Schema of the configuration file
    Schema,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Show { config } => print_bytes(config::show(&load_config(config)?).as_bytes()),
        Command::Schema => {
            let schema = serde_json::to_string_pretty(&config::schema())
                .context("cannot write the schema")?;
            print_bytes(format!("{schema}\n").as_bytes())
        }
    }
}
