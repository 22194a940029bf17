//! Real pages: the fixtures, or those of a folder.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use url::Url;

/// A page as it was served.
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) url: Option<Url>,
    pub(crate) bytes: Vec<u8>,
}

/// The pages of `WIREROOM_PAGES`, else the fixtures.
pub(crate) fn all() -> Vec<Page> {
    let Some(folder) = std::env::var_os("WIREROOM_PAGES").map(PathBuf::from) else {
        return fixtures();
    };
    let inner = folder.join("pages");
    below(if inner.is_dir() { &inner } else { &folder })
}

/// The pages that come with the tests.
pub(crate) fn fixtures() -> Vec<Page> {
    below(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/extract"
    )))
}

fn below(folder: &Path) -> Vec<Page> {
    let mut pages = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder of pages can be read") {
            let path = entry.expect("an entry of the folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(bytes) = read(&path) {
                pages.push(Page {
                    name: path
                        .strip_prefix(&folder)
                        .unwrap_or(&path)
                        .display()
                        .to_string(),
                    url: None,
                    bytes,
                });
            }
        }
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!pages.is_empty(), "there are pages in {}", folder.display());
    pages
}

/// The bytes of a page; none if the file is something else.
pub(crate) fn read(path: &Path) -> Option<Vec<u8>> {
    let bytes = || std::fs::read(path).expect("the page can be read");
    match path.extension().and_then(OsStr::to_str) {
        Some("html") => Some(bytes()),
        Some("gz") => {
            let mut page = Vec::new();
            flate2::read::GzDecoder::new(bytes().as_slice())
                .read_to_end(&mut page)
                .expect("the page is packed with gzip");
            Some(page)
        }
        _ => None,
    }
}
