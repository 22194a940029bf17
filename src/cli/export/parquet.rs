//! The table as Parquet: a row group at a time is held, and packed with zstd.

use std::sync::Arc;

use jiff::Timestamp;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

use crate::cli::export::columns::{COLUMNS, Kind, field};
use crate::cli::out::Out;

/// Articles of a row group, and bytes of their words: a reader holds a group at a time, too.
const ROWS_MAX: usize = 5_000;
const BYTES_MAX: usize = 32 << 20;

/// A table that is being written.
pub(super) struct Table {
    out: SerializedFileWriter<Out>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

/// What was gathered of a column. Levels say where there is nothing, and where a list begins.
enum Column {
    Text(Values<ByteArray>),
    Texts(Values<ByteArray>, Vec<i16>),
    Number(Values<i64>),
    Truth(Values<bool>),
}

/// The values that are there, and for each row whether there is one.
struct Values<T> {
    there: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Self {
            there: Vec::new(),
            levels: Vec::new(),
        }
    }
}

impl<T> Values<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.there.extend(value);
    }
}

impl Table {
    pub(super) fn begin(out: Out) -> Result<Self> {
        let schema = Arc::new(parse_message_type(&schema())?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("wireroom ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        Ok(Self {
            out: SerializedFileWriter::new(out, schema, Arc::new(properties))?,
            columns: columns(),
            rows: 0,
            bytes: 0,
        })
    }

    pub(super) fn take(&mut self, article: &Value) -> Result<()> {
        for ((name, kind), column) in COLUMNS.iter().zip(&mut self.columns) {
            self.bytes += column.push(field(article, name), *kind);
        }
        self.rows += 1;
        if self.rows >= ROWS_MAX || self.bytes >= BYTES_MAX {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<()> {
        let gathered = std::mem::replace(&mut self.columns, columns());
        (self.rows, self.bytes) = (0, 0);
        let mut group = self.out.next_row_group()?;
        for column in &gathered {
            match column {
                Column::Text(values) => put::<ByteArrayType>(&mut group, values, None)?,
                Column::Texts(values, lists) => {
                    put::<ByteArrayType>(&mut group, values, Some(lists))?;
                }
                Column::Number(values) => put::<Int64Type>(&mut group, values, None)?,
                Column::Truth(values) => put::<BoolType>(&mut group, values, None)?,
            }
        }
        group.close().map(drop)
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        // A table without rows has its columns all the same.
        if self.rows > 0 {
            self.write_group()?;
        }
        Ok(self.out.into_inner()?.finish()?)
    }
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Out>,
    values: &Values<T::T>,
    lists: Option<&[i16]>,
) -> Result<()>
where
    T::T: Sized,
{
    let missing = || ParquetError::General("the table has fewer columns than it was given".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    let levels = Some(values.levels.as_slice());
    column
        .typed::<T>()
        .write_batch(&values.there, levels, lists)?;
    column.close()
}

fn columns() -> Vec<Column> {
    let column = |(_, kind)| match kind {
        Kind::Text => Column::Text(Values::default()),
        Kind::Texts => Column::Texts(Values::default(), Vec::new()),
        Kind::Number | Kind::Instant => Column::Number(Values::default()),
        Kind::Truth => Column::Truth(Values::default()),
    };
    COLUMNS.into_iter().map(column).collect()
}

impl Column {
    /// Takes a row's value; the bytes that it holds.
    fn push(&mut self, value: &Value, kind: Kind) -> usize {
        match self {
            Self::Text(values) => {
                let text = value.as_str();
                values.push(text.map(ByteArray::from));
                text.map_or(0, str::len)
            }
            Self::Texts(values, lists) => {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                for (number, text) in texts.iter().enumerate() {
                    values.push(Some(ByteArray::from(*text)));
                    lists.push(i16::from(number > 0));
                }
                if texts.is_empty() {
                    values.push(None);
                    lists.push(0);
                }
                texts.iter().map(|text| text.len()).sum()
            }
            Self::Number(values) => {
                values.push(if kind == Kind::Instant {
                    let time = value
                        .as_str()
                        .and_then(|text| text.parse::<Timestamp>().ok());
                    time.map(Timestamp::as_millisecond)
                } else {
                    value.as_i64()
                });
                8
            }
            Self::Truth(values) => {
                values.push(value.as_bool());
                1
            }
        }
    }
}

/// The columns in the words of the format.
fn schema() -> String {
    let column = |(name, kind): (&str, Kind)| match kind {
        Kind::Text => format!("optional binary {name} (STRING);"),
        Kind::Number => format!("optional int64 {name};"),
        Kind::Truth => format!("optional boolean {name};"),
        Kind::Instant => format!("optional int64 {name} (TIMESTAMP(MILLIS,true));"),
        Kind::Texts => format!(
            "required group {name} (LIST) {{ repeated group list {{ required binary element (STRING); }} }}"
        ),
    };
    let columns: Vec<String> = COLUMNS.into_iter().map(column).collect();
    format!("message article {{ {} }}", columns.join(" "))
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_read_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let mut table = Table::begin(Out::create(&path).unwrap()).unwrap();
        let rows = ROWS_MAX + 3;
        for n in 0..rows {
            let tags: Vec<String> = (0..n % 3).map(|tag| format!("tag {tag}")).collect();
            let article = json!({
                "id": format!("id {n}"), "title": (n % 2 == 0).then(|| format!("Ї {n}")),
                "words": n, "partial": true, "free": null, "tags": tags, "captions": [],
                "fetched": "2025-06-23T17:03:00Z", "story": {"id": "s", "original": n == 1},
                "text": "words ".repeat(n % 7),
            });
            table.take(&article).unwrap();
        }
        assert!(!path.exists(), "it has its name once it is whole");
        table.finish().unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        assert_eq!(reader.num_row_groups(), 2);
        let mut read = 0;
        for (n, row) in reader.get_row_iter(None).unwrap().enumerate() {
            let row = row.unwrap();
            let place = |name| COLUMNS.iter().position(|(it, _)| *it == name).unwrap();
            assert_eq!(row.get_string(place("id")).unwrap(), &format!("id {n}"));
            let title = row.get_string(place("title")).ok().cloned();
            assert_eq!(title, (n % 2 == 0).then(|| format!("Ї {n}")));
            assert_eq!(
                row.get_long(place("words")).unwrap(),
                i64::try_from(n).unwrap()
            );
            assert!(row.get_bool(place("partial")).unwrap());
            assert!(row.get_bool(place("free")).is_err(), "it is null");
            assert_eq!(row.get_bool(place("original")).unwrap(), n == 1);
            let millis = row.get_timestamp_millis(place("fetched")).unwrap();
            assert_eq!(millis, 1_750_698_180_000);
            assert_eq!(row.get_list(place("tags")).unwrap().len(), n % 3);
            assert_eq!(
                row.get_string(place("text")).unwrap(),
                &"words ".repeat(n % 7)
            );
            read += 1;
        }
        assert_eq!(read, rows);
    }
}
