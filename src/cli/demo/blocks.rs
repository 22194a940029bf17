//! The pieces of the replicas' pages: cards, lists, bylines, pictures, dates, structured data.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::markup::{escape, name_of, summary};
use super::paper::Printed;
use super::stories::Edition;

pub(super) fn card(edition: Edition, article: &Printed) -> String {
    let (path, title) = (&article.path, escape(&article.told.title));
    let at = local(edition, article);
    let hour = at.strftime("%H:%M");
    match edition {
        Edition::Interfax => format!(
            "<div class=\"grid article-item\"><div class=\"article-time\">{}</div><h3><a \
             href=\"{path}\">{title}</a></h3><a class=\"img\" href=\"{path}\"><img \
             alt=\"{title}\"></a></div>",
            at.strftime("%H:%M %d.%m.%Y")
        ),
        Edition::Kyiv => format!(
            "<article class=\"js-card archiveCard\" data-archive-id=\"{}\"><a href=\"{path}\"><img \
             alt=\"\"></a><div><a class=\"tag\" href=\"/tag/news-feed/\">News Feed</a><h3><a \
             href=\"{path}\">{title}</a></h3></div></article>",
            article.published.strftime("%Y-%m-%dT%H:%M:%SZ")
        ),
        Edition::Anewz => {
            let cut: String = article.told.title.chars().take(60).collect();
            let shown = if cut.len() < article.told.title.len() {
                format!("{} ...", escape(&cut))
            } else {
                title
            };
            format!(
                "<div class=\"news-item\"><span class=\"t\">{hour}</span><a href=\"{path}\"><h3>\
                 {shown}</h3></a></div>"
            )
        }
        Edition::Chronicles => format!(
            "<article class=\"post\"><h2 class=\"entry-title\"><a rel=\"bookmark\" \
             href=\"{path}\">{title}</a></h2><time class=\"entry-date\" datetime=\"{}\">{}</time>\
             <div class=\"entry-summary\"><p>{} […]</p></div></article>",
            article.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
            at.strftime("%Y-%m-%d"),
            escape(summary(&article.told))
        ),
        Edition::Pravda | Edition::PravdaUk => format!(
            "<div class=\"article_news_list\"><div class=\"article_time\">{hour}</div><div \
             class=\"article_content\"><div class=\"article_header\"><a href=\"{path}\">{title}</a>\
             </div></div></div>"
        ),
    }
}

pub(super) fn local(edition: Edition, article: &Printed) -> Zoned {
    let zone = match edition {
        Edition::Anewz => "Asia/Baku",
        Edition::Chronicles => "UTC",
        Edition::Interfax | Edition::Kyiv | Edition::Pravda | Edition::PravdaUk => "Europe/Kyiv",
    };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    article.published.to_zoned(zone)
}

pub(super) fn date_in_words(edition: Edition, at: &Zoned) -> String {
    const DAYS: [&str; 7] = [
        "Понеділок",
        "Вівторок",
        "Середа",
        "Четвер",
        "П'ятниця",
        "Субота",
        "Неділя",
    ];
    const MONTHS: [&str; 12] = [
        "січня",
        "лютого",
        "березня",
        "квітня",
        "травня",
        "червня",
        "липня",
        "серпня",
        "вересня",
        "жовтня",
        "листопада",
        "грудня",
    ];
    match edition {
        Edition::PravdaUk => {
            let day = DAYS[at.weekday().to_monday_zero_offset().unsigned_abs() as usize % 7];
            let month = MONTHS[(at.month().unsigned_abs() as usize + 11) % 12];
            format!(
                "{day}, {} {month} {}, {}",
                at.day(),
                at.year(),
                at.strftime("%H:%M")
            )
        }
        Edition::Kyiv => at.strftime("%B %-d, %Y %-I:%M %p").to_string(),
        Edition::Interfax | Edition::Anewz | Edition::Chronicles | Edition::Pravda => {
            at.strftime("%A, %-d %B %Y, %H:%M").to_string()
        }
    }
}

pub(super) fn picture(edition: Edition, article: &Printed) -> String {
    let Some(caption) = article.told.caption.as_deref().map(escape) else {
        return String::new();
    };
    let image = format!("/upload/{}.jpg", article.number);
    match edition {
        Edition::Kyiv => format!(
            "<figure class=\"c-hero\"><img src=\"{image}\" alt=\"\"><figcaption>{caption}\
             </figcaption></figure>"
        ),
        Edition::Chronicles => format!(
            "<figure class=\"wp-caption aligncenter\"><img src=\"{image}\" alt=\"{caption}\">\
             <figcaption class=\"wp-caption-text\">{caption}</figcaption></figure>\n"
        ),
        Edition::Pravda | Edition::PravdaUk => format!(
            "<div class=\"post_news_photo\"><picture><img src=\"{image}\" alt=\"{}\"></picture>\
             <div class=\"post_news_photo_captain\">{caption}</div></div>\n",
            escape(&article.told.title)
        ),
        Edition::Interfax | Edition::Anewz => String::new(),
    }
}

pub(super) fn byline(edition: Edition, authors: &[String]) -> String {
    let links: Vec<String> = authors
        .iter()
        .map(|author| {
            let address = match edition {
                Edition::Pravda | Edition::PravdaUk => "/eng/authors/x/",
                _ => "/author/x/",
            };
            format!("<a href=\"{address}\">{}</a>", escape(author))
        })
        .collect();
    links.join(", ")
}

pub(super) fn tag_links(edition: Edition, tags: &[String]) -> String {
    let links: Vec<String> = tags
        .iter()
        .enumerate()
        .map(|(place, tag)| {
            let tag = escape(tag);
            match edition {
                Edition::Interfax => format!("<a href=\"/news/tag/{place}.html\">#{tag}</a>"),
                Edition::Chronicles => {
                    format!("<a rel=\"tag\" href=\"/tag/{place}/\">{tag}</a>")
                }
                _ => format!("<a href=\"/eng/tags/{place}/\">{tag}</a>"),
            }
        })
        .collect();
    links.join(if edition == Edition::Interfax {
        " "
    } else {
        ""
    })
}

/// The list below an article; the agency says each headline twice.
pub(super) fn more(edition: Edition, others: &[&Printed]) -> String {
    let link = |other: &&Printed| {
        let (path, title) = (&other.path, escape(&other.told.title));
        let at = local(edition, other);
        match edition {
            Edition::Interfax => format!(
                "<div class=\"article-more-item\"><div class=\"article-time\">{}</div><a \
                 class=\"img\" href=\"{path}\" title=\"{title}\"><img src=\"/upload/{}.jpg\" \
                 alt=\"{title}\"><span>{title}</span></a><h4><a href=\"{path}\">{title}</a></h4>\
                 </div>\n",
                at.strftime("%H:%M %d.%m.%Y"),
                other.number
            ),
            Edition::Kyiv => format!(
                "<li><time>{}</time><a href=\"{path}\">{title}</a></li>",
                at.strftime("%-I:%M %p")
            ),
            Edition::Chronicles => format!(
                "<li><a href=\"{path}\" title=\"{title}\">{title}</a> <span class=\"date\">{}</span>\
                 </li>",
                at.strftime("%B %-d, %Y")
            ),
            Edition::Anewz | Edition::Pravda | Edition::PravdaUk => {
                format!("<li><a href=\"{path}\">{title}</a></li>")
            }
        }
    };
    others.iter().map(link).collect()
}

pub(super) fn latest(edition: Edition, others: &[&Printed]) -> String {
    let line = |other: &&Printed| {
        let (path, title) = (&other.path, escape(&other.told.title));
        match edition {
            Edition::Pravda | Edition::PravdaUk => card(edition, other),
            _ => format!("<li><a href=\"{path}\">{title}</a></li>\n"),
        }
    };
    others.iter().map(line).collect()
}

pub(super) fn side(ukrainian: bool, others: &[&Printed]) -> String {
    let label = if ukrainian {
        "оновлено"
    } else {
        "updated"
    };
    let line = |other: &&Printed| {
        format!(
            "<div class=\"article_title\"><span class=label>{label}</span><a href=\"{}\">{}</a></div>",
            other.path,
            escape(&other.told.title)
        )
    };
    others.iter().take(4).map(line).collect()
}

/// Structured data as each outlet states it; for one of them the text stands nowhere else.
pub(super) fn json_ld(edition: Edition, article: &Printed, base: &str) -> String {
    let told = &article.told;
    let at = local(edition, article);
    let stated = at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let url = format!("{base}{}", article.path);
    let people: Vec<Value> = told
        .authors
        .iter()
        .map(|name| json!({"@type": "Person", "name": name}))
        .collect();
    let outlet = json!({"@type": "Organization", "name": name_of(edition)});
    let mut ld = json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": told.title,
        "datePublished": stated,
        "mainEntityOfPage": url,
    });
    match edition {
        Edition::Anewz => {
            let mut text = told.text.clone();
            if let Some(source) = article.copied_from {
                text.push(format!("(With information from {})", name_of(source)));
            }
            ld["description"] = json!(summary(told));
            ld["author"] = outlet.clone();
            ld["publisher"] = outlet;
            ld["articleBody"] = json!(text.join("\n\n"));
        }
        Edition::Interfax => ld["author"] = outlet,
        Edition::Chronicles => ld["author"] = json!({"@type": "Person", "name": "admin"}),
        Edition::Kyiv => {
            ld["author"] = json!(people);
            ld["publisher"] = outlet;
            ld["keywords"] = json!(told.tags.join(", "));
        }
        // The 2026 layout gives the text as one string parted by tabs.
        Edition::Pravda if article.number.is_multiple_of(2) => {
            ld["author"] = json!(people);
            ld["articleBody"] = json!(format!(" \t {}", told.text.join("\t")));
        }
        Edition::Pravda | Edition::PravdaUk => ld["author"] = json!(people),
    }
    if let Some(corrected) = article.corrected {
        ld["dateModified"] = json!(
            corrected
                .to_zoned(at.time_zone().clone())
                .strftime("%Y-%m-%dT%H:%M:%S%:z")
                .to_string()
        );
    }
    ld.to_string().replace("</", "<\\/")
}
