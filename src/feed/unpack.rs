//! Documents that are served compressed without saying so (`sitemap.xml.gz`), by their first bytes.

use std::borrow::Cow;
use std::io::Read;

use crate::feed::{BYTES_MAX, FeedError};

/// The document, unpacked if it is gzip (RFC 1952); what a cut one holds until its end.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FeedError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let limit = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX) + 1;
    let mut out = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut out);
    if out.len() > BYTES_MAX {
        return Err(FeedError::TooLarge { bytes: out.len() });
    }
    match read {
        Err(error) if out.is_empty() => Err(FeedError::Unpack(error)),
        Ok(_) | Err(_) => Ok(Cow::Owned(out)),
    }
}
