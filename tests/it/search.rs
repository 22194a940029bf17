//! The search index: real files beside a real store, followed, killed, damaged, asked.

mod asked;
mod followed;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use wireroom::clock::Clock;
use wireroom::model::article::{Article, Block, BlockKind, Content, Revision, Story};
use wireroom::model::id::{ArticleId, OutletName, StoryId};
use wireroom::search::{Ask, Index, Mark, Part, Sort, Within, Writer};

/// An index with articles in it.
pub(crate) struct Shelf {
    pub(crate) index: Arc<Index>,
    pub(crate) writer: Writer,
    pub(crate) mark: Mark,
    directory: tempfile::TempDir,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let opened = Index::open(&directory.path().join("search"), "s").unwrap();
        assert_eq!(opened.anew, None);
        Self {
            writer: Writer::new(&opened.index).unwrap(),
            index: opened.index,
            mark: opened.mark,
            directory,
        }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("search")
    }

    pub(crate) fn put(&mut self, articles: &[Article]) {
        self.writer.put(articles).unwrap();
        self.writer.commit(&self.mark).unwrap();
    }

    pub(crate) fn find(&self, question: &str) -> Vec<ArticleId> {
        self.within(question, &Within::default(), Sort::Time)
    }

    pub(crate) fn within(&self, question: &str, within: &Within, sort: Sort) -> Vec<ArticleId> {
        let ask = Ask::parse(question).unwrap_or_else(|problem| panic!("{question}: {problem}"));
        let part = Part {
            sort,
            after: None,
            limit: 1000,
        };
        self.index.find(&ask, within, &part).unwrap().articles
    }
}

/// When the nth article was stored: a minute each.
pub(crate) fn at(n: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + 60 * n).unwrap()
}

/// An article stored as the nth.
pub(crate) fn article(n: i64, language: Option<&str>, title: &str, text: &str) -> Article {
    let id = ArticleId::new(at(n));
    Article {
        id,
        outlet: OutletName::new(if n % 2 == 0 { "even" } else { "odd" }),
        url: format!("https://a.example/{n}").parse().unwrap(),
        stored: at(n),
        revision: Revision {
            number: 1,
            fetched: at(n),
            content: Content {
                title: Some(title.to_owned()),
                language: language.map(str::to_owned),
                blocks: vec![Block::plain(BlockKind::Paragraph, text)],
                ..Content::default()
            },
        },
        story: Story {
            id: StoryId(id.0),
            original: true,
            also: Vec::new(),
        },
    }
}

/// Files of an index that hold articles.
pub(crate) fn segment_files(path: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(path)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|file| {
            let name = file.file_name().unwrap().to_string_lossy();
            !name.starts_with('.') && name != "meta.json"
        })
        .collect();
    files.sort();
    files
}

fn clock() -> Clock {
    Clock::System
}
