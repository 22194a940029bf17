//! What shells complete beyond words of ours: the names of outlets, sources and endpoints.
//!
//! The shell asks the program itself at each press of the key, so it has to be quick and must never
//! complain: names are taken from the configuration that is found, within a moment, and where it is
//! broken or slow there are none. Where there is no configuration, the daemon is asked for them.

use std::ffi::OsStr;
use std::io::Write;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use clap::Parser as _;
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use reqwest::Method;
use serde_json::Value;

use crate::cli::environment;
use crate::cli::remote::{Remote, RemoteArgs};
use crate::config::{self, Config};
use crate::model::id::SourceId;

/// Longer than this nobody waits for a list of names.
const PATIENCE: Duration = Duration::from_millis(800);
/// More names than this help nobody choose.
const NAMES: usize = 200;
/// The variable by which the shell's script asks.
const VARIABLE: &str = "COMPLETE";

/// What is completed.
#[derive(Clone, Copy, Debug)]
enum Names {
    Outlets,
    Sources,
    Endpoints,
}

/// Completes an outlet's name.
pub(super) fn outlets() -> ArgValueCompleter {
    of(Names::Outlets)
}

/// Completes a source's identifier.
pub(super) fn sources() -> ArgValueCompleter {
    of(Names::Sources)
}

/// Completes an endpoint's name.
pub(super) fn endpoints() -> ArgValueCompleter {
    of(Names::Endpoints)
}

fn of(what: Names) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let Some(typed) = typed.to_str().map(str::to_owned) else {
            return Vec::new();
        };
        let (reply, names) = sync_channel(1);
        let ask = move || drop(reply.send(what.beginning_with(&typed)));
        // It is left behind when time is up: the process ends then.
        let asked = std::thread::Builder::new().spawn(ask);
        let names = asked.ok().and_then(|_| names.recv_timeout(PATIENCE).ok());
        let names = names.unwrap_or_default().into_iter();
        names.map(CompletionCandidate::new).collect()
    })
}

impl Names {
    fn beginning_with(self, typed: &str) -> Vec<String> {
        let environment = environment();
        let names = match config::find(None, &environment) {
            Ok(Some(file)) => match config::load(Some(&file), &environment) {
                Ok(loaded) => self.configured(&loaded.config),
                Err(_) => Vec::new(),
            },
            Ok(None) => self.running().unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let names = names.into_iter().filter(|name| name.starts_with(typed));
        names.take(NAMES).collect()
    }

    fn configured(self, config: &Config) -> Vec<String> {
        match self {
            Self::Outlets => config.outlets.keys().map(ToString::to_string).collect(),
            Self::Endpoints => config.endpoints.keys().map(ToString::to_string).collect(),
            Self::Sources => (config.outlets.values())
                .flat_map(|outlet| {
                    let sources = outlet.sources.iter();
                    sources.map(|it| SourceId::of(&outlet.name, it.kind.as_str(), &it.url))
                })
                .map(|id| id.to_string())
                .collect(),
        }
    }

    /// Of the daemon that the environment names, else the usual one.
    fn running(self) -> Option<Vec<String>> {
        let Asked { remote } = Asked::try_parse_from(["wireroom"]).ok()?;
        let remote = Remote::new(&remote).ok()?;
        let (list, field) = match self {
            Self::Outlets => ("sources", "outlet"),
            Self::Sources => ("sources", "id"),
            Self::Endpoints => ("endpoints", "name"),
        };
        let path = ["api", "v1", list];
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let answer = runtime
            .ok()?
            .block_on(remote.send(Method::GET, &path, &[], PATIENCE));
        let (_, body) = answer.ok()?;
        let list: Value = serde_json::from_slice(&body).ok()?;
        let items = list["items"].as_array()?.iter();
        let names = items.filter_map(|item| item[field].as_str().map(str::to_owned));
        let mut names: Vec<String> = names.collect();
        names.dedup();
        Some(names)
    }
}

/// Which daemon, as every command that asks one reads it.
#[derive(clap::Parser)]
struct Asked {
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Answers a shell that asks, and ends the process then.
pub(super) fn answer_if_asked() {
    clap_complete::CompleteEnv::with_factory(<super::Cli as clap::CommandFactory>::command)
        .var(VARIABLE)
        .complete();
}

/// Writes the script by which a shell learns to ask.
pub(super) fn write_script(shell: Shell, out: &mut dyn Write) -> std::io::Result<()> {
    let name = "wireroom";
    let script: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Elvish => &Elvish,
        Shell::Fish => &Fish,
        Shell::PowerShell => &Powershell,
        Shell::Zsh => &Zsh,
        other => {
            let why = format!("there are no completions for {other}");
            return Err(std::io::Error::other(why));
        }
    };
    script.write_registration(VARIABLE, name, name, name, out)
}
