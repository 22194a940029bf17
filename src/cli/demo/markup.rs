//! From words to HTML: escaping, filling a template, the column of an article.

use super::paper::Printed;
use super::stories::{Edition, Told};

/// Escapes for HTML and XML text and attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// Puts values in the places `{{name}}`. A name without a value is a mistake in the template.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, tail)) = after.split_once("}}") else {
            break;
        };
        out.push_str(before);
        let value = values.iter().find(|(key, _)| *key == name);
        debug_assert!(value.is_some(), "no value for {name}");
        out.push_str(value.map_or("", |(_, value)| value));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The sentence a feed and a description show.
pub(super) fn summary(told: &Told) -> &str {
    told.text.first().map_or("", String::as_str)
}

/// The article's column with the noise its outlet puts into it.
pub(super) fn body(edition: Edition, article: &Printed) -> String {
    let advert = match edition {
        Edition::Pravda => Some("Advertisement:"),
        Edition::PravdaUk => Some("Реклама:"),
        Edition::Interfax | Edition::Kyiv | Edition::Anewz | Edition::Chronicles => None,
    };
    let mut html = String::new();
    let mut in_list = false;
    let mut paragraphs = article.told.text.clone();
    if let Some(source) = article.copied_from {
        paragraphs.push(format!("(With information from {})", name_of(source)));
    }
    for (place, paragraph) in paragraphs.iter().enumerate() {
        let item = paragraph.strip_prefix("• ");
        if let (Some(label), true) = (advert, place == 2) {
            html.extend(["<div class=\"advtext advtext_bottom\">", label, "</div>"]);
            html.push_str("<div class=\"nts-ad\"></div>\n");
        }
        match (in_list, item.is_some()) {
            (false, true) => html.push_str("<ul>\n"),
            (true, false) => html.push_str("</ul>\n"),
            (true, true) | (false, false) => {}
        }
        in_list = item.is_some();
        let (tag, text) = match (item, paragraph.strip_prefix("## ")) {
            (Some(item), _) => ("li", item),
            (None, Some(head)) => ("h2", head),
            (None, None) => ("p", paragraph.as_str()),
        };
        let text = words(edition, text);
        html.extend(["<", tag, ">", &text, "</", tag, ">\n"]);
    }
    if in_list {
        html.push_str("</ul>\n");
    }
    html
}

/// A paragraph's words with the marks each outlet's editor leaves: hard spaces, soft hyphens,
/// bold labels.
fn words(edition: Edition, text: &str) -> String {
    let text = escape(text);
    match edition {
        Edition::Interfax | Edition::Chronicles => text.replace("NATO ", "NATO&nbsp;"),
        Edition::Kyiv => text
            .replace("NATO ", "NATO&nbsp;")
            .replace("infrastructure", "infra&shy;structure"),
        Edition::Pravda | Edition::PravdaUk => match text.split_once(": ") {
            Some((label, rest)) if is_label(label) => {
                format!("<strong>{label}:</strong> {rest}")
            }
            _ if text.strip_suffix(':').is_some_and(is_label) => {
                format!("<strong>{text}</strong>")
            }
            _ => text,
        },
        Edition::Anewz => text,
    }
}

fn is_label(text: &str) -> bool {
    [
        "Source",
        "Details",
        "Quote",
        "Background",
        "Джерело",
        "Деталі",
        "Пряма мова",
        "Передісторія",
    ]
    .contains(&text)
}

/// The outlet's name as others credit it.
pub(super) fn name_of(edition: Edition) -> &'static str {
    match edition {
        Edition::Interfax => "Interfax-Ukraine",
        Edition::Kyiv => "The Kyiv Independent",
        Edition::Anewz => "AnewZ",
        Edition::Chronicles => "American Chronicles",
        Edition::Pravda => "Ukrainska Pravda",
        Edition::PravdaUk => "Українська правда",
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, fill};

    #[test]
    fn templates_are_filled_and_values_are_not_read_again() {
        let values = [("a", "{{b}}"), ("b", "2")];
        assert_eq!(fill("{{a}}-{{b}}-{{", &values), "{{b}}-2-{{");
        assert_eq!(escape("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
    }
}
