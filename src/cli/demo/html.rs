//! The article and section pages of the replicas, each in its outlet's own markup.
//!
//! The recirculation lists on a page show what the edition has printed since: a page fetched twice
//! differs, though its article does not. That is the point of cleaning it.

use super::blocks::{
    byline, card, date_in_words, json_ld, latest, local, more, picture, side, tag_links,
};
use super::markup::{body, escape, fill, name_of, summary};
use super::paper::{LISTED, Paper, Printed};
use super::stories::Edition;

/// The page of one article.
pub(super) fn article(edition: Edition, article: &Printed, paper: &Paper, base: &str) -> String {
    let template = match edition {
        Edition::Interfax => include_str!("pages/interfax.html"),
        Edition::Kyiv => include_str!("pages/kyiv.html"),
        Edition::Anewz => include_str!("pages/anewz.html"),
        Edition::Chronicles => include_str!("pages/chronicles.html"),
        // The outlet is half way through a change of its layout.
        Edition::Pravda if article.number.is_multiple_of(2) => {
            include_str!("pages/pravda-2026.html")
        }
        Edition::Pravda | Edition::PravdaUk => include_str!("pages/pravda.html"),
    };
    render(template, edition, article, paper, base)
}

/// The AMP twin of an agency article.
pub(super) fn amp(printed: &Printed, paper: &Paper, base: &str) -> String {
    let template = include_str!("pages/interfax-amp.html");
    render(template, Edition::Interfax, printed, paper, base)
}

/// The address of the AMP twin.
pub(super) fn amp_path(path: &str) -> String {
    path.replace(".html", "-amp.html")
}

fn render(
    template: &str,
    edition: Edition,
    article: &Printed,
    paper: &Paper,
    base: &str,
) -> String {
    let told = &article.told;
    let ukrainian = edition == Edition::PravdaUk;
    let at = local(edition, article);
    let url = escape(&format!("{base}{}", article.path));
    let ld = json_ld(edition, article, base);
    let script = match edition {
        Edition::PravdaUk => String::new(),
        _ => format!("<script type=\"application/ld+json\">{ld}</script>\n"),
    };
    let others: Vec<&Printed> = paper
        .latest(edition)
        .filter(|other| other.number != article.number)
        .take(8)
        .collect();
    let said = |english: &'static str, own: &'static str| if ukrainian { own } else { english };
    let rfc3339 = at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let utc = article.published.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let hashtags: Vec<_> = told
        .tags
        .iter()
        .map(|tag| format!("#{}", escape(tag)))
        .collect();
    let metatags: Vec<_> = told
        .tags
        .iter()
        .map(|tag| escape(tag))
        .map(|tag| format!("<meta property=\"article:tag\" content=\"{tag}\"/>\n"))
        .collect();
    fill(
        template,
        &[
            ("title", &escape(&told.title)),
            ("summary", &escape(summary(told))),
            ("url", &url),
            (
                "amp",
                &escape(&format!("{base}{}", amp_path(&article.path))),
            ),
            ("image", &format!("{base}/upload/{}.jpg", article.number)),
            ("number", &article.number.to_string()),
            ("section", "Facts"),
            ("clock", &at.strftime("%H:%M %d.%m.%Y").to_string()),
            ("iso", &rfc3339),
            ("utc", &utc),
            ("day", &at.strftime("%B %-d, %Y").to_string()),
            ("words", &date_in_words(edition, &at)),
            ("body", &body(edition, article)),
            ("hero", &picture(edition, article)),
            ("tags", &tag_links(edition, &told.tags)),
            ("hashtags", &hashtags.join(" ")),
            ("metatags", &metatags.concat()),
            ("authors", &escape(&told.authors.join(", "))),
            ("bylinks", &byline(edition, &told.authors)),
            ("jsonld", &ld),
            ("script", &script),
            ("more", &more(edition, &others)),
            ("latest", &latest(edition, &others)),
            ("side", &side(ukrainian, &others)),
            ("lang", said("en", "uk")),
            ("charset", said("utf-8", "windows-1251")),
            ("site", name_of(edition)),
            ("sections", said("All Sections", "Всі розділи")),
            ("support", said("Support Us", "Підтримати")),
            (
                "plea",
                said(
                    "Support UP or become our patron!",
                    "Підтримайте УП або станьте нашим патроном!",
                ),
            ),
            ("related", said("Related", "Читайте також")),
            ("advert", said("Advertisement:", "Реклама:")),
            ("all", said("All News", "Всі новини")),
            ("recent", said("RECENT NEWS", "ОСТАННІ НОВИНИ")),
            (
                "colophon",
                said(
                    "A replica for the Wireroom demo. All stories are invented.",
                    "Копія для показу Wireroom. Усі новини вигадані.",
                ),
            ),
        ],
    )
}

/// The section page of an edition; `None` for those that have none here.
pub(super) fn section(edition: Edition, paper: &Paper) -> Option<String> {
    let cards: String = paper
        .latest(edition)
        .take(LISTED)
        .map(|article| card(edition, article))
        .collect();
    Some(match edition {
        Edition::Interfax => format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Facts - \
             Interfax-Ukraine</title><link rel=\"alternate\" type=\"application/rss+xml\" \
             href=\"/news/last.rss\"></head><body><nav><a href=\"/news/economic.html\">Economy</a>\
             <a href=\"/services.html\">Services</a></nav><main><h1>Facts</h1>{cards}</main>\
             <footer><a href=\"/privacy.html\">Privacy policy</a></footer></body></html>"
        ),
        Edition::Kyiv => format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>News archive\
             </title><link rel=\"alternate\" type=\"text/xml\" href=\"/news-archive/rss/\"></head>\
             <body><nav><a href=\"/tag/war/\">War</a><a href=\"/support/\">Support us</a></nav>\
             <main>{cards}</main></body></html>"
        ),
        Edition::Anewz => format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>World News | \
             AnewZ</title></head><body><nav><a href=\"/world/world-news\">World News</a><a \
             href=\"/live\">Live</a></nav><main><div class=\"news-list\">{cards}</div><a \
             href=\"/world/world-news?page=2\">2</a></main></body></html>"
        ),
        Edition::Chronicles => format!(
            "<!DOCTYPE html><html lang=\"en-US\"><head><meta charset=\"UTF-8\"><title>World - \
             American Chronicles</title></head><body><main>{cards}<div class=\"nav-links\"><a \
             class=\"next page-numbers\" href=\"/category/world/page/2/\">Next</a></div></main>\
             </body></html>"
        ),
        Edition::Pravda => format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>News | \
             Ukrainska Pravda</title></head><body><nav class=\"main_menu_wrapper\"><a \
             href=\"/eng/articles/\">Articles</a></nav><div \
             class=\"container_sub_news_list_wrapper\">{cards}<div class=\"unit_adv\">\
             Advertisement:</div></div></body></html>"
        ),
        Edition::PravdaUk => return None,
    })
}
