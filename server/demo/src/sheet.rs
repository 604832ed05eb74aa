//! A CSV file as it is written, with its rows counted.

use crate::Error;
use std::io::Write;
use std::path::Path;

/// A CSV under way.
pub(crate) struct Sheet<W: Write> {
    inner: csv::Writer<W>,
    rows: u64,
}

impl<W: Write> Sheet<W> {
    /// Begins with the header.
    pub(crate) fn begin(to: W, header: &str) -> std::io::Result<Self> {
        let mut inner = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(to);
        inner.write_record(header.split(','))?;
        Ok(Self { inner, rows: 0 })
    }

    /// Writes a row.
    pub(crate) fn row(&mut self, fields: &[&str]) -> std::io::Result<()> {
        self.inner.write_record(fields)?;
        self.rows += 1;
        Ok(())
    }

    /// Ends the file and says how many rows it has.
    pub(crate) fn end(mut self) -> std::io::Result<u64> {
        self.inner.flush()?;
        Ok(self.rows)
    }
}

/// Names the file where writing failed.
pub(crate) fn at<T>(path: &Path, result: std::io::Result<T>) -> Result<T, Error> {
    result.map_err(|source| Error::File { path: path.to_owned(), source })
}
