//! Bodies for programs, within the bytes that their receiver takes.
//!
//! A body that fits stays as it is. One that does not loses the end of what is longest and needed least,
//! first the difference, then the text, and says so: `"truncated": true` stands in the article. No grapheme
//! is cut in two. What then remains of an article that is all furniture loses its lists.

use serde_json::Value;

use crate::extract::summary;

/// Characters of each changed stretch, and stretches, that are left of a difference that does not fit.
const STRETCH_CHARS: usize = 300;
const STRETCHES: usize = 20;
/// Characters of each other field of an article of which even that is too much.
const FIELD_CHARS: usize = 500;

/// A payload (`type`, `timestamp`, `data`) whose JSON takes at most `max` bytes.
pub(super) fn within(mut payload: Value, max: usize) -> Value {
    if length(&payload) <= max {
        return payload;
    }
    if let Some([alone]) = payload
        .pointer("/data/articles")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        && alone.is_object()
    {
        return alone_within(payload, max);
    }
    if !payload["data"]["article"].is_object() {
        return payload;
    }
    payload["data"]["article"]["truncated"] = true.into();
    for shorten in [difference, text, lists, fields] {
        let length = length(&payload);
        if length <= max {
            break;
        }
        shorten(&mut payload["data"], length - max);
    }
    payload
}

/// A digest of one article: others have been parted until each has room.
fn alone_within(mut payload: Value, max: usize) -> Value {
    let mut article = payload["data"]["articles"][0].take();
    let room = max.saturating_sub(length(&payload));
    let mut data = Value::Object(serde_json::Map::new());
    if let Some(fields) = article.as_object_mut() {
        for name in ["previous", "diff"] {
            if let Some(value) = fields.shift_remove(name) {
                data[name] = value;
            }
        }
    }
    data["article"] = article;
    let mut single = within(serde_json::json!({ "data": data }), room);
    let mut article = single["data"]["article"].take();
    for name in ["previous", "diff"] {
        if let Some(value) = single["data"].get_mut(name) {
            article[name] = value.take();
        }
    }
    payload["data"]["articles"][0] = article;
    payload
}

/// Bytes of a value as it is sent.
pub(super) fn length(value: &Value) -> usize {
    struct Count(usize);

    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        // What cannot be written is found out where it is sent.
        Err(_) => 0,
    }
}

fn difference(data: &mut Value, _: usize) {
    // By its path: asking for a field by name would make one.
    let operations = data.pointer_mut("/diff/text").and_then(Value::as_array_mut);
    if let Some(operations) = operations {
        operations.truncate(STRETCHES);
        for operation in operations {
            cut_to(&mut operation["text"], STRETCH_CHARS);
        }
    }
}

fn text(data: &mut Value, excess: usize) {
    let text = &mut data["article"]["text"];
    if let Some(whole) = text.as_str() {
        let room = escaped(whole).saturating_sub(excess);
        *text = summary::cut_by(whole, room, escaped).into();
    }
}

fn lists(data: &mut Value, _: usize) {
    let article = &mut data["article"];
    for name in ["captions", "tags"] {
        article[name] = Value::Array(Vec::new());
    }
    article["story"]["also"] = Value::Array(Vec::new());
}

fn fields(data: &mut Value, _: usize) {
    let names = ["title", "lead", "byline", "credit", "section", "summary"];
    for name in names {
        cut_to(&mut data["article"][name], FIELD_CHARS);
    }
    if data.get("previous").is_some_and(Value::is_object) {
        cut_to(&mut data["previous"]["title"], FIELD_CHARS);
    }
    let title = data
        .pointer_mut("/diff/title")
        .and_then(Value::as_array_mut);
    for operation in title.into_iter().flatten() {
        cut_to(&mut operation["text"], FIELD_CHARS);
    }
}

fn cut_to(field: &mut Value, chars: usize) {
    if let Some(text) = field.as_str()
        && text.len() > chars
    {
        *field = summary::cut(text, chars).into();
    }
}

/// Bytes of a text within a JSON string.
fn escaped(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..='\u{1f}' => 6,
            c => c.len_utf8(),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;
    use crate::config::endpoint::ContentSize;
    use crate::notify::{sample, wire};

    fn payload(text: &str) -> Value {
        let mut content = sample::content();
        content.blocks.truncate(1);
        content.blocks[0].text = text.to_owned();
        wire::payload(&sample::new_article(content), ContentSize::Full)
    }

    #[test]
    fn a_digest_of_one_article_is_cut_as_the_article_is() {
        let single = payload(&"A sentence that is repeated. ".repeat(1000));
        let digest = |article: &Value| {
            let data =
                serde_json::json!({"digest": {"entries": 1}, "articles": [article], "events": []});
            serde_json::json!({"type": "digest", "data": data})
        };
        let whole = digest(&single["data"]["article"]);
        let max = length(&whole) / 2;
        let cut = within(whole, max);
        assert!(length(&cut) <= max);
        let article = &cut["data"]["articles"][0];
        assert_eq!(article["truncated"], true);
        assert_eq!(article["title"], single["data"]["article"]["title"]);
        assert!(article["text"].as_str().unwrap().len() > max / 2);
    }

    #[test]
    fn what_fits_stays_and_what_does_not_says_so() {
        let whole = payload(&"A sentence that is repeated. ".repeat(1000));
        let exact = length(&whole);
        assert_eq!(within(whole.clone(), exact), whole);
        let cut = within(whole.clone(), exact - 1);
        assert!(length(&cut) < exact);
        assert_eq!(cut["data"]["article"]["truncated"], true);
        let text = cut["data"]["article"]["text"].as_str().unwrap();
        assert!(
            whole["data"]["article"]["text"]
                .as_str()
                .unwrap()
                .starts_with(text)
        );
        assert!(
            text.ends_with("repeated."),
            "cut at a sentence: {}",
            &text[text.len() - 20..]
        );
        // All else stays as it was: `words` counts the whole text, sent or not.
        assert_eq!(
            cut["data"]["article"]["words"],
            whole["data"]["article"]["words"]
        );
        assert_eq!(
            cut["data"]["article"]["summary"],
            whole["data"]["article"]["summary"]
        );
    }

    #[test]
    fn a_correction_loses_its_difference_first() {
        let words = |step: usize| -> String {
            let words: Vec<String> = (0..8000).map(|n| (n * step % 977).to_string()).collect();
            words.join(" ")
        };
        let (mut old, mut new) = (sample::content(), sample::content());
        (old.blocks[0].text, new.blocks[0].text) = (words(3), words(7));
        let whole = wire::payload(&sample::updated_article(old, new), ContentSize::Full);
        let cut = within(whole.clone(), 40_000);
        assert!(length(&whole) > 80_000 && length(&cut) <= 40_000);
        assert_eq!(
            cut["data"]["article"]["text"],
            whole["data"]["article"]["text"]
        );
        assert!(!cut["data"]["diff"]["text"].as_array().unwrap().is_empty());
    }

    #[test]
    fn even_an_article_of_nothing_but_furniture_fits() {
        let mut content = sample::content();
        content.captions = vec!["A caption. ".repeat(400); 20];
        content.tags = vec!["tag".repeat(1000); 20];
        content.title = Some("A headline ".repeat(9000));
        content.lead = Some("A lead. ".repeat(9000));
        let whole = wire::payload(
            &sample::updated_article(content.clone(), content),
            ContentSize::Full,
        );
        assert!(length(&within(whole, 16_000)) <= 16_000);
    }

    #[test]
    fn no_field_is_made_where_none_was() {
        let whole = payload(&"word ".repeat(10_000));
        let cut = within(whole, 16_000);
        assert!(cut["data"].get("diff").is_none() && cut["data"].get("previous").is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn every_text_fits_and_no_grapheme_is_cut(
            part in "(👩‍👩‍👧‍👦|é|न्द|\"|\\\\|\u{7}|ж |a\u{308} |. ){1,12}", room in 16_000_usize..20_000,
        ) {
            let whole = payload(&part.repeat(4_000));
            let cut = within(whole.clone(), room);
            prop_assert!(length(&cut) <= room);
            let text = cut["data"]["article"]["text"].as_str().unwrap();
            let all = whole["data"]["article"]["text"].as_str().unwrap().trim();
            let kept = text.strip_suffix('…').unwrap_or(text).trim_end();
            if !all.starts_with(kept) {
                return Err(TestCaseError::fail("what is kept is not the beginning"));
            }
            let ends = all.grapheme_indices(true).map(|(start, it)| start + it.len());
            prop_assert!(kept.is_empty() || ends.take_while(|end| *end <= kept.len()).last() == Some(kept.len()));
        }
    }
}
