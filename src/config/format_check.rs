//! The keys that belong to one format: raw to checked.

use std::collections::BTreeSet;
use std::path::Path;

use url::Url;

use super::check::Check;
use super::endpoint::{EventMode, Format, Secret};
use super::mistake::quoted;
use super::raw_endpoint::{RawEndpoint, RawFormat, RawMode};
use super::secret::Given;
use super::template::Template;
use super::values::Read;
use crate::model::event::EventKind;

/// Where Telegram's bots are, unless the endpoint says otherwise (a local Bot API server).
pub(crate) const TELEGRAM: &str = "https://api.telegram.org/";
/// What a template makes where nothing is said: shown as written by every receiver.
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";
/// Largest template file.
const TEMPLATE_MAX_BYTES: u64 = 256 << 10;

impl Check<'_> {
    /// The format with what it needs; `None` when something of it is missing, which was reported.
    pub(crate) fn format(
        &mut self,
        raw: &RawEndpoint,
        key: &str,
        events: &BTreeSet<EventKind>,
    ) -> Option<Format> {
        let word = raw.format.unwrap_or(RawFormat::Json);
        self.foreign_keys(raw, word, key);
        match word {
            RawFormat::Json => Some(Format::Json),
            RawFormat::Slack => Some(Format::Slack),
            RawFormat::Discord => Some(Format::Discord),
            RawFormat::Teams => Some(Format::Teams),
            RawFormat::Mattermost => Some(Format::Mattermost),
            RawFormat::CloudEvents => Some(Format::CloudEvents(match raw.mode {
                None | Some(RawMode::Structured) => EventMode::Structured,
                Some(RawMode::Binary) => EventMode::Binary,
            })),
            RawFormat::Telegram => {
                let token = self.needed_token(raw, key, "the bot's, which @BotFather gives");
                let chat = self.needed(
                    &format!("{key}.chat"),
                    raw.chat.as_deref(),
                    "the chat's number, or a public channel's @name",
                    chat,
                );
                Some(Format::Telegram {
                    token: token?,
                    chat: chat?,
                })
            }
            RawFormat::Matrix => {
                let token =
                    self.needed_token(raw, key, "the access token of the account that writes");
                let room = self.needed(
                    &format!("{key}.room"),
                    raw.room.as_deref(),
                    "the room's internal identifier, which begins with !",
                    room,
                );
                Some(Format::Matrix {
                    token: token?,
                    room: room?,
                })
            }
            RawFormat::Ntfy => Some(Format::Ntfy {
                token: self.token(raw, key).map(|(_, token)| token),
            }),
            RawFormat::Template => self.template(raw, key, events).map(Format::Template),
        }
    }

    /// A key that means nothing to the format is a mistake about the one or the other.
    fn foreign_keys(&mut self, raw: &RawEndpoint, word: RawFormat, key: &str) {
        use RawFormat::{CloudEvents, Matrix, Ntfy, Telegram};
        let token: &[RawFormat] = &[Telegram, Matrix, Ntfy];
        let template: &[RawFormat] = &[RawFormat::Template];
        let keys: [(&str, bool, &[RawFormat]); 9] = [
            ("mode", raw.mode.is_some(), &[CloudEvents]),
            ("token", raw.token.is_some(), token),
            ("token_file", raw.token_file.is_some(), token),
            ("token_env", raw.token_env.is_some(), token),
            ("chat", raw.chat.is_some(), &[Telegram]),
            ("room", raw.room.is_some(), &[Matrix]),
            ("template", raw.template.is_some(), template),
            ("template_file", raw.template_file.is_some(), template),
            ("content_type", raw.content_type.is_some(), template),
        ];
        for (name, given, formats) in keys {
            if given && !formats.contains(&word) {
                let words: Vec<&str> = formats.iter().map(|it| it.word()).collect();
                let problem = format!(
                    "is a key of format {}, and this endpoint's is {}; leave it out, or set the format",
                    words.join(", "),
                    word.word()
                );
                self.wrong(&format!("{key}.{name}"), problem);
            }
        }
    }

    fn token(&mut self, raw: &RawEndpoint, key: &str) -> Option<(String, Secret)> {
        let (key, token) = self.secret(&Given {
            key: format!("{key}.token"),
            inline: raw.token.as_deref(),
            file: raw.token_file.as_deref(),
            env: raw.token_env.as_deref(),
        })?;
        // It becomes a part of a path, or of a header.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~+=:".contains(c);
        if !token.reveal().chars().all(plain) || token.reveal().len() > 2000 {
            self.wrong(&key, "is not a token; allowed: letters, digits and -._~+=:");
        }
        Some((key, token))
    }

    fn needed_token(&mut self, raw: &RawEndpoint, key: &str, whose: &str) -> Option<Secret> {
        let token = self.token(raw, key).map(|(_, token)| token);
        if token.is_none() {
            let problem = format!("is missing ({whose}); give token, token_file or token_env");
            self.wrong(&format!("{key}.token"), problem);
        }
        token
    }

    fn needed<T>(
        &mut self,
        key: &str,
        text: Option<&str>,
        meaning: &str,
        read: impl FnOnce(&str) -> Read<T>,
    ) -> Option<T> {
        if let Some(text) = text {
            return self.read(key, text, read);
        }
        self.wrong(key, format!("is missing; give {meaning}"));
        None
    }

    fn template(
        &mut self,
        raw: &RawEndpoint,
        key: &str,
        events: &BTreeSet<EventKind>,
    ) -> Option<Template> {
        let (inline_key, file_key) = (format!("{key}.template"), format!("{key}.template_file"));
        let (key_of_source, source) = match (&raw.template, &raw.template_file) {
            (Some(source), None) => (inline_key, source.clone()),
            (None, Some(file)) => match template_file(&self.dir.join(file)) {
                Ok(source) => (file_key, source),
                Err(problem) => {
                    self.wrong(&file_key, format!("{} {problem}", quoted(file)));
                    return None;
                }
            },
            (Some(_), Some(_)) => {
                let problem = format!("is given beside `{inline_key}`; keep one of the two");
                self.wrong(&file_key, problem);
                return None;
            }
            (None, None) => {
                self.wrong(
                    &inline_key,
                    "is missing; format template needs template or template_file",
                );
                return None;
            }
        };
        let content_type = match &raw.content_type {
            Some(text) => self.read(&format!("{key}.content_type"), text, media_type)?,
            None => PLAIN_TEXT.to_owned(),
        };
        let template = match Template::compile(&source, &content_type) {
            Ok(template) => template,
            Err(fault) => {
                self.wrong(&key_of_source, format!("does not compile: {fault}"));
                return None;
            }
        };
        // Who gathers is told of nothing but digests.
        let digests = BTreeSet::from([EventKind::Digest]);
        let told = raw.every.as_ref().map_or(events, |_| &digests);
        if let Err((kind, fault)) = template.try_on(told) {
            let problem = format!("cannot tell of {}: {fault}", kind.as_str());
            self.wrong(&key_of_source, problem);
            return None;
        }
        Some(template)
    }
}

/// The server and the topic of an ntfy address.
pub fn ntfy_topic(url: &Url) -> Option<(Url, String)> {
    let topic = url.path_segments()?.next_back()?.to_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if topic.is_empty() || topic.len() > 64 || !topic.chars().all(plain) {
        return None;
    }
    let mut server = url.clone();
    server.path_segments_mut().ok()?.pop();
    Some((server, topic))
}

fn template_file(path: &Path) -> Result<String, String> {
    let unread = |reason: String| format!("cannot be read: {reason}");
    let found = std::fs::metadata(path).map_err(|error| unread(error.to_string()))?;
    if !found.is_file() || found.len() > TEMPLATE_MAX_BYTES {
        let most = TEMPLATE_MAX_BYTES >> 10;
        return Err(format!("is to be a file of at most {most} KiB"));
    }
    std::fs::read_to_string(path).map_err(|error| unread(error.to_string()))
}

fn chat(text: &str) -> Read<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = (1..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let name = text.strip_prefix('@').is_some_and(|name| {
        (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    if number || name {
        Ok(text.to_owned())
    } else {
        Err("is not a chat; allowed: its number, like -1001234567890, or a public channel's name, like @example".to_owned())
    }
}

fn room(text: &str) -> Read<String> {
    if text.starts_with('#') {
        return Err("is an alias, which may come to mean another room; give the room's internal identifier, which begins with ! (in most clients under the room's settings, \"Advanced\")".to_owned());
    }
    let sound = text.len() > 1
        && text.len() <= 255
        && text.starts_with('!')
        && text.chars().all(|c| c.is_ascii_graphic());
    if sound {
        Ok(text.to_owned())
    } else {
        Err("is not a room; allowed: its internal identifier, like !abc:example.org".to_owned())
    }
}

/// A media type by its form (RFC 9110 §8.3.1).
fn media_type(text: &str) -> Read<String> {
    let token = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        !part.is_empty() && part.chars().all(plain)
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    let sound = essence
        .split_once('/')
        .is_some_and(|(kind, name)| token(kind) && token(name));
    if sound && text.len() <= 200 && text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        Ok(text.trim().to_owned())
    } else {
        Err(
            "is not a media type; allowed: like application/json or text/html; charset=utf-8"
                .to_owned(),
        )
    }
}
