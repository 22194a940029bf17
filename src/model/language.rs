//! Language tags (BCP 47), as far as they are compared.

/// `en` of `en-GB` or `en_GB`, in lower case: by this much languages are compared.
pub fn primary_subtag(tag: &str) -> String {
    tag.split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_counts() {
        for (tag, primary) in [("en-GB", "en"), ("pt_BR", "pt"), ("UK", "uk"), ("", "")] {
            assert_eq!(primary_subtag(tag), primary, "{tag}");
        }
    }
}
