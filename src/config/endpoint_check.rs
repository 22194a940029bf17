//! Raw endpoints to checked ones.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::check::{Check, TIMEOUT, WAIT};
use super::endpoint::{ContentSize, EndpointSpec, Format, Secret, SecretUrl, SigningKey, Stories};
use super::format_check::{TELEGRAM, ntfy_topic};
use super::private::forbidden_host;
use super::raw_endpoint::{RawContent, RawEndpoint, RawFormat, RawStories};
use super::secret::{Given, Secrets};
use super::shape::{join, similar_to};
use super::signing::signing_key;
use super::values::{duration, size, spacing, web_address};
use crate::model::event::EventKind;
use crate::model::id::{EndpointName, OutletName};

/// Attempts at a time to one endpoint, where it does not say; a channel shows messages in the order
/// of their arrival, so it is sent one at a time.
const CONCURRENCY: usize = 4;
/// Bytes of a body for programs, where it does not say: what common servers take (nginx: 1 MiB).
const MAX_BODY: &str = "1MB";
/// Slack takes one message a second and webhook; the others are about as patient.
const CHAT_SPACING: Duration = Duration::from_secs(1);
/// Telegram takes twenty messages a minute and group.
const TELEGRAM_SPACING: Duration = Duration::from_secs(3);

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
        let events = self.events(raw.events.as_deref(), &at("events"));
        let every = self.every(raw, key);
        let format = self.format(raw, key, &events);
        let secrets = self.signing_keys(raw, key);
        if let Some(format) = &format
            && format.is_chat()
            && !secrets.is_empty()
        {
            let word = format.as_str();
            let problem = format!("has a signing secret, which format {word} has no use for");
            self.warn(key, problem);
        }
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
        let quiet = self.quiet(&raw.quiet, &at("quiet"));
        let identity = self.identity(raw, key);
        let proxy = self.proxy(raw, key);
        let format = format?;
        let (own_concurrency, own_spacing) = match format {
            Format::Telegram { .. } => (1, Some(TELEGRAM_SPACING)),
            _ if format.is_chat() => (1, Some(CHAT_SPACING)),
            _ => (CONCURRENCY, None),
        };
        // Nobody wants whole articles in a channel who did not say so.
        let own_content = if format.is_chat() {
            ContentSize::Summary
        } else {
            ContentSize::Full
        };
        Some(EndpointSpec {
            name: name?,
            url: SecretUrl::new(url?),
            format,
            secrets,
            events,
            content: match raw.content {
                None => own_content,
                Some(RawContent::Full) => ContentSize::Full,
                Some(RawContent::Summary) => ContentSize::Summary,
                Some(RawContent::Link) => ContentSize::Link,
            },
            max_body: self.max_body(raw, &at("max_body")),
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
            every,
            quiet,
            identity,
            proxy,
        })
    }

    fn max_body(&mut self, raw: &RawEndpoint, key: &str) -> usize {
        let text = raw.max_body.as_deref().unwrap_or(MAX_BODY);
        let read = self.read(key, text, |text| size(text, &(16_000..=64_000_000)));
        let programs = matches!(
            raw.format,
            None | Some(RawFormat::Json | RawFormat::CloudEvents)
        );
        if raw.max_body.is_some() && !programs {
            self.wrong(key, "is for json and cloudevents; a channel's messages have limits of their own, and a template says what it says; leave it out");
        }
        // At most 64 MB, which is a number of bytes everywhere.
        read.and_then(|size| usize::try_from(size).ok())
            .unwrap_or(usize::MAX)
    }

    /// A secret of this endpoint with the key that gave it.
    pub(super) fn secret(&mut self, given: &Given<'_>) -> Option<(String, Secret)> {
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
            if raw.format == Some(RawFormat::Telegram) {
                return Url::parse(TELEGRAM).ok();
            }
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
        self.refuse_private(&url, raw.allow_private, &given_by);
        if raw.format == Some(RawFormat::Ntfy) && ntfy_topic(&url).is_none() {
            self.wrong(&given_by, "the address names no topic; allowed: the server and a topic of letters, digits, - and _, like https://ntfy.sh/example");
            return None;
        }
        Some(url)
    }

    fn refuse_private(&mut self, url: &Url, allowed: bool, key: &str) {
        if !allowed && let Some(kind) = forbidden_host(url, &[]) {
            let host = url.host_str().unwrap_or_default();
            self.wrong(
                key,
                format!(
                    "{host} is {kind}; set allow_private = true for this endpoint, if it is meant"
                ),
            );
        }
    }

    fn proxy(&mut self, raw: &RawEndpoint, key: &str) -> Option<SecretUrl> {
        let (given_by, text) = self.secret(&Given {
            key: format!("{key}.proxy"),
            inline: raw.proxy.as_deref(),
            file: raw.proxy_file.as_deref(),
            env: raw.proxy_env.as_deref(),
        })?;
        if text.reveal().is_empty() {
            return None;
        }
        match web_address(text.reveal().trim()) {
            Ok(url) => {
                self.refuse_private(&url, raw.allow_private, &given_by);
                Some(SecretUrl::new(url))
            }
            Err(problem) => {
                self.wrong(&given_by, format!("the proxy's address {problem}"));
                None
            }
        }
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
            .filter(|kind| kind.is_asked_for());
        let names: Vec<&str> = known.map(EventKind::as_str).collect();
        let read = |text: &str| {
            EventKind::parse(text)
                .filter(|kind| kind.is_asked_for())
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
