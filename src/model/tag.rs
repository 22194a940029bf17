//! Tags, as far as they are compared.

/// The form under which a tag is compared: whatever its case, without the `#` that some write before
/// it. Empty where nothing is left.
pub fn comparable_tag(text: &str) -> String {
    text.trim().trim_start_matches('#').trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_sign_do_not_count() {
        for (tag, compared) in [
            ("NATO", "nato"),
            (" #Nato ", "nato"),
            ("## Air Defence", "air defence"),
            ("ППО", "ппо"),
            ("c#", "c#"),
            ("#", ""),
        ] {
            assert_eq!(comparable_tag(tag), compared, "{tag}");
        }
    }
}
