//! The index's files before the engine has them.

use std::fs::File;
use std::io;
use std::path::Path;

use super::error::SearchError;

/// Reads all files through, before the engine maps them into memory: what the disk cannot read is an error
/// here, and would be the end of the process there. The check of all sums that follows finds them in
/// the system's memory.
pub(super) fn readable(path: &Path) -> Result<(), SearchError> {
    let Ok(files) = std::fs::read_dir(path) else {
        return Ok(());
    };
    for file in files.flatten().map(|file| file.path()) {
        let read = File::open(&file).and_then(|mut open| io::copy(&mut open, &mut io::sink()));
        match read {
            Err(fault) if file.is_file() => {
                let what = format!("{} cannot be read: {fault}", file.display());
                let path = path.to_owned();
                return Err(SearchError::Damaged { path, what });
            }
            // A directory, or gone meanwhile.
            Err(_) | Ok(_) => {}
        }
    }
    Ok(())
}
