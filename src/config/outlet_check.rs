//! Raw outlets to checked ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::check::{Check, INTERVAL};
use super::mistake::{Report, quoted};
use super::noise::Noise;
use super::outlet::{ArticleRules, Outlet, Source};
use super::private::forbidden_host;
use super::raw::{RawArticle, RawKind, RawOutlet, RawSource};
use super::tree::Places;
use super::values::{
    duration, expression, field, language, selector, time_zone, web_address, written,
};
use crate::model::id::{OutletName, SourceId};
use crate::model::source::SourceKind;

/// What the rest of the configuration says about outlets.
pub(crate) struct Bounds<'a> {
    /// `fetch.allow_private`.
    pub(crate) allow_private: &'a [IpNet],
    /// `poll.min_interval`.
    pub(crate) min_interval: Duration,
    /// `poll.max_interval`.
    pub(crate) max_interval: Duration,
}

/// Checks one outlet; `key` is `outlet[2]`, or `outlet` in a file of its own. `None` when it has no name
/// or home to be known by, which was reported.
pub(crate) fn check(
    raw: &RawOutlet,
    key: &str,
    places: &Places,
    bounds: &Bounds<'_>,
    report: &mut Report,
) -> Option<Outlet> {
    let env = BTreeMap::new(); // an outlet has no secrets
    let mut check = Check {
        report,
        places,
        dir: Path::new(""),
        env: &env,
    };
    check.outlet(raw, key, bounds)
}

impl Check<'_> {
    fn outlet(&mut self, raw: &RawOutlet, key: &str, bounds: &Bounds<'_>) -> Option<Outlet> {
        let at = |name: &str| format!("{key}.{name}");
        let name = raw
            .name
            .as_ref()
            .and_then(|name| self.read(&at("name"), name, outlet_name));
        let homepage = raw
            .homepage
            .as_ref()
            .and_then(|url| self.read(&at("homepage"), url, web_address));
        let language = self.optional(&at("language"), raw.language.as_ref(), language);
        let timezone = self.optional(&at("timezone"), raw.timezone.as_ref(), time_zone);
        let charset = self.optional(&at("charset"), raw.charset.as_ref(), |text| {
            encoding_rs::Encoding::for_label(text.as_bytes()).ok_or_else(|| {
                "is not a charset; allowed: a label of the Encoding Standard, like windows-1251"
                    .to_owned()
            })
        });
        let revisit = (raw.revisit.as_ref()).map(|times| self.revisit(&at("revisit"), times));
        let tracking = self.read_all(&at("tracking"), &raw.tracking, parameter);
        let article = self.article(&raw.article, &at("article"));
        // Sources are checked under a stand-in where the outlet's own name is wrong or missing.
        let owner = name.clone().unwrap_or_else(|| OutletName::new("nameless"));
        let mut sources: Vec<Source> = Vec::with_capacity(raw.source.len());
        for (index, raw) in raw.source.iter().enumerate() {
            let key = format!("{key}.source[{index}]");
            let Some(source) = self.source(raw, &key, &owner, bounds) else {
                continue;
            };
            if sources.iter().any(|other| other.id == source.id) {
                self.wrong(&key, "is given a second time: kind and address are those of another source of this outlet");
            }
            sources.push(source);
        }
        if raw.source.is_empty() {
            self.warn(key, "has no source: nothing of it is watched, only pages given by hand are read by its rules");
        }
        let homepage = homepage.or_else(|| {
            let first = sources.first().map(|source| source.url.clone());
            first.and_then(|url| url.join("/").ok())
        });
        if homepage.is_none() && raw.homepage.is_none() && raw.source.is_empty() {
            self.wrong(
                &at("homepage"),
                "is missing, and there is no source to take it from",
            );
        }
        let (name, homepage) = (name?, homepage?);
        Some(Outlet {
            title: raw.title.clone().unwrap_or_else(|| name.to_string()),
            name,
            homepage,
            language,
            timezone,
            charset,
            revisit,
            retry_after_scope: raw.retry_after_scope.map(Into::into),
            tracking,
            sources,
            article: article.into(),
        })
    }

    fn optional<T>(
        &mut self,
        key: &str,
        text: Option<&String>,
        read: impl FnOnce(&str) -> super::values::Read<T>,
    ) -> Option<T> {
        let text = text.filter(|text| !text.is_empty())?;
        self.read(key, text, read)
    }

    fn source(
        &mut self,
        raw: &RawSource,
        key: &str,
        outlet: &OutletName,
        bounds: &Bounds<'_>,
    ) -> Option<Source> {
        let at = |name: &str| format!("{key}.{name}");
        let interval = (raw.interval.as_ref())
            .and_then(|text| self.read(&at("interval"), text, |text| duration(text, &INTERVAL)));
        if let Some(interval) = interval {
            let (least, most) = (bounds.min_interval, bounds.max_interval);
            let shown = written(interval);
            if interval < least {
                self.wrong(
                    &at("interval"),
                    format!("{shown} is below poll.min_interval ({})", written(least)),
                );
            } else if interval > most {
                self.wrong(
                    &at("interval"),
                    format!("{shown} is above poll.max_interval ({})", written(most)),
                );
            }
        }
        let language = self.optional(&at("language"), raw.language.as_ref(), language);
        let homepage = self.optional(&at("homepage"), raw.homepage.as_ref(), web_address);
        let links = raw
            .links
            .as_ref()
            .and_then(|text| self.read(&at("links"), text, selector));
        if raw.links.is_some() && matches!(raw.kind, Some(RawKind::Feed | RawKind::Sitemap)) {
            self.wrong(
                &at("links"),
                "is for sources of kind page only; leave it out",
            );
        }
        let pattern = raw
            .pattern
            .as_ref()
            .and_then(|text| self.read(&at("match"), text, |text| expression(text, false)));
        let url = self.source_url(raw.url.as_deref(), &at("url"), bounds.allow_private);
        let kind = match raw.kind? {
            RawKind::Feed => SourceKind::Feed,
            RawKind::Page => SourceKind::Page,
            RawKind::Sitemap => SourceKind::Sitemap,
        };
        let url = url?;
        Some(Source {
            id: SourceId::of(outlet, kind.as_str(), &url),
            kind,
            url,
            interval,
            language,
            title: raw.title.clone().filter(|title| !title.is_empty()),
            homepage: homepage.map(Box::new),
            folders: raw.folders.clone(),
            links,
            pattern,
        })
    }

    fn source_url(&mut self, text: Option<&str>, key: &str, allowed: &[IpNet]) -> Option<Url> {
        let text = text?;
        if let Ok(url) = Url::parse(text)
            && (!url.username().is_empty() || url.password().is_some())
        {
            // Not quoted: a source's address is shown everywhere, this one must not be.
            self.wrong(key, "holds a user name or password; sources cannot have one, because their addresses are shown");
            return None;
        }
        let url = self.read(key, text, web_address)?;
        self.reachable(url, key, text, allowed)
    }

    /// An address that is fetched from, or posted to as hubs are: on no private network that is not
    /// allowed.
    pub(crate) fn reachable(
        &mut self,
        url: Url,
        key: &str,
        text: &str,
        allowed: &[IpNet],
    ) -> Option<Url> {
        if let Some(kind) = forbidden_host(&url, allowed) {
            let host = url.host_str().unwrap_or_default();
            let network = network_of(&url);
            self.wrong(
                key,
                format!("{} is on {kind}; allow it with fetch.allow_private = [\"{network}\"], if {host} is meant", quoted(text)),
            );
            return None;
        }
        Some(url)
    }

    fn article(&mut self, raw: &RawArticle, key: &str) -> ArticleRules {
        let at = |name: &str| format!("{key}.{name}");
        ArticleRules {
            body: self.read_all(&at("body"), &raw.body, field),
            drop: self.read_all(&at("drop"), &raw.drop, selector),
            drop_lines: self.read_all(&at("drop_lines"), &raw.drop_lines, |text| {
                expression(text, false)
            }),
            title: self.read_all(&at("title"), &raw.title, field),
            lead: self.read_all(&at("lead"), &raw.lead, field),
            byline: self.read_all(&at("byline"), &raw.byline, field),
            published: self.read_all(&at("published"), &raw.published, field),
            tags: self.read_all(&at("tags"), &raw.tags, field),
            captions: self.read_all(&at("captions"), &raw.captions, field),
            noise: Noise::default(), // given to all outlets alike, once the whole configuration is read
        }
    }
}

/// The smallest network that holds the host, as `fetch.allow_private` takes it.
pub(crate) fn network_of(url: &Url) -> String {
    match url.host() {
        Some(url::Host::Ipv4(address)) if !address.is_loopback() => format!("{address}/32"),
        Some(url::Host::Ipv6(address)) => format!("{address}/128"),
        _ => "127.0.0.0/8".to_owned(),
    }
}

/// The name of a parameter, or its beginning with `*` behind.
fn parameter(text: &str) -> Result<String, String> {
    let name = text.strip_suffix('*').unwrap_or(text);
    let plain = |c: char| !c.is_whitespace() && !"&=#?*%".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        Ok(text.to_lowercase())
    } else {
        Err("is not a parameter's name; allowed: the name as it stands in addresses, like chan, or its beginning and *, like mc_*".to_owned())
    }
}

fn outlet_name(text: &str) -> Result<OutletName, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let sound = !text.is_empty()
        && text.chars().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-');
    // It stands beside `/feeds/all.atom`, which is every outlet's.
    if text == "all" {
        return Err(
            "is taken: /feeds/all.atom is the feed of all outlets; choose another".to_owned(),
        );
    }
    if sound {
        Ok(OutletName::new(text))
    } else {
        Err("is not an outlet's name; allowed: lower-case letters, digits and hyphens, a letter or digit at both ends".to_owned())
    }
}
