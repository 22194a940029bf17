//! The commands that ask a running daemon, against a real one.

use std::process::ExitCode;

use clap::Parser;
use wireroom::cli::articles::{self, ArticlesArgs};
use wireroom::cli::deliveries::{self, DeliveriesArgs};
use wireroom::cli::endpoints::{self, EndpointsArgs};
use wireroom::cli::healthcheck::{self, HealthcheckArgs};
use wireroom::cli::sources::{self, SourcesArgs};
use wireroom::cli::tail::{self, TailArgs};

use crate::serve::Server;

#[derive(Parser)]
enum Command {
    Articles(ArticlesArgs),
    Deliveries(DeliveriesArgs),
    Endpoints(EndpointsArgs),
    Healthcheck(HealthcheckArgs),
    Sources(SourcesArgs),
    Tail(TailArgs),
}

async fn run(line: &str) -> anyhow::Result<ExitCode> {
    let words = std::iter::once("wireroom").chain(line.split_whitespace());
    match Command::try_parse_from(words).expect(line) {
        Command::Articles(args) => articles::run(args).await,
        Command::Deliveries(args) => deliveries::run(args).await,
        Command::Endpoints(args) => endpoints::run(args).await,
        Command::Healthcheck(args) => healthcheck::run(args).await,
        Command::Sources(args) => sources::run(args).await,
        Command::Tail(args) => tail::run(args).await,
    }
}

/// Asserts what the command line ends with: `ok`, `usage`, or a part of the error's message.
async fn check(line: &str, expect: &str) {
    let said = match run(line).await {
        Ok(code) if code == ExitCode::SUCCESS => "ok".to_owned(),
        Ok(code) if code == ExitCode::from(2) => "usage".to_owned(),
        Ok(code) => format!("{code:?}"),
        Err(error) => format!("{error:#}"),
    };
    assert!(said.contains(expect), "{line}: {said}");
}

#[tokio::test]
async fn commands_end_as_the_daemon_answers() {
    let server = Server::start(Some("the-token")).await;
    let id = server.store.0.lock().unwrap().articles[0].id;
    let cases = [
        ("sources list", "ok"),
        ("sources list --state fine", "usage"),
        ("sources show ap-12345678 --format json", "ok"),
        ("sources show none", "there is no source `none` (404)"),
        ("sources poll ap-12345678", "ok"),
        ("articles list --limit 2 --format json", "ok"),
        ("articles list --limit 0", "ok"),
        ("articles search plain news --since 87600h", "ok"),
        ("articles export --format csv", "ok"),
        ("articles export --format markdown --outlet ap", "ok"),
        (
            "articles show ../../../healthz",
            "there is no article `../../../healthz`",
        ),
        ("deliveries list --endpoint desk", "ok"),
        ("deliveries retry --failed", "ok"),
        (
            "deliveries retry 1 2",
            "2 of 2 deliveries were not made due",
        ),
        ("endpoints list", "ok"),
        ("endpoints test desk --wait 10", "ok"),
        (
            "endpoints enable none",
            "there is no endpoint `none` (404); `wireroom endpoints list` shows",
        ),
        ("healthcheck", "ok"),
        ("tail --type article.old", "usage"),
        ("tail --after x", "usage"),
    ];
    let first = server.store.0.lock().unwrap().events[0].id;
    let more = [
        format!("articles show {id} --revisions"),
        format!("tail --after {first} --search event --count 2"),
        format!("tail --after {first} --outlet ap --type article.new --count 1 --format json"),
    ];
    let more = more.iter().map(|line| (line.as_str(), "ok"));
    for (line, expect) in cases.into_iter().chain(more) {
        let line = format!("{line} --server {} --token the-token", server.url);
        check(&line, expect).await;
    }
    let bare = format!("sources list --server {}", server.url);
    check(&bare, "needs its token: set WIREROOM_TOKEN").await;
    check(&format!("healthcheck --server {}", server.url), "ok").await;
}

#[tokio::test]
async fn without_a_daemon_the_message_says_what_to_do() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let line = format!("sources list --server http://{address}");
    check(&line, "is it running? start it with `wireroom run`").await;
    check("sources list --server ftp://localhost", "usage").await;
    let line = format!("healthcheck --server http://{address}");
    let ended = run(&line).await.unwrap();
    assert_eq!(ended, ExitCode::FAILURE);
}
