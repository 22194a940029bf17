//! How arriving webhooks look on a terminal: pure words; whatever they hold is shown cleaned.

use serde_json::Value;

use super::view::{Style, View, WIDTH, clean};

/// Lines of an article's text that are shown.
const TEXT_LINES: usize = 9;

/// The line above a message, ruled up to its mark: `── json ── article.new ── anewz ─── ✓ signature`.
fn head(channel: &str, kind: &str, place: &str, mark: (Style, &str)) -> View {
    let mut view = View::default();
    view.put(Style::Dim, format!("── {channel} ── "))
        .put(Style::Kind, kind);
    let mut used = 8 + channel.chars().count() + kind.chars().count() + mark.1.chars().count();
    if !place.is_empty() {
        view.put(Style::Dim, format!(" ── {place}"));
        used += 4 + place.chars().count();
    }
    let rule = "─".repeat((WIDTH + 3).saturating_sub(used).max(2));
    view.put(Style::Dim, format!(" {rule} "))
        .put(mark.0, mark.1)
        .end();
    view
}

/// A signed event as its consumer reads it.
pub fn event(event: &Value, again: bool) -> View {
    let kind = word(event, "/type");
    let mark = if again {
        "✓ signature, second try"
    } else {
        "✓ signature"
    };
    let mark = (Style::Good, mark);
    if event.pointer("/data/article").is_some() {
        return article(event, &kind, mark);
    }
    let (place, line) = if event.pointer("/data/source").is_some() {
        let url = word(event, "/data/source/url");
        let state = word(event, "/data/source/state");
        let reason = word(event, "/data/source/reason");
        (
            word(event, "/data/source/outlet"),
            format!("{url} is {state}: {reason}"),
        )
    } else if event.pointer("/data/endpoint").is_some() {
        let state = word(event, "/data/endpoint/state");
        let reason = word(event, "/data/endpoint/reason");
        (
            word(event, "/data/endpoint/name"),
            format!("is {state}: {reason}"),
        )
    } else {
        (String::new(), String::new())
    };
    let mut view = head("json", &kind, &place, mark);
    view.wrapped(Style::Plain, &line, 3);
    view.end();
    view
}

fn article(event: &Value, kind: &str, mark: (Style, &str)) -> View {
    let field = |name: &str| word(event, &format!("/data/article/{name}"));
    let mut view = head("json", kind, &field("outlet"), mark);
    view.wrapped(Style::Bold, &field("title"), 3);

    let revision = field("revision");
    let facts = [
        field("byline"),
        field("credit"),
        field("published"),
        field("language"),
        format!("{} words", field("words")),
        format!("revision {revision}"),
    ];
    let facts: Vec<_> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    view.wrapped(Style::Dim, &facts.join(" · "), 2);

    let diff = event.pointer("/data/diff");
    match diff {
        Some(diff) => {
            for part in ["title", "text"] {
                changes(&mut view, part, diff.get(part));
            }
        }
        None => view.wrapped(Style::Plain, &field("text"), TEXT_LINES),
    }

    let tags = list(event, "/data/article/tags");
    if !tags.is_empty() {
        let tags: Vec<_> = tags.iter().map(|tag| format!("#{}", clean(tag))).collect();
        view.wrapped(Style::Dim, &tags.join(" "), 2);
    }
    let also = event.pointer("/data/article/story/also");
    let also: Vec<String> = also
        .and_then(Value::as_array)
        .map(|also| also.iter().map(|other| word(other, "/outlet")).collect())
        .unwrap_or_default();
    if !also.is_empty() {
        view.wrapped(
            Style::Dim,
            &format!("the same story: {}", also.join(", ")),
            2,
        );
    }
    view.end();
    view
}

/// A diff by words, in wdiff's notation: `[-out-]`, `{+in+}`.
fn changes(view: &mut View, part: &str, diff: Option<&Value>) {
    let Some(steps) = diff.and_then(Value::as_array) else {
        return;
    };
    if steps.iter().all(|step| word(step, "/op") == "equal") {
        return;
    }
    view.put(Style::Dim, format!("   {part}: "));
    for step in steps.iter().take(200) {
        let text = clean(step.get("text").and_then(Value::as_str).unwrap_or(""));
        let text = text.replace("\n\n", " ¶ ").replace('\n', " ¶ ");
        match word(step, "/op").as_str() {
            "delete" => view.put(Style::Bad, format!("[-{text}-]")),
            "insert" => view.put(Style::Good, format!("{{+{text}+}}")),
            _ => view.put(Style::Plain, ends_of(&text)),
        };
    }
    view.end();
}

/// Both ends of a long stretch.
fn ends_of(text: &str) -> String {
    const END: usize = 60;
    let count = text.chars().count();
    if count <= 2 * END + 3 {
        return text.to_owned();
    }
    let first: String = text.chars().take(END).collect();
    let last: String = text.chars().skip(count - END).collect();
    format!("{first} … {last}")
}

/// A Slack message as the channel would show it.
pub fn slack(message: &Value) -> View {
    let mut view = head(
        "slack",
        "message",
        "#newsroom",
        (Style::Good, "✓ Block Kit"),
    );
    let blocks = message.get("blocks").and_then(Value::as_array);
    let Some(blocks) = blocks else {
        view.wrapped(Style::Plain, &mrkdwn(&word(message, "/text")), TEXT_LINES);
        view.end();
        return view;
    };
    for block in blocks.iter().take(50) {
        let raw = word(block, "/text/text");
        let text = mrkdwn(&raw);
        match block.get("type").and_then(Value::as_str) {
            Some("header") => view.wrapped(Style::Bold, &text, 3),
            Some("context") => {
                let elements = block.get("elements").and_then(Value::as_array);
                let elements = elements.map_or(&[][..], Vec::as_slice);
                let words: Vec<_> = elements
                    .iter()
                    .map(|element| mrkdwn(&word(element, "/text")))
                    .collect();
                view.wrapped(Style::Dim, &words.join("  "), 3);
            }
            Some("divider") => view.wrapped(Style::Dim, "──────", 1),
            Some("actions") => {
                let elements = block.get("elements").and_then(Value::as_array);
                let elements = elements.map_or(&[][..], Vec::as_slice);
                let buttons: Vec<_> = elements
                    .iter()
                    .map(|element| format!("[ {} ]", word(element, "/text/text")))
                    .collect();
                view.wrapped(Style::Plain, &buttons.join(" "), 2);
            }
            _ if is_bold(&raw) => view.wrapped(Style::Bold, &text, 3),
            _ => section(&mut view, &raw),
        }
    }
    view.end();
    view
}

/// A section's lines, those in bold type as such.
fn section(view: &mut View, raw: &str) {
    for line in raw.lines().take(12) {
        let style = if is_bold(line) {
            Style::Bold
        } else {
            Style::Plain
        };
        view.wrapped(style, &mrkdwn(line), 5);
    }
}

/// A request that was not taken.
pub fn refused(channel: &str, reason: &str) -> View {
    let mut view = head(channel, "refused", "", (Style::Bad, "✗"));
    view.wrapped(Style::Plain, &clean(reason), 3);
    view.end();
    view
}

/// An event that had been taken before.
pub fn repeated(id: &str) -> View {
    let mut view = head("json", "again", "", (Style::Dim, "known"));
    let line = format!("{} was taken before: nothing is done twice", clean(id));
    view.wrapped(Style::Plain, &line, 2);
    view.end();
    view
}

/// Slack's markup as it reads: without `*` and `_` around words, a link by its name.
fn mrkdwn(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((link, tail)) = after.split_once('>') else {
            break;
        };
        out.push_str(before);
        out.push_str(link.split_once('|').map_or(link, |(_, name)| name));
        rest = tail;
    }
    out.push_str(rest);
    unmarked(&out, '*')
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Whether Slack shows all of it in bold type.
fn is_bold(text: &str) -> bool {
    text.len() > 2 && text.starts_with('*') && text.ends_with('*')
}

/// Without the pairs of a mark that stand at the ends of words; a lone one stays.
fn unmarked(text: &str, mark: char) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            out.push('\n');
        }
        if line.matches(mark).count().is_multiple_of(2) {
            out.push_str(&line.replace(mark, ""));
        } else {
            out.push_str(line);
        }
    }
    out
}

/// The value at a JSON pointer, as one clean line or paragraphs; empty where there is none.
fn word(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => clean(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}

fn list<'a>(value: &'a Value, pointer: &str) -> Vec<&'a str> {
    let items = value.pointer(pointer).and_then(Value::as_array);
    items
        .map(|items| items.iter().filter_map(Value::as_str).take(12).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{event, slack};

    fn update() -> serde_json::Value {
        json!({"type": "article.updated", "data": {
            "article": {"outlet": "anewz", "title": "A pier is \u{1b}[31mmended", "byline": "Ada Example",
                "revision": 2, "words": 7, "published": "2026-01-02T03:04:05+02:00",
                "tags": ["ports"], "text": "It was mended.",
                "story": {"also": [{"outlet": "kyiv-independent"}]}},
            "previous": {"revision": 1},
            "diff": {"title": [{"op": "equal", "text": "same"}], "text": [
                {"op": "equal", "text": "It was "}, {"op": "delete", "text": "broken"},
                {"op": "insert", "text": "mended"}]}}})
    }

    #[test]
    fn an_update_shows_its_diff_and_no_control_characters() {
        let plain = event(&update(), false).paint(false);
        assert!(plain.contains("It was [-broken-]{+mended+}"), "{plain}");
        assert!(plain.contains("✓ signature"), "{plain}");
        assert!(
            plain.contains("the same story: kyiv-independent"),
            "{plain}"
        );
        assert!(!plain.contains('\u{1b}'), "{plain}");
        assert!(!plain.contains("title: same"), "{plain}");
        assert!(
            event(&update(), true)
                .paint(true)
                .contains("\u{1b}[31m[-broken-]\u{1b}[0m")
        );
    }

    #[test]
    fn slack_reads_as_the_channel_shows_it() {
        let message = json!({"text": "t", "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Head"}},
            {"type": "section", "text": {"type": "mrkdwn",
                "text": "<https://a.example/x|More &amp; more> 1 &lt; 2"}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "one"}]}]});
        let shown = slack(&message).paint(false);
        assert!(shown.contains("More & more 1 < 2"), "{shown}");
        assert!(
            shown.contains("Head\n") && shown.contains("one\n"),
            "{shown}"
        );
    }

    #[test]
    fn any_json_can_be_shown() {
        for value in [
            json!(null),
            json!([1]),
            json!({"data": 1}),
            json!({"blocks": [1, {}]}),
        ] {
            assert!(!event(&value, false).paint(true).is_empty());
            assert!(!slack(&value).paint(true).is_empty());
        }
    }
}
