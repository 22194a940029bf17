//! The effective configuration as TOML, secrets masked: what a person asks for when a setting does not
//! do what they think.
//!
//! Without secrets in it the text can be read again and means the same; a test holds it to that.

use std::time::Duration;

use regex::Regex;
use scraper::Selector;
use scraper::selector::ToCss;
use url::Url;

use super::endpoint::{ContentSize, EndpointSpec, EventMode, Format, SigningKey, Stories};
use super::filter::{Filter, Term};
use super::outlet::{ArticleRules, Outlet};
use super::quiet::{DAYS, Hours, Quiet};
use super::show_page::{Page, quote};
use super::signing::public_key;
use super::values::bytes;
use super::{Config, RetryAfterScope, RobotsScope, StoreLocation};

/// Stands for every secret.
const MASK: &str = "***";

/// The configuration as TOML: secrets as `***`, endpoint addresses as scheme and host.
pub fn show(config: &Config) -> String {
    let mut page = Page::default();
    if let Some(file) = &config.file {
        page.line(format_args!("# from {}", file.display()));
    }
    sections(&mut page, config);
    for endpoint in config.endpoints.values() {
        show_endpoint(&mut page, endpoint);
    }
    for outlet in config.outlets.values() {
        show_outlet(&mut page, outlet);
    }
    page.text_of()
}

fn sections(page: &mut Page, config: &Config) {
    page.header("[daemon]");
    page.text("data_dir", config.data_dir.display());
    page.list("outlets", Vec::<String>::new()); // they stand below
    page.time("grace", config.daemon.grace);
    page.time("lease", config.daemon.lease);

    page.header("[store]");
    let StoreLocation::Sled(path) = &config.store.location;
    page.text("url", format_args!("sled:{}", path.display()));
    page.time("keep", config.store.keep);
    page.bare("keep_articles", config.store.keep_articles);
    page.text("cache", bytes(config.store.cache));
    page.bare("raw", config.store.raw);
    page.bare("compact", config.store.compact);

    let fetch = &config.fetch;
    page.header("[fetch]");
    page.text("contact", &fetch.contact);
    page.time("timeout", fetch.timeout);
    page.text("max_body", bytes(fetch.max_body));
    page.bare("max_redirects", fetch.max_redirects);
    page.bare("concurrency", fetch.concurrency);
    page.bare("per_host", fetch.per_host);
    page.time("host_delay", fetch.host_delay);
    let budget = fetch.host_budget.map(|budget| budget.to_string());
    page.text("host_budget", budget.as_deref().unwrap_or("off"));
    page.text(
        "robots",
        match fetch.robots {
            RobotsScope::Articles => "articles",
            RobotsScope::All => "all",
            RobotsScope::Off => "off",
        },
    );
    page.text("retry_after_scope", fetch.retry_after_scope.as_str());
    page.list("allow_private", &fetch.allow_private);

    let poll = &config.poll;
    page.header("[poll]");
    page.time("interval", poll.interval);
    page.time("min_interval", poll.min_interval);
    page.time("max_interval", poll.max_interval);
    page.bare("adaptive", poll.adaptive);
    page.times("revisit", &poll.revisit);
    page.bare("failing_after", poll.failing_after);
    page.text("first", poll.first.as_str());

    page.header("[extract]");
    page.list("noise", config.extract.noise.shown());
    page.header("[delivery]");
    page.times("schedule", &config.delivery.schedule);
    page.time("timeout", config.delivery.timeout);
    page.bare("concurrency", config.delivery.concurrency);
    match config.delivery.disable_after {
        Some(after) => page.time("disable_after", after),
        None => page.text("disable_after", "off"),
    }

    page.header("[http]");
    page.text("listen", config.http.listen);
    let http = &config.http;
    page.text("token", http.token.as_ref().map_or("", |_| MASK));
    page.text(
        "public_url",
        http.public_url.as_ref().map_or("", Url::as_str),
    );
    if config.http.read_token.is_some() {
        page.text("read_token", MASK);
    }

    page.header("[search]");
    page.bare("enabled", config.search.enabled);
    page.header("[feeds]");
    page.text("hub", config.feeds.hub.as_ref().map_or("", Url::as_str));
    page.header("[log]");
    page.text("format", config.log.format.as_str());
    page.text("level", &config.log.level);
}

fn show_endpoint(page: &mut Page, endpoint: &EndpointSpec) {
    page.header("[[endpoint]]");
    page.text("name", &endpoint.name);
    page.text("url", &endpoint.url);
    page.text("format", endpoint.format.as_str());
    if !endpoint.secrets.is_empty() {
        page.text("secret", vec![MASK; endpoint.secrets.len()].join(" "));
    }
    for key in &endpoint.secrets {
        if let SigningKey::Asymmetric { public, .. } = key {
            page.line(format_args!(
                "# receivers verify with {}",
                public_key(public)
            ));
        }
    }
    show_format(page, &endpoint.format);
    page.list("events", endpoint.events.iter().map(|kind| kind.as_str()));
    page.text(
        "content",
        match endpoint.content {
            ContentSize::Full => "full",
            ContentSize::Summary => "summary",
            ContentSize::Link => "link",
        },
    );
    if let Format::Json | Format::CloudEvents(_) = endpoint.format {
        page.text("max_body", bytes(endpoint.max_body as u64));
    }
    page.text(
        "stories",
        match endpoint.stories {
            Stories::All => "all",
            Stories::First => "first",
        },
    );
    page.bare("allow_private", endpoint.allow_private);
    if let Some(timeout) = endpoint.timeout {
        page.time("timeout", timeout);
    }
    if let Some(schedule) = &endpoint.schedule {
        page.times("schedule", schedule);
    }
    page.bare("concurrency", endpoint.concurrency);
    page.optional("rate", endpoint.spacing.map(rate));
    if let Some(every) = &endpoint.every {
        page.text("every", every.word());
        page.optional("timezone", every.zone());
    }
    if let Some(identity) = &endpoint.identity {
        page.text("client_cert", &identity.cert_file);
        page.text("client_key", &identity.key_file);
    }
    if let Some(proxy) = &endpoint.proxy {
        page.text("proxy", proxy);
    }
    if !endpoint.headers.is_empty() {
        page.header("[endpoint.headers]");
        for (name, _) in &endpoint.headers {
            page.text(&quote(name), MASK);
        }
    }
    show_filter(page, &endpoint.filter);
    if let Some(quiet) = &endpoint.quiet {
        show_quiet(page, quiet);
    }
}

/// The keys that the format alone has.
fn show_format(page: &mut Page, format: &Format) {
    match format {
        Format::Json | Format::Slack | Format::Discord | Format::Teams | Format::Mattermost => {}
        Format::CloudEvents(mode) => page.text(
            "mode",
            match mode {
                EventMode::Structured => "structured",
                EventMode::Binary => "binary",
            },
        ),
        Format::Telegram { chat, .. } => {
            page.text("token", MASK);
            page.text("chat", chat);
        }
        Format::Matrix { room, .. } => {
            page.text("token", MASK);
            page.text("room", room);
        }
        Format::Ntfy { token } => page.optional("token", token.as_ref().map(|_| MASK)),
        Format::Template(template) => {
            page.text("content_type", template.content_type());
            page.text("template", template.source());
        }
    }
}

fn show_filter(page: &mut Page, filter: &Filter) {
    page.header("[endpoint.filter]");
    for (key, value) in filter_parts(filter) {
        page.bare(key, value);
    }
}

/// What a filter says, key by key, as TOML writes it.
fn filter_parts(filter: &Filter) -> Vec<(&'static str, String)> {
    let mut parts = Vec::new();
    let terms = [
        ("any", &filter.any),
        ("all", &filter.all),
        ("none", &filter.none),
    ];
    for (key, terms) in terms {
        if !terms.is_empty() {
            let terms: Vec<String> = terms.iter().map(term).collect();
            parts.push((key, format!("[{}]", terms.join(", "))));
        }
    }
    let expressions = |list: &[Regex]| -> Vec<String> {
        list.iter().map(|regex| quote(regex.as_str())).collect()
    };
    let lists = [
        ("title", expressions(&filter.title)),
        (
            "outlets",
            filter.outlets.iter().map(|it| quote(it.as_str())).collect(),
        ),
        (
            "languages",
            filter.languages.iter().map(|it| quote(it)).collect(),
        ),
        ("tags", filter.tags.iter().map(|it| quote(it)).collect()),
        ("bylines", expressions(&filter.bylines)),
    ];
    for (key, list) in lists {
        if !list.is_empty() {
            parts.push((key, format!("[{}]", list.join(", "))));
        }
    }
    parts.extend(
        filter
            .min_words
            .map(|words| ("min_words", words.to_string())),
    );
    parts.extend(filter.paywalled.map(|it| ("paywalled", it.to_string())));
    parts.extend(filter.original.map(|it| ("original", it.to_string())));
    parts
}

fn term(term: &Term) -> String {
    match term {
        Term::Expression(regex) => quote(regex.as_str()),
        Term::Group(group) => {
            let parts: Vec<String> = filter_parts(group)
                .into_iter()
                .map(|(key, value)| format!("{key} = {value}"))
                .collect();
            format!("{{ {} }}", parts.join(", "))
        }
    }
}

fn show_quiet(page: &mut Page, quiet: &Quiet) {
    page.header("[endpoint.quiet]");
    let minute = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    let hours = quiet.hours.iter();
    page.list(
        "hours",
        hours.map(|Hours { from, to }| format!("{}-{}", minute(*from), minute(*to))),
    );
    let named = DAYS.iter().filter(|(_, day)| quiet.days.contains(day));
    page.list("days", named.map(|(word, _)| *word));
    page.optional("timezone", quiet.zone.iana_name());
}

fn show_outlet(page: &mut Page, outlet: &Outlet) {
    page.header("[[outlet]]");
    page.text("name", &outlet.name);
    page.text("title", &outlet.title);
    page.text("homepage", &outlet.homepage);
    page.optional("language", outlet.language.as_deref());
    let zone = outlet.timezone.as_ref();
    page.optional("timezone", zone.and_then(|zone| zone.iana_name()));
    page.optional("charset", outlet.charset.map(encoding_rs::Encoding::name));
    if let Some(revisit) = &outlet.revisit {
        page.times("revisit", revisit);
    }
    let scope = outlet.retry_after_scope;
    page.optional("retry_after_scope", scope.map(RetryAfterScope::as_str));
    if !outlet.tracking.is_empty() {
        page.list("tracking", &outlet.tracking);
    }
    for source in &outlet.sources {
        page.header("[[outlet.source]]");
        page.text("kind", source.kind.as_str());
        page.text("url", &source.url);
        if let Some(interval) = source.interval {
            page.time("interval", interval);
        }
        page.optional("language", source.language.as_deref());
        page.optional("title", source.title.as_deref());
        page.optional("homepage", source.homepage.as_ref());
        if !source.folders.is_empty() {
            page.list("folders", &source.folders);
        }
        page.optional("links", source.links.as_ref().map(Selector::to_css_string));
        page.optional("match", source.pattern.as_ref().map(Regex::as_str));
    }
    show_article(page, &outlet.article);
}

fn show_article(page: &mut Page, rules: &ArticleRules) {
    page.header("[outlet.article]");
    page.rules("body", &rules.body);
    page.list("drop", rules.drop.iter().map(Selector::to_css_string));
    page.list("drop_lines", rules.drop_lines.iter().map(Regex::as_str));
    page.rules("title", &rules.title);
    page.rules("lead", &rules.lead);
    page.rules("byline", &rules.byline);
    page.rules("published", &rules.published);
    page.rules("tags", &rules.tags);
    page.rules("captions", &rules.captions);
}

/// The rate that makes this spacing, with the smallest unit that says it.
fn rate(spacing: Duration) -> String {
    let times = |unit: u64| {
        let count = Duration::from_secs(unit).as_nanos() / spacing.as_nanos().max(1);
        (count > 0).then_some(count)
    };
    let (count, unit) = [(1, "s"), (60, "m"), (3600, "h")]
        .into_iter()
        .find_map(|(seconds, unit)| times(seconds).map(|count| (count, unit)))
        .unwrap_or((1, "h"));
    format!("{count}/{unit}")
}
