//! The word lists of `names.toml`, compiled once: what opens a byline or a date, and who is
//! nobody.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use crate::extract::document::characters::folded;

/// The lists, in lower case.
pub(crate) struct Naming {
    /// Words that open a byline, longest first, by their first letter: nearly every text of a page is asked.
    opens: BTreeMap<char, Vec<String>>,
    /// Words that follow a name.
    pub(crate) follows: Vec<String>,
    /// Words before the names of photographers and editors, who are no authors.
    pub(crate) pictures: Vec<String>,
    /// Words for reporters that are glued before a name, longest first.
    pub(crate) reporters: Vec<String>,
    /// Words before a date of publication, and before that of a change.
    pub(crate) published: Vec<String>,
    pub(crate) updated: Vec<String>,
    /// Words before days that are not those of the article: of the visit, of a counter's start, of an end.
    pub(crate) visit: Vec<String>,
    nobody: HashSet<String>,
    agencies: HashSet<String>,
    places: HashSet<String>,
    cities: HashSet<String>,
    given: HashSet<String>,
    not_in_names: HashSet<String>,
    roles: HashSet<String>,
    particles: HashSet<String>,
    namesakes: HashSet<String>,
}

pub(crate) static NAMING: LazyLock<Naming> = LazyLock::new(|| {
    let table: toml::Table =
        toml::from_str(include_str!("names.toml")).expect("the embedded word list is valid TOML");
    let words = |name: &str| -> Vec<String> {
        let lists = table.get(name).and_then(toml::Value::as_table);
        lists
            .into_iter()
            .flat_map(toml::Table::values)
            .filter_map(toml::Value::as_array)
            .flatten()
            .filter_map(toml::Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let mut opens = words("opens");
    let mut reporters = words("reporters");
    for list in [&mut opens, &mut reporters] {
        list.sort_by_key(|word| std::cmp::Reverse(word.len()));
    }
    let mut by_letter: BTreeMap<char, Vec<String>> = BTreeMap::new();
    for words in opens {
        let first = words.chars().next().expect("no entry is empty");
        by_letter.entry(first).or_default().push(words);
    }
    let keys = |name: &str| words(name).iter().map(|word| folded(word)).collect();
    Naming {
        opens: by_letter,
        follows: words("follows"),
        pictures: words("pictures"),
        reporters,
        published: words("published"),
        updated: words("updated"),
        visit: words("visit"),
        nobody: keys("nobody"),
        agencies: keys("agencies"),
        places: keys("places"),
        cities: keys("cities"),
        given: words("given").into_iter().collect(),
        not_in_names: words("not_in_names").into_iter().collect(),
        roles: words("roles").into_iter().collect(),
        particles: words("particles").into_iter().collect(),
        namesakes: words("namesakes").into_iter().collect(),
    }
});

impl Naming {
    /// Words that open a byline and begin as `text` does in small letters, longest first.
    pub(crate) fn opens_like(&self, text: &str) -> &[String] {
        let first = text.chars().next().and_then(|c| c.to_lowercase().next());
        first
            .and_then(|first| self.opens.get(&first))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether a text of small letters is nothing but words that open a byline.
    pub(crate) fn is_opening(&self, text: &str) -> bool {
        self.opens_like(text).iter().any(|words| words == text)
    }

    /// Whether a folded name is a desk's, a role's or an agency's.
    pub(crate) fn is_nobody(&self, key: &str) -> bool {
        self.nobody.contains(key) || self.agencies.contains(key) || self.places.contains(key)
    }

    /// Whether a name is a news agency's.
    pub(crate) fn is_agency(&self, name: &str) -> bool {
        self.agencies.contains(&folded(name))
    }

    /// Whether a text is the name of a city, in a script without capitals.
    pub(crate) fn is_city(&self, text: &str) -> bool {
        self.cities.contains(&folded(text))
    }

    /// Whether a word of small letters is a given name.
    pub(crate) fn is_given(&self, word: &str) -> bool {
        self.given.contains(word)
    }

    /// Whether a text ends in a word that follows names: `記者`.
    pub(crate) fn is_followed(&self, text: &str) -> bool {
        self.follows
            .iter()
            .any(|word| text.ends_with(word.as_str()))
    }

    /// Whether a word of small letters shows that its text names no person.
    pub(crate) fn rules_out(&self, word: &str) -> bool {
        self.not_in_names.contains(word)
    }

    /// Whether a word of small letters says what somebody does.
    pub(crate) fn is_role(&self, word: &str) -> bool {
        self.roles.contains(word)
    }

    /// Whether a word that rules out a name elsewhere is also what people are called.
    pub(crate) fn is_namesake(&self, word: &str) -> bool {
        self.namesakes.contains(word)
    }

    /// Whether a word stands in small letters inside names.
    pub(crate) fn is_particle(&self, word: &str) -> bool {
        self.particles.contains(word)
    }
}
