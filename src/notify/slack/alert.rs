//! Messages about sources and endpoints, and the test message: header, reason, facts.

use serde_json::Value;

use super::{TITLE_CHARS, blocks, instant, mrkdwn};
use crate::model::event::{EndpointSubject, EventKind, FullEvent, SourceSubject};

/// Tells of a source's change of state.
pub(super) fn source(subject: &SourceSubject, event: &FullEvent) -> Value {
    let outlet = subject.outlet.as_str();
    let what = match event.kind {
        EventKind::SourceFailing => format!("Source failing: {outlet}"),
        EventKind::SourceRecovered => format!("Source recovered: {outlet}"),
        EventKind::SourceSilent => format!("Source silent: {outlet}"),
        EventKind::SourceMoved => format!("Source moved: {outlet}"),
        EventKind::SourceGone => format!("Source gone: {outlet}"),
        EventKind::SourceLayout => format!("Source changed its layout: {outlet}"),
        EventKind::ArticleNew
        | EventKind::ArticleUpdated
        | EventKind::EndpointFailing
        | EventKind::EndpointDisabled
        | EventKind::EndpointRecovered
        | EventKind::Test => format!("{}: {outlet}", event.kind.as_str()),
    };
    let mut body = mrkdwn::link(&subject.url, subject.url.as_str(), 2000);
    if let Some(reason) = &subject.reason {
        body = format!("{}\n{body}", mrkdwn::text(reason, 600));
    }
    if let Some(to) = &subject.moved_to {
        let to = mrkdwn::link(to, to.as_str(), 350);
        body = format!("{body}\nNew address: {to}");
    }
    let mut facts = vec![
        format!("state *{}*", subject.health.as_str()),
        format!("since {}", instant(subject.since)),
    ];
    facts.extend(
        subject
            .last_success
            .map(|at| format!("last success {}", instant(at))),
    );
    facts.push(match subject.next_poll {
        Some(at) => format!("next poll {}", instant(at)),
        None => "no further polls".to_owned(),
    });
    alert(&what, subject.reason.as_deref(), &body, &facts)
}

/// Tells of an endpoint's change of state.
pub(super) fn endpoint(subject: &EndpointSubject, event: &FullEvent) -> Value {
    let name = subject.name.as_str();
    let what = match event.kind {
        EventKind::EndpointFailing => format!("Endpoint failing: {name}"),
        EventKind::EndpointDisabled => format!("Endpoint disabled: {name}"),
        EventKind::EndpointRecovered => format!("Endpoint recovered: {name}"),
        EventKind::ArticleNew
        | EventKind::ArticleUpdated
        | EventKind::SourceFailing
        | EventKind::SourceRecovered
        | EventKind::SourceSilent
        | EventKind::SourceMoved
        | EventKind::SourceGone
        | EventKind::SourceLayout
        | EventKind::Test => format!("{}: {name}", event.kind.as_str()),
    };
    let reason = subject
        .reason
        .as_deref()
        .unwrap_or("It takes what it is sent.");
    let facts = [
        format!("since {}", instant(subject.since)),
        format!("{} waiting", subject.waiting),
        format!("{} failed", subject.failed),
    ];
    alert(
        &what,
        subject.reason.as_deref(),
        &mrkdwn::text(reason, 600),
        &facts,
    )
}

/// Says that messages arrive.
pub(super) fn test(event: &FullEvent) -> Value {
    let body = "If you can read this, messages from Wireroom arrive here.";
    alert(
        "Test message from Wireroom",
        None,
        body,
        &[format!("sent {}", instant(event.at))],
    )
}

/// A header, a paragraph that is `mrkdwn` already, and small print.
fn alert(what: &str, reason: Option<&str>, body: &str, facts: &[String]) -> Value {
    let line = match reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    };
    let mut blocks = vec![(0, blocks::header(what))];
    if !body.is_empty() {
        blocks.push((1, blocks::section(body)));
    }
    blocks.push((2, blocks::context(&[facts.join(" · ")])));
    blocks::message(&mrkdwn::text(&line, TITLE_CHARS), blocks)
}
