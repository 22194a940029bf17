//! robots.txt (RFC 9309): one file to the rules that bind us, and a path to a verdict. Pure.
//!
//! Written here because the two crates for it do not serve: `texting_robots` (last released in March
//! 2023) compares percent-encodings byte for byte, drops a rule whose expression grows too large, and
//! brings two superseded parser crates; `robotstxt` (2021) reads the file anew at each question and
//! knows no Crawl-delay.
//!
//! Only the groups that bind [`PRODUCT`] are kept. Every file yields rules: a line that cannot be read
//! binds nobody, as the RFC wants.

use std::time::Duration;

/// The product token our group is found by.
pub const PRODUCT: &str = "wireroom";

/// Bytes of a file that are read (RFC 9309 §2.5 asks for at least as much).
pub const MAX_BYTES: usize = 500 * 1024;
/// Rules of a file that are kept; the longest files of large shops have about 3,000.
const MAX_RULES: usize = 5000;
/// Sitemaps of a file that are kept.
const MAX_SITEMAPS: usize = 100;
/// Bytes of a pattern, and of a path that is compared with it.
const MAX_PATTERN: usize = 2048;
/// A Crawl-delay beyond this is taken for this: the file means "seldom", and articles must still
/// be had on the day they appear.
const MAX_CRAWL_DELAY: f64 = 3600.0;

/// What a host lets us do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    paths: Vec<Rule>,
    /// Least time between two requests, where the file states one.
    pub crawl_delay: Option<Duration>,
    /// Addresses of sitemaps, as written.
    pub sitemaps: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    /// Normalised, wildcards as written.
    pattern: Box<str>,
}

/// Groups of one addressee, as they are read.
#[derive(Default)]
struct Group {
    found: bool,
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

impl Rules {
    /// Reads a file, as far as [`MAX_BYTES`].
    pub fn parse(file: &[u8]) -> Self {
        let file = whole_lines(file);
        let text = String::from_utf8_lossy(file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file));
        let mut ours = Group::default();
        let mut anyone = Group::default();
        let mut sitemaps = Vec::new();
        // Who is addressed by the group being read; a rule ends the list of addressees.
        let (mut to_us, mut to_anyone, mut listing) = (false, false, false);
        for (key, value) in text.split(['\r', '\n']).filter_map(fields) {
            match key.to_ascii_lowercase().as_str() {
                "user-agent" => {
                    if !listing {
                        (to_us, to_anyone, listing) = (false, false, true);
                    }
                    to_us |= product(value).eq_ignore_ascii_case(PRODUCT);
                    to_anyone |= value == "*";
                    ours.found |= to_us;
                    anyone.found |= to_anyone;
                }
                "allow" | "disallow" => {
                    listing = false;
                    let allow = key.eq_ignore_ascii_case("allow");
                    let rule = rule(allow, value);
                    ours.add(to_us, rule.as_ref());
                    anyone.add(to_anyone, rule.as_ref());
                }
                // By the letter of the RFC this would not end the list, and the common file "for
                // all, Crawl-delay 10; for that robot, Disallow /" would shut everybody out.
                "crawl-delay" => {
                    listing = false;
                    ours.slow_down(to_us, value);
                    anyone.slow_down(to_anyone, value);
                }
                "sitemap" if sitemaps.len() < MAX_SITEMAPS && value.len() <= MAX_PATTERN => {
                    sitemaps.push(value.to_owned());
                }
                _ => {}
            }
        }
        let group = if ours.found { ours } else { anyone };
        Self {
            paths: group.rules,
            crawl_delay: group.crawl_delay,
            sitemaps,
        }
    }

    /// Whether the path and query of an address may be fetched: the longest pattern that matches
    /// decides, of two equally long ones the one that allows.
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let mut path = normalise(path, false);
        if path.len() > MAX_PATTERN {
            // The text is ASCII by now: any place is a boundary.
            path.truncate(MAX_PATTERN);
        }
        self.paths
            .iter()
            .filter(|rule| matches(&rule.pattern, &path))
            .max_by_key(|rule| (rule.pattern.len(), rule.allow))
            .is_none_or(|rule| rule.allow)
    }

    /// About how many bytes of memory this takes.
    pub(crate) fn weight(&self) -> usize {
        let rules: usize = self.paths.iter().map(|rule| rule.pattern.len() + 32).sum();
        let sitemaps: usize = self.sitemaps.iter().map(|address| address.len() + 32).sum();
        rules + sitemaps + 128
    }
}

impl Group {
    fn add(&mut self, addressed: bool, rule: Option<&Rule>) {
        if let Some(rule) = rule
            && addressed
            && self.rules.len() < MAX_RULES
        {
            self.rules.push(rule.clone());
        }
    }

    fn slow_down(&mut self, addressed: bool, value: &str) {
        let seconds = value.parse::<f64>().unwrap_or(-1.0);
        if addressed && seconds >= 0.0 {
            let delay = Duration::from_secs_f64(seconds.min(MAX_CRAWL_DELAY));
            self.crawl_delay = Some(self.crawl_delay.map_or(delay, |known| known.max(delay)));
        }
    }
}

/// As much of a file as is read. A line that the limit cuts in two is left out: half of
/// `Disallow: /print/` would forbid everything.
fn whole_lines(file: &[u8]) -> &[u8] {
    if file.len() < MAX_BYTES {
        return file;
    }
    let file = &file[..MAX_BYTES];
    let end = file.iter().rposition(|byte| matches!(byte, b'\r' | b'\n'));
    &file[..end.unwrap_or(0)]
}

/// Key and value of a line, comment cut off.
fn fields(line: &str) -> Option<(&str, &str)> {
    let line = line.split('#').next().unwrap_or_default();
    let (key, value) = line.split_once(':')?;
    Some((key.trim(), value.trim()))
}

/// The product token at the start of a user-agent value: `Wireroom/1.0 (…)` means us too.
fn product(value: &str) -> &str {
    let end = value
        .find(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_'))
        .unwrap_or(value.len());
    &value[..end]
}

/// An empty pattern forbids nothing and allows nothing.
fn rule(allow: bool, value: &str) -> Option<Rule> {
    if value.is_empty() || value.len() > MAX_PATTERN {
        return None;
    }
    Some(Rule {
        allow,
        pattern: normalise(value, true).into_boxed_str(),
    })
}

/// Brings two ways of writing one path to one text (RFC 9309 §2.2.2): what is not ASCII becomes
/// percent-encoded, what is encoded without need is decoded, digits are in upper case.
///
/// In a pattern `*` and a final `$` are wildcards and stay; anywhere else they stand for themselves
/// and become `%2A` and `%24`.
fn normalise(text: &str, pattern: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let encoded = (byte == b'%').then(|| escape(&bytes[at + 1..])).flatten();
        at += if encoded.is_some() { 3 } else { 1 };
        match encoded.unwrap_or(byte) {
            plain if encoded.is_some() && is_unreserved(plain) => out.push(char::from(plain)),
            escaped if encoded.is_some() => push_escaped(&mut out, escaped),
            b'*' if !pattern => push_escaped(&mut out, b'*'),
            b'$' if !(pattern && at == bytes.len()) => push_escaped(&mut out, b'$'),
            // A stray percent sign is data; left alone it could join what follows to an escape.
            b'%' => push_escaped(&mut out, b'%'),
            plain if plain.is_ascii_graphic() => out.push(char::from(plain)),
            other => push_escaped(&mut out, other),
        }
    }
    out
}

/// The byte that two hexadecimal digits at the start of `rest` mean.
fn escape(rest: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (high, low) = (digit(*rest.first()?)?, digit(*rest.get(1)?)?);
    u8::try_from(high << 4 | low).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn push_escaped(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// Whether `pattern` matches the start of `path`, or all of it where it ends in `$`.
///
/// Each piece between wildcards is taken at its first place, the last at the end if it is bound to
/// it: no backtracking, so that no pattern takes more than linear time.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, bound) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let (first, others) = match pattern.split_once('*') {
        Some((first, others)) => (first, Some(others)),
        None => (pattern, None),
    };
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let Some(others) = others else {
        return !bound || rest.is_empty();
    };
    let (middle, last) = others.rsplit_once('*').unwrap_or(("", others));
    for piece in middle.split('*') {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    if bound {
        rest.ends_with(last)
    } else {
        rest.contains(last)
    }
}

#[cfg(test)]
mod tests;
