//! The newsstand's outlets as an outlet file says them.

/// The outlets as an outlet file says them: one with rules of its own, the others without, so that
/// the general extractor shows what it can.
pub(super) fn outlets_toml(bases: &[String]) -> String {
    let base = |site: usize| bases.get(site).map_or("", String::as_str);
    format!(
        r#"
[[outlet]]
name = "interfax-ukraine"
title = "Interfax-Ukraine (replica)"
homepage = "{interfax}/"
language = "en"
timezone = "Europe/Kyiv"

[[outlet.source]]
kind = "feed"
url = "{interfax}/news/last.rss"

[[outlet.source]]
kind = "page"
url = "{interfax}/news/general.html"
links = "h3 a"
match = "^/news/general/\\d+\\.html$"

[outlet.article]
body = ["div.article-content"]
title = ["h1.article-content-title"]
published = [".article-content-secondary-header .article-time"]
tags = [".article-tags a"]
drop = [".article-more", "aside", ".adv"]

[[outlet]]
name = "kyiv-independent"
title = "The Kyiv Independent (replica)"
homepage = "{kyiv}/"
language = "en"
timezone = "Europe/Kyiv"

[[outlet.source]]
kind = "feed"
url = "{kyiv}/news-archive/rss/"

[[outlet]]
name = "anewz"
title = "AnewZ (replica)"
homepage = "{anewz}/"
language = "en"
timezone = "Asia/Baku"

[[outlet.source]]
kind = "page"
url = "{anewz}/world/world-news"
match = "^/[a-z-]+/[a-z-]+/\\d+/[a-z0-9-]+/news$"

[[outlet]]
name = "american-chronicles"
title = "American Chronicles (replica)"
homepage = "{chronicles}/"
language = "en"

[[outlet.source]]
kind = "feed"
url = "{chronicles}/feed/"

[[outlet]]
name = "ukrainska-pravda"
title = "Ukrainska Pravda (replica)"
homepage = "{pravda}/"
timezone = "Europe/Kyiv"

[[outlet.source]]
kind = "feed"
url = "{pravda}/eng/rss/"

[[outlet.source]]
kind = "feed"
url = "{pravda}/rss/"
"#,
        interfax = base(0),
        kyiv = base(1),
        anewz = base(2),
        chronicles = base(3),
        pravda = base(4),
    )
}
