//! How the pages that an article was extracted from stand on disk.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::store::sled::text::Text;
use crate::store::sled::value::{self, Packed};
use crate::store::sled::words::{EntryRecord, bound_entry};
use crate::store::{RawArticle, RawPage};

/// What one revision was extracted from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RawRecord {
    fetched: Text<Timestamp>,
    /// What the source said of it, where that was looked at too.
    entry: Option<EntryRecord>,
    /// The page itself, then its AMP twin or its further parts, in the order they were read.
    pages: Vec<RawPageRecord>,
}

/// One page. A body is kept as text where it is UTF-8, which compresses far better.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct RawPageRecord {
    url: Text<Url>,
    content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

impl RawRecord {
    /// Bytes of the pages as they came.
    pub(super) fn size(&self) -> u64 {
        let sizes = self
            .pages
            .iter()
            .map(|page| match (&page.text, &page.bytes) {
                (Some(text), _) => text.len(),
                (None, Some(bytes)) => bytes.len() / 4 * 3,
                (None, None) => 0,
            });
        sizes.sum::<usize>() as u64
    }
}

/// The same in the form in which it is stored: packing a page takes longer than a writer's turn may.
pub(super) struct PackedRaw {
    pub(super) record: Packed,
    /// Bytes of the pages as they came.
    pub(super) bytes: u64,
}

impl From<RawArticle> for PackedRaw {
    fn from(raw: RawArticle) -> Self {
        let record = RawRecord::from(raw);
        Self {
            bytes: record.size(),
            record: value::pack(&record),
        }
    }
}

impl From<RawArticle> for RawRecord {
    fn from(raw: RawArticle) -> Self {
        let page = |page: RawPage| {
            let (text, bytes) = match std::str::from_utf8(&page.body) {
                Ok(text) => (Some(text.to_owned()), None),
                Err(_) => (None, Some(STANDARD.encode(&page.body))),
            };
            RawPageRecord {
                url: page.url.into(),
                content_type: page.content_type,
                text,
                bytes,
            }
        };
        Self {
            fetched: raw.fetched.into(),
            entry: raw.entry.map(|entry| bound_entry(entry).into()),
            pages: raw.pages.into_iter().map(page).collect(),
        }
    }
}

impl From<RawRecord> for RawArticle {
    fn from(record: RawRecord) -> Self {
        let page = |page: RawPageRecord| RawPage {
            url: page.url.0,
            content_type: page.content_type,
            body: match (page.text, page.bytes) {
                (Some(text), _) => text.into_bytes().into(),
                // The checksum has vouched for it.
                (None, bytes) => {
                    let bytes = bytes.unwrap_or_default();
                    STANDARD.decode(bytes).unwrap_or_default().into()
                }
            },
        };
        Self {
            fetched: record.fetched.0,
            entry: record.entry.map(Into::into),
            pages: record.pages.into_iter().map(page).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_comes_back_byte_for_byte_in_any_charset() {
        for body in [
            &b"<p>plain \"text\"\n"[..],
            b"\xef\xf0\xe8\xe2\xe5\xf2",
            b"",
        ] {
            let raw = RawArticle {
                fetched: Timestamp::UNIX_EPOCH,
                entry: None,
                pages: vec![RawPage {
                    url: "https://a.example/1".parse().unwrap(),
                    content_type: Some("text/html; charset=windows-1251".to_owned()),
                    body: body.to_vec().into(),
                }],
            };
            let stored = serde_json::to_vec(&RawRecord::from(raw.clone())).unwrap();
            let read: RawRecord = serde_json::from_slice(&stored).unwrap();
            assert!(read.size() >= body.len() as u64);
            assert_eq!(RawArticle::from(read), raw);
        }
    }
}
