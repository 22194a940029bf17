//! Lines that are links from end to end and the article's own all the same: some items of a list of
//! things, headings of what is told below them, sources that a list names.
//!
//! What leads to another page of the same site, and stands alone, is recirculation: `clean` and
//! `islands` take it away. Nothing is judged here; the lines are marked.

use std::collections::HashMap;

use url::Url;

use crate::extract::body::candidates::prose_weight;
use crate::extract::body::line::Line;
use crate::extract::document::characters::folded;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// Marks them; `host` is the page's own, empty where that is not known.
pub(crate) fn mark(page: &Page<'_>, lines: &mut [Line], host: &str) {
    if lines.iter().all(|line| line.link_count == 0) {
        return;
    }
    let lists = lists(page, lines);
    mark_mixed(lines, &lists);
    let site = Some(host).filter(|host| !host.is_empty()).map(site_of);
    if let Some(site) = site {
        mark_lists_elsewhere(page, lines, &lists, site);
        mark_named(lines, site);
    }
    mark_headings(page, lines, site);
}

/// The list that each line is an item of.
fn lists(page: &Page<'_>, lines: &[Line]) -> Vec<Option<NodeIndex>> {
    let list_of = |line: &Line| {
        let item = matches!(line.kind, BlockKind::Item(_));
        let mut up = page.upward(line.node).take(if item { 4 } else { 0 });
        up.find(|node| matches!(page.nodes[*node].tag, Tag::Ol | Tag::Ul))
    };
    lines.iter().map(list_of).collect()
}

/// Items of lists of which a part is words more than links: a list of other articles is links from end to
/// end, one of things to pack or to read links some of them.
fn mark_mixed(lines: &mut [Line], lists: &[Option<NodeIndex>]) {
    /// Items of words from which a list is such a one, and in what share of its items.
    const LEAST: (usize, usize) = (2, 4);
    let mut mixed: HashMap<NodeIndex, (usize, usize)> = HashMap::new();
    // Above the text a list says when and where it was written, and by whom.
    let begun = |line: &Line| prose_weight(line) > 0.0 && line.kind == BlockKind::Paragraph;
    let begins = lines.iter().position(begun).unwrap_or(lines.len());
    for (line, list) in lines.iter().zip(lists).skip(begins) {
        if let Some(list) = list {
            let (items, plain) = mixed.entry(*list).or_default();
            *items += 1;
            let words = line.link_share() < 0.5 && !line.text.ends_with(':');
            *plain += usize::from(words && line.class().is_none());
        }
    }
    mixed.retain(|_, (items, plain)| *plain >= LEAST.0 && *plain * LEAST.1 >= *items);
    for (line, list) in lines.iter_mut().zip(lists) {
        line.own |= list.is_some_and(|list| mixed.contains_key(&list));
    }
}

/// Lists under a line that announces them, of which each item leads to another site, few to places where
/// pages are shared: what the article recommends or is taken from.
fn mark_lists_elsewhere(
    page: &Page<'_>,
    lines: &mut [Line],
    lists: &[Option<NodeIndex>],
    site: &str,
) {
    let mut at = 0;
    while at < lines.len() {
        let from = at;
        at += 1;
        let Some(list) = lists[from] else { continue };
        while at < lines.len() && lists[at] == Some(list) {
            at += 1;
        }
        let announced = from.checked_sub(1).is_some_and(|before| {
            let line = &lines[before];
            line.parent == Some(page.nodes[list].parent)
                && line.class().is_none()
                && line.text.ends_with(':')
        });
        let items = &lines[from..at];
        let elsewhere = |line: &Line| line.class().is_none() && leads_elsewhere(line, site);
        let shared = items.iter().filter(|line| is_shared_at(line)).count();
        let own = announced && items.iter().all(elsewhere) && shared * 2 < items.len();
        for line in &mut lines[from..at] {
            line.own |= own;
        }
    }
}

/// Headings over paragraphs: where they lead to other sites, or where many of them part the text.
fn mark_headings(page: &Page<'_>, lines: &mut [Line], site: Option<&str>) {
    /// Headings within the site that part a text, and how far up the block is looked for that a
    /// heading shares with what it heads.
    const MANY: usize = 3;
    const NEAR: usize = 4;
    let heads = |at: usize| {
        let line = &lines[at];
        let heading = matches!(line.kind, BlockKind::Heading(level) if level > 1);
        let text = lines[at + 1..].iter().find(|line| !line.caption)?;
        let told = heading
            && line.link_share() > 0.9
            && line.class().is_none()
            && prose_weight(text) > 0.0
            && text.link_share() < 0.5;
        told.then_some(text)
    };
    let mut within: HashMap<NodeIndex, Vec<usize>> = HashMap::new();
    let mut own: Vec<usize> = Vec::new();
    let headings = (0..lines.len()).filter_map(|at| Some((at, heads(at)?)));
    for (at, text) in headings {
        let shared = |node: NodeIndex| (node..page.nodes[node].end).contains(&text.node);
        let mut around = page.upward(lines[at].node).skip(1).take(NEAR);
        let elsewhere = site.is_some_and(|site| leads_away(&lines[at], site));
        if elsewhere && around.any(shared) {
            own.push(at);
        } else if let Some(parent) = lines[at].parent.filter(|_| text.parent == lines[at].parent) {
            within.entry(parent).or_default().push(at);
        }
    }
    let mut held: HashMap<Option<NodeIndex>, f32> = HashMap::new();
    let mut whole = 0.0;
    for line in lines.iter().filter(|_| !within.is_empty()) {
        let prose = prose_weight(line);
        *held.entry(line.parent).or_default() += prose;
        whole += prose;
    }
    for (parent, heads) in within {
        let held = held.get(&Some(parent)).copied().unwrap_or_default();
        if heads.len() >= MANY && held * 2.0 > whole {
            own.extend(heads);
        }
    }
    for at in own {
        lines[at].own = true;
    }
}

/// Lines that are links to other sites, each with what is told of it right below: the things
/// that a text goes through. What says the same each time asks for something, and an address is no name.
fn mark_named(lines: &mut [Line], site: &str) {
    /// Such lines from which a text goes through things.
    const MANY: usize = 3;
    let names = |at: &usize| {
        let line = &lines[*at];
        let below = lines[at + 1..].iter().find(|line| !line.caption);
        matches!(line.kind, BlockKind::Paragraph | BlockKind::Item(_))
            && line.link_count == 1
            && line.link_share() > 0.9
            && line.class().is_none()
            && !line.text.contains("://")
            && leads_away(line, site)
            && below.is_some_and(|text| {
                text.parent == line.parent && prose_weight(text) > 0.0 && text.link_share() < 0.5
            })
    };
    let mut named: Vec<usize> = (0..lines.len()).filter(names).collect();
    let mut said: HashMap<String, usize> = HashMap::new();
    for at in &named {
        *said.entry(folded(&lines[*at].text)).or_default() += 1;
    }
    named.retain(|at| said[&folded(&lines[*at].text)] == 1);
    if named.len() >= MANY {
        for at in named {
            lines[at].own = true;
        }
    }
}

/// Whether a line leads to other sites, and not to where pages are shared.
fn leads_away(line: &Line, site: &str) -> bool {
    leads_elsewhere(line, site) && !is_shared_at(line)
}

/// Whether all links of a line lead to other sites.
fn leads_elsewhere(line: &Line, site: &str) -> bool {
    !line.links.is_empty() && sites(line).all(|other| other != site)
}

/// Whether a line leads to a place where pages are shared.
fn is_shared_at(line: &Line) -> bool {
    sites(line).any(|site| SHARED_AT.contains(&site.as_str()))
}

/// The sites that a line leads to.
fn sites(line: &Line) -> impl Iterator<Item = String> + '_ {
    line.links.iter().filter_map(|link| {
        let address = Url::parse(&link.href).ok()?;
        Some(site_of(address.host_str()?).to_owned())
    })
}

/// The part of a host that one owner registered.
fn site_of(host: &str) -> &str {
    let host = host.trim_start_matches("www.");
    psl::domain_str(host).unwrap_or(host)
}

/// Where pages are shared and followed.
const SHARED_AT: &[&str] = &[
    "addthis.com",
    "addtoany.com",
    "bsky.app",
    "facebook.com",
    "flipboard.com",
    "getpocket.com",
    "google.com",
    "instagram.com",
    "linkedin.com",
    "pinterest.com",
    "reddit.com",
    "t.me",
    "threads.net",
    "tiktok.com",
    "telegram.me",
    "tumblr.com",
    "twitter.com",
    "vk.com",
    "whatsapp.com",
    "x.com",
    "youtube.com",
];
