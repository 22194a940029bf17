//! The whole daemon under the load of a thousand, ten thousand and a hundred thousand sources, each
//! polled every fifteen minutes and unchanged: what it costs, and how late it is.
//!
//! `TMPDIR=/var/tmp cargo bench --bench scale`; `SCALE=1000,10000` and `SCALE_SECONDS=60` choose sizes
//! and the length of a look. Linux only, since it reads `/proc`.
//!
//! Real sockets, no real network: every source is an outlet of its own on a loopback address of its own
//! (all of 127.0.0.0/8 leads to this machine), so that each has a host, a connection and a turn of its
//! own. The servers are another process, whose time does not count. What is not measured: TLS and name
//! resolution, and bodies, since nearly all answers are 304.

#![expect(clippy::print_stdout, reason = "a bench says its numbers")]

mod daemon;
mod prepare;
mod process;
mod web;

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Time between two polls of one source.
const INTERVAL: &str = "15m";
const INTERVAL_SECONDS: u64 = 15 * 60;
/// From the end of the preparation to the first due time: for the daemon to start in.
const MARGIN_SECONDS: i64 = 60;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve"] => web::serve(),
        ["prepare", count, port, folder] => {
            prepare::prepare(number(count), number(port), Path::new(folder));
        }
        ["look", count, folder] => daemon::look(number(count), Path::new(folder)),
        _ => all(),
    }
}

fn all() {
    let sizes = std::env::var("SCALE").unwrap_or_else(|_| "1000,10000,100000".to_owned());
    let (server, port) = start_server();
    let _server = Ends(server);
    println!("{}", daemon::HEADLINE);
    for size in sizes.split(',') {
        let folder = tempfile::tempdir().expect("a folder for the daemon");
        let path = folder.path().to_str().expect("a path of plain text");
        run(&["prepare", size, &port, path]);
        run(&["look", size, path]);
    }
}

/// A child that ends with its owner.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn myself() -> Command {
    Command::new(std::env::current_exe().expect("a program has a path"))
}

fn start_server() -> (Child, String) {
    let mut server = myself()
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the servers start");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("its output is piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line)
        .expect("the servers name their port");
    (server, line.trim().to_owned())
}

fn run(arguments: &[&str]) {
    let status = myself().args(arguments).status().expect("it starts");
    assert!(status.success(), "{arguments:?} ended with {status}");
}

fn number<N: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> N {
    text.parse().expect("a number")
}
