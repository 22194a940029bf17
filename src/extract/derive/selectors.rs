//! Selectors that name an element by what its author called it, not by where it happens to stand.

use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Selectors of one element that are tried.
const EACH_MAX: usize = 6;
/// A longer name is generated.
const NAME_MAX: usize = 40;

/// Selectors for an element, the surest first.
pub(super) fn of(page: &Page<'_>, node: NodeIndex) -> Vec<String> {
    let Some(element) = page.nodes[node].element else {
        return Vec::new();
    };
    let tag = element.value().name();
    if !is_name(tag) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Some(property) = element.attr("itemprop").filter(|name| is_name(name)) {
        found.push(format!("{tag}[itemprop={property}]"));
    }
    let classes = element.attr("class").unwrap_or_default();
    for class in classes
        .split_ascii_whitespace()
        .filter(|class| is_name(class))
    {
        found.push(format!("{tag}.{class}"));
    }
    if let Some(id) = element.attr("id").filter(|id| is_name(id)) {
        found.push(format!("#{id}"));
    }
    if matches!(
        page.nodes[node].tag,
        Tag::H1 | Tag::Article | Tag::Main | Tag::Time
    ) {
        found.push(tag.to_owned());
    }
    found.truncate(EACH_MAX);
    found
}

/// Whether a person wrote this name: numbers and mixed-up letters are of this page or this build alone.
fn is_name(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let generated = ["css-", "sc-", "jsx-", "svelte-", "emotion-"]
        .iter()
        .any(|start| name.starts_with(start));
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    starts_well && plain && digits < 2 && !generated && (1..=NAME_MAX).contains(&name.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::document::parse;

    #[test]
    fn names_that_people_gave_are_taken() {
        let html = parse::document(
            "<article id=a17892 class='post css-1x2y post-4711 post__body' itemprop=articleBody>x</article>",
        );
        let page = Page::new(&html);
        let node = page.with_tag(Tag::Article).next().unwrap();
        assert_eq!(
            of(&page, node),
            [
                "article[itemprop=articleBody]",
                "article.post",
                "article.post__body",
                "article"
            ]
        );
    }
}
