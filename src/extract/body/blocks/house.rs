//! Sentences between the paragraphs that speak of the house, not of the news: "Our letter has 40,000
//! readers. Join them here." They stand in paragraphs like all others; their link tells where they lead.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::extract::body::form::weight;
use crate::extract::body::line::Line;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// What such a paragraph weighs at most.
const LONGEST: usize = 240;

/// Parts of addresses where a house takes names and money.
static DOORS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "newsletter|newsletters|letters|subscribe|subscription|subscriptions|donate|donation|donations|give|\
    membership|memberships|member|become-a-member|patron|support|support-us|register|registration|signup|sign-up|login|signin|\
    sign-in|spende|spenden|abo|abos|abonnement|abonnements|abonnieren|unterstuetzen|suscripcion|suscripciones|suscribete|\
    suscribirse|boletin|boletines|socios|hazte-socio|donar|dons|faire-un-don|soutenir|soutenez-nous|abonnez-vous|wesprzyj|\
    wspieraj|prenumerata|subskrypcja|pidtrymka|pidtrymaty|pidpyska|rozsylka|podderzhka|podderzhat|podpiska|rassylka|abonelik|\
    abone-ol|destek|destek-ol|bagis|bulten|assine|apoie|abbonati|sostieni|iscriviti|patreon.com|www.patreon.com|\
    buymeacoffee.com|www.buymeacoffee.com|ko-fi.com|apps.apple.com|play.google.com"
    .split('|')
    .collect()
});

/// Marks paragraphs whose last sentence is a link to one of those doors.
pub(crate) fn mark(page: &Page<'_>, lines: &[Line], gone: &mut [Option<&'static str>]) {
    for (at, line) in lines.iter().enumerate() {
        let candidate = gone[at].is_none()
            && line.link_count == 1
            && line.kind == BlockKind::Paragraph
            && !line.quoted
            && !line.caption
            && weight(&line.text) <= LONGEST;
        if !candidate {
            continue;
        }
        let from = at
            .checked_sub(1)
            .map_or(line.node, |before| lines[before].position + 1);
        if invites(page, line, from.max(line.node)) {
            gone[at] = Some("a word of the house's own");
        }
    }
}

/// Whether the one link of a line, whose nodes begin at `from`, is a sentence of its own that leads to a door.
fn invites(page: &Page<'_>, line: &Line, from: NodeIndex) -> bool {
    let Some(link) = (from..=line.position).find(|node| page.nodes[*node].tag == Tag::A) else {
        return false;
    };
    let leads = page.attribute(link, "href").is_some_and(|href| {
        let path = href.split(['?', '#']).next().unwrap_or_default();
        path.split('/').any(|part| DOORS.contains(part))
    });
    if !leads {
        return false;
    }
    let words = page.line(link);
    let Some((before, after)) = line.text.split_once(words.as_str()) else {
        return false;
    };
    let before = before.trim_end();
    let alone = before.is_empty() || before.ends_with(['.', '!', '?', '…', ':', '。', '！', '？']);
    alone && !words.is_empty() && !after.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_of;

    fn text(paragraph: &str) -> String {
        let prose = "The pilots of the port stay at home for the third day in a row, and nobody at the harbour \
                     office knows when they will come back to work.";
        let page = format!(
            "<html><body><h1>Pilots stay at home</h1><div><p>1. {prose}</p><p>2. {prose}</p>{paragraph}<p>3. {prose}</p>\
             <p>4. {prose}</p></div></body></html>"
        );
        text_of(&page)
    }

    #[test]
    fn a_sentence_that_leads_to_the_houses_door_goes() {
        for invites in [
            "<p>The Saturday post goes to 41,000 captains. <a href=/newsletters/saturday>Be one of them</a>.</p>",
            "<p><b><a href=https://port.example/donate>Without oil there would be no light.</a></b></p>",
        ] {
            let text = text(invites);
            assert!(
                !text.contains("Saturday") && !text.contains("oil"),
                "{text}"
            );
        }
    }

    #[test]
    fn sentences_that_tell_of_such_doors_stay() {
        for tells in [
            "<p>The union asks for <a href=https://union.example/donate>gifts of oil</a> for all crews.</p>",
            "<p>They wrote it on a wall. <a href=/news/wall>The wall is gone now</a>.</p>",
        ] {
            let text = text(tells);
            assert!(
                text.contains("oil") || text.contains("wall is gone"),
                "{text}"
            );
        }
    }
}
