//! Text to values: each reader says in one sentence what is wrong and what is allowed.
//!
//! The sentences follow the quoted value (`` `5` is not a duration … ``) and never repeat it, so that
//! the same readers serve secrets.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;
use jiff::tz::TimeZone;
use regex::{Regex, RegexBuilder};
use scraper::Selector;
use url::Url;

use super::Rate;
use super::outlet::Field;

/// A value, or what is wrong with its text.
pub(crate) type Read<T> = Result<T, String>;

/// A duration within bounds, as `90s`, `1h 30m`, `250ms`.
pub(crate) fn duration(text: &str, bounds: &RangeInclusive<Duration>) -> Read<Duration> {
    let allowed = || format!("{} to {}", written(*bounds.start()), written(*bounds.end()));
    let Ok(value) = humantime::parse_duration(text) else {
        return Err(format!(
            "is not a duration; allowed: {}, written like 250ms, 20s, 5m, 1h 30m or 90d",
            allowed()
        ));
    };
    if bounds.contains(&value) {
        Ok(value)
    } else {
        Err(format!("is out of bounds; allowed: {}", allowed()))
    }
}

/// A duration as the configuration writes it.
pub(crate) fn written(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration.subsec_nanos() == 0 && seconds > 0 {
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60)] {
            if seconds.is_multiple_of(length) {
                return format!("{}{unit}", seconds / length);
            }
        }
        return format!("{seconds}s");
    }
    humantime::format_duration(duration).to_string()
}

/// A size in bytes within bounds: `8MB` is 8,000,000, `8MiB` is 8,388,608.
pub(crate) fn size(text: &str, bounds: &RangeInclusive<u64>) -> Read<u64> {
    let allowed = || format!("{} to {}", bytes(*bounds.start()), bytes(*bounds.end()));
    let Ok(value) = text.trim().parse::<bytesize::ByteSize>() else {
        return Err(format!(
            "is not a size; allowed: {}, written like 500kB, 8MB or 16MiB",
            allowed()
        ));
    };
    if bounds.contains(&value.0) {
        Ok(value.0)
    } else {
        Err(format!("is out of bounds; allowed: {}", allowed()))
    }
}

/// A size as the configuration writes it, without loss.
pub(crate) fn bytes(size: u64) -> String {
    const UNITS: [(&str, u64); 6] = [
        ("GB", 1_000_000_000),
        ("GiB", 1 << 30),
        ("MB", 1_000_000),
        ("MiB", 1 << 20),
        ("kB", 1000),
        ("KiB", 1 << 10),
    ];
    let whole = UNITS
        .iter()
        .find(|(_, unit)| size > 0 && size.is_multiple_of(*unit));
    match whole {
        Some((name, unit)) => format!("{}{name}", size / unit),
        None => format!("{size}B"),
    }
}

/// An absolute `http` or `https` address with a host.
pub(crate) fn web_address(text: &str) -> Read<Url> {
    const ALLOWED: &str = "allowed: a whole address, like https://example.com/feed.xml";
    const LONGEST: usize = 4000; // characters; longer ones are refused by servers and proxies
    if text.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes; {ALLOWED}"));
    }
    if text.trim() != text || text.contains(char::is_control) {
        return Err(format!("has blanks around or in it; {ALLOWED}"));
    }
    let url =
        Url::parse(text).map_err(|error| format!("is not an address ({error}); {ALLOWED}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is not a web address; allowed: http and https".to_owned());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(format!("names no host; {ALLOWED}"));
    }
    Ok(url)
}

/// A web address that everybody may see.
pub(crate) fn open_address(text: &str) -> Read<Url> {
    let url = web_address(text)?;
    if url.username().is_empty() && url.password().is_none() {
        Ok(url)
    } else {
        Err("holds a user or a password, and is shown to everybody; leave them out".to_owned())
    }
}

/// A network, or a single address.
pub(crate) fn network(text: &str) -> Read<IpNet> {
    if let Ok(network) = text.parse::<IpNet>() {
        return Ok(network.trunc());
    }
    text.parse::<IpAddr>().map(IpNet::from).map_err(|_| {
        "is not a network; allowed: an address or a network, like 127.0.0.0/8 or fd00::/8"
            .to_owned()
    })
}

/// Memory that one compiled expression may take; an ordinary one takes a few kilobytes.
const REGEX_MAX_BYTES: usize = 1 << 20;

/// A regular expression of the `regex` crate.
pub(crate) fn expression(text: &str, ignore_case: bool) -> Read<Regex> {
    RegexBuilder::new(text)
        .case_insensitive(ignore_case)
        .size_limit(REGEX_MAX_BYTES)
        .nest_limit(50)
        .build()
        .map_err(|error| {
            let reason = match error {
                regex::Error::Syntax(text) => text
                    .lines()
                    .rev()
                    .find_map(|line| line.strip_prefix("error: "))
                    .unwrap_or("syntax error")
                    .to_owned(),
                regex::Error::CompiledTooBig(_) => "it takes too much memory".to_owned(),
                error => error.to_string(),
            };
            format!(
                "is not a regular expression: {reason}; allowed: the syntax of the Rust regex crate (no look-around, no back-references)"
            )
        })
}

/// A CSS selector.
pub(crate) fn selector(text: &str) -> Read<Selector> {
    bounded_selector(text)?;
    Selector::parse(text).map_err(|error| not_a_selector(&error.to_string()))
}

/// A CSS selector with an optional `@attribute`.
pub(crate) fn field(text: &str) -> Read<Field> {
    bounded_selector(text)?;
    Field::parse(text).map_err(|error| not_a_selector(&error))
}

/// The parser works by recursion: a selector of a thousand nested `:not(` would exhaust its stack.
fn bounded_selector(text: &str) -> Read<()> {
    if text.len() > 1000 || text.matches(['(', '[']).count() > 30 {
        return Err("is too long or too deep for a selector; part it at its commas".to_owned());
    }
    Ok(())
}

fn not_a_selector(reason: &str) -> String {
    format!(
        "is not a CSS selector: {}; allowed: CSS, with @attribute at the end to read an attribute (`time@datetime`)",
        sentence(reason)
    )
}

/// The parser's reasons, of which the rare ones are bare names of its own (`DanglingCombinator`).
fn sentence(reason: &str) -> String {
    let last = reason.lines().last().unwrap_or_default().trim();
    if !reason.contains("Please report") {
        return reason.replace('\n', " ").to_lowercase();
    }
    let mut words = String::new();
    for letter in last.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// A BCP 47 tag by its form; registered subtags are not looked up.
pub(crate) fn language(text: &str) -> Read<String> {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
    let sound = (2..=3).contains(&primary.len())
        && letters(primary)
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        });
    if sound && text.len() <= 35 {
        Ok(text.to_owned())
    } else {
        Err("is not a language tag; allowed: BCP 47, like en, uk or pt-BR".to_owned())
    }
}

/// A time zone by its IANA name.
pub(crate) fn time_zone(text: &str) -> Read<TimeZone> {
    TimeZone::get(text).map_err(|_| {
        "is not a time zone; allowed: an IANA name, like Europe/Kyiv or UTC".to_owned()
    })
}

/// Least time between two requests, from `1/s`, `30/m` or `100/h`.
pub(crate) fn spacing(text: &str) -> Read<Duration> {
    rate(text, 1000).map(Rate::spacing)
}

/// At most `most` requests a second, minute or hour.
pub(crate) fn rate(text: &str, most: u32) -> Read<Rate> {
    let read = || {
        let (count, unit) = text.split_once('/')?;
        let count = count.trim().parse().ok();
        let seconds = match unit.trim() {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        Some(Rate {
            count: count.filter(|count| (1..=most).contains(count))?,
            time: Duration::from_secs(seconds),
        })
    };
    read().ok_or_else(|| {
        format!(
            "is not a rate; allowed: 1 to {most} requests a second, minute or hour, like 1/s, 30/m or 100/h"
        )
    })
}

/// An address that others reach this daemon by: paths are put behind it.
pub(crate) fn public_address(text: &str) -> Read<Url> {
    let url = web_address(text)?;
    let bare = url.query().is_none() && url.fragment().is_none();
    let open = url.username().is_empty() && url.password().is_none();
    if bare && open {
        Ok(url)
    } else {
        Err("cannot have paths put behind it; allowed: an http or https address without user, query and fragment, like https://wire.example.com".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_they_are_read() {
        let all = 0..=u64::MAX;
        for text in ["8MB", "16MiB", "500kB", "1GB", "1001B", "3KiB"] {
            assert_eq!(bytes(size(text, &all).unwrap()), text);
        }
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        let all = Duration::ZERO..=Duration::MAX;
        for text in ["250ms", "1s", "90s", "20m", "6h", "90d", "1ns", "1s 500ms"] {
            assert_eq!(written(duration(text, &all).unwrap()), text);
        }
    }

    #[test]
    fn rates_become_spacings() {
        assert_eq!(spacing("1/s"), Ok(Duration::from_secs(1)));
        assert_eq!(spacing("30/m"), Ok(Duration::from_secs(2)));
        for wrong in ["", "1", "0/s", "-1/s", "1/d", "5000/s", "/", "1/s/s"] {
            assert!(spacing(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_whole_and_of_the_web() {
        assert!(web_address("https://example.com/x").is_ok());
        for wrong in [
            "example.com",
            "/x",
            "ftp://a.example/",
            "https://",
            " https://a.example/",
            "http://[::1",
            "file:///etc/passwd",
        ] {
            assert!(web_address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_language_is_judged_by_its_form() {
        for sound in ["en", "pt-BR", "zh-Hant-TW", "es-419"] {
            assert!(language(sound).is_ok(), "{sound}");
        }
        for wrong in ["", "e", "english", "en_US", "en-", "e1", "en-toolongpart"] {
            assert!(language(wrong).is_err(), "{wrong}");
        }
    }
}
