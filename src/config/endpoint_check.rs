//! Raw endpoints to checked ones.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use url::Url;

use super::check::{Check, TIMEOUT, WAIT};
use super::endpoint::{
    ContentSize, EndpointSpec, Filter, Format, Secret, SecretUrl, SigningKey, Stories,
};
use super::private::forbidden_host;
use super::raw::{RawContent, RawEndpoint, RawFilter, RawFormat, RawStories};
use super::secret::{Given, Secrets};
use super::shape::{join, similar_to};
use super::values::{duration, expression, language, spacing, web_address};
use crate::model::event::EventKind;
use crate::model::id::{EndpointName, OutletName};

/// Attempts at a time to one endpoint, where it does not say.
const CONCURRENCY: usize = 4;
/// Slack takes one message a second and webhook, and shows them in the order of arrival.
const SLACK_SPACING: Duration = Duration::from_secs(1);

impl Check<'_> {
    /// Checks one endpoint; `key` is `endpoint[0]`. `None` when it cannot be addressed, which was reported.
    pub(crate) fn endpoint(
        &mut self,
        raw: &RawEndpoint,
        key: &str,
        outlets: &[OutletName],
    ) -> Option<EndpointSpec> {
        let at = |name: &str| format!("{key}.{name}");
        let name = raw
            .name
            .as_ref()
            .and_then(|name| self.read(&at("name"), name, endpoint_name));
        let url = self.endpoint_url(raw, key);
        let format = self.format(raw.format.unwrap_or(RawFormat::Json), &at("format"));
        let secrets = self.signing_keys(raw, key);
        if format == Some(Format::Slack) && !secrets.is_empty() {
            self.warn(
                key,
                "has a signing secret, which format slack has no use for",
            );
        }
        let events = self.events(raw.events.as_deref(), &at("events"));
        let headers = self.headers(raw, key);
        let timeout = raw
            .timeout
            .as_ref()
            .map(|text| self.duration(&at("timeout"), text, &TIMEOUT));
        let schedule = raw
            .schedule
            .as_ref()
            .map(|texts| self.read_all(&at("schedule"), texts, |text| duration(text, &WAIT)));
        let rate = raw
            .rate
            .as_ref()
            .and_then(|text| self.read(&at("rate"), text, spacing));
        let filter = self.filter(&raw.filter, &at("filter"), outlets);
        let format = format?;
        let (own_concurrency, own_spacing) = match format {
            Format::Json => (CONCURRENCY, None),
            Format::Slack => (1, Some(SLACK_SPACING)),
        };
        Some(EndpointSpec {
            name: name?,
            url: SecretUrl::new(url?),
            format,
            secrets,
            events,
            content: match raw.content {
                None | Some(RawContent::Full) => ContentSize::Full,
                Some(RawContent::Summary) => ContentSize::Summary,
                Some(RawContent::Link) => ContentSize::Link,
            },
            stories: match raw.stories {
                None | Some(RawStories::All) => Stories::All,
                Some(RawStories::First) => Stories::First,
            },
            allow_private: raw.allow_private,
            headers,
            timeout,
            schedule,
            concurrency: raw.concurrency.unwrap_or(own_concurrency),
            spacing: rate.or(own_spacing),
            filter,
        })
    }

    /// A secret of this endpoint with the key that gave it.
    fn secret(&mut self, given: &Given<'_>) -> Option<(String, Secret)> {
        let secrets = Secrets {
            dir: self.dir,
            env: self.env,
        };
        match secrets.read(given) {
            Ok(secret) => secret,
            Err(unread) => {
                self.wrong(&unread.key, unread.problem);
                // Given, and reported: what follows must not call it missing.
                Some((unread.key, Secret::new("")))
            }
        }
    }

    fn endpoint_url(&mut self, raw: &RawEndpoint, key: &str) -> Option<Url> {
        let url_key = format!("{key}.url");
        let given = self.secret(&Given {
            key: url_key.clone(),
            inline: raw.url.as_deref(),
            file: raw.url_file.as_deref(),
            env: raw.url_env.as_deref(),
        });
        let Some((given_by, text)) = given else {
            self.wrong(&url_key, "is missing; give url, url_file or url_env");
            return None;
        };
        if text.reveal().is_empty() {
            return None;
        }
        let url = match web_address(text.reveal().trim()) {
            Ok(url) => url,
            Err(problem) => {
                self.wrong(&given_by, format!("the address {problem}"));
                return None;
            }
        };
        if !raw.allow_private
            && let Some(kind) = forbidden_host(&url, &[])
        {
            let host = url.host_str().unwrap_or_default();
            self.wrong(
                &given_by,
                format!(
                    "{host} is {kind}; set allow_private = true for this endpoint, if it is meant"
                ),
            );
        }
        Some(url)
    }

    fn format(&mut self, raw: RawFormat, key: &str) -> Option<Format> {
        let word = match raw {
            RawFormat::Json => return Some(Format::Json),
            RawFormat::Slack => return Some(Format::Slack),
            RawFormat::CloudEvents => "cloudevents",
            RawFormat::Discord => "discord",
            RawFormat::Teams => "teams",
            RawFormat::Telegram => "telegram",
            RawFormat::Mattermost => "mattermost",
            RawFormat::Ntfy => "ntfy",
            RawFormat::Matrix => "matrix",
            RawFormat::Template => "template",
        };
        self.wrong(
            key,
            format!("`{word}` is not built in this version; allowed: json, slack"),
        );
        None
    }

    fn signing_keys(&mut self, raw: &RawEndpoint, key: &str) -> Vec<SigningKey> {
        let given = self.secret(&Given {
            key: format!("{key}.secret"),
            inline: raw.secret.as_deref(),
            file: raw.secret_file.as_deref(),
            env: raw.secret_env.as_deref(),
        });
        let Some((key, text)) = given else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for word in text.reveal().split_whitespace() {
            match signing_key(word) {
                Ok(signing) => keys.push(signing),
                Err(problem) => self.wrong(&key, problem),
            }
        }
        // Each key signs each request; a rotation needs two.
        if keys.len() > 8 {
            self.wrong(&key, "holds more than 8 signing keys");
        }
        keys
    }

    fn events(&mut self, raw: Option<&[String]>, key: &str) -> BTreeSet<EventKind> {
        let Some(raw) = raw else {
            return BTreeSet::from([EventKind::ArticleNew, EventKind::ArticleUpdated]);
        };
        if raw.is_empty() {
            self.warn(key, "is empty: this endpoint is never told anything");
        }
        let known = EventKind::ALL
            .into_iter()
            .filter(|kind| *kind != EventKind::Test);
        let names: Vec<&str> = known.map(EventKind::as_str).collect();
        let read = |text: &str| {
            EventKind::parse(text)
                .filter(|kind| *kind != EventKind::Test)
                .ok_or_else(|| {
                    let guess = similar_to(text, &names);
                    format!("is not an event{guess}; allowed: {}", names.join(", "))
                })
        };
        self.read_all(key, raw, read).into_iter().collect()
    }

    fn headers(&mut self, raw: &RawEndpoint, key: &str) -> Vec<(String, Secret)> {
        let ways = [
            ("headers", &raw.headers),
            ("headers_file", &raw.headers_file),
            ("headers_env", &raw.headers_env),
        ];
        let mut headers: Vec<(String, Secret)> = Vec::new();
        for (way, (table, entries)) in ways.into_iter().enumerate() {
            for (name, text) in entries {
                let text = Some(text.as_str());
                let full = join(&format!("{key}.{table}"), name);
                let given = Given {
                    key: full.clone(),
                    inline: text.filter(|_| way == 0),
                    file: text.filter(|_| way == 1),
                    env: text.filter(|_| way == 2),
                };
                let lower = name.to_ascii_lowercase();
                if let Err(problem) = header_name(&lower) {
                    self.wrong(&full, problem);
                } else if headers.iter().any(|(other, _)| *other == lower) {
                    self.wrong(&full, "this header is given a second time; keep one");
                } else if let Some(secret) = self.header_value(&full, &given) {
                    headers.push((lower, secret));
                }
            }
        }
        if headers.len() > 32 {
            self.wrong(&format!("{key}.headers"), "has more than 32 headers");
        }
        headers
    }

    fn header_value(&mut self, key: &str, given: &Given<'_>) -> Option<Secret> {
        let secrets = Secrets {
            dir: self.dir,
            env: self.env,
        };
        let value = match secrets.read(given) {
            Ok(value) => value.map_or_else(|| Secret::new(""), |(_, value)| value),
            Err(unread) => {
                self.wrong(key, unread.problem);
                return None;
            }
        };
        let text = value.reveal();
        let sound = text.len() <= 8000 && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if !sound {
            self.wrong(key, "the value cannot be sent in a header; allowed: at most 8000 visible ASCII characters on one line");
            return None;
        }
        Some(value)
    }

    fn filter(&mut self, raw: &RawFilter, key: &str, outlets: &[OutletName]) -> Filter {
        let at = |name: &str| format!("{key}.{name}");
        let known: Vec<&str> = outlets.iter().map(OutletName::as_str).collect();
        let outlet = |text: &str| {
            if known.contains(&text) {
                return Ok(OutletName::new(text));
            }
            let guess = similar_to(text, &known);
            Err(format!(
                "is not the name of a configured outlet{guess}; see `wireroom check` for those that are"
            ))
        };
        let subtag = |text: &str| {
            language(text).map(|tag| {
                let primary = tag.split('-').next().unwrap_or_default();
                primary.to_ascii_lowercase()
            })
        };
        Filter {
            any: self.read_all(&at("any"), &raw.any, |text| expression(text, true)),
            none: self.read_all(&at("none"), &raw.none, |text| expression(text, true)),
            outlets: self
                .read_all(&at("outlets"), &raw.outlets, outlet)
                .into_iter()
                .collect(),
            languages: self
                .read_all(&at("languages"), &raw.languages, subtag)
                .into_iter()
                .collect(),
        }
    }
}

fn endpoint_name(text: &str) -> Result<EndpointName, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !text.is_empty()
        && text.chars().all(plain)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        Ok(EndpointName::new(text))
    } else {
        Err("is not an endpoint's name; allowed: letters, digits, hyphens, underscores and dots, a letter or digit first".to_owned())
    }
}

/// A symmetric key of Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes.
fn signing_key(text: &str) -> Result<SigningKey, &'static str> {
    let decode = |text| {
        STANDARD
            .decode(text)
            .or_else(|_| STANDARD_NO_PAD.decode(text))
    };
    let bytes = text
        .strip_prefix("whsec_")
        .and_then(|text| decode(text).ok());
    bytes
        .filter(|bytes| (24..=64).contains(&bytes.len()))
        .map(SigningKey)
        // The key itself is not shown, not even a bad one.
        .ok_or("the secret is not a signing key; allowed: whsec_ and base64 of 24 to 64 random bytes (`openssl rand -base64 32` makes the second part)")
}

/// A header that may be added: a token of RFC 9110 §5.6.2, and not one that the daemon sets itself.
fn header_name(lower: &str) -> Result<(), String> {
    const OWN: [&str; 9] = [
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "user-agent",
        "accept-encoding",
        "expect",
        "upgrade",
    ];
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if lower.is_empty() || lower.len() > 100 || !lower.chars().all(token) {
        return Err("is not a header's name".to_owned());
    }
    if OWN.contains(&lower) || lower.starts_with("webhook-") {
        return Err(format!(
            "the header {lower} is set by wireroom itself; leave it out"
        ));
    }
    Ok(())
}
