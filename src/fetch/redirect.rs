//! Where a redirect leads: the same for the real transport and the simulated one. Pure.

use url::Url;

use crate::fetch::{Bounds, FetchError, Hop, Method, Request, guard};

/// What stays of a request while it is sent on from address to address.
pub(crate) struct Route {
    /// The address to ask now.
    pub(crate) url: Url,
    /// Redirects so far.
    pub(crate) hops: Vec<Hop>,
}

impl Route {
    /// Starts at the request's own address, once the guard has let it pass.
    pub(crate) fn start(request: &Request) -> Result<Self, FetchError> {
        guard::check(&request.url, &request.bounds)?;
        let mut url = request.url.clone();
        url.set_fragment(None);
        Ok(Self {
            url,
            hops: Vec::new(),
        })
    }

    /// Takes the next hop, if the answer is a redirect that is followed. `true`: ask again.
    ///
    /// Only a GET is sent on: a receiver that moves has to be configured anew (Standard Webhooks).
    /// 300 and 304 are answers (RFC 9110 §15.4).
    pub(crate) fn follow(
        &mut self,
        method: Method,
        bounds: &Bounds,
        status: u16,
        location: Option<&[u8]>,
    ) -> Result<bool, FetchError> {
        let redirects = matches!(status, 301 | 302 | 303 | 307 | 308);
        if !redirects || method != Method::Get || bounds.max_redirects == 0 {
            return Ok(false);
        }
        let to = self.target(location)?;
        guard::check(&to, bounds)?;
        let n_hops = u32::try_from(self.hops.len()).unwrap_or(u32::MAX);
        // Nothing changes between two visits (there are no cookies), so a second one is a loop.
        let seen = to == self.url || self.hops.iter().any(|hop| hop.to == to);
        if n_hops >= bounds.max_redirects || seen {
            return Err(FetchError::Redirects(bounds.max_redirects));
        }
        self.hops.push(Hop {
            status,
            to: to.clone(),
        });
        self.url = to;
        Ok(true)
    }

    fn target(&self, location: Option<&[u8]>) -> Result<Url, FetchError> {
        let location = location.ok_or_else(|| FetchError::BadRedirect("no Location".to_owned()))?;
        let text = location_text(location);
        let bad = || FetchError::BadRedirect(shortened(&text));
        let mut to = self.url.join(&text).map_err(|_| bad())?;
        if !matches!(to.scheme(), "http" | "https") {
            return Err(bad());
        }
        to.set_fragment(None);
        Ok(to)
    }
}

/// Whether a header goes along to another origin. Nothing that Wireroom sends with a GET is secret
/// today; these would be.
pub(crate) fn crosses_origins(name: &str) -> bool {
    !matches!(name, "authorization" | "cookie" | "proxy-authorization")
}

/// `Location` as text. Many servers write the path in UTF-8 or in a legacy charset, unescaped;
/// bytes that are not UTF-8 are escaped one by one, as browsers do.
fn location_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .iter()
            .map(|byte| match byte {
                0..=0x7f => char::from(*byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect(),
    }
}

/// As much of a bad address as a log line bears.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fetch::{AllowKey, Overlong};

    fn bounds(max_redirects: u32) -> Bounds {
        Bounds {
            timeout: Duration::from_secs(1),
            max_body: 1,
            overlong: Overlong::Refuse,
            max_redirects,
            allow_private: Vec::new(),
            allow_key: AllowKey::Fetch,
        }
    }

    fn route(from: &str) -> Route {
        Route {
            url: Url::parse(from).unwrap(),
            hops: Vec::new(),
        }
    }

    fn check(from: &str, location: &[u8], expected: &str) {
        let mut route = route(from);
        let asked = route.follow(Method::Get, &bounds(5), 302, Some(location));
        assert!(asked.unwrap(), "{location:?}");
        assert_eq!(route.url.as_str(), expected);
    }

    #[test]
    fn locations_are_joined_and_escaped() {
        check("https://a.example/b/c?d", b"e", "https://a.example/b/e");
        check("https://a.example/b", b"//c.example", "https://c.example/");
        check("https://a.example/b", b"/x#part", "https://a.example/x");
        check(
            "https://a.example/",
            "/é".as_bytes(),
            "https://a.example/%C3%A9",
        );
        check("https://a.example/", b"/\xe9", "https://a.example/%E9");
    }

    #[test]
    fn schemes_other_than_http_are_not_followed() {
        for location in [
            "ftp://a.example/",
            "file:///etc/passwd",
            "data:,x",
            "http://",
            "javascript:1",
        ] {
            let outcome = route("https://a.example/").follow(
                Method::Get,
                &bounds(5),
                301,
                Some(location.as_bytes()),
            );
            assert!(
                matches!(outcome, Err(FetchError::BadRedirect(_))),
                "{location}: {outcome:?}"
            );
        }
    }

    #[test]
    fn loops_and_long_chains_end() {
        let mut chain = route("https://a.example/0");
        for n in 1..=3 {
            assert!(
                chain
                    .follow(
                        Method::Get,
                        &bounds(3),
                        301,
                        Some(format!("/{n}").as_bytes())
                    )
                    .unwrap()
            );
        }
        let fourth = chain.follow(Method::Get, &bounds(3), 301, Some(b"/4"));
        assert!(matches!(fourth, Err(FetchError::Redirects(3))));
        let myself = route("https://a.example/0").follow(Method::Get, &bounds(3), 301, Some(b"/0"));
        assert!(matches!(myself, Err(FetchError::Redirects(3))));
    }

    #[test]
    fn a_redirect_is_the_answer_to_a_post_and_where_none_is_wanted() {
        for (method, max) in [(Method::Post, 5), (Method::Get, 0)] {
            let followed =
                route("https://a.example/").follow(method, &bounds(max), 308, Some(b"/x"));
            assert!(!followed.unwrap());
        }
    }
}
