//! What a feed says of hubs (W3C `WebSub`), what a hub is asked, and whether what it sends is signed.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::feed::{Parsed, discover};
use crate::model::subscription::{PushSecret, Subscription};
use crate::schedule::subscription::{LEASE, Mode};

/// Who pushes a feed, and under which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The hub.
    pub hub: Url,
    /// The feed's address as it states it: what the hub knows it by.
    pub topic: Url,
}

/// What an answer offers: its `Link` headers first, as the recommendation has it (§4), then the feed
/// itself. A feed that does not say what it is called is known by the address it was asked at.
pub fn offer<'a>(
    links: impl IntoIterator<Item = &'a str>,
    parsed: &Parsed,
    address: &Url,
) -> Option<Offer> {
    let links: Vec<_> = links
        .into_iter()
        .flat_map(|value| discover::link_header(value, address))
        .collect();
    let linked = |wanted: &str| {
        links
            .iter()
            .find(|(relation, _)| relation == wanted)
            .map(|(_, link)| link.url.clone())
    };
    let of_web = |url: &Url| matches!(url.scheme(), "http" | "https");
    let hub = linked("hub")
        .or_else(|| parsed.hub.clone())
        .filter(of_web)?;
    let topic = linked("self")
        .or_else(|| parsed.self_url.clone())
        .filter(of_web);
    Some(Offer {
        hub,
        topic: topic.unwrap_or_else(|| address.clone()),
    })
}

/// The form that a hub is sent (§5.1), with the secret that it is to sign with where it may know one.
pub fn request(subscription: &Subscription, mode: Mode, secret: Option<&PushSecret>) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("hub.callback", subscription.callback.as_str())
        .append_pair("hub.mode", mode.as_str())
        .append_pair("hub.topic", subscription.topic.as_str())
        .append_pair("hub.lease_seconds", &LEASE.as_secs().to_string());
    if let Some(secret) = secret {
        form.append_pair("hub.secret", &secret.0);
    }
    form.finish()
}

/// Whether `header`, the value of `X-Hub-Signature`, is `secret`'s over `body` (§7.1). The comparison
/// takes the same time wherever the two differ.
pub fn is_signed(header: &str, secret: &str, body: &[u8]) -> bool {
    let Some((method, hex)) = header.trim().split_once('=') else {
        return false;
    };
    let Some(given) = unhex(hex) else {
        return false;
    };
    macro_rules! holds {
        ($hash:ty) => {{
            let mut mac = Hmac::<$hash>::new_from_slice(secret.as_bytes())
                .expect("HMAC takes a key of any length (RFC 2104)");
            mac.update(body);
            mac.verify_slice(&given).is_ok()
        }};
    }
    match method.to_ascii_lowercase().as_str() {
        "sha1" => holds!(Sha1),
        "sha256" => holds!(Sha256),
        "sha384" => holds!(Sha384),
        "sha512" => holds!(Sha512),
        _ => false,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let byte = |pair: &[u8; 2]| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn check(links: &[&str], hub: Option<&str>, own: Option<&str>, expected: Option<(&str, &str)>) {
        let parsed = Parsed {
            hub: hub.map(url),
            self_url: own.map(url),
            ..Parsed::default()
        };
        let address = url("https://a.example/feed");
        let found = offer(links.iter().copied(), &parsed, &address);
        let expected = expected.map(|(hub, topic)| Offer {
            hub: url(hub),
            topic: url(topic),
        });
        assert_eq!(found, expected, "{links:?} {hub:?} {own:?}");
    }

    #[test]
    fn headers_go_before_the_feed() {
        check(&[], None, Some("https://a.example/self"), None);
        check(
            &[],
            Some("https://hub.example/"),
            None,
            Some(("https://hub.example/", "https://a.example/feed")),
        );
        check(
            &[
                "<https://one.example/>; rel=\"hub\", </own>; rel=self",
                "<https://two.example/>; rel=hub",
            ],
            Some("https://hub.example/"),
            Some("https://a.example/self"),
            Some(("https://one.example/", "https://a.example/own")),
        );
        check(&["<mailto:a@b.example>; rel=hub"], None, None, None);
    }

    /// Made with `openssl dgst -shaN -hmac key`.
    #[test]
    fn every_method_of_the_recommendation_is_understood() {
        let body = b"The quick brown fox jumps over the lazy dog";
        for signature in [
            "sha1=de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9",
            "SHA256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
            "sha384=d7f4727e2c0b39ae0f1e40cc96f60242d5b7801841cea6fc592c5d3e1ae50700582a96cf35e1e554995fe4e03381c237",
            "sha512=b42af09057bac1e2d41708e48a902e09b5ff7f12ab428a4fe86653c73dd248fb82f948a549f7b791a5b41915ee4d1ec3935357e4e2317250d0372afa2ebeeb3a",
        ] {
            assert!(is_signed(signature, "key", body), "{signature}");
            assert!(!is_signed(signature, "kex", body), "{signature}");
            assert!(!is_signed(signature, "key", b"another body"), "{signature}");
            assert!(!is_signed(&signature[..signature.len() - 2], "key", body));
        }
        for none in [
            "",
            "sha1",
            "sha1=",
            "md5=80070713463e7749b90c2dc24911e275",
            "sha256=zz",
            "sha1=é",
        ] {
            assert!(!is_signed(none, "key", body), "{none}");
        }
    }
}
