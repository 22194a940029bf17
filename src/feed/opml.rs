//! OPML 1.0 and 2.0 subscription lists, read tolerantly and written plainly.

use std::fmt::Write as _;

use url::Url;

use crate::feed::entities::decode;
use crate::feed::scan::{Scanner, Token};
use crate::feed::text::one_line;
use crate::feed::{BYTES_MAX, FeedError, charset, links};

const IN_MEMORY: &str = "writing to a string does not fail";

/// Most subscriptions that are taken of one list.
const SUBSCRIPTIONS_MAX: usize = 10_000;

/// Deepest nesting of folders.
const DEPTH_MAX: usize = 50;

/// One feed of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its name.
    pub title: Option<String>,
    /// The feed.
    pub url: Url,
    /// The site it is of.
    pub homepage: Option<Url>,
    /// The folders it stands in, outermost first.
    pub folders: Vec<String>,
}

/// Reads a subscription list; every feed once, in its order.
pub fn parse(bytes: &[u8]) -> Result<Vec<Subscription>, FeedError> {
    if bytes.len() > BYTES_MAX {
        return Err(FeedError::TooLarge { bytes: bytes.len() });
    }
    let decoded = charset::decode(bytes, None);
    let mut scanner = Scanner::new(&decoded.text);
    let mut first = None;
    let mut is_opml = false;
    let mut folders: Vec<Option<String>> = Vec::new();
    let mut known = std::collections::HashSet::new();
    let mut found = Vec::new();
    while let Some(token) = scanner.next() {
        match token {
            Token::Start(tag) => {
                first.get_or_insert(tag.name);
                is_opml |= tag.name.eq_ignore_ascii_case("opml");
                if !tag.name.eq_ignore_ascii_case("outline") {
                    continue;
                }
                let text = |name| tag.attribute(name).map(|value| one_line(&decode(value)));
                let title = text("text")
                    .or_else(|| text("title"))
                    .filter(|title| !title.is_empty());
                let address = |name| links::address(&decode(tag.attribute(name)?), None);
                let feed = address("xmlUrl").filter(|_| found.len() < SUBSCRIPTIONS_MAX);
                let folder = if feed.is_none() { title.clone() } else { None };
                if let Some(url) = feed.filter(|url| known.insert(url.clone())) {
                    found.push(Subscription {
                        title,
                        url,
                        homepage: address("htmlUrl"),
                        folders: folders.iter().flatten().cloned().collect(),
                    });
                }
                if !tag.empty && folders.len() < DEPTH_MAX {
                    folders.push(folder);
                }
            }
            Token::End(name) if name.eq_ignore_ascii_case("outline") => {
                folders.pop();
            }
            _ => {}
        }
    }
    if is_opml {
        return Ok(found);
    }
    Err(FeedError::NotThis {
        wanted: "an OPML list",
        found: super::describe(first),
    })
}

/// Writes a subscription list: its folders as they were nested, each once, where its first feed stands.
pub fn write(title: &str, subscriptions: &[Subscription]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>",
    );
    writeln!(out, "<title>{}</title></head>\n  <body>", escape(title)).expect(IN_MEMORY);
    let all: Vec<&Subscription> = subscriptions.iter().collect();
    level(&mut out, &all, 0);
    out.push_str("  </body>\n</opml>\n");
    out
}

/// What stands in one folder; deeper than [`DEPTH_MAX`] all is laid into the last.
fn level(out: &mut String, inside: &[&Subscription], depth: usize) {
    let folder = |subscription: &Subscription| {
        let name = subscription
            .folders
            .get(depth)
            .filter(|_| depth < DEPTH_MAX);
        name.cloned()
    };
    let indent = "  ".repeat(depth + 2);
    let mut written: Vec<String> = Vec::new();
    for subscription in inside {
        let Some(name) = folder(subscription) else {
            outline(out, &indent, subscription);
            continue;
        };
        if written.contains(&name) {
            continue;
        }
        writeln!(out, "{indent}<outline text=\"{}\">", escape(&name)).expect(IN_MEMORY);
        let those: Vec<&Subscription> = inside
            .iter()
            .copied()
            .filter(|other| folder(other).as_ref() == Some(&name))
            .collect();
        level(out, &those, depth + 1);
        writeln!(out, "{indent}</outline>").expect(IN_MEMORY);
        written.push(name);
    }
}

fn outline(out: &mut String, indent: &str, subscription: &Subscription) {
    let title = subscription
        .title
        .as_deref()
        .unwrap_or(subscription.url.as_str());
    write!(
        out,
        "{indent}<outline type=\"rss\" text=\"{}\" xmlUrl=\"{}\"",
        escape(title),
        escape(subscription.url.as_str()),
    )
    .expect(IN_MEMORY);
    if let Some(homepage) = &subscription.homepage {
        write!(out, " htmlUrl=\"{}\"", escape(homepage.as_str())).expect(IN_MEMORY);
    }
    out.push_str("/>\n");
}

/// A value between quotation marks; control characters, which XML 1.0 does not know, go.
fn escape(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let list = vec![
            Subscription {
                title: Some("A & \"B\"".to_owned()),
                url: Url::parse("https://a.example/rss?x=1&y=2").unwrap(),
                homepage: Url::parse("https://a.example/").ok(),
                folders: vec!["Ports".to_owned(), "North & <East>".to_owned()],
            },
            Subscription {
                title: Some("C".to_owned()),
                url: Url::parse("https://c.example/atom").unwrap(),
                homepage: None,
                folders: Vec::new(),
            },
        ];
        assert_eq!(parse(write("News <all>", &list).as_bytes()).unwrap(), list);
    }

    #[test]
    fn damaged_lists_keep_what_is_there() {
        let list = "<opml><body><outline text='F'><outline text='A' xmlUrl='https://a.example/'><outline title=B & C xmlUrl=\"https://b.example/\" />";
        let found = parse(list.as_bytes()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].folders, ["F"]);
        assert!(parse(b"<html></html>").is_err());
    }
}
