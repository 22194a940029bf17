//! Reads a backup, a block at a time, and believes nothing that does not sum up.

use std::io::{self, Read};

use xxhash_rust::xxh3::Xxh3;

use crate::store::backup::layout::{BEFORE, FORMAT, Head, Holds, TITLE, Title, Trailer, read_line};
use crate::store::backup::{BackupError, Identity, Record, Source, Tally};

/// A backup that is being read. Its end is told only once the trailer has confirmed all before it.
pub struct BackupReader<R> {
    input: R,
    identity: Identity,
    /// Of all bytes before the block that is read.
    hash: Xxh3,
    tally: Tally,
    done: bool,
}

/// A block whose checksum is right.
struct Block {
    head: Head,
    plain: Vec<u8>,
}

impl<R: Read> BackupReader<R> {
    /// Reads the first block.
    pub fn begin(input: R) -> Result<Self, BackupError> {
        let mut reader = Self {
            input,
            identity: Identity {
                schema: 0,
                store: String::new(),
            },
            hash: Xxh3::new(),
            tally: Tally::default(),
            done: false,
        };
        let block = match reader.block() {
            Err(BackupError::Damaged { why, .. }) => return Err(BackupError::Foreign(why)),
            other => other?,
        };
        let title: Title = match block.head.holds {
            Holds::Title => serde_json::from_slice(&block.plain).ok(),
            Holds::Records | Holds::Trailer => None,
        }
        .filter(|title: &Title| title.is == TITLE)
        .ok_or_else(|| BackupError::Foreign("its first line says otherwise".to_owned()))?;
        if title.version != FORMAT {
            return Err(BackupError::Newer {
                found: title.version,
                known: FORMAT,
            });
        }
        reader.identity = Identity {
            schema: title.schema,
            store: title.store,
        };
        Ok(reader)
    }

    /// What was read so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn damaged(&self, why: impl Into<String>) -> BackupError {
        BackupError::Damaged {
            record: self.tally.records + 1,
            offset: self.tally.bytes,
            why: why.into(),
        }
    }

    /// The next block, checked; its bytes are counted once it is known to be sound.
    fn block(&mut self) -> Result<Block, BackupError> {
        let mut before = [0; BEFORE];
        self.fill(&mut before)?;
        let head = Head::decode(&before).ok_or_else(|| self.damaged("no block begins here"))?;
        let mut frame = Vec::new();
        let read = (&mut self.input)
            .take(head.packed.into())
            .read_to_end(&mut frame)
            .map_err(unread)?;
        if read as u64 != u64::from(head.packed) {
            return Err(self.damaged("it ends within this block"));
        }
        if !Head::is_sound(&before, &frame) {
            return Err(self.damaged("its checksum is wrong"));
        }
        if head.before != self.tally.records {
            return Err(self.damaged("the blocks are not in their order"));
        }
        let plain = usize::try_from(head.plain)
            .map_err(io::Error::other)
            .and_then(|length| zstd::bulk::decompress(&frame, length))
            .map_err(|error| self.damaged(error.to_string()))?;
        if head.holds != Holds::Trailer {
            self.hash.update(&before);
            self.hash.update(&frame);
            self.tally.bytes += (before.len() + frame.len()) as u64;
        }
        Ok(Block { head, plain })
    }

    fn fill(&mut self, before: &mut [u8; BEFORE]) -> Result<(), BackupError> {
        match self.input.read_exact(before) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.damaged("it ends here, before its trailer"))
            }
            other => other.map_err(unread),
        }
    }

    fn records(&mut self, block: &Block, offset: u64) -> Result<Vec<Record>, BackupError> {
        let wrong = |record: u64, why: &str| BackupError::Damaged {
            record,
            offset,
            why: why.to_owned(),
        };
        let mut records = Vec::new();
        for line in block.plain.split_inclusive(|&byte| byte == b'\n') {
            let number = self.tally.records + 1;
            let record = line
                .strip_suffix(b"\n")
                .and_then(read_line)
                .ok_or_else(|| wrong(number, "its line is none of a record"))?;
            self.tally.count(&record);
            records.push(record);
        }
        if records.len() as u64 != u64::from(block.head.records) {
            return Err(wrong(
                block.head.before + 1,
                "it does not hold what it says",
            ));
        }
        Ok(records)
    }

    fn end(&mut self, block: &Block) -> Result<(), BackupError> {
        let expected = Trailer {
            records: self.tally.records,
            kinds: self.tally.kinds.clone(),
            checksum: format!("{:032x}", self.hash.digest128()),
        };
        let said: Option<Trailer> = serde_json::from_slice(&block.plain).ok();
        if said.as_ref() != Some(&expected) {
            return Err(self.damaged("the trailer does not confirm what stands before it"));
        }
        if self.input.read(&mut [0]).map_err(unread)? != 0 {
            return Err(self.damaged("something follows the trailer"));
        }
        self.done = true;
        Ok(())
    }
}

impl<R: Read + Send> Source for BackupReader<R> {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn next(&mut self) -> Result<Option<Vec<Record>>, BackupError> {
        if self.done {
            return Ok(None);
        }
        let offset = self.tally.bytes;
        let block = self.block()?;
        match block.head.holds {
            Holds::Records => self.records(&block, offset).map(Some),
            Holds::Trailer => self.end(&block).map(|()| None),
            Holds::Title => Err(self.damaged("it begins a second time")),
        }
    }
}

fn unread(source: io::Error) -> BackupError {
    BackupError::Io {
        doing: "read the backup",
        source,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::backup::{BackupWriter, write};

    fn identity() -> Identity {
        Identity {
            schema: 1,
            store: "a store".to_owned(),
        }
    }

    fn sample(count: u32) -> Vec<u8> {
        let mut writer = BackupWriter::begin(Vec::new(), &identity()).unwrap();
        for n in 0..count {
            let record = Record {
                key: [&b"a"[..], &n.to_be_bytes()].concat(),
                value: format!("{{\"n\":{n},\"words\":\"{}\"}}", "word ".repeat(60)).into_bytes(),
            };
            writer.record(&record).unwrap();
        }
        writer.finish().unwrap().0
    }

    fn read(bytes: &[u8]) -> Result<Vec<Record>, BackupError> {
        let mut reader = BackupReader::begin(bytes)?;
        let mut all = Vec::new();
        while let Some(records) = reader.next()? {
            all.extend(records);
        }
        Ok(all)
    }

    #[test]
    fn what_is_written_is_read_and_written_the_same_again() {
        for count in [0, 1, 5_000] {
            let bytes = sample(count);
            assert_eq!(read(&bytes).unwrap().len(), count as usize);
            let mut source = BackupReader::begin(&bytes[..]).unwrap();
            let (again, tally) = write(&mut source, Vec::new(), &mut |_| {}).unwrap();
            assert!(again == bytes, "{count} records");
            assert_eq!(tally.bytes, bytes.len() as u64);
        }
    }

    #[test]
    fn damage_is_told_by_record_and_byte() {
        let mut bytes = sample(5_000);
        let half = bytes.len() / 2;
        bytes[half] ^= 1;
        let Err(BackupError::Damaged { record, offset, .. }) = read(&bytes) else {
            panic!("it went unnoticed");
        };
        assert!(record > 1 && record <= 5_000, "record {record}");
        assert!(offset > 0 && offset <= half as u64, "byte {offset}");
    }

    #[test]
    fn what_is_no_backup_is_told_apart_from_one_that_is_newer() {
        for foreign in [&b""[..], b"PK\x03\x04", &[0; 100]] {
            assert!(matches!(read(foreign), Err(BackupError::Foreign(_))));
        }
        let mut writer = BackupWriter::begin(Vec::new(), &identity()).unwrap();
        let record = Record {
            key: b"a".to_vec(),
            value: b"1".to_vec(),
        };
        writer.record(&record).unwrap();
        let (bytes, _) = writer.finish().unwrap();
        // Two backups in a row, and one behind the other's title.
        assert!(matches!(
            read(&[&bytes[..], &bytes].concat()),
            Err(BackupError::Damaged { .. })
        ));
    }

    proptest! {
        #[test]
        fn a_flipped_bit_anywhere_is_found(at: prop::sample::Index, bit in 0_u8..8) {
            let mut bytes = sample(2_500);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(read(&bytes).is_err(), "byte {at}");
        }

        #[test]
        fn one_that_is_cut_short_is_found(at: prop::sample::Index) {
            let bytes = sample(2_500);
            let at = at.index(bytes.len());
            prop_assert!(read(&bytes[..at]).is_err(), "cut at {at}");
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            prop_assert!(read(&bytes).is_err());
        }
    }
}
