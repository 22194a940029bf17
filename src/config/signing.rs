//! Signing keys as the configuration writes them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::endpoint::SigningKey;

/// A key of Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes, or `whsk_` and base64 of an
/// ed25519 key: its 32 bytes, or these and its public half's, as libraries write it. The key itself
/// is not shown, not even a bad one.
pub(crate) fn signing_key(text: &str) -> Result<SigningKey, &'static str> {
    if let Some(text) = text.strip_prefix("whsk_") {
        return asymmetric(text).ok_or("the secret is not a signing key; allowed: whsk_ and base64 of the 32 bytes of an ed25519 key (or 64, with the public key that belongs to it)");
    }
    let bytes = text.strip_prefix("whsec_").and_then(decode);
    bytes
        .filter(|bytes| (24..=64).contains(&bytes.len()))
        .map(SigningKey::Symmetric)
        .ok_or("the secret is not a signing key; allowed: whsec_ and base64 of 24 to 64 random bytes (`openssl rand -base64 32` makes the second part), or whsk_ and base64 of an ed25519 key")
}

/// The public half of a key, as receivers are given it.
pub(crate) fn public_key(public: &[u8; 32]) -> String {
    format!("whpk_{}", STANDARD.encode(public))
}

fn asymmetric(text: &str) -> Option<SigningKey> {
    let bytes = decode(text)?;
    let pair = match bytes.len() {
        32 => Ed25519KeyPair::from_seed_unchecked(&bytes),
        64 => Ed25519KeyPair::from_seed_and_public_key(&bytes[..32], &bytes[32..]),
        _ => return None,
    }
    .ok()?;
    Some(SigningKey::Asymmetric {
        seed: bytes[..32].try_into().ok()?,
        public: pair.public_key().as_ref().try_into().ok()?,
    })
}

fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(text))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ed25519_key_may_come_with_its_public_half() {
        // RFC 8032 §7.1, the first test.
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ];
        let alone = signing_key(&format!("whsk_{}", STANDARD.encode(seed))).unwrap();
        let SigningKey::Asymmetric { public, .. } = &alone else {
            panic!("whsk_ is an asymmetric key");
        };
        assert_eq!(
            public_key(public),
            "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        );
        let both = [seed, *public].concat();
        let written = format!("whsk_{}", STANDARD.encode(&both));
        assert_eq!(signing_key(&written), Ok(alone));
        let strange = [seed, [7; 32]].concat();
        for wrong in [&strange[..], &seed[..31], &both[..63]] {
            assert!(signing_key(&format!("whsk_{}", STANDARD.encode(wrong))).is_err());
        }
    }
}
