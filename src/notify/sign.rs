//! Standard Webhooks 1.0.0, symmetric signatures.
//!
//! The signed bytes are `{id}.{timestamp}.{body}`, the body exactly as sent. The id stays the same
//! over all attempts, the timestamp is that of the attempt, so that a receiver can refuse replays.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
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

/// The value of `webhook-signature`: one `v1,` signature for each key, separated by spaces, so that
/// receivers with the old and with the new key both accept it.
pub fn signature(keys: &[SigningKey], id: &str, seconds: i64, body: &[u8]) -> String {
    let signatures: Vec<String> = keys
        .iter()
        .map(|key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key.0)
                .expect("HMAC takes a key of any length (RFC 2104)");
            mac.update(format!("{id}.{seconds}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        })
        .collect();
    signatures.join(" ")
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
        SigningKey(STANDARD.decode(text).unwrap())
    }

    #[test]
    fn signs_as_the_reference_does() {
        assert_eq!(signature(&[key(SECRET)], ID, SECONDS, BODY), SIGNATURE);
    }

    #[test]
    fn several_keys_give_a_list_in_their_order() {
        let other = SigningKey(vec![7; 32]);
        let list = signature(&[other.clone(), key(SECRET)], ID, SECONDS, BODY);
        let alone = signature(&[other], ID, SECONDS, BODY);
        assert_eq!(list, format!("{alone} {SIGNATURE}"));
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
