//! The rules of stories, and of the sketches by which they are found.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the rules of all kinds have one form, and each is handed its record for good"
)]

use std::fmt::Display;

use crate::model::id::ArticleId;
use crate::store::StoreError;
use crate::store::sled::audit::Audit;
use crate::store::sled::keys::{ArticleKey, NearKey, SketchKey, StoryKey};
use crate::store::sled::near::SketchRecord;
use crate::store::sled::records::ArticleRecord;
use crate::store::sled::story::StoryRecord;
use crate::store::sled::txn::Read as _;

impl Audit<'_> {
    /// An article's story: its own, or one that knows it.
    pub(super) fn has_its_story(
        &mut self,
        name: &dyn Display,
        article: ArticleId,
        record: &ArticleRecord,
    ) -> Result<(), StoreError> {
        let story = record.story.0;
        if record.original != (story.0 == article.0) {
            self.fault(format_args!("{name} is and is not the first of its story"));
        }
        match self.view.get(&StoryKey { story })? {
            Some(stored) if !stored.lists(article) && stored.unlisted == 0 => {
                self.fault(format_args!("{name} is unknown to its story"));
            }
            None if !record.original => self.fault(format_args!("{name} lacks its story")),
            Some(_) | None => {}
        }
        Ok(())
    }

    pub(super) fn story(&mut self, key: StoryKey, record: StoryRecord) -> Result<(), StoreError> {
        let story = key.story;
        if record.members.is_empty() && record.unlisted == 0 {
            self.fault(format_args!("story {story} has no article"));
        }
        for member in record.members {
            let article = member.article.0;
            let named = self.view.get(&ArticleKey { article })?;
            if named.is_none_or(|named| named.story.0 != story) {
                self.fault(format_args!(
                    "story {story} names article {article}, which is not of it"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn sketch(
        &mut self,
        key: SketchKey,
        record: SketchRecord,
    ) -> Result<(), StoreError> {
        let article = key.article;
        let named = self.view.get(&ArticleKey { article })?;
        if named.is_none_or(|named| named.outlet != record.outlet || named.stored != record.stored)
        {
            self.fault(format_args!(
                "a sketch is of article {article}, which is not so"
            ));
            return Ok(());
        }
        let name = format!("the sketch of article {article}");
        if record.sketch().is_none() {
            self.fault(format_args!("{name} cannot be read"));
        }
        for place in record.places(article) {
            self.need(&name, &place)?;
        }
        Ok(())
    }

    pub(super) fn near(&mut self, key: NearKey, (): ()) -> Result<(), StoreError> {
        let article = key.article;
        let sketch = self.view.get(&SketchKey { article })?;
        let sound = sketch.is_some_and(|sketch| sketch.places(article).contains(&key));
        if !sound {
            self.fault(format_args!("a hash names article {article} in vain"));
        }
        Ok(())
    }
}
