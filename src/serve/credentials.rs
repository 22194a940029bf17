//! Who a request comes from: the token it bears, or the session of a browser that gave it once.
//!
//! Tokens are compared by digest in constant time. A session is a random word in a cookie that no
//! script can read and no other site can send along; only its digest is remembered, in memory, so
//! that a restart ends all of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::config::HttpSpec;
use crate::config::endpoint::Secret;

/// Sessions at a time; the one that would end first makes place.
const MAX_SESSIONS: usize = 256;
/// How long a session lasts: a day's shift and its overtime.
const LASTS: SignedDuration = SignedDuration::from_hours(14);

type Digest = [u8; 32];

/// What a visitor may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Look at everything, change nothing.
    Read,
    /// Everything.
    Admin,
}

/// Who asks, once the guard has let him in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visitor {
    /// What he may do.
    pub(super) scope: Scope,
    /// Whether a browser's session let him in: he can log out.
    pub(super) session: bool,
}

impl Visitor {
    /// Whoever asks a daemon that has no token.
    pub(super) const ANYONE: Self = Self {
        scope: Scope::Admin,
        session: false,
    };
}

/// What the token that was given opens; `None` where it is none of ours.
pub(super) fn scope_of(given: &[u8], http: &HttpSpec) -> Option<Scope> {
    // Both are always compared, so that the time taken says nothing.
    let is = |token: &Option<Secret>| token.as_ref().is_some_and(|token| is_token(given, token));
    let (admin, read) = (is(&http.token), is(&http.read_token));
    if admin {
        Some(Scope::Admin)
    } else {
        read.then_some(Scope::Read)
    }
}

/// The scope of the `Authorization` header: `Bearer` (RFC 6750), or, for feed readers, the token as
/// the password of `Basic` (RFC 7617), which is for reading only.
pub(super) fn of_header(headers: &HeaderMap, http: &HttpSpec, method: &Method) -> Option<Scope> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, given) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return scope_of(given.trim().as_bytes(), http);
    }
    if scheme.eq_ignore_ascii_case("basic") && matches!(*method, Method::GET | Method::HEAD) {
        let pair = STANDARD.decode(given.trim()).ok()?;
        let password = pair.splitn(2, |&byte| byte == b':').nth(1)?;
        return scope_of(password, http).map(|_| Scope::Read);
    }
    None
}

/// Compares digests, so that neither content nor length shows in the time taken.
fn is_token(given: &[u8], token: &Secret) -> bool {
    digest(given).ct_eq(&digest_of(token)).into()
}

fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

fn digest_of(token: &Secret) -> Digest {
    digest(token.reveal().as_bytes())
}

/// The sessions of browsers.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<Digest, Session>>);

#[derive(Clone, Copy, Debug)]
struct Session {
    scope: Scope,
    /// Of the token that began it: a session does not outlive its token.
    token: Digest,
    until: Timestamp,
}

impl Sessions {
    /// Begins a session for whoever gave `token`; the word for the cookie.
    pub(super) fn begin(&self, scope: Scope, token: &[u8], now: Timestamp) -> String {
        let mut word = [0_u8; 32];
        rand::rng().fill_bytes(&mut word);
        let word = URL_SAFE_NO_PAD.encode(word);
        let session = Session {
            scope,
            token: digest(token),
            until: now.saturating_add(LASTS).unwrap_or(Timestamp::MAX),
        };
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.until > now);
        if sessions.len() >= MAX_SESSIONS {
            let first = sessions.iter().min_by_key(|(_, session)| session.until);
            if let Some(key) = first.map(|(key, _)| *key) {
                sessions.remove(&key);
            }
        }
        sessions.insert(digest(word.as_bytes()), session);
        word
    }

    /// What the session may do, while it lasts and its token is in force.
    pub(super) fn scope(&self, word: &str, http: &HttpSpec, now: Timestamp) -> Option<Scope> {
        let session = *self.lock().get(&digest(word.as_bytes()))?;
        let token = match session.scope {
            Scope::Admin => http.token.as_ref(),
            Scope::Read => http.read_token.as_ref(),
        };
        let lasts = session.until > now && digest_of(token?) == session.token;
        lasts.then_some(session.scope)
    }

    /// Ends a session.
    pub(super) fn end(&self, word: &str) {
        self.lock().remove(&digest(word.as_bytes()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cookie's name. Browsers do not tell ports apart, so it does.
pub(super) fn cookie_name(port: u16) -> String {
    format!("wireroom-{port}")
}

/// The session's word that the request's cookies hold.
pub(super) fn cookie(headers: &HeaderMap, port: u16) -> Option<&str> {
    let name = cookie_name(port);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name.as_str())?.strip_prefix('='))
}

/// The `Set-Cookie` that gives a browser its session; `None` takes it away.
pub(super) fn set_cookie(word: Option<&str>, port: u16, secure: bool) -> String {
    let name = cookie_name(port);
    let age = word.map_or(0, |_| LASTS.as_secs());
    let word = word.unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={word}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http() -> HttpSpec {
        HttpSpec {
            listen: ([127, 0, 0, 1], 7878).into(),
            token: Some(Secret::new("the-admin")),
            read_token: Some(Secret::new("the-reader")),
            public_url: None,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_token_opens_what_it_may() {
        let scope = |value: &str, method: Method| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            of_header(&headers, &http(), &method)
        };
        let basic = |password: &str| format!("Basic {}", STANDARD.encode(format!("x:{password}")));
        assert_eq!(scope("Bearer the-admin", Method::POST), Some(Scope::Admin));
        assert_eq!(scope("bearer the-reader", Method::POST), Some(Scope::Read));
        assert_eq!(scope(&basic("the-admin"), Method::GET), Some(Scope::Read));
        assert_eq!(scope(&basic("the-admin"), Method::POST), None);
        for wrong in [
            "Bearer",
            "Bearer ",
            "Bearer the-admi",
            "Bearer the-adminn",
            "the-admin",
            "Basic x",
            // Without a colon there is no password.
            "Basic dGhlLWFkbWlu",
        ] {
            assert_eq!(scope(wrong, Method::GET), None, "{wrong}");
        }
    }

    #[test]
    fn a_session_ends_by_time_by_hand_and_with_its_token() {
        let sessions = Sessions::default();
        let word = sessions.begin(Scope::Read, b"the-reader", at(0));
        let last = LASTS.as_secs() - 1;
        assert_eq!(sessions.scope(&word, &http(), at(last)), Some(Scope::Read));
        assert_eq!(sessions.scope(&word, &http(), at(last + 1)), None);
        assert_eq!(sessions.scope("", &http(), at(0)), None);
        let mut other = http();
        other.read_token = Some(Secret::new("another"));
        assert_eq!(sessions.scope(&word, &other, at(0)), None);
        other.read_token = None;
        assert_eq!(sessions.scope(&word, &other, at(0)), None);
        sessions.end(&word);
        assert_eq!(sessions.scope(&word, &http(), at(0)), None);
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_goes_first() {
        let sessions = Sessions::default();
        let begin = |second| sessions.begin(Scope::Admin, b"the-admin", at(second));
        let first = begin(0);
        let second = begin(1);
        for _ in 2..=MAX_SESSIONS {
            begin(2);
        }
        assert_eq!(sessions.lock().len(), MAX_SESSIONS);
        assert_eq!(sessions.scope(&first, &http(), at(3)), None);
        assert_eq!(sessions.scope(&second, &http(), at(3)), Some(Scope::Admin));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; wireroom-1=no".parse().unwrap());
        headers.append(
            header::COOKIE,
            "wireroom-12=x; wireroom-7=yes".parse().unwrap(),
        );
        assert_eq!(cookie(&headers, 7), Some("yes"));
        assert_eq!(cookie(&headers, 2), None);
    }
}
