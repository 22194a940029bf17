//! Where a command's long output goes: a file that has its name once it is whole, or a pipe.

use std::fs;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use crate::store::backup::WholeFile;

/// A file, or standard output.
pub(super) enum Out {
    File(WholeFile),
    Pipe(BufWriter<Stdout>),
}

impl Out {
    /// Begins; `-` is standard output.
    pub(super) fn create(file: &Path) -> io::Result<Self> {
        if file == Path::new("-") {
            return Ok(Self::Pipe(BufWriter::new(io::stdout())));
        }
        WholeFile::create(file).map(Self::File)
    }

    /// It is whole.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::File(file) => file.finish(),
            Self::Pipe(mut pipe) => pipe.flush(),
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Pipe(pipe) => pipe.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Pipe(pipe) => pipe.flush(),
        }
    }
}

/// The file that `named` means, links followed; refuses what a new file would not replace but
/// destroy, such as a device.
pub(super) fn replaceable(named: &Path) -> io::Result<PathBuf> {
    match fs::metadata(named) {
        Ok(found) if found.is_file() => fs::canonicalize(named),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Err(io::Error::other(
            "it is no file; give - for standard output",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(named.to_owned()),
        Err(error) => Err(error),
    }
}
