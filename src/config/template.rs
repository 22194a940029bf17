//! The operator's own message: a Jinja template, compiled and tried when the configuration is read.
//!
//! It is tried on one complete sample of each event that its endpoint asks for, strictly: a field that
//! there is not, a filter that nobody knows and JSON that is none are mistakes of the configuration. At
//! work it is lenient: what an article lacks is left empty, so that no delivery fails by it.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock};

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::{Map, Value as Json, json};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::event::EventKind;

/// Instructions of one rendering: a loop over a thousand paragraphs takes some ten thousand. All of it
/// is spent in less than 0.1 s of processor time by an unoptimised build (the test below, measured).
const FUEL: u64 = 500_000;
/// Bytes of a message: more than any receiver takes.
const OUTPUT_MAX: usize = 8 << 20;
/// Bytes of a template's source.
const SOURCE_MAX: usize = 256 << 10;
/// The name under which the one template stands in its environment.
const NAME: &str = "message";
/// Characters of a line that a message quotes.
const QUOTED_CHARS: usize = 80;

/// `data` of one event of each kind, as the `json` format has it, with nothing left out.
static SAMPLES: LazyLock<Map<String, Json>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("template_samples.json"))
        .expect("the samples are JSON, which a test sees to")
});

/// A template that compiles, with the media type of what it makes.
#[derive(Clone)]
pub struct Template {
    source: Arc<str>,
    content_type: String,
    environment: Arc<Environment<'static>>,
}

impl Template {
    /// Compiles the source; how values are escaped follows from the media type.
    pub fn compile(source: &str, content_type: &str) -> Result<Self, Fault> {
        if source.len() > SOURCE_MAX {
            return Err(Fault {
                line: None,
                what: format!("it is larger than {} KiB", SOURCE_MAX >> 10),
            });
        }
        let environment = environment(source, content_type, UndefinedBehavior::Chainable)?;
        Ok(Self {
            source: Arc::from(source),
            content_type: content_type.to_owned(),
            environment: Arc::new(environment),
        })
    }

    /// The media type of what it makes.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Its text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The message for an event with these fields.
    pub fn render(&self, fields: &Json) -> Result<Vec<u8>, Fault> {
        render(&self.environment, fields, &self.source)
    }

    /// Renders a sample of each kind; the first mistake, with the kind it was made on.
    pub fn try_on(&self, kinds: &BTreeSet<EventKind>) -> Result<(), (EventKind, Fault)> {
        let strict = environment(
            &self.source,
            &self.content_type,
            UndefinedBehavior::SemiStrict,
        );
        for kind in kinds {
            let faulty = |fault| (*kind, fault);
            let environment = strict.as_ref().map_err(|fault| faulty(fault.clone()))?;
            let made = render(environment, &sample(*kind), &self.source).map_err(faulty)?;
            if escape(&self.content_type) == AutoEscape::Json
                && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&made)
            {
                let what = format!(
                    "what it makes is not JSON ({error}); values bring their own quotes, so write {{\"title\": {{{{ data.article.title }}}}}}"
                );
                return Err(faulty(Fault { line: None, what }));
            }
        }
        Ok(())
    }
}

/// The fields of a made-up event of this kind, as templates are given them.
pub fn sample(kind: EventKind) -> Json {
    json!({
        "id": "019a9d2b-0000-7000-8000-000000000009",
        "type": kind.as_str(),
        "timestamp": "2025-06-23T17:36:02Z",
        "endpoint": "desk",
        "data": SAMPLES.get(kind.as_str()),
    })
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.content_type == other.content_type
    }
}

impl Eq for Template {}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template of {} bytes", self.source.len())
    }
}

/// What is wrong with a template, and in which of its lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    line: Option<(usize, String)>,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((number, text)) = &self.line {
            write!(f, "line {number} (`{text}`): ")?;
        }
        f.write_str(&self.what)
    }
}

impl Fault {
    fn of(error: &Error, source: &str) -> Self {
        let line = error.line().map(|number| {
            let text = source.lines().nth(number.saturating_sub(1));
            let text = text.unwrap_or_default().trim();
            (number, text.chars().take(QUOTED_CHARS).collect())
        });
        let what = match (error.kind(), error.detail()) {
            (ErrorKind::UndefinedError, _) => {
                "there is no such field in this event; see docs/templates.md for the fields, and guard what only some events have by `{% if … %}`".to_owned()
            }
            (ErrorKind::OutOfFuel, _) => {
                format!("it takes more than {FUEL} steps; loop over less")
            }
            (ErrorKind::WriteFailure, _) => {
                format!("it makes more than {} MiB", OUTPUT_MAX >> 20)
            }
            (kind, Some(detail)) => format!("{kind}: {detail}"),
            (kind, None) => kind.to_string(),
        };
        Self { line, what }
    }
}

/// How values are escaped in a document of this type.
fn escape(content_type: &str) -> AutoEscape {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let is = |word: &str| {
        essence.ends_with(&format!("/{word}")) || essence.ends_with(&format!("+{word}"))
    };
    if is("json") {
        AutoEscape::Json
    } else if is("html") || is("xml") {
        AutoEscape::Html
    } else {
        AutoEscape::None
    }
}

fn environment(
    source: &str,
    content_type: &str,
    undefined: UndefinedBehavior,
) -> Result<Environment<'static>, Fault> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(undefined);
    environment.set_fuel(Some(FUEL));
    let escape = escape(content_type);
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.set_formatter(|out, state, value| {
        // What a page does not state is null: nothing in a text, and `null` in JSON.
        let absent = value.is_none() || value.is_undefined();
        if !absent {
            return minijinja::escape_formatter(out, state, value);
        }
        match state.auto_escape() {
            AutoEscape::Json => out.write_str("null").map_err(Error::from),
            _ => Ok(()),
        }
    });
    environment.add_filter("cut", cut);
    environment
        .add_template_owned(NAME, source.to_owned())
        .map_err(|error| Fault::of(&error, source))?;
    Ok(environment)
}

/// The filter `cut`: at most so many characters, cut between graphemes and marked by `…`.
fn cut(value: &Value, max: usize) -> Result<String, Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(String::new());
    }
    let Some(text) = value.as_str() else {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("cut takes text, not {}", value.kind()),
        ));
    };
    if text.chars().nth(max).is_none() {
        return Ok(text.to_owned());
    }
    let mut room = max.saturating_sub(1);
    let mut end = 0;
    for grapheme in text.graphemes(true) {
        let Some(left) = room.checked_sub(grapheme.chars().count()) else {
            break;
        };
        room = left;
        end += grapheme.len();
    }
    Ok(format!("{}…", text[..end].trim_end()))
}

fn render(environment: &Environment<'_>, fields: &Json, source: &str) -> Result<Vec<u8>, Fault> {
    let mut message = Bounded(Vec::new());
    environment
        .get_template(NAME)
        .and_then(|template| {
            template
                .render_captured_to(Value::from(Serde(fields)), &mut message)
                .map(drop)
        })
        .map_err(|error| Fault::of(&error, source))?;
    Ok(message.0)
}

/// Takes so much and no more.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_MAX {
            return Err(io::Error::other("the message is too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: &str, content_type: &str, fields: &Json) -> Result<String, String> {
        let template = Template::compile(source, content_type).map_err(|it| it.to_string())?;
        let bytes = template.render(fields).map_err(|it| it.to_string())?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn values_are_escaped_as_the_media_type_asks() {
        let fields = json!({"t": "<b> & \"q\"\n", "n": null});
        let check = |source: &str, content_type: &str, expected: &str| {
            assert_eq!(made(source, content_type, &fields).as_deref(), Ok(expected));
        };
        check(
            "{{ t }}|{{ n }}|{{ x.y }}",
            "text/plain; charset=utf-8",
            "<b> & \"q\"\n||",
        );
        check(
            "{{ t }}{{ n }}",
            "text/html",
            "&lt;b&gt; &amp; &quot;q&quot;\n",
        );
        check(
            "{{ t }}",
            "application/atom+xml",
            "&lt;b&gt; &amp; &quot;q&quot;\n",
        );
        let json = made("[{{ t }},{{ n }},{{ x }}]", "application/ld+json", &fields).unwrap();
        let read: Json = serde_json::from_str(&json).unwrap();
        assert_eq!(read, json!(["<b> & \"q\"\n", null, null]));
    }

    #[test]
    fn a_template_that_does_not_end_is_ended() {
        let nested =
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
        let fault = made(nested, "text/plain", &json!({})).unwrap_err();
        assert!(fault.contains("steps"), "{fault}");
        let long = "x".repeat(1 << 16);
        let flood = "{% for a in range(100000) %}{{ t }}{% endfor %}";
        let fault = made(flood, "text/plain", &json!({ "t": long })).unwrap_err();
        assert!(fault.contains("8 MiB"), "{fault}");
        let deep = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}";
        assert!(made(deep, "text/plain", &json!({})).is_err());
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let fault = |source: &str| {
            let template = match Template::compile(source, "text/plain") {
                Ok(template) => template,
                Err(fault) => return fault.to_string(),
            };
            let (kind, fault) = template
                .try_on(&BTreeSet::from([EventKind::ArticleNew]))
                .unwrap_err();
            format!("{}: {fault}", kind.as_str())
        };
        insta::assert_snapshot!(
            "faults",
            [
                "one\n{{ data.article.title",
                "{% if %}",
                "one\n\n{{ data.article.titel }}",
                "{{ data.source.url }}",
                "{{ data.article.title | shout }}",
                "{% include 'x' %}",
                "{{ nobody() }}",
            ]
            .map(fault)
            .join("\n")
        );
    }

    #[test]
    fn json_that_is_none_is_told_before_anything_is_sent() {
        let template =
            Template::compile("{\"t\": \"{{ data.article.title }}\"}", "application/json").unwrap();
        let (_, fault) = template
            .try_on(&BTreeSet::from([EventKind::ArticleNew]))
            .unwrap_err();
        assert!(fault.to_string().contains("not JSON"), "{fault}");
    }

    #[test]
    fn a_cut_falls_between_graphemes() {
        let cut = |text: &str, max| cut(&Value::from(text), max).unwrap();
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("ab👩‍👩‍👧‍👦cd", 5), "ab…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 4), "e\u{301}…");
        assert_eq!(cut("abc", 0), "…");
    }
}
