//! The rows of the last fetch, kept in a file, so that the next one asks only for what changed since.
//!
//! The file holds what the district's files hold, so it is as private as they are: only its owner may read it.

use super::rows::Row;
use crate::remote::{FetchError, RemoteSource};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Everything is read in full this often, as the Ed-Fi Alliance advises: deletes are not shown of students whom one may no
/// longer see, and servers are restored.
const FULL_EVERY_SECONDS: i64 = 7 * 24 * 3600;

/// What the kept rows are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    /// Which members of rows this program keeps.
    form: String,
    /// The source, and what else rows depend on.
    of: String,
    /// The newest change version when they were read.
    version: i64,
    /// When all of them were read in full, in seconds since 1970.
    full_at: i64,
}

impl Header {
    fn new(of: &RemoteSource, version: i64, full_at: i64) -> Self {
        let form = digest(&SHA256, include_bytes!("rows.rs"));
        let form = form.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { form, of: format!("{} {:?}", of.base_url, of.kind), version, full_at }
    }
}

/// The rows of the last fetch.
pub(super) struct Kept {
    /// The newest change version when they were read.
    pub(super) version: i64,
    /// When all of them were read in full.
    pub(super) full_at: i64,
    tables: HashMap<String, String>,
}

impl Kept {
    /// Reads them; nothing where there are none that can be used for this fetch: of another source, or a program that
    /// keeps other members, or older than a week, or newer than the server is.
    pub(super) fn read(path: &Path, of: &RemoteSource, newest: i64, now: i64) -> Option<Self> {
        let mut lines = BufReader::new(File::open(path).ok()?).lines();
        let header: Header = serde_json::from_str(&lines.next()?.ok()?).ok()?;
        let Header { version, full_at, .. } = header;
        let age = now - full_at;
        let is_usable = header == Header::new(of, version, full_at)
            && version <= newest
            && (0..FULL_EVERY_SECONDS).contains(&age);
        let mut tables = HashMap::new();
        while let Some(name) = lines.next().filter(|_| is_usable) {
            tables.insert(name.ok()?, lines.next()?.ok()?);
        }
        is_usable.then_some(Self { version, full_at, tables })
    }

    /// The rows of a resource, once.
    pub(super) fn take<T: Row>(&mut self, resource: &str) -> Option<Vec<T>> {
        serde_json::from_str(&self.tables.remove(resource)?).ok()
    }
}

/// The rows of this fetch, on their way to being kept. Dropped before [`Keeping::finish`], they are gone.
pub(super) struct Keeping {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
}

impl Keeping {
    /// Begins the file beside its place.
    pub(super) fn begin(
        path: &Path,
        of: &RemoteSource,
        version: i64,
        full_at: i64,
    ) -> Result<Self, FetchError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        remove(&part)?;
        let mut file = BufWriter::new(options.open(&part)?);
        line(&mut file, &Header::new(of, version, full_at))?;
        Ok(Self { path: path.to_owned(), part, file })
    }

    /// Adds the rows of a resource.
    pub(super) fn add<T: Row>(&mut self, resource: &str, rows: &[T]) -> Result<(), FetchError> {
        writeln!(self.file, "{resource}")?;
        line(&mut self.file, &rows)
    }

    /// Puts the file in the place of the last one.
    pub(super) fn finish(mut self) -> Result<(), FetchError> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(fs::rename(&self.part, &self.path)?)
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        // What cannot be removed is removed when the next fetch begins.
        let _ = remove(&self.part);
    }
}

fn line<T: Serialize>(file: &mut BufWriter<File>, value: &T) -> Result<(), FetchError> {
    serde_json::to_writer(&mut *file, value).map_err(std::io::Error::from)?;
    Ok(writeln!(file)?)
}

/// Removes a file that may be there.
pub(super) fn remove(path: &Path) -> Result<(), FetchError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
