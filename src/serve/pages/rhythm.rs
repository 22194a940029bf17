//! When an outlet publishes: by the hour of the day and the day of the week, as two small plots.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::model::article::Article;
use crate::model::stated::StatedTime;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Units of the plots: width, and a bar's greatest height.
const WIDTH: usize = 288;
const HEIGHT: u64 = 60;

/// Counts of articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// By the hour of the day.
    hours: [u64; 24],
    /// By the day of the week, from Monday.
    days: [u64; 7],
    /// In all.
    pub(super) total: u64,
}

impl Rhythm {
    /// Of `articles`, in the outlet's own zone. An article counts by its stated instant, else by when
    /// it was stored: a bare date has no hour.
    pub(super) fn of(articles: &[Article], zone: &TimeZone) -> Self {
        let mut rhythm = Self {
            hours: [0; 24],
            days: [0; 7],
            total: 0,
        };
        for article in articles {
            let at = match article.revision.content.published {
                Some(StatedTime::Exact { at, .. }) => at,
                Some(StatedTime::Local(_) | StatedTime::Day(_)) | None => article.stored,
            };
            let local = zone.to_datetime(at);
            let hour = usize::try_from(local.hour()).unwrap_or(0);
            let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
            rhythm.hours[hour] += 1;
            rhythm.days[day] += 1;
            rhythm.total += 1;
        }
        rhythm
    }

    pub(super) fn show(&self) -> Markup {
        if self.total == 0 {
            return html! { p.faint { "Nothing is stored to read it from yet." } };
        }
        let hours: Vec<String> = (0..24).map(|hour| format!("{hour:02}:00")).collect();
        let hours: Vec<&str> = hours.iter().map(String::as_str).collect();
        html! {
            div.plots {
                (plot("By hour", &hours, &self.hours, |place| place % 6 == 0))
                (plot("By day", &DAYS, &self.days, |_| true))
            }
        }
    }
}

/// Bars with their names below; `named` says which have room for one.
fn plot(title: &str, names: &[&str], counts: &[u64], named: impl Fn(usize) -> bool) -> Markup {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let busiest = counts.iter().position(|&count| count == most).unwrap_or(0);
    let busiest = names.get(busiest).copied().unwrap_or_default();
    let step = WIDTH / counts.len().max(1);
    let words = format!(
        "{title}: most at {busiest}, {most} of {}",
        counts.iter().sum::<u64>()
    );
    html! {
        figure.plot {
            figcaption { (title) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 16) } role="img" aria-label=(words) {
                @for (place, (name, count)) in names.iter().zip(counts).enumerate() {
                    @let tall = (count * HEIGHT).div_ceil(most);
                    g {
                        title { (name) ": " (count) }
                        rect.slot x=(place * step) y="0" width=(step - 2) height=(HEIGHT) rx="2" {}
                        rect.bar x=(place * step) y=(HEIGHT - tall) width=(step - 2) height=(tall) rx="2" {}
                    }
                    @if named(place) { text x=(place * step) y=(HEIGHT + 13) { (name) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::article::{Content, Revision, Story};
    use crate::model::id::{ArticleId, OutletName, StoryId};

    fn article(stored: &str, published: Option<&str>) -> Article {
        let stored: Timestamp = stored.parse().unwrap();
        Article {
            id: ArticleId::new(stored),
            outlet: OutletName::new("ap"),
            url: "https://ap.example/1".parse().unwrap(),
            stored,
            revision: Revision {
                number: 1,
                fetched: stored,
                content: Content {
                    published: published.and_then(StatedTime::parse),
                    ..Content::default()
                },
            },
            story: Story {
                id: StoryId::new(stored),
                original: true,
                also: Vec::new(),
            },
        }
    }

    #[test]
    fn articles_count_in_the_outlets_own_time() {
        let articles = [
            // A Monday evening in Kyiv that is a Tuesday there already.
            article("2025-06-24T08:00:00Z", Some("2025-06-23T22:30:00Z")),
            article("2025-06-23T22:10:00Z", Some("2025-06-23")),
            article("2025-06-22T10:00:00Z", None),
        ];
        let kyiv = TimeZone::get("Europe/Kyiv").unwrap();
        let rhythm = Rhythm::of(&articles, &kyiv);
        assert_eq!(rhythm.total, 3);
        assert_eq!((rhythm.hours[1], rhythm.hours[13]), (2, 1));
        assert_eq!(rhythm.days, [0, 2, 0, 0, 0, 0, 1]);
        let shown = rhythm.show().into_string();
        assert!(shown.contains("By hour: most at 01:00, 2 of 3"), "{shown}");
        assert!(shown.contains("<title>Sun: 1</title>"), "{shown}");
        assert!(!Rhythm::of(&[], &kyiv).show().into_string().contains("<svg"));
    }
}
