//! Which store this is, and whether it may be written to.

use std::path::Path;

use sled::Db;

use crate::store::StoreError;
use crate::store::sled::counters::Counters;
use crate::store::sled::keys::{CommitKey, SchemaKey, StoreIdKey};
use crate::store::sled::open::{SCHEMA, live};
use crate::store::sled::side::{self, Said};
use crate::store::sled::txn::{Read as _, Txn, engine};
use crate::store::sled::view::View;

/// Puts back the records that say which store this is, where they are damaged or gone and the side
/// file knows them.
pub(super) fn mend(view: &View, said: Option<&Said>) -> Result<(), StoreError> {
    let lost = |found: &Result<bool, StoreError>| match found {
        Ok(is_there) => !is_there,
        Err(error) => matches!(error, StoreError::Corrupt { .. }),
    };
    let has = [
        view.get(&SchemaKey {}).map(|found| found.is_some()),
        view.get(&StoreIdKey {}).map(|found| found.is_some()),
        view.get(&CommitKey {}).map(|found| found.is_some()),
    ];
    let Some(said) = said.filter(|_| has.iter().any(lost)) else {
        return Ok(());
    };
    let mut counters = Counters {
        commits: said.commits,
        live: live(view)?,
        ..Counters::default()
    };
    let mut txn = Txn::new(view.clone(), &mut counters);
    txn.put(&SchemaKey {}, &SCHEMA)?;
    txn.put(&StoreIdKey {}, &said.id)?;
    txn.commit()?;
    drop(txn);
    tracing::warn!("what says which store this is was put back from its side file");
    view.tree().flush().map_err(engine("flush")).map(drop)
}

/// The store's identifier and commits; `None` where it is empty. Refuses what is not to be written to.
pub(super) fn identity(
    path: &Path,
    db: &Db,
    view: &View,
    said: Option<&Said>,
) -> Result<Option<(String, u64)>, StoreError> {
    let refuse = |why: String| {
        Err(StoreError::Open {
            path: path.display().to_string(),
            why,
        })
    };
    let lost = |has: u64, had: u64| {
        format!(
            "it has {has} commits and had {had}: the newest were lost, or an older copy was put in \
             its place; restore a backup, or let `wireroom store check --repair` look for them and go \
             on with what there is (it keeps the files first)"
        )
    };
    let Some(schema) = view.get(&SchemaKey {})? else {
        return match said {
            Some(said) => refuse(lost(0, said.commits)),
            None if db.is_empty() => Ok(None),
            None => refuse("it is not a store of wireroom; choose another directory".to_owned()),
        };
    };
    if schema != SCHEMA {
        return refuse(format!(
            "its layout is version {schema}, and this release knows {SCHEMA}; use the release that \
             wrote it, or a newer one"
        ));
    }
    let id = view.get(&StoreIdKey {})?.unwrap_or_default();
    let commits = view.get(&CommitKey {})?.unwrap_or_default();
    match said {
        Some(said) if said.id != id => refuse(format!(
            "its files are of two stores, {id} and {}; put back those that belong together, or \
             remove its file `{}` to keep the first",
            said.id,
            side::NAME
        )),
        Some(said) if said.commits > commits => refuse(lost(commits, said.commits)),
        Some(_) | None => Ok(Some((id, commits))),
    }
}
