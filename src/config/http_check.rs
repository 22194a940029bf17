//! `[http]`, checked: where to listen, and the tokens of those who may ask.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::check::Check;
use super::endpoint::Secret;
use super::raw::{RawFeeds, RawHttp};
use super::secret::{Given, Secrets};
use super::values::{open_address, public_address};
use super::{FeedsSpec, HttpSpec};

/// A token as it was found.
enum Found {
    None,
    /// Under this key.
    Token(String, Secret),
    /// Given, and wrong: that has been said.
    Wrong,
}

impl Check<'_> {
    pub(crate) fn http(&mut self, raw: &RawHttp) -> HttpSpec {
        let listen = self.read("http.listen", &raw.listen, |text| {
            text.parse::<SocketAddr>().map_err(|_| {
                "is not an address with a port; allowed: like 127.0.0.1:7878 or [::1]:7878"
                    .to_owned()
            })
        });
        let token = self.http_token(&Given {
            key: "http.token".to_owned(),
            inline: raw.token.as_deref(),
            file: raw.token_file.as_deref(),
            env: raw.token_env.as_deref(),
        });
        let read_token = self.http_token(&Given {
            key: "http.read_token".to_owned(),
            inline: raw.read_token.as_deref(),
            file: raw.read_token_file.as_deref(),
            env: raw.read_token_env.as_deref(),
        });
        let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        if !listen.ip().is_loopback() && matches!(token, Found::None) {
            self.wrong(
                "http.listen",
                format!("{listen} can be reached from other machines; set http.token, http.token_file or http.token_env, or listen on 127.0.0.1"),
            );
        }
        if let Found::Token(key, read_token) = &read_token {
            match &token {
                Found::None => self.wrong(
                    key,
                    "nothing is kept from whoever has no token, while http.token is not set; set it too, or leave this out",
                ),
                Found::Token(_, token) if token.reveal() == read_token.reveal() => self.wrong(
                    key,
                    "is the same as http.token, which may do everything; give it another value",
                ),
                Found::Token(..) | Found::Wrong => {}
            }
        }
        if !raw.public_url.is_empty() && matches!(token, Found::None) {
            self.warn(
                "http.public_url",
                "is where others reach this server, and no http.token keeps them from all but /websub/: set http.token, or make sure that the reverse proxy passes /websub/ on and nothing else",
            );
        }
        HttpSpec {
            listen,
            token: token.secret(),
            read_token: read_token.secret(),
            public_url: match raw.public_url.as_str() {
                "" => None,
                text => self.read("http.public_url", text, public_address),
            },
        }
    }

    pub(crate) fn feeds(
        &mut self,
        raw: &RawFeeds,
        http: &HttpSpec,
        allow_private: &[IpNet],
    ) -> FeedsSpec {
        let hub = match raw.hub.as_str() {
            "" => None,
            text => self
                .read("feeds.hub", text, open_address)
                .and_then(|url| self.reachable(url, "feeds.hub", text, allow_private)),
        };
        if hub.is_some() && http.public_url.is_none() {
            self.wrong(
                "feeds.hub",
                "a hub has to reach the feeds by an address of their own; set http.public_url, or leave this out",
            );
        }
        FeedsSpec { hub }
    }

    fn http_token(&mut self, given: &Given<'_>) -> Found {
        let secrets = Secrets {
            dir: self.dir,
            env: self.env,
        };
        match secrets.read(given) {
            Ok(None) => Found::None,
            Ok(Some((key, token))) => {
                if !token.reveal().chars().all(|c| c.is_ascii_graphic()) {
                    self.wrong(&key, "the token cannot be sent in a header; allowed: visible ASCII characters without blanks");
                }
                Found::Token(key, token)
            }
            Err(error) => {
                self.wrong(&error.key, error.problem);
                Found::Wrong
            }
        }
    }
}

impl Found {
    fn secret(self) -> Option<Secret> {
        match self {
            Self::Token(_, token) => Some(token),
            Self::None | Self::Wrong => None,
        }
    }
}
