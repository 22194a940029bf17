//! The one form of an address under which an article is known.
//!
//! [`canonical`] only changes what cannot change which page is shown (RFC 3986 §6.2.2 and §6.2.3,
//! tracking parameters, AMP forms), so that its result can be shown and fetched. [`folded`] goes
//! further (scheme, `www.`, `m.`, trailing slash, order of parameters) and is a key, never shown.
//! Neither fetches: shorteners and temporary redirects are the caller's.

use std::borrow::Cow;

use url::Url;

pub use super::redirector::unwrap_redirector;
use super::tracking;
use crate::model::id::Host;

/// The canonical form of `url`; doing it twice changes nothing. Not for the web: unchanged.
///
/// Kept: scheme, `www.`, order of parameters, trailing slash. Dropped: credentials, fragment (save
/// `#!`, which was an address once), default port, the host's trailing dot, tracking parameters,
/// empty parameters, session parts of the path, AMP and print forms.
pub fn canonical(url: &Url) -> Url {
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return url.clone();
    }
    let Some(mut form) = site_and_rest(url) else {
        return url.clone();
    };
    if !form
        .fragment()
        .is_some_and(|fragment| fragment.starts_with('!'))
    {
        form.set_fragment(None);
    }
    let path = normal_path(form.path());
    form.set_path(&path);
    let query = form.query().and_then(normal_query);
    form.set_query(query.as_deref());
    form
}

/// Without credentials and the host's trailing dot. `None`: a setter refused, which none does on a
/// web address with a host.
fn site_and_rest(url: &Url) -> Option<Url> {
    let mut form = url.clone();
    form.set_username("").ok()?;
    form.set_password(None).ok()?;
    if let Some(host) = url.domain().and_then(|host| host.strip_suffix('.')) {
        form.set_host(Some(host)).ok()?;
    }
    Some(form)
}

/// `url` without the parameters that its outlet says are no part of an address: names in lower case,
/// or beginnings of names with `*` behind.
pub fn without(url: &Url, parameters: &[String]) -> Url {
    let mut form = url.clone();
    let Some(query) = url.query().filter(|_| !parameters.is_empty()) else {
        return form;
    };
    let is_dropped = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = normal_escapes(name).to_lowercase();
        parameters
            .iter()
            .any(|known| match known.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == *known,
            })
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_dropped(pair)).collect();
    let kept = kept.join("&");
    form.set_query((!kept.is_empty()).then_some(&kept));
    form
}

/// A key under which the variants of one address meet: `http` and `https`, with and without `www.`,
/// `m.`, `mobile.` or `amp.`, trailing slash, double slashes, index pages, order of parameters.
pub fn folded(url: &Url) -> Url {
    let mut form = url.clone();
    // A form inside a form (an AMP page's index page) is folded in the next round; real addresses
    // need two rounds, the last of which changes nothing.
    for _ in 0..8 {
        let next = folded_once(&form);
        if next == form {
            break;
        }
        form = next;
    }
    form
}

fn folded_once(url: &Url) -> Url {
    let form = canonical(&unwrap_redirector(url));
    if !matches!(form.scheme(), "http" | "https") || !form.has_host() {
        return form;
    }
    let Some(mut form) = folded_site(&form) else {
        return form;
    };
    let mut segments: Vec<&str> = form.path().split('/').collect();
    segments.retain(|segment| !segment.is_empty());
    while segments.last().is_some_and(|last| is_index(last)) {
        segments.pop();
    }
    let path = format!("/{}", segments.join("/"));
    form.set_path(&path);
    if let Some(query) = form.query() {
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        let query = pairs.join("&");
        form.set_query(Some(&query));
    }
    form
}

/// One scheme and one host for the forms of a site; `None` as in [`site_and_rest`].
fn folded_site(url: &Url) -> Option<Url> {
    let mut form = url.clone();
    // A port names another server; only the default ones are as good as each other.
    if form.port().is_none() {
        form.set_scheme("https").ok()?;
    }
    if let Some(host) = url.domain() {
        form.set_host(Some(bare_host(host))).ok()?;
    }
    Some(form)
}

/// Whether a page at `page` may say that it stands at `stated`: the same registrable domain, not the
/// home page, not the section that the page stands in, not another page of its kind.
pub fn plausible(page: &Url, stated: &Url) -> bool {
    if !matches!(stated.scheme(), "http" | "https") || Host::of(page) != Host::of(stated) {
        return false;
    }
    let (page, stated) = (folded(page), folded(stated));
    // Behind a redirector of its own site it may be anywhere.
    if Host::of(&page) != Host::of(&stated) {
        return false;
    }
    if page.path() == stated.path() {
        // The query may be the page's whole identity: some of it may go, all of it only beside a
        // path that says something; any other is another article.
        let says = page.path() != "/" && !is_script(page.path());
        return match (page.query(), stated.query()) {
            (None, None) => true,
            (Some(_), None) => says,
            (Some(whole), Some(part)) => part
                .split('&')
                .all(|pair| whole.split('&').any(|known| known == pair)),
            (None, Some(_)) => false,
        };
    }
    if stated.path() == "/" && stated.query().is_none() {
        return false;
    }
    let page_parts: Vec<&str> = page.path().split('/').skip(1).collect();
    let stated_parts: Vec<&str> = stated.path().split('/').skip(1).collect();
    if page_parts.len() > stated_parts.len() && page_parts.starts_with(&stated_parts) {
        // An ancestor: the article itself if the rest is a form or number of a page, else its section.
        return page_parts
            .iter()
            .skip(stated_parts.len())
            .all(|part| is_form(part));
    }
    // A section's address is short and bare; an article's has a number, a slug or a query.
    stated.query().is_some() || names_article(&stated_parts) || !names_article(&page_parts)
}

/// A script whose query names the article: `/index.php?id=7` folds to `/?id=7`.
fn is_script(path: &str) -> bool {
    [".php", ".asp", ".aspx", ".cgi", ".jsp", ".do"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// Parts after an article's address that show the same article.
fn is_form(part: &str) -> bool {
    let number = part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    number
        || matches!(
            part,
            "page" | "slide" | "print" | "full" | "comments" | "amp" | "all" | "mobile"
        )
}

fn names_article(parts: &[&str]) -> bool {
    parts.iter().any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let words = part
            .split(['-', '_', '.'])
            .filter(|word| !word.is_empty())
            .count();
        digits >= 4 || words >= 4
    })
}

fn is_index(segment: &str) -> bool {
    let (name, ending) = segment.split_once('.').unwrap_or((segment, ""));
    matches!(name, "index" | "default")
        && matches!(
            ending,
            "html" | "htm" | "php" | "asp" | "aspx" | "jsp" | "shtml"
        )
}

/// The host without the labels that only name a form of the site.
fn bare_host(host: &str) -> &str {
    let mut rest = host;
    while let Some(shorter) = ["www.", "m.", "mobile.", "amp."]
        .iter()
        .find_map(|label| rest.strip_prefix(label))
        // What is left must still be a name of the site, not the public suffix.
        .filter(|shorter| psl::domain_str(shorter).is_some())
    {
        rest = shorter;
    }
    rest
}

fn normal_path(path: &str) -> String {
    let mut segments: Vec<Cow<'_, str>> = path
        .split('/')
        .map(|segment| without_session(normal_escapes(segment)))
        .collect();
    // `/story/amp`, `/story/amp/`, `/story.amp`, `/story.amp.html`: forms of `/story`.
    loop {
        let trailing = segments.len() > 2 && segments.last().is_some_and(|last| last.is_empty());
        let place = segments.len().saturating_sub(if trailing { 2 } else { 1 });
        let Some(last) = segments.get_mut(place) else {
            break;
        };
        if place > 1 && last.eq_ignore_ascii_case("amp") {
            segments.remove(place);
        } else if let Some(plain) = without_amp_ending(last) {
            *last = Cow::Owned(plain);
        } else {
            break;
        }
    }
    segments.join("/")
}

fn without_amp_ending(segment: &str) -> Option<String> {
    let (stem, ending) = [(".amp.html", ".html"), (".amp", "")]
        .into_iter()
        .find_map(|(amp, ending)| {
            let at = segment.len().checked_sub(amp.len())?;
            let tail = segment.get(at..)?;
            tail.eq_ignore_ascii_case(amp)
                .then(|| (segment.get(..at).unwrap_or_default(), ending))
        })?;
    (!stem.is_empty()).then(|| format!("{stem}{ending}"))
}

/// `page;jsessionid=…` without its session.
fn without_session(segment: Cow<'_, str>) -> Cow<'_, str> {
    let page = match segment.split_once(';') {
        Some((page, rest)) if rest.to_ascii_lowercase().starts_with("jsessionid=") => page.len(),
        Some(_) | None => return segment,
    };
    Cow::Owned(segment.get(..page).unwrap_or_default().to_owned())
}

/// The query without what tells of the reader; `None` where nothing is left.
fn normal_query(query: &str) -> Option<String> {
    let kept: Vec<Cow<'_, str>> = query
        .split('&')
        .filter(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (normal_escapes(name), normal_escapes(value));
            !name.is_empty() && !tracking::is_tracking(&name, &value)
        })
        .map(normal_escapes)
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// Percent-encoding in normal form (RFC 3986 §6.2.2): unreserved characters plain, hexadecimal
/// digits in upper case, and a `%` that begins nothing encoded, so that twice is as once.
fn normal_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let byte = rest
            .get(at + 1..at + 3)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
            }
            Some(byte) => {
                out.push('%');
                out.extend(hex_digits(byte));
            }
            None => out.push_str("%25"),
        }
        rest = &rest[at + if byte.is_some() { 3 } else { 1 }..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn hex_digits(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 0xF].map(|digit| {
        let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
        digit.to_ascii_uppercase()
    })
}

#[cfg(test)]
mod tests;
