//! A list of a running daemon, page by page.

use anyhow::bail;
use serde_json::Value;

use crate::cli::remote::Remote;

/// Items of one page when a longer list is put together.
const PAGE: usize = 100;

/// The pages of a list, one at a time.
#[derive(Debug)]
pub(super) struct Pages {
    remote: Remote,
    path: Vec<String>,
    query: Vec<(String, String)>,
    left: Option<usize>,
    cursor: Option<String>,
    done: bool,
}

impl Pages {
    /// From the beginning of the list.
    pub(super) fn new(
        remote: Remote,
        path: Vec<String>,
        query: Vec<(String, String)>,
        limit: Option<usize>,
    ) -> Self {
        Self {
            remote,
            path,
            query,
            left: limit,
            cursor: None,
            done: limit == Some(0),
        }
    }

    /// The daemon that is asked.
    pub(super) fn remote(&self) -> &Remote {
        &self.remote
    }

    /// The next page's items; `None` after the last.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Vec<Value>>> {
        if self.done {
            return Ok(None);
        }
        let size = self.left.map_or(PAGE, |left| left.min(PAGE)).to_string();
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let query = self.query.iter();
        let mut query: Vec<(&str, &str)> = query.map(|(name, value)| (&**name, &**value)).collect();
        query.push(("limit", &size));
        if let Some(cursor) = &self.cursor {
            query.push(("cursor", cursor));
        }
        let mut page = self.remote.get(&path, &query).await?;
        let next = page["next"].as_str().map(str::to_owned);
        let Value::Array(items) = page["items"].take() else {
            bail!("{} did not answer with a list", self.remote.server);
        };
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(items.len());
        }
        // The same place twice would go on for ever.
        self.done = next.is_none() || next == self.cursor || self.left == Some(0);
        self.cursor = next;
        Ok(Some(items))
    }
}
