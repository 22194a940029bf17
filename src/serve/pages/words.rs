//! How things are said on every page: text from outside, times, numbers, states.

use jiff::Timestamp;
use maud::{Escaper, Markup, Render, html};
use std::fmt::Write as _;

use crate::config::Config;
use crate::model::id::OutletName;
use crate::serve::wire::stamp;

/// Hues that the stylesheet has for outlets.
const HUES: usize = 12;
/// Outlets up to which a colour goes by the place among all; beyond, by the name alone, which needs
/// no counting.
const COUNTED: usize = 500;

/// Text from outside: escaped, without control characters, and without those that turn the reading
/// direction of what follows, by which a name could be made to read as another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a>(pub(super) &'a str);

impl Render for Shown<'_> {
    fn render_to(&self, out: &mut String) {
        let kept = self.0.chars().filter(|&c| !misleads(c));
        for character in kept {
            Escaper::new(out)
                .write_char(character)
                .expect("writing to a string cannot fail");
        }
    }
}

/// Whether a character would never be seen itself, and change what is.
pub(super) fn misleads(character: char) -> bool {
    match character {
        '\t' | '\n' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => character.is_control(),
    }
}

/// `4 min ago` or `in 4 min`, with the time itself for who points at it.
pub(super) fn when(now: Timestamp, then: Timestamp) -> Markup {
    let stamp = stamp(then);
    let exact = then.strftime("%A, %-d %B %Y, %H:%M:%S UTC").to_string();
    html! { time datetime=(stamp) title=(exact) data-ago { (relative(now, then)) } }
}

/// The same, or `never`.
pub(super) fn when_if(now: Timestamp, then: Option<Timestamp>) -> Markup {
    then.map_or_else(|| html! { "never" }, |then| when(now, then))
}

fn relative(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let length = match seconds.unsigned_abs() {
        0..5 => return "now".to_owned(),
        seconds @ 5..90 => format!("{seconds} s"),
        seconds @ 90..5400 => format!("{} min", seconds / 60),
        seconds @ 5400..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    };
    if seconds < 0 {
        format!("in {length}")
    } else {
        format!("{length} ago")
    }
}

/// A number with its thousands parted by narrow spaces.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut parted = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            parted.push('\u{202f}');
        }
        parted.push(digit);
    }
    parted
}

/// `1 article`, `2 articles`.
pub(super) fn count(how_many: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(how_many), plural(how_many, one, many))
}

/// The noun for so many.
pub(super) fn plural<'a>(how_many: u64, one: &'a str, many: &'a str) -> &'a str {
    if how_many == 1 { one } else { many }
}

/// Bytes for people.
pub(super) fn bytes(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).display().si().to_string()
}

/// A state as a mark whose colour goes by `mood`.
pub(super) fn state(word: &str) -> Markup {
    html! { span class={ "state " (mood(word)) } { (word) } }
}

/// How a state of a source, an endpoint or a delivery is felt.
pub(super) fn mood(state: &str) -> &'static str {
    match state {
        "healthy" | "delivered" => "good",
        "failing" | "failed" | "gone" | "layout" | "disabled" => "bad",
        "throttled" | "silent" | "moved" | "paywalled" | "retrying" => "warn",
        _ => "calm",
    }
}

/// An outlet's colour, the same on every page: by its place among all, so that the first dozen differ.
pub(super) fn dot(config: &Config, outlet: &OutletName) -> Markup {
    let place = if config.outlets.len() > COUNTED {
        let hash = xxhash_rust::xxh3::xxh3_64(outlet.as_str().as_bytes());
        usize::from(hash.to_be_bytes()[0])
    } else {
        config.outlets.keys().take_while(|it| *it < outlet).count()
    };
    // Five steps on lead through all twelve hues, and neighbours stand apart.
    let hue = place * 5 % HUES;
    html! { span class={ "dot hue" (hue) } aria-hidden="true" {} }
}

/// An outlet's title, else its name.
pub(super) fn outlet_title<'a>(config: &'a Config, outlet: &'a OutletName) -> &'a str {
    let known = config.outlets.get(outlet);
    known.map_or(outlet.as_str(), |outlet| outlet.title.as_str())
}

/// The host of an address, as it is asked (an international name in its ASCII form), without `www.`
pub(super) fn host(url: &url::Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// A path segment or a query's value, encoded.
pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        // The form's `+` for a blank is a plus in a path.
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_seen_as_it_is() {
        let shown = Shown("<b a=\"1\">\u{202e}evil\u{2066}&\0\u{7}\u{200f}\n").render();
        assert_eq!(
            shown.into_string(),
            "&lt;b a=&quot;1&quot;&gt;evil&amp;\u{200f}\n"
        );
    }

    #[test]
    fn times_are_told_from_now() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (then, words) in [
            (1_000_000, "now"),
            (999_990, "10 s ago"),
            (1_000_089, "in 89 s"),
            (999_000, "16 min ago"),
            (900_000, "27 h ago"),
            (0, "11 days ago"),
        ] {
            let then = Timestamp::from_second(then).unwrap();
            assert_eq!(relative(now, then), words);
        }
    }

    #[test]
    fn numbers_are_parted_and_counted() {
        assert_eq!(number(7), "7");
        assert_eq!(number(1234), "1\u{202f}234");
        assert_eq!(number(123_456_789), "123\u{202f}456\u{202f}789");
        assert_eq!(count(1, "article", "articles"), "1 article");
        assert_eq!(count(0, "article", "articles"), "0 articles");
        assert_eq!(encoded("a b/c+é"), "a%20b%2Fc%2B%C3%A9");
    }
}
