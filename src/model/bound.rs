//! Text from outside, bounded before it is kept.

/// The first so many bytes of a text, or a few fewer: no character is cut in two. It is silent about
/// the rest, so it is for what is kept as evidence, not for what people read on.
pub fn at_most(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_cut_in_two() {
        for (bytes, expect) in [
            (0, ""),
            (1, ""),
            (2, "й"),
            (3, "йa"),
            (4, "йa"),
            (5, "йaї"),
            (99, "йaї"),
        ] {
            assert_eq!(at_most("йaї".to_owned(), bytes), expect, "{bytes}");
        }
    }
}
