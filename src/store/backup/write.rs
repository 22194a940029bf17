//! Writes a backup, a block at a time.

use std::io::{self, Write};

use xxhash_rust::xxh3::Xxh3;

use crate::store::backup::layout::{
    BLOCK, BLOCK_MAX, FORMAT, Head, Holds, LEVEL, TITLE, Title, Trailer, write_line,
};
use crate::store::backup::{Identity, Record, Tally};

/// A backup that is being written. Dropped before its end it has no trailer, and no reader takes it
/// for whole.
pub struct BackupWriter<W> {
    out: W,
    /// Of all bytes so far.
    hash: Xxh3,
    /// The block that is being filled.
    plain: Vec<u8>,
    /// Records before that block.
    before: u64,
    tally: Tally,
}

impl<W: Write> BackupWriter<W> {
    /// Writes the first block.
    pub fn begin(out: W, identity: &Identity) -> io::Result<Self> {
        let mut writer = Self {
            out,
            hash: Xxh3::new(),
            plain: Vec::new(),
            before: 0,
            tally: Tally::default(),
        };
        let title = Title {
            is: TITLE.to_owned(),
            version: FORMAT,
            schema: identity.schema,
            store: identity.store.clone(),
        };
        writer.line(Holds::Title, &title)?;
        Ok(writer)
    }

    /// Adds a record.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        write_line(record, &mut self.plain);
        self.tally.count(record);
        if self.plain.len() >= BLOCK {
            self.block(Holds::Records)?;
        }
        Ok(())
    }

    /// What was written so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Writes what is left and the trailer.
    pub fn finish(mut self) -> io::Result<(W, Tally)> {
        if !self.plain.is_empty() {
            self.block(Holds::Records)?;
        }
        let trailer = Trailer {
            records: self.tally.records,
            kinds: self.tally.kinds.clone(),
            checksum: format!("{:032x}", self.hash.digest128()),
        };
        self.line(Holds::Trailer, &trailer)?;
        self.out.flush()?;
        Ok((self.out, self.tally))
    }

    /// A block of one line of JSON.
    fn line(&mut self, holds: Holds, line: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.plain, line)?;
        self.plain.push(b'\n');
        self.block(holds)
    }

    /// Writes what was gathered as one block.
    fn block(&mut self, holds: Holds) -> io::Result<()> {
        if self.plain.len() > BLOCK_MAX {
            return Err(io::Error::other(format!(
                "record {} has more than {BLOCK_MAX} bytes",
                self.tally.records
            )));
        }
        let frame = zstd::bulk::compress(&self.plain, LEVEL)?;
        let length = |bytes: usize| u32::try_from(bytes).map_err(io::Error::other);
        let head = Head {
            holds,
            packed: length(frame.len())?,
            plain: length(self.plain.len())?,
            before: self.before,
            records: u32::try_from(self.tally.records - self.before).map_err(io::Error::other)?,
        };
        let head = head.encode(&frame);
        for part in [&head[..], &frame] {
            self.out.write_all(part)?;
            self.hash.update(part);
            self.tally.bytes += part.len() as u64;
        }
        self.plain.clear();
        self.before = self.tally.records;
        Ok(())
    }
}
