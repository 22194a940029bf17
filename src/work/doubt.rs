//! Whether what a page showed can be the article that was listed there.
//!
//! The commonest way in which a real outlet goes wrong answers 200: a consent page, a wall, the home
//! page, for every address alike. Taken for an article it would be announced once, and all that
//! follow would be known already.

use url::Url;

use crate::fetch::Response;
use crate::model::article::Content;
use crate::model::id::Host;

/// Last parts of the addresses of gates.
const GATES: [&str; 12] = [
    "consent",
    "cookies",
    "login",
    "signin",
    "sign-in",
    "register",
    "account",
    "subscribe",
    "subscription",
    "paywall",
    "captcha",
    "challenge",
];
/// Words of a headline that are long enough to mean something.
const MEANING: usize = 4;
/// Fewer such words tell nothing.
const WORDS_MIN: usize = 3;

/// Why the answer is not of the page that was asked for: its redirects led to the site's front or to
/// an address that is no article's.
pub(super) fn led_away(asked: &Url, response: &Response) -> Option<String> {
    if response.hops.is_empty() {
        return None;
    }
    let arrived = &response.url;
    let front = arrived.path() == "/" && arrived.query().is_none() && asked.path() != "/";
    let gate = parts(arrived)
        .last()
        .is_some_and(|last| GATES.contains(last));
    (front || gate || is_above(arrived, asked))
        .then(|| format!("its address leads to {arrived}, which is no article"))
}

/// Whether `upper` is a section that `lower` stands in.
fn is_above(upper: &Url, lower: &Url) -> bool {
    let (above, below) = (parts(upper), parts(lower));
    Host::of(upper) == Host::of(lower) && above.len() < below.len() && below.starts_with(&above)
}

fn parts(url: &Url) -> Vec<&str> {
    url.path()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect()
}

/// Whether an article has anything to do with the headline under which it was listed: none of its
/// longer words stand in title or text. Scripts without spaces are not judged.
pub(super) fn is_off_subject(headline: Option<&str>, content: &Content) -> bool {
    let Some(headline) = headline else {
        return false;
    };
    let words: Vec<String> = headline
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= MEANING)
        .map(str::to_lowercase)
        .collect();
    if words.len() < WORDS_MIN {
        return false;
    }
    let title = content.title.as_deref().unwrap_or_default();
    let text = format!("{title} {}", content.text()).to_lowercase();
    // The beginning of a word serves, for endings change.
    let stem = |word: &String| word.chars().take(MEANING).collect::<String>();
    !words.iter().map(stem).any(|stem| text.contains(&stem))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::fetch::Hop;
    use crate::model::article::{Block, BlockKind};

    fn arrived(url: &str, hops: &[u16]) -> Response {
        let url = Url::parse(url).unwrap();
        Response {
            status: 200,
            headers: Vec::new(),
            hops: hops
                .iter()
                .map(|status| Hop {
                    status: *status,
                    to: url.clone(),
                })
                .collect(),
            url,
            body: Bytes::new(),
            elapsed: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn a_redirect_to_the_front_or_a_gate_leads_away() {
        let check = |asked: &str, to: &str, hops: &[u16], away: bool| {
            let asked = Url::parse(asked).unwrap();
            assert_eq!(
                led_away(&asked, &arrived(to, hops)).is_some(),
                away,
                "{asked} {to}"
            );
        };
        let story = "https://a.example.com/news/2025/story-about-it-1.html";
        check(story, "https://a.example.com/", &[302], true);
        check(story, "https://a.example.com/", &[], false);
        check(
            story,
            "https://a.example.com/news/2025/story-renamed-1.html",
            &[301],
            false,
        );
        check(story, "https://a.example.com/news/", &[302], true);
        check(
            story,
            "https://a.example.com/account/login?next=1",
            &[302],
            true,
        );
        check(
            "https://a.example.com/a",
            "https://a.example.com/b",
            &[301],
            false,
        );
        check("https://feeds.example.net/~r/1", story, &[302], false);
    }

    #[test]
    fn a_wall_does_not_speak_of_the_headline() {
        let content = |text: &str| Content {
            blocks: vec![Block::plain(BlockKind::Paragraph, text)],
            ..Content::default()
        };
        let headline = Some("Ministers agree on air defence for the coast");
        let wall = content("Before you continue, please accept our terms of use.");
        assert!(is_off_subject(headline, &wall));
        assert!(!is_off_subject(
            headline,
            &content("The minister said that it was so.")
        ));
        assert!(!is_off_subject(Some("Up, up and away"), &wall));
        assert!(!is_off_subject(None, &wall));
    }
}
