//! Reads a body under a bound, counted after decompression: a few kilobytes of zeros, compressed,
//! unfold to gigabytes.

use bytes::{Bytes, BytesMut};

use crate::fetch::{Bounds, FetchError, Overlong};

/// Why a body has no end.
pub(crate) enum Broken {
    /// The client says why.
    Client(reqwest::Error),
    /// It ended before the length that was announced.
    Short {
        /// What was announced.
        announced: u64,
        /// What came.
        came: u64,
    },
}

/// Reads all of `response`'s body that `bounds` lets in. `failed` makes an error of the transport's.
pub(crate) async fn read(
    mut response: reqwest::Response,
    bounds: &Bounds,
    failed: impl Fn(Broken) -> FetchError,
) -> Result<Bytes, FetchError> {
    // Known only where the body is not compressed; 204 and 304 announce what they do not send.
    let announced = response
        .content_length()
        .filter(|_| !matches!(response.status().as_u16(), 204 | 304));
    let too_long = announced.is_some_and(|length| length > bounds.max_body);
    if too_long && bounds.overlong == Overlong::Refuse {
        return Err(FetchError::TooLarge(bounds.max_body));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failed(Broken::Client(error)))?
    {
        match grow(&mut body, &chunk, bounds)? {
            Grown::Whole => {}
            Grown::Full => return Ok(body.freeze()),
        }
    }
    // An HTTP/2 stream that the server cancels ends without an error (hyper takes CANCEL for the
    // end of the body), and half an article would pass for a whole one.
    let came = body.len() as u64;
    match announced {
        Some(announced) if came < announced => Err(failed(Broken::Short { announced, came })),
        Some(_) | None => Ok(body.freeze()),
    }
}

/// Whether more is read.
pub(crate) enum Grown {
    /// All of the piece fitted in.
    Whole,
    /// It was cut at the bound: nothing more is read.
    Full,
}

/// Appends `piece` as far as the bound allows.
pub(crate) fn grow(
    body: &mut BytesMut,
    piece: &[u8],
    bounds: &Bounds,
) -> Result<Grown, FetchError> {
    let max = usize::try_from(bounds.max_body).unwrap_or(usize::MAX);
    let room = max.saturating_sub(body.len());
    if piece.len() <= room {
        body.extend_from_slice(piece);
        return Ok(Grown::Whole);
    }
    match bounds.overlong {
        Overlong::Refuse => Err(FetchError::TooLarge(bounds.max_body)),
        Overlong::Cut => {
            body.extend_from_slice(&piece[..room]);
            Ok(Grown::Full)
        }
    }
}
