//! Addresses that only lead on to another one which they carry in themselves.

use url::Url;

/// Wrappers inside wrappers that are opened.
const DEPTH: usize = 3;

/// Host (or its parent), beginning of the path, parameters that may carry the address.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("google.com", "/url", &["url", "q"]),
    ("news.google.com", "/news/url", &["url"]),
    ("bing.com", "/news/apiclick.aspx", &["url"]),
    ("facebook.com", "/l.php", &["u"]),
    ("facebook.com", "/flx/warn", &["u"]),
    ("instagram.com", "/", &["u"]),
    ("vk.com", "/away.php", &["to"]),
    ("ok.ru", "/dk", &["st.link"]),
    ("t.umblr.com", "/redirect", &["z"]),
    ("out.reddit.com", "/", &["url"]),
    ("duckduckgo.com", "/l", &["uddg"]),
    ("slack-redir.net", "/link", &["url"]),
    ("youtube.com", "/redirect", &["q"]),
    ("linkedin.com", "/redir", &["url"]),
    ("yandex.ru", "/clck", &["url"]),
    ("yandex.ru", "/redir", &["url"]),
    ("safelinks.protection.outlook.com", "/", &["url"]),
    ("steamcommunity.com", "/linkfilter", &["url", "u"]),
    ("getpocket.com", "/redirect", &["url"]),
    ("l.threads.net", "/", &["u"]),
    ("feedproxy.google.com", "/", &["url"]),
    ("smartnews.com", "/redirect", &["url"]),
];

/// Last parts of a path that are redirectors on any host, if a parameter of [`CARRIERS`] holds a
/// whole address.
const DOORS: &[&str] = &[
    "redirect",
    "redirect.php",
    "redir",
    "redir.php",
    "out",
    "out.php",
    "away",
    "away.php",
    "go.php",
    "click",
    "click.php",
    "r.php",
];

/// Parameters of those.
const CARRIERS: &[&str] = &[
    "url",
    "u",
    "to",
    "target",
    "dest",
    "destination",
    "goto",
    "link",
];

/// The address at the end of known redirectors, or `url` itself. Nothing is fetched: a shortener,
/// which keeps its target to itself, stays as it is.
pub fn unwrap_redirector(url: &Url) -> Url {
    let mut url = url.clone();
    for _ in 0..DEPTH {
        match inner(&url) {
            Some(next) => url = next,
            None => break,
        }
    }
    url
}

fn inner(url: &Url) -> Option<Url> {
    let host = url.host_str()?.trim_end_matches('.');
    let path = url.path();
    if let Some(target) = amp_cache(host, path) {
        return Some(with_query(target, url));
    }
    for (known, prefix, parameters) in KNOWN {
        if is_at(host, known)
            && path.starts_with(prefix)
            && let Some(target) = carried(url, parameters)
        {
            return Some(target);
        }
    }
    let door = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    if DOORS.iter().any(|known| door.eq_ignore_ascii_case(known)) {
        return carried(url, CARRIERS);
    }
    None
}

fn is_at(host: &str, known: &str) -> bool {
    // google.com stands for google.de and the like too.
    let google = known == "google.com"
        && host
            .strip_prefix("www.")
            .unwrap_or(host)
            .strip_prefix("google.")
            .is_some_and(|rest| rest.len() <= 6);
    google
        || host == known
        || host
            .strip_suffix(known)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// The first of these parameters that holds an absolute web address.
fn carried(url: &Url, parameters: &[&str]) -> Option<Url> {
    parameters.iter().find_map(|wanted| {
        url.query_pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .and_then(|(_, value)| web_address(&value))
    })
}

fn web_address(text: &str) -> Option<Url> {
    let lower = text.get(..8)?.to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return None;
    }
    Url::parse(text).ok().filter(Url::has_host)
}

/// `www.google.com/amp/s/HOST/PATH` and `*.cdn.ampproject.org/c/s/HOST/PATH` (`s`: https).
fn amp_cache(host: &str, path: &str) -> Option<Url> {
    let rest = if is_at(host, "google.com") {
        path.strip_prefix("/amp/")?
    } else if is_at(host, "cdn.ampproject.org") {
        ["/c/", "/v/", "/a/"]
            .iter()
            .find_map(|prefix| path.strip_prefix(prefix))?
    } else {
        return None;
    };
    let target = match rest.strip_prefix("s/") {
        Some(rest) => format!("https://{rest}"),
        None => format!("http://{rest}"),
    };
    // A real host has a dot: `/amp/help` is a page of Google's own.
    Url::parse(&target)
        .ok()
        .filter(|url| url.host_str().is_some_and(|host| host.contains('.')))
}

fn with_query(mut target: Url, wrapper: &Url) -> Url {
    target.set_query(wrapper.query());
    target
}
