//! An article's message: linked headline, lead, what changed, picture, origin, copies.

use serde_json::Value;

use super::blocks::{self, Ranked};
use super::{TITLE_CHARS, instant, mrkdwn};
use crate::config::endpoint::ContentSize;
use crate::dedupe::diff::{self, Change, Operation};
use crate::extract::summary;
use crate::model::article::{Article, Content, Revision, StoryMember};
use crate::model::event::EventKind;
use crate::model::stated::StatedTime;

/// Characters of the lead paragraph.
const LEAD_CHARS: usize = 700;

/// Changes of a correction that are shown.
const CHANGES: usize = 6;

/// Characters of what went and of what came at each.
const CHANGE_CHARS: usize = 120;

/// Characters of what stands before and behind a change.
const BESIDE_CHARS: usize = 40;

/// Authors that are named.
const NAMES: usize = 5;

/// Characters of one of them.
const NAME_CHARS: usize = 60;

/// Other outlets that are named.
const ALSO: usize = 8;

/// Characters of one of them, its address included.
const ALSO_CHARS: usize = 350;

/// Tells of a new article, or of a correction of `previous`.
pub(super) fn message(
    article: &Article,
    previous: Option<&Revision>,
    kind: EventKind,
    size: ContentSize,
) -> Value {
    let revision = &article.revision;
    let content = &revision.content;
    let title = title(content);
    let corrected = kind == EventKind::ArticleUpdated;
    let mark = if corrected { "Corrected: " } else { "" };
    let mut blocks: Vec<Ranked> = Vec::new();
    let label = summary::cut(&title, TITLE_CHARS);
    let headline = mrkdwn::link(&article.url, &label, blocks::SECTION_CHARS - 100);
    let number = revision.number;
    let headline = if corrected {
        format!("✏️ *Corrected* (revision {number})\n*{headline}*")
    } else {
        format!("*{headline}*")
    };
    blocks.push((0, blocks::section(&headline)));
    if size != ContentSize::Link {
        let lead = mrkdwn::text(&summary::summary(content), LEAD_CHARS);
        if !lead.is_empty() {
            blocks.push((2, blocks::section(&lead)));
        }
        let changes = previous
            .map(|previous| changes(previous, revision))
            .unwrap_or_default();
        if !changes.is_empty() {
            blocks.push((1, blocks::section(&changes)));
        }
        let alt = content.captions.first().unwrap_or(&title);
        if let Some(image) = content
            .image
            .as_ref()
            .and_then(|url| blocks::image(url, alt))
        {
            blocks.push((9, image));
        }
    }
    blocks.push((0, blocks::context(&[origin(article)])));
    let also = also_at(&article.story.also);
    if !also.is_empty() {
        blocks.push((3, blocks::context(&[also])));
    }
    let line = mrkdwn::text(&format!("{mark}{title} — {}", article.outlet), TITLE_CHARS);
    blocks::message(&line, blocks)
}

/// The headline; where the page has none, its first words.
fn title(content: &Content) -> String {
    let stated = mrkdwn::one_line(content.title.as_deref().unwrap_or_default());
    if !stated.is_empty() {
        return stated;
    }
    let opening = summary::cut(&mrkdwn::one_line(&summary::summary(content)), 100);
    if opening.is_empty() {
        "Untitled article".to_owned()
    } else {
        opening
    }
}

/// Outlet, time as the page states it, names, and what is amiss with the text.
fn origin(article: &Article) -> String {
    let content = &article.revision.content;
    let mut parts = vec![format!("*{}*", mrkdwn::text(article.outlet.as_str(), 100))];
    parts.push(match &content.published {
        Some(published) => stated(published),
        None => format!("seen {}", instant(article.stored)),
    });
    let names: Vec<String> = content
        .authors
        .iter()
        .take(NAMES)
        .map(|name| mrkdwn::text(name, NAME_CHARS))
        .collect();
    parts.push(names.join(", "));
    if let Some(section) = &content.section {
        parts.push(mrkdwn::text(section, 80));
    }
    if content.partial {
        parts.push("text incomplete".to_owned());
    }
    if content.free == Some(false) {
        parts.push("paywall".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn also_at(also: &[StoryMember]) -> String {
    if also.is_empty() {
        return String::new();
    }
    let named: Vec<String> = also
        .iter()
        .take(ALSO)
        .map(|member| mrkdwn::link(&member.url, member.outlet.as_str(), ALSO_CHARS))
        .collect();
    let more = match also.len().saturating_sub(ALSO) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("Also at {}{more}", named.join(", "))
}

/// What a correction changed, as lines of `–` and `+`.
fn changes(previous: &Revision, now: &Revision) -> String {
    let (old, new) = (&previous.content, &now.content);
    let mut lines = Vec::new();
    let title = |content: &Content| content.title.clone().unwrap_or_default();
    if title(old) != title(new) {
        for (mark, title) in [("–", title(old)), ("+", title(new))] {
            if !title.trim().is_empty() {
                lines.push(format!("{mark} {}", mrkdwn::text(&title, TITLE_CHARS)));
            }
        }
    }
    let operations = diff::words(&old.text(), &new.text());
    let mut places = 0;
    for (place, group) in groups(&operations) {
        places += 1;
        if places <= CHANGES {
            lines.extend(shown_change(&operations, place, group));
        }
    }
    if places > CHANGES {
        lines.push(format!("… and {} more changes", places - CHANGES));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("*What changed*\n{}", lines.join("\n"))
}

/// The changed stretches with their place, one or two at each: what went, what came. Changes of
/// white space alone are none to a reader.
fn groups(operations: &[Operation]) -> impl Iterator<Item = (usize, &[Operation])> {
    let mut place = 0;
    operations
        .chunk_by(|one, other| (one.change == Change::Equal) == (other.change == Change::Equal))
        .map(move |group| {
            let start = place;
            place += group.len();
            (start, group)
        })
        .filter(|(_, group)| {
            group.iter().any(|operation| {
                operation.change != Change::Equal && !operation.text.trim().is_empty()
            })
        })
}

/// Lines of `–` and `+`, with a few words before and behind so that a number alone makes sense.
fn shown_change(operations: &[Operation], place: usize, group: &[Operation]) -> Vec<String> {
    let equal = |place: Option<usize>| -> &str {
        place
            .and_then(|place| operations.get(place))
            .map_or("", |operation| operation.text.as_str())
    };
    // Of the paragraph only: what stands before or behind a blank line is another matter.
    let before = equal(place.checked_sub(1))
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    let before = diff::tail_words(before, BESIDE_CHARS);
    let behind = equal(Some(place + group.len()))
        .split('\n')
        .next()
        .unwrap_or_default();
    let behind = diff::head_words(behind, BESIDE_CHARS);
    group
        .iter()
        .filter(|operation| !operation.text.trim().is_empty())
        .map(|operation| {
            let mark = match operation.change {
                Change::Delete => "–",
                Change::Insert | Change::Equal => "+",
            };
            let words = summary::cut(&operation.text, CHANGE_CHARS);
            let lead_space = if operation.text.starts_with(char::is_whitespace) {
                " "
            } else {
                ""
            };
            let end_space = if operation.text.ends_with(char::is_whitespace) {
                " "
            } else {
                ""
            };
            let line = format!("{before}{lead_space}{words}{end_space}{behind}");
            format!(
                "{mark} {}",
                mrkdwn::text(&line, CHANGE_CHARS + 2 * BESIDE_CHARS)
            )
        })
        .collect()
}

/// A page's time as it states it, no more exact.
fn stated(time: &StatedTime) -> String {
    match *time {
        StatedTime::Exact { at, offset } => {
            let zoned = at.to_zoned(offset.to_time_zone());
            let zone = if offset.seconds() == 0 {
                "UTC".to_owned()
            } else {
                zoned.strftime("UTC%:z").to_string()
            };
            format!("{} {zone}", zoned.strftime("%-d %b %Y %H:%M"))
        }
        StatedTime::Local(time) => time.strftime("%-d %b %Y %H:%M").to_string(),
        StatedTime::Day(day) => day.strftime("%-d %b %Y").to_string(),
    }
}
