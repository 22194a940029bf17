//! Buttons to share an article that are neither links nor named as such: networks, one under another.

use crate::extract::body::line::Line;
use crate::extract::document::characters::folded;

/// What such buttons say, folded.
const NETWORKS: &[&str] = &[
    "facebook",
    "facebookmessenger",
    "messenger",
    "twitter",
    "twitterx",
    "x",
    "xtwitter",
    "linkedin",
    "whatsapp",
    "telegram",
    "viber",
    "signal",
    "threads",
    "bluesky",
    "mastodon",
    "reddit",
    "pinterest",
    "flipboard",
    "pocket",
    "tumblr",
    "xing",
    "vk",
    "vkontakte",
    "odnoklassniki",
    "line",
    "wechat",
    "weibo",
    "instagram",
    "youtube",
    "tiktok",
    "mail",
    "email",
    "sms",
    "print",
    "copy",
    "copylink",
    "rss",
];
/// Buttons that stand together at least.
const LEAST: usize = 3;

/// Marks them.
pub(crate) fn mark(lines: &[Line], gone: &mut [Option<&'static str>]) {
    let mut from = 0;
    while from < lines.len() {
        let run = lines[from..].iter().take_while(|line| is_button(line));
        let to = from + run.count();
        if to - from >= LEAST {
            for gone in &mut gone[from..to] {
                *gone = gone.or(Some("buttons to share (C4)"));
            }
        }
        from = to + 1;
    }
}

fn is_button(line: &Line) -> bool {
    /// Bytes of the longest.
    const LONGEST: usize = 24;
    line.text.len() <= LONGEST && NETWORKS.contains(&folded(&line.text).as_str())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_of;

    fn text(buttons: &str) -> String {
        let prose: Vec<String> = (0..6)
            .map(|n| format!("<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships.</p>"))
            .collect();
        let page = format!(
            "<html><head><title>Pilots</title></head><body><div><h1>Pilots</h1>{}{buttons}{}</div></body></html>",
            prose[..3].concat(),
            prose[3..].concat()
        );
        text_of(&page)
    }

    #[test]
    fn networks_one_under_another_are_buttons() {
        let text = text("<ul><li>Facebook<li>Twitter / X<li>E-Mail<li>Copy link</ul>");
        for button in ["Facebook", "Twitter", "E-Mail", "Copy link"] {
            assert!(!text.contains(button), "{text}");
        }
    }

    #[test]
    fn two_networks_may_be_a_list_of_the_article() {
        let text = text("<ul><li>Facebook<li>Twitter</ul>");
        assert!(text.contains("Facebook"), "{text}");
    }
}
