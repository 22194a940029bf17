//! The last touch on every answer: its entity tag, 304 where the client has it, and gzip.
//!
//! Only answers whose bytes are all at hand are touched: a stream goes out as it comes.

use std::io::Write as _;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use xxhash_rust::xxh3::xxh3_64;

/// Fewer bytes than this fit one packet as they are.
const WORTH_PACKING: usize = 1024;
/// More bytes than this are packed off the threads that answer: some milliseconds.
const LONG_WORK: usize = 128 * 1024;

/// What of the request decides the answer's shape.
pub(super) struct Wish {
    reads: bool,
    known: Vec<String>,
    gzip: bool,
}

impl Wish {
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let known = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|tag| tag.trim().trim_start_matches("W/").to_owned());
        Self {
            reads: *method == Method::GET,
            known: known.collect(),
            gzip: takes_gzip(headers),
        }
    }
}

/// Whether `Accept-Encoding` (RFC 9110 §12.5.3) takes gzip: by name, else by `*`.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for coding in headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let takes = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|q| q > 0.0));
        if name.eq_ignore_ascii_case("gzip") {
            return takes;
        }
        any |= name == "*" && takes;
    }
    any
}

/// Tags and packs an answer.
pub(super) async fn finish(wish: Wish, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let at_hand = body.size_hint().exact().is_some();
    if !wish.reads || !at_hand || parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    let text = is_text(&parts.headers);
    if text {
        parts
            .headers
            .append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    let gzip = wish.gzip && text && bytes.len() >= WORTH_PACKING;
    if parts.status == StatusCode::OK {
        // A feed has one of its own, which says more.
        let own = parts.headers.get(header::ETAG);
        let tag = own
            .and_then(|tag| tag.to_str().ok())
            .map_or_else(|| format!("\"{:016x}\"", xxh3_64(&bytes)), str::to_owned);
        let known = wish.known.iter().any(|known| *known == tag || known == "*");
        // Packed bytes are other bytes of the same words (RFC 9110 §8.8.1).
        let tag = if gzip { format!("W/{tag}") } else { tag };
        let tag = HeaderValue::from_str(&tag)
            .expect("it was one, or is of hexadecimal digits and quotes");
        parts.headers.insert(header::ETAG, tag);
        if known {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(header::CONTENT_TYPE);
            parts.headers.remove(header::CONTENT_LENGTH);
            return Response::from_parts(parts, Body::empty());
        }
    }
    if !gzip {
        return Response::from_parts(parts, Body::from(bytes));
    }
    let packed = if bytes.len() > LONG_WORK {
        let bytes = bytes.clone();
        tokio::task::spawn_blocking(move || pack(&bytes)).await.ok()
    } else {
        Some(pack(&bytes))
    };
    let Some(packed) = packed else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(packed))
}

fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.starts_with("text/")
        || media_type.ends_with("+json")
        || media_type.ends_with("+xml")
        || matches!(
            media_type,
            "application/json" | "application/openmetrics-text"
        )
}

fn pack(bytes: &Bytes) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    packer
        .write_all(bytes)
        .and_then(|()| packer.finish())
        .expect("a vector takes all that is written to it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let takes = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            takes_gzip(&headers)
        };
        for yes in [
            "gzip",
            "br, GZIP;q=0.5",
            "deflate, *",
            "*;q=0.1",
            "gzip; q=1",
        ] {
            assert!(takes(yes), "{yes}");
        }
        for no in [
            "",
            "br",
            "gzip;q=0",
            "gzip;q=0, *",
            "*;q=0",
            "gzip;q=x",
            "identity",
        ] {
            assert!(!takes(no), "{no}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
