//! Whether `3/4/2024` is a day in March or in April: what a page, its host and its language say of it.

use url::Url;

use crate::extract::document::head::Head;
use crate::extract::document::page::Page;

/// Which number stands first in a date of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As nearly everywhere.
    DayFirst,
    /// As in the United States.
    MonthFirst,
    /// As in East Asia and Hungary, where a year of two digits stands first; as everywhere, one of four
    /// says so itself.
    YearFirst,
    /// English, and nothing says which: a date that can be read both ways is none.
    Unknown,
}

/// Endings of hosts that stand for no country, or for one with both orders.
const NO_COUNTRY: [&str; 14] = [
    "ai", "ca", "cc", "co", "eu", "fm", "gg", "io", "ly", "me", "to", "tv", "ws", "su",
];
/// Hosts of the United States.
const MONTH_FIRST_HOSTS: [&str; 4] = ["us", "gov", "edu", "mil"];
/// Regions of language tags that write the month first.
const MONTH_FIRST_REGIONS: [&str; 4] = ["US", "PH", "PR", "GU"];

impl Order {
    /// By the country of the host, then by the page's own dates, then by the region of its language.
    /// Many systems state `en-US` unless told otherwise, so it counts last.
    pub(crate) fn of(
        page: &Page<'_>,
        head: &Head,
        language: Option<&str>,
        url: Option<&Url>,
    ) -> Self {
        let mut tag = language.unwrap_or_default().split('-');
        let primary = tag.next().unwrap_or_default();
        match primary {
            "" | "en" => {}
            "ja" | "zh" | "ko" | "hu" => return Self::YearFirst,
            _ => return Self::DayFirst,
        }
        let host = url.and_then(Url::host_str).unwrap_or_default();
        let ending = host.rsplit('.').next().unwrap_or_default();
        if MONTH_FIRST_HOSTS.contains(&ending) {
            return Self::MonthFirst;
        }
        if ending.len() == 2 && !NO_COUNTRY.contains(&ending) {
            return Self::DayFirst;
        }
        if let Some(order) = Self::shown(page) {
            return order;
        }
        let locale = head.get(&["og:locale"]).unwrap_or_default();
        let region = tag.next().or_else(|| locale.split(['_', '-']).nth(1));
        match region {
            Some(region) if MONTH_FIRST_REGIONS.contains(&region) => Self::MonthFirst,
            Some(region) if region.len() == 2 && region != "CA" => Self::DayFirst,
            _ => Self::Unknown,
        }
    }

    /// What the page's dates that can be read in one way only have first, where they agree.
    fn shown(page: &Page<'_>) -> Option<Self> {
        let (mut days, mut months) = (0, 0);
        for node in &page.nodes {
            if !(8..=200).contains(&node.text.len()) || !node.text.contains('/') {
                continue;
            }
            for word in node.text.split_ascii_whitespace() {
                let numbers: Option<Vec<u16>> =
                    word.split('/').map(|part| part.parse().ok()).collect();
                match numbers.as_deref() {
                    Some([13..=31, 1..=12, 1990..=2100]) => days += 1,
                    Some([1..=12, 13..=31, 1990..=2100]) => months += 1,
                    _ => {}
                }
            }
        }
        match (days, months) {
            (0, 0) => None,
            (_, 0) => Some(Self::DayFirst),
            (0, _) => Some(Self::MonthFirst),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_then_page_then_language_decide() {
        let check = |page: &str, language: Option<&str>, host: &str, expected| {
            let html = crate::extract::tree(page);
            let page = Page::new(&html);
            let head = Head::read(&page, None);
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            let order = Order::of(&page, &head, language, Some(&url));
            assert_eq!(order, expected, "{language:?} {host}");
        };
        check("<p>3/4/2024", Some("de-DE"), "a.com", Order::DayFirst);
        check("<p>3/4/2024", Some("en-US"), "a.co.uk", Order::DayFirst);
        check("<p>3/4/2024", Some("en"), "a.gov", Order::MonthFirst);
        check("<p>3/25/2024", Some("en-GB"), "a.com", Order::MonthFirst);
        check("<p>25/3/2024", Some("en-US"), "a.com", Order::DayFirst);
        check("<p>3/4/2024", Some("en-US"), "a.com", Order::MonthFirst);
        check("<p>3/4/2024", Some("en"), "a.com", Order::Unknown);
        check("<p>24.3.4", Some("ja"), "a.com", Order::YearFirst);
        check(
            "<meta property=og:locale content=en_GB>",
            Some("en"),
            "a.org",
            Order::DayFirst,
        );
    }
}
