//! One trace from a poll to its webhooks, as the log, the API, the command and the receiver see it.

use std::process::Command;

use crate::world::{PATIENCE, Received, World};

/// A trace and the span of the request, as `traceparent` has them.
fn parent(request: &Received) -> (String, String) {
    let parts: Vec<&str> = request.header("traceparent").split('-').collect();
    let [version, trace, span, flags] = parts[..] else {
        panic!("{parts:?} is no trace parent");
    };
    assert_eq!((version, flags), ("00", "01"));
    for (part, length) in [(trace, 32), (span, 16)] {
        assert_eq!(part.len(), length, "{part}");
        assert!(u128::from_str_radix(part, 16).unwrap() > 0);
    }
    (trace.to_owned(), span.to_owned())
}

#[test]
fn one_trace_leads_from_a_poll_to_its_webhook_over_a_kill_and_a_retry() {
    let world = World::new();
    let site = world.outlet("gazette");
    let (desk, room) = (world.receiver(), world.receiver());
    desk.answer(500, &[]);
    let schedule = "schedule = [\"200ms\", \"1s\", \"5s\", \"10s\", \"20s\"]\n";
    let own = "[endpoint.headers]\nTraceparent = \"of-the-operator\"\n";
    world.configure(
        "[log]\nlevel = \"info,wireroom::work=debug\"\n",
        &[&site],
        &[
            desk.endpoint("desk", "json", schedule),
            room.endpoint("room", "slack", own),
        ],
    );
    let daemon = world.daemon();
    daemon.says("polled again at");
    site.publish(1, "The lock is opened");
    let first = desk.next();
    let (trace, span) = parent(&first);
    let said = format!("trace_id={trace}");
    for line in [
        "1 new and 0 changed entries",
        "extracted",
        "new at gazette",
        "to desk failed",
    ] {
        let line = daemon.says(line);
        assert!(line.contains(&said), "{said} is not in: {line}");
    }
    // What the operator says goes first.
    assert_eq!(room.next().header("traceparent"), "of-the-operator");
    daemon.kill();

    desk.answer(200, &[]);
    let daemon = world.daemon();
    let again = std::iter::from_fn(|| Some(desk.next())).find(|request| request.status == 200);
    let (later, other) = parent(&again.unwrap());
    assert_eq!(later, trace, "the trace of a retry is another");
    assert_ne!(other, span, "each attempt is a span of its own");
    let line = daemon.says("delivered to desk");
    assert!(line.contains(&said), "{said} is not in: {line}");

    let deliveries = world.ask(&daemon, "/api/v1/deliveries?endpoint=desk");
    assert_eq!(deliveries["items"][0]["trace"], trace.as_str());
    let shown = Command::new(env!("CARGO_BIN_EXE_wireroom"))
        .args(["deliveries", "show", "--server", &daemon.http])
        .arg(deliveries["items"][0]["id"].as_str().unwrap())
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&trace), "{shown}");

    // Another poll, another trace.
    site.publish(2, "The lock is closed");
    assert_ne!(parent(&desk.next()).0, trace);
    assert!(daemon.stop().success(), "within {PATIENCE:?}");
}
