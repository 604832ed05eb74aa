//! A CSV file as it is written, with its rows counted.

use crate::Error;
use std::fs::File;
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

/// Makes a file, for this user alone where it is new: an export is kept as a real one must be.
pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Names the file where writing failed.
pub(crate) fn at<T>(path: &Path, result: std::io::Result<T>) -> Result<T, Error> {
    result.map_err(|source| Error::File { path: path.to_owned(), source })
}
