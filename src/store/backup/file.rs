//! A file that appears under its name when it is whole and durable, and not before: a backup's, or
//! another that is as long in the making.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use crate::store::backup::layout::{BEFORE, Head, Holds};

/// A file that is being written beside the name that it will have. Dropped before its end, it is
/// gone; killed, it leaves `NAME.partial`, which the next attempt replaces.
#[derive(Debug)]
pub struct WholeFile {
    name: PathBuf,
    partial: PathBuf,
    out: Option<BufWriter<File>>,
}

/// Why no backup may get the name `name`, if so: it would land in a store's own directory, or take
/// the place of something that is no backup.
pub fn objection(name: &Path) -> io::Result<Option<&'static str>> {
    let folder = name.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
    let is_store = |it: &Path| it.join("db").is_file() && it.join("conf").is_file();
    if folder.ancestors().any(is_store) {
        return Ok(Some("it is inside a store's directory"));
    }
    let is_file = match fs::symlink_metadata(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?.is_file(),
    };
    let mut start = [0; BEFORE];
    let is_ours = is_file
        && File::open(name)?.read_exact(&mut start).is_ok()
        && Head::decode(&start).is_some_and(|head| head.holds == Holds::Title);
    Ok((!is_ours).then_some("what has this name is no backup of wireroom"))
}

impl WholeFile {
    /// Begins a file that will be `name`, readable by its owner alone: a backup holds all that the
    /// store holds.
    pub fn create(name: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut partial = name.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        // One that was left keeps its mode, and may be a link.
        match fs::remove_file(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)?;
        Ok(Self {
            name: name.to_owned(),
            partial,
            out: Some(BufWriter::with_capacity(1 << 20, file)),
        })
    }

    /// Makes what was written durable, then gives it its name; a file that had it is replaced.
    pub fn finish(mut self) -> io::Result<()> {
        let Some(out) = self.out.take() else {
            return Ok(());
        };
        let done = out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.partial, &self.name));
        if let Err(error) = done {
            self.discard();
            return Err(error);
        }
        let folder = self.name.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn discard(&self) {
        if let Err(error) = fs::remove_file(&self.partial) {
            tracing::warn!("cannot remove {}: {error}", self.partial.display());
        }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Some(out) => out.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some(out) = self.out.take() {
            // What is buffered is not wanted any more.
            drop(out.into_parts());
            self.discard();
        }
    }
}
