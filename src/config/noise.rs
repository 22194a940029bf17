//! Word lists of the operator's own, which stand beside the built-in ones of the extractor: which
//! lines of a page are furniture, advert, plea or the end, by their wording.
//!
//! A list is a TOML file with a table for each kind of line: `patterns`, and `ignore_case` where the
//! case of letters does not matter. Invariant: every kind is one of [`KINDS`], no expression matches
//! an empty line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;

use super::files::{matching, text_of};
use super::mistake::{Place, Report, quoted};
use super::shape::similar_to;
use super::tree::{Node, Places, Value, parse};
use super::values::expression;

/// What a line can be said to be, by the name of its table.
pub const KINDS: [&str; 13] = [
    "clock",
    "reading_time",
    "advert",
    "control",
    "form",
    "label_keep",
    "credit_keep",
    "support",
    "tag_line",
    "stop_head",
    "comment_prompt",
    "in_body_link",
    "promotion",
];

/// The form of these files that is read here.
const FORMAT: i64 = 1;
/// Expressions of all lists together: each is tried on each line.
const PATTERNS_MAX: usize = 1_000;
/// Files are numbered behind all outlet files in reports.
const RANK: usize = 1 << 20;

/// The word lists of `extract.noise`; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Noise {
    /// Where they came from.
    files: Vec<PathBuf>,
    patterns: Arc<Vec<(&'static str, Regex)>>,
}

impl Noise {
    /// The first expression that matches a line, with the kind of line it stands for, in the order
    /// of [`KINDS`].
    pub fn kind_of(&self, line: &str) -> Option<(&'static str, &str)> {
        let mut patterns = self.patterns.iter();
        let (kind, regex) = patterns.find(|(_, regex)| regex.is_match(line))?;
        Some((kind, regex.as_str()))
    }

    /// The files, as they are shown.
    pub(super) fn shown(&self) -> impl Iterator<Item = std::path::Display<'_>> {
        self.files.iter().map(|path| path.display())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

/// Reads the files that `extract.noise` names, relative to `dir`.
pub(crate) fn read(names: &[String], places: &Places, dir: &Path, report: &mut Report) -> Noise {
    let mut list = List {
        report,
        patterns: Vec::new(),
    };
    let mut files = Vec::new();
    let mut known = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        let key = format!("extract.noise[{index}]");
        let place = places.of(&key);
        let dir = match place {
            Place::Environment(_) => Path::new(""),
            Place::File { .. } | Place::BuiltIn => dir,
        };
        let paths = match matching(dir, name) {
            Ok(paths) => paths,
            Err(problem) => {
                let problem = format!("{} {problem}", quoted(name));
                list.report.wrong(&place, &key, problem);
                continue;
            }
        };
        if paths.is_empty() {
            let problem = format!("{} matches no file", quoted(name));
            list.report.warn(&place, &key, problem);
        }
        for path in paths {
            let same = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if !known.insert(same) {
                continue;
            }
            let shown: Arc<str> = Arc::from(path.display().to_string());
            match text_of(&path) {
                Ok(text) => {
                    let tree = parse(&text, &shown, RANK + known.len(), list.report);
                    list.add(&tree);
                }
                Err(problem) => {
                    list.report
                        .wrong(&place, &key, format!("{shown} {problem}"));
                }
            }
            files.push(std::path::absolute(&path).unwrap_or(path));
        }
    }
    let mut patterns = list.patterns;
    patterns.sort_by_key(|(rank, ..)| *rank);
    let patterns: Vec<_> = patterns
        .into_iter()
        .map(|(rank, regex)| (KINDS[rank], regex))
        .collect();
    Noise {
        files,
        patterns: Arc::new(patterns),
    }
}

struct List<'r> {
    report: &'r mut Report,
    /// Expressions with the number of their kind.
    patterns: Vec<(usize, Regex)>,
}

impl List<'_> {
    fn add(&mut self, tree: &Node) {
        let Value::Table(entries) = &tree.value else {
            return;
        };
        for (key, node) in entries {
            match &node.value {
                Value::Integer(FORMAT) if key == "format" => {}
                _ if key == "format" => self.wrong(node, key, "must be 1, the only form there is"),
                Value::Table(entries) => match KINDS.iter().position(|kind| kind == key) {
                    Some(kind) => self.add_kind(kind, node, entries),
                    None => self.unknown(node, key),
                },
                _ => self.unknown(node, key),
            }
        }
    }

    fn add_kind(&mut self, kind: usize, table: &Node, entries: &[(String, Node)]) {
        let mut ignore_case = false;
        let mut patterns = None;
        for (name, node) in entries {
            let key = format!("{}.{name}", KINDS[kind]);
            match (name.as_str(), &node.value) {
                ("ignore_case", Value::Boolean(flag)) => ignore_case = *flag,
                ("patterns", Value::List(items)) => patterns = Some(items),
                ("ignore_case", value) => {
                    let problem = format!("is {}; it must be true or false", value.kind());
                    self.wrong(node, &key, problem);
                }
                ("patterns", value) => {
                    let problem = format!("is {}; it must be a list of texts", value.kind());
                    self.wrong(node, &key, problem);
                }
                _ => {
                    let similar = similar_to(name, &["patterns", "ignore_case"]);
                    let problem =
                        format!("unknown key{similar}; known here: patterns, ignore_case");
                    self.wrong(node, &key, problem);
                }
            }
        }
        let Some(items) = patterns else {
            let holds_others = entries.iter().any(|(name, _)| name == "patterns");
            if !holds_others {
                let problem = "has no `patterns`: list the regular expressions of such lines";
                self.wrong(table, KINDS[kind], problem);
            }
            return;
        };
        for (index, item) in items.iter().enumerate() {
            let key = format!("{}.patterns[{index}]", KINDS[kind]);
            let Value::Text(text) = &item.value else {
                let problem = format!("is {}; it must be a text", item.value.kind());
                self.wrong(item, &key, problem);
                continue;
            };
            match expression(text, ignore_case) {
                Ok(regex) if regex.is_match("") => {
                    let problem = format!(
                        "{} matches an empty line, and so every line; say what the line holds, as '^more from us$'",
                        quoted(text)
                    );
                    self.wrong(item, &key, problem);
                }
                Ok(regex) if self.patterns.len() < PATTERNS_MAX => {
                    self.patterns.push((kind, regex));
                }
                Ok(_) => {
                    let problem = format!(
                        "is one more than the {PATTERNS_MAX} that all lists may hold; join some with |"
                    );
                    self.wrong(item, &key, problem);
                    return;
                }
                Err(problem) => self.wrong(item, &key, format!("{} {problem}", quoted(text))),
            }
        }
    }

    fn unknown(&mut self, node: &Node, key: &str) {
        let problem = format!(
            "is no kind of line{}; known: {}",
            similar_to(key, &KINDS),
            KINDS.join(", ")
        );
        self.wrong(node, key, problem);
    }

    fn wrong(&mut self, node: &Node, key: &str, problem: impl Into<String>) {
        self.report.wrong(&node.place, key, problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(text: &str) -> Result<Noise, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("noise.toml"), text).unwrap();
        let mut report = Report::default();
        let names = ["noise.toml".to_owned()];
        let noise = read(&names, &Places::default(), dir.path(), &mut report);
        let shown = |text: String| text.replace(&format!("{}/", dir.path().display()), "");
        report
            .finish()
            .map(|_| noise)
            .map_err(|mistakes| shown(mistakes.to_string()))
    }

    #[test]
    fn lines_are_of_the_first_kind_that_matches() {
        let noise = lists(
            "format = 1\n[stop_head]\nignore_case = true\npatterns = ['^Mehr vom Hafen$']\n\
             [advert]\npatterns = ['^Hafen\\+', '^mehr vom hafen']\n",
        )
        .unwrap();
        assert_eq!(
            noise.kind_of("MEHR VOM HAFEN"),
            Some(("stop_head", "^Mehr vom Hafen$"))
        );
        assert_eq!(
            noise.kind_of("mehr vom hafen"),
            Some(("advert", "^mehr vom hafen"))
        );
        assert_eq!(noise.kind_of("Hafen+ lesen"), Some(("advert", "^Hafen\\+")));
        assert_eq!(noise.kind_of("Der Hafen"), None);
    }

    #[test]
    fn mistakes_say_line_key_and_remedy() {
        let text = "format = 2\nlanguage = 'de'\n[stop_heads]\npatterns = []\n[advert]\n\
                    patterns = ['(', 'x*', 3]\nignorecase = true\n[form]\nignore_case = 1\n";
        let told = lists(text).unwrap_err();
        let begins = |beginning: &str| told.lines().any(|line| line.starts_with(beginning));
        for beginning in [
            "noise.toml:1: format: must be 1",
            "noise.toml:2: language: is no kind of line; known: clock,",
            "noise.toml:3: stop_heads: is no kind of line (did you mean `stop_head`?)",
            "noise.toml:6: advert.patterns[0]: `(` is not a regular expression",
            "noise.toml:6: advert.patterns[1]: `x*` matches an empty line",
            "noise.toml:6: advert.patterns[2]: is a whole number; it must be a text",
            "noise.toml:7: advert.ignorecase: unknown key (did you mean `ignore_case`?)",
            "noise.toml:8: form: has no `patterns`",
            "noise.toml:9: form.ignore_case: is a whole number",
        ] {
            assert!(begins(beginning), "{beginning}\n{told}");
        }
        assert_eq!(told.lines().count(), 9, "{told}");
    }
}
