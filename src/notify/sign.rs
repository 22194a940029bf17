//! Standard Webhooks 1.0.0: symmetric (`v1`) and asymmetric (`v1a`) signatures.
//!
//! The signed bytes are `{id}.{timestamp}.{body}`, the body exactly as sent. The id stays the same
//! over all attempts, the timestamp is that of the attempt, so that a receiver can refuse replays.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use ring::signature::Ed25519KeyPair;
use sha2::Sha256;

use crate::config::endpoint::SigningKey;

/// The three `webhook-*` headers of one attempt at `at`; without keys only id and timestamp.
pub fn headers(keys: &[SigningKey], id: &str, at: Timestamp, body: &[u8]) -> Vec<(String, String)> {
    let seconds = at.as_second();
    let mut headers = vec![
        ("webhook-id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), seconds.to_string()),
    ];
    if !keys.is_empty() {
        let signature = signature(keys, id, seconds, body);
        headers.push(("webhook-signature".to_owned(), signature));
    }
    headers
}

/// The value of `webhook-signature`: one signature for each key, separated by spaces, so that
/// receivers with the old and with the new key both accept it.
pub fn signature(keys: &[SigningKey], id: &str, seconds: i64, body: &[u8]) -> String {
    let signed = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    let signatures: Vec<String> = keys.iter().map(|key| one(key, &signed)).collect();
    signatures.join(" ")
}

fn one(key: &SigningKey, signed: &[u8]) -> String {
    match key {
        SigningKey::Symmetric(key) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key)
                .expect("HMAC takes a key of any length (RFC 2104)");
            mac.update(signed);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        }
        SigningKey::Asymmetric { seed, .. } => {
            let pair =
                Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed has 32 bytes (RFC 8032)");
            format!("v1a,{}", STANDARD.encode(pair.sign(signed)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification's reference libraries test against.
    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SECONDS: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn key(text: &str) -> SigningKey {
        SigningKey::Symmetric(STANDARD.decode(text).unwrap())
    }

    #[test]
    fn signs_as_the_reference_does() {
        assert_eq!(signature(&[key(SECRET)], ID, SECONDS, BODY), SIGNATURE);
    }

    #[test]
    fn several_keys_give_a_list_in_their_order() {
        let other = SigningKey::Symmetric(vec![7; 32]);
        let list = signature(&[other.clone(), key(SECRET)], ID, SECONDS, BODY);
        let alone = signature(&[other], ID, SECONDS, BODY);
        assert_eq!(list, format!("{alone} {SIGNATURE}"));
    }

    /// Checked by a verifier that knows the public half only, over the bytes that the standard names.
    #[test]
    fn an_ed25519_key_signs_what_its_public_half_verifies() {
        use ring::signature::{ED25519, KeyPair as _, UnparsedPublicKey};
        let seed = [9; 32];
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let public: [u8; 32] = pair.public_key().as_ref().try_into().unwrap();
        let list = signature(
            &[key(SECRET), SigningKey::Asymmetric { seed, public }],
            ID,
            SECONDS,
            BODY,
        );
        let (symmetric, asymmetric) = list.split_once(' ').unwrap();
        assert_eq!(symmetric, SIGNATURE);
        let code = STANDARD
            .decode(asymmetric.strip_prefix("v1a,").unwrap())
            .unwrap();
        let signed = [format!("{ID}.{SECONDS}.").as_bytes(), BODY].concat();
        let verifier = UnparsedPublicKey::new(&ED25519, public);
        assert!(verifier.verify(&signed, &code).is_ok());
        assert!(verifier.verify(BODY, &code).is_err());
    }

    #[test]
    fn headers_carry_whole_seconds_of_the_attempt() {
        let at: Timestamp = "2021-02-25T15:02:10.999Z".parse().unwrap();
        assert_eq!(
            headers(&[key(SECRET)], ID, at, BODY),
            [
                ("webhook-id".to_owned(), ID.to_owned()),
                ("webhook-timestamp".to_owned(), SECONDS.to_string()),
                ("webhook-signature".to_owned(), SIGNATURE.to_owned()),
            ]
        );
        assert_eq!(headers(&[], ID, at, BODY).len(), 2);
    }
}
