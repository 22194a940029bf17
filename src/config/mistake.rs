//! Mistakes in the configuration: where, in which key, what is wrong, and what would be right.
//!
//! They are collected, not thrown, so that one start shows all of them. No message holds a secret:
//! who reports one about a secret leaves the value out.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Where a value came from. The order is that of the report: the main file, outlet files, then
/// variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The built-in defaults, or nowhere at all.
    #[default]
    BuiltIn,
    /// A file.
    File {
        /// Its number in the order of reading: the main file is 0.
        rank: usize,
        /// The line, from 1; 0 for the file as a whole.
        line: usize,
        /// Its path as the user would write it.
        path: Arc<str>,
    },
    /// An environment variable.
    Environment(Arc<str>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in defaults"),
            Self::File { path, line: 0, .. } => f.write_str(path),
            Self::File { path, line, .. } => write!(f, "{path}:{line}"),
            Self::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub place: Place,
    /// The key, as `endpoint[0].url`; empty where the whole file is meant.
    pub key: String,
    /// What is wrong, what is allowed, and what to do.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)
    }
}

/// All mistakes of one configuration, in the order of the files and their lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// Collects mistakes and warnings while the configuration is read.
#[derive(Debug, Default)]
pub(crate) struct Report {
    mistakes: Vec<Mistake>,
    warnings: Vec<Mistake>,
    /// Lines of files, by their rank, of which it is said that they cannot be read: what was made of them
    /// is not what was meant.
    garbled: Vec<(usize, RangeInclusive<usize>)>,
}

/// Most mistakes that are kept: a file of noise must not make a report without end.
const MISTAKES_MAX: usize = 500;

impl Report {
    /// Notes a mistake.
    pub(crate) fn wrong(&mut self, place: &Place, key: &str, problem: impl Into<String>) {
        if let Place::File { rank, line, .. } = place
            && (self.garbled.iter()).any(|(of, lines)| of == rank && lines.contains(line))
        {
            return;
        }
        push(&mut self.mistakes, place, key, problem.into());
    }

    /// Nothing more is said of these lines of a file.
    pub(crate) fn garbled(&mut self, rank: usize, lines: RangeInclusive<usize>) {
        self.garbled.push((rank, lines));
    }

    /// Whether something below a key was found wrong.
    pub(crate) fn is_wrong_below(&self, key: &str) -> bool {
        let below = |it: &Mistake| {
            it.key
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        self.mistakes.iter().any(below)
    }

    /// Notes something that works and is probably not meant.
    pub(crate) fn warn(&mut self, place: &Place, key: &str, problem: impl Into<String>) {
        push(&mut self.warnings, place, key, problem.into());
    }

    /// The warnings, or all mistakes; both in the order of files and lines.
    pub(crate) fn finish(mut self) -> Result<Vec<Mistake>, Mistakes> {
        self.mistakes.sort_by(|a, b| a.place.cmp(&b.place));
        self.warnings.sort_by(|a, b| a.place.cmp(&b.place));
        if self.mistakes.is_empty() {
            Ok(self.warnings)
        } else {
            Err(Mistakes(self.mistakes))
        }
    }
}

fn push(list: &mut Vec<Mistake>, place: &Place, key: &str, problem: String) {
    if list.len() < MISTAKES_MAX {
        list.push(Mistake {
            place: place.clone(),
            key: key.to_owned(),
            problem,
        });
    }
}

/// A value as quoted in a message: on one line, and not longer than a line.
pub(crate) fn quoted(value: &str) -> String {
    const LONGEST: usize = 80; // characters; enough for a path or an expression to be known by
    let mut text: String = value.escape_debug().take(LONGEST).collect();
    // `escape_debug` guards quotes too, which only makes an expression harder to recognise.
    text = text
        .replace("\\\"", "\"")
        .replace("\\'", "'")
        .replace("\\\\", "\\");
    if value.chars().count() > LONGEST {
        text.push('…');
    }
    format!("`{text}`")
}
