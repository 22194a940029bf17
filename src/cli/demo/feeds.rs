//! The feeds of the replicas, as RSS 2.0 in the manner of each outlet.

use jiff::tz::TimeZone;

use super::markup::{body, escape, summary};
use super::paper::{LISTED, Paper, Printed};
use super::stories::Edition;

/// The feed of an edition; `None` for the one that has none.
pub(super) fn feed(edition: Edition, paper: &Paper, base: &str) -> Option<String> {
    let (title, home, language, encoding) = match edition {
        Edition::Interfax => ("Interfax-Ukraine", "/", "en", "utf-8"),
        Edition::Kyiv => ("The Kyiv Independent", "/", "en", "utf-8"),
        Edition::Anewz => return None,
        Edition::Chronicles => ("American Chronicles", "/", "en-US", "utf-8"),
        Edition::Pravda => ("Ukrainska Pravda", "/eng/", "en", "utf-8"),
        Edition::PravdaUk => ("Українська правда", "/", "uk", "windows-1251"),
    };
    let mut items = String::new();
    for article in paper.latest(edition).take(LISTED) {
        items.push_str(&item(edition, article, base, &article.path));
    }
    // An agency's feed that lists its newest story twice, the second time with a tracked address.
    if let (Edition::Interfax, Some(newest)) = (edition, paper.latest(edition).next()) {
        let tracked = format!("{}?utm_source=rss&utm_medium=feed", newest.path);
        items.push_str(&item(edition, newest, base, &tracked));
    }
    Some(format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n\
         <channel>\n<title>{title}</title>\n<link>{base}{home}</link>\n\
         <description>A replica for the Wireroom demo; all stories are invented</description>\n\
         <language>{language}</language>\n{items}</channel>\n</rss>\n"
    ))
}

fn item(edition: Edition, article: &Printed, base: &str, path: &str) -> String {
    let link = escape(&format!("{base}{path}"));
    let permalink = format!("{base}{}", article.path);
    let zone = match edition {
        Edition::Kyiv | Edition::Chronicles | Edition::Anewz => TimeZone::UTC,
        Edition::Interfax | Edition::Pravda | Edition::PravdaUk => {
            TimeZone::get("Europe/Kyiv").unwrap_or(TimeZone::UTC)
        }
    };
    let date = article
        .published
        .to_zoned(zone)
        .strftime("%a, %d %b %Y %H:%M:%S %z");
    let words = summary(&article.told);
    let mut item = String::from("<item>\n");
    let mut put = |text: String| {
        item.push_str(&text);
        item.push('\n');
    };
    match edition {
        Edition::Interfax | Edition::Anewz | Edition::Pravda | Edition::PravdaUk => {
            put(format!("<title>{}</title>", escape(&article.told.title)));
            put(format!("<link>{link}</link>"));
            put(format!("<guid isPermaLink=\"true\">{permalink}</guid>"));
            put(format!("<pubDate>{date}</pubDate>"));
            // The English edition of one outlet leaves its descriptions empty until it has
            // something to put right.
            if edition == Edition::Pravda && article.corrected.is_none() {
                put("<description></description>".to_owned());
            } else {
                put(format!("<description>{}</description>", escape(words)));
            }
        }
        Edition::Kyiv | Edition::Chronicles => {
            put(format!("<title><![CDATA[{}]]></title>", article.told.title));
            put(format!("<link>{link}</link>"));
            let guid = match edition {
                Edition::Chronicles => format!("{base}/?p={}", article.number),
                _ => format!("6750{:020x}", article.number),
            };
            put(format!("<guid isPermaLink=\"false\">{guid}</guid>"));
            put(format!("<pubDate>{date}</pubDate>"));
            put(format!("<description><![CDATA[{words}]]></description>"));
            let creator = match edition {
                Edition::Chronicles => "admin".to_owned(),
                _ => article.told.authors.join(", "),
            };
            put(format!("<dc:creator><![CDATA[{creator}]]></dc:creator>"));
            for tag in &article.told.tags {
                put(format!("<category>{}</category>", escape(tag)));
            }
            put(full_text(edition, article, &link, base));
        }
    }
    item.push_str("</item>\n");
    item
}

fn full_text(edition: Edition, article: &Printed, link: &str, base: &str) -> String {
    let mut html = body(edition, article);
    if edition == Edition::Chronicles {
        let title = escape(&article.told.title);
        html.push_str("<p>The post ");
        html.extend(["<a href=\"", link, "\">", &title, "</a> first appeared on "]);
        html.extend(["<a href=\"", base, "/\">American Chronicles</a>.</p>"]);
    }
    format!("<content:encoded><![CDATA[{html}]]></content:encoded>")
}
