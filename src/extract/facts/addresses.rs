//! The day that an address names: it has no time, and is right.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::dates;
use crate::model::stated::StatedTime;

static IN_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let year = r"(?:^|[/_-])((?:19|20)\d{2})";
    let apart = ["/", "-", "_"].map(|sign| format!(r"{sign}([01]?\d){sign}([0-3]?\d)"));
    // As Chinese papers have it: `/2020-02/19/`, `/202002/19/`, `/2020/0219/`.
    let mixed = r"-?([01]\d)/([0-3]\d)/|/([01]\d)([0-3]\d)/";
    Regex::new(&format!(
        r"{year}(?:(?:{}|{}|{}|([01]\d)([0-3]\d))(?:\D|$)|{mixed})",
        apart[0], apart[1], apart[2]
    ))
    .expect("a constant expression")
});

static DAY_FIRST_IN_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let day = r"(?:^|[/_-])([0-3]?\d)";
    let year = r"((?:19|20)\d{2})(?:\D|$)";
    Regex::new(&format!(
        r"{day}(?:-([01]?\d)-|\.([01]?\d)\.|_([01]?\d)_){year}"
    ))
    .expect("a constant expression")
});

/// A whole day in the path: `/2020/09/23/`, or `/23-09-2020/` where that is a day in one order only.
pub(crate) fn of_address(url: &Url) -> Option<StatedTime> {
    let read = |expression: &Regex| {
        let parts = expression.captures(url.path())?;
        let mut numbers = parts.iter().skip(1).flatten().map(|part| part.as_str());
        Some([numbers.next()?, numbers.next()?, numbers.next()?].map(str::to_owned))
    };
    let [year, month, day] = if let Some(parts) = read(&IN_ADDRESS) {
        parts
    } else {
        let [day, month, year] = read(&DAY_FIRST_IN_ADDRESS)?;
        let certain = day == month || day.parse::<u8>().is_ok_and(|day| day > 12);
        if !certain {
            return None;
        }
        [year, month, day]
    };
    dates::parse(&format!("{year}-{month:0>2}-{day:0>2}"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_stand_in_addresses() {
        for (address, day) in [
            ("https://e.org/2020/09/23/title", Some("2020-09-23")),
            ("https://e.org/news/2020-9-3-title", Some("2020-09-03")),
            ("https://e.org/news/20200903.html", Some("2020-09-03")),
            ("https://e.org/2020/top-10", None),
            ("https://e.org/a/2025-12-15+why", Some("2025-12-15")),
            (
                "https://e.org/local/2020-02/19/c_11.htm",
                Some("2020-02-19"),
            ),
            ("https://e.org/n1/2020/0219/c1.html", Some("2020-02-19")),
            ("https://e.org/a/202002/19/t.html", Some("2020-02-19")),
            ("https://e.org/2020/1-2/a", None),
            ("https://e.org/news/29-10-2021", Some("2021-10-29")),
            ("https://e.org/news/a-31.12.2019.html", Some("2019-12-31")),
            ("https://e.org/news/03-04-2021", None),
            ("https://e.org/id/123456789", None),
        ] {
            let found = of_address(&Url::parse(address).unwrap()).map(|time| time.to_string());
            assert_eq!(found.as_deref(), day, "{address}");
        }
    }
}
