//! The outlet files of `config/outlets`, inside the binary: so that `extract` and `feed` know the
//! outlets without any file.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use url::Url;

use super::layers;
use super::mistake::Report;
use super::outlet::Outlet;
use super::outlet_check::{Bounds, check};
use super::tree::parse;
use crate::model::id::Host;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../config/outlets/", $name, ".toml")))),*]
    };
}

/// Name and text of each file. A test holds this list against the directory.
pub(crate) const FILES: &[(&str, &str)] = files![
    "al-jazeera",
    "american-chronicles",
    "anewz",
    "ap",
    "bbc",
    "dw",
    "efe",
    "el-pais",
    "euromaidan-press",
    "euronews",
    "europa-press",
    "european-pravda",
    "france24",
    "guardian",
    "infobae",
    "interfax-ukraine",
    "kyiv-independent",
    "kyiv-post",
    "le-monde",
    "liga-net",
    "meduza",
    "moscow-times",
    "nato",
    "nv",
    "politico-eu",
    "radio-svoboda",
    "rbc-ukraine",
    "reuters",
    "rferl",
    "spiegel",
    "suspilne",
    "tagesschau",
    "tass",
    "ukrainska-pravda",
    "ukrinform",
    "unian",
    "voa",
    "zn-ua",
];

static OUTLETS: LazyLock<Vec<Outlet>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| {
        let path: Arc<str> = Arc::from(format!("config/outlets/{name}.toml"));
        let mut report = Report::default();
        let tree = parse(text, &path, 0, &mut report);
        let bounds = Bounds {
            allow_private: &[],
            min_interval: Duration::ZERO,
            max_interval: Duration::MAX,
        };
        let (raw, places) = layers::outlet(tree, "outlet", &mut report)?;
        check(&raw, "outlet", &places, &bounds, &mut report)
    };
    FILES.iter().filter_map(read).collect()
});

/// The outlets that come with the program, by name.
pub fn built_in_outlets() -> &'static [Outlet] {
    &OUTLETS
}

/// The outlet of this name.
pub fn outlet_by_name<'a>(
    outlets: impl IntoIterator<Item = &'a Outlet>,
    name: &str,
) -> Option<&'a Outlet> {
    outlets
        .into_iter()
        .find(|outlet| outlet.name.as_str() == name)
}

/// The outlet that an article's address belongs to, best match first: its home's host, a source's host,
/// then the registrable domain of its home or of a source.
pub fn outlet_for<'a>(
    outlets: impl IntoIterator<Item = &'a Outlet>,
    url: &Url,
) -> Option<&'a Outlet> {
    let host = bare_host(url)?;
    let domain = Host::of(url);
    let nearness = |outlet: &Outlet| {
        let mut addresses = outlet.sources.iter().map(|source| &source.url);
        let mut again = addresses.clone();
        if bare_host(&outlet.homepage) == Some(host) {
            3
        } else if addresses.any(|address| bare_host(address) == Some(host)) {
            2
        } else {
            let near = Host::of(&outlet.homepage) == domain;
            u8::from(near || again.any(|address| Host::of(address) == domain))
        }
    };
    let scored = outlets.into_iter().map(|outlet| (nearness(outlet), outlet));
    // The first of the best: `max_by_key` would take the last.
    scored
        .fold((0, None), |best, (score, outlet)| {
            if score > best.0 {
                (score, Some(outlet))
            } else {
                best
            }
        })
        .1
}

/// The host without `www.`, which means nothing.
fn bare_host(url: &Url) -> Option<&str> {
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host))
}
