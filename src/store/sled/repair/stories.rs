//! Stories put in line with the articles that belong to them, and sketches with theirs.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the rules of all kinds have one form, and each is handed its record for good"
)]

use std::collections::BTreeMap;

use crate::model::id::{ArticleId, StoryId};
use crate::store::StoreError;
use crate::store::sled::keys::{ArticleKey, SketchKey, StoryKey, prefix};
use crate::store::sled::near::{self, SketchRecord};
use crate::store::sled::repair::Mender;
use crate::store::sled::story::{self, StoryRecord};
use crate::store::sled::txn::{Read as _, sound};

impl Mender<'_, '_> {
    /// Each story knows the articles that say they are of it, and no others. Who was told of a story
    /// that had to be put together anew is not known any more: it may be told once again.
    pub(super) fn stories(&mut self) -> Result<(), StoreError> {
        let mut carried = self.carried()?;
        let all = prefix::<StoryKey>(&[]);
        for key in self.view.clone().forward::<StoryKey>(&all, Vec::new()) {
            // What is no key of its kind was set aside.
            let Some(key) = sound(key.map(Some))? else {
                continue;
            };
            let articles = carried.remove(&key.story).unwrap_or_default();
            if let Some(record) = sound(self.txn.get(&key))? {
                self.story(key, record, &articles)?;
            }
            self.txn.breathe()?;
        }
        for (story, mut articles) in carried {
            let article = ArticleId(story.0);
            let first = sound(self.txn.get(&ArticleKey { article }))?;
            if first.is_some_and(|first| first.story.0 == story) && !articles.contains(&article) {
                articles.insert(0, article);
            }
            self.story(StoryKey { story }, StoryRecord::default(), &articles)?;
            self.txn.breathe()?;
        }
        self.all(Self::sketch)
    }

    /// Articles in the order in which they were stored, by their stories; those that are alone in
    /// theirs need no record and are left out.
    fn carried(&mut self) -> Result<BTreeMap<StoryId, Vec<ArticleId>>, StoreError> {
        let mut carried: BTreeMap<StoryId, Vec<ArticleId>> = BTreeMap::new();
        let all = prefix::<ArticleKey>(&[]);
        for key in self.view.clone().forward::<ArticleKey>(&all, Vec::new()) {
            let Some(key) = sound(key.map(Some))? else {
                continue;
            };
            let Some(mut record) = sound(self.txn.get(&key))? else {
                continue;
            };
            let (article, story) = (key.article, record.story.0);
            let original = story.0 == article.0;
            if record.original != original {
                record.original = original;
                self.txn.put(&key, &record)?;
                self.mended(format_args!(
                    "article {article} is the first of its own story and of no other"
                ));
                self.txn.breathe()?;
            }
            if !original || self.txn.has(&StoryKey { story })? {
                carried.entry(story).or_default().push(article);
            }
        }
        Ok(carried)
    }

    /// A story lists what belongs to it, or counts it.
    fn story(
        &mut self,
        key: StoryKey,
        mut record: StoryRecord,
        articles: &[ArticleId],
    ) -> Result<(), StoreError> {
        let story = key.story;
        if articles.is_empty() {
            self.txn.remove(&key)?;
            self.mended(format_args!("story {story} went with its last article"));
            return Ok(());
        }
        let listed = record.members.len();
        record.members.retain(|it| articles.contains(&it.article.0));
        let mut changed = record.members.len() < listed;
        let known = record.members.len() as u64 + record.unlisted;
        let mut lost = (articles.len() as u64).saturating_sub(known);
        for &article in articles {
            if lost == 0 || !record.has_room() {
                break;
            }
            if record.lists(article) {
                continue;
            }
            if let Some(found) = sound(self.txn.get(&ArticleKey { article }))? {
                let member = story::member(self.txn, article, &found)?;
                record.members.push(member);
                (lost, changed) = (lost - 1, true);
            }
        }
        record.members.sort_by_key(|member| member.article);
        let unlisted = (articles.len() - record.members.len()) as u64;
        if changed || unlisted != record.unlisted {
            record.unlisted = unlisted;
            self.txn.put(&key, &record)?;
            self.mended(format_args!(
                "story {story} knows its {} articles again",
                articles.len()
            ));
        }
        Ok(())
    }

    /// A sketch is of its article as it is stored; else the article's copies are not looked for.
    fn sketch(&mut self, key: SketchKey, record: SketchRecord) -> Result<(), StoreError> {
        let article = key.article;
        let named = self.txn.get(&ArticleKey { article })?;
        let is_of_it = named
            .is_some_and(|named| named.outlet == record.outlet && named.stored == record.stored);
        if !is_of_it || record.sketch().is_none() {
            near::forget(self.txn, article)?;
            self.mended(format_args!(
                "article {article} is not found by its words any more: its sketch is another's"
            ));
        }
        Ok(())
    }
}
