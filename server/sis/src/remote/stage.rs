//! The folder in the making: written beside its place, moved there when it is whole.

use super::{FetchError, Staged, Why};
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// A folder in the making. Dropped before [`Stage::finish`], it is removed.
pub(crate) struct Stage {
    into: PathBuf,
    part: PathBuf,
    staged: Staged,
    done: bool,
}

impl Stage {
    /// Begins a folder; what an earlier run left half done goes.
    pub(crate) fn begin(into: &Path) -> Result<Self, FetchError> {
        if into.exists() {
            return Err(FetchError::new("", "", Why::Disk(std::io::ErrorKind::AlreadyExists)));
        }
        let mut name = into.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = into.with_file_name(name);
        if part.exists() {
            fs::remove_dir_all(&part)?;
        }
        fs::create_dir_all(part.join("oneroster"))?;
        Ok(Self { into: into.to_owned(), part, staged: Staged::default(), done: false })
    }

    /// Writes a file of rows under a header.
    pub(crate) fn write(
        &mut self,
        path: &str,
        header: &[&str],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Result<(), FetchError> {
        let disk = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(error) => FetchError::disk(&error),
            _ => FetchError::new("", "", Why::Disk(std::io::ErrorKind::InvalidData)),
        };
        let file = fs::File::create_new(self.part.join(path))?;
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(header).map_err(disk)?;
        let mut count = 0;
        for row in rows {
            writer.write_record(&row).map_err(disk)?;
            count += 1;
        }
        let file = writer.into_inner().map_err(|error| FetchError::disk(error.error()))?;
        file.into_inner().map_err(|error| FetchError::disk(error.error()))?.sync_all()?;
        self.staged.files.push((path.to_owned(), count));
        Ok(())
    }

    /// Notes a collection that the system does not have or does not show us.
    pub(crate) fn absent(&mut self, resource: &'static str) {
        self.staged.absent.push(resource);
    }

    /// Notes what a person should know of how the data was read.
    pub(crate) fn note(&mut self, note: String) {
        self.staged.notes.push(note);
    }

    /// Writes the manifest for the OneRoster files that are there.
    pub(crate) fn manifest(&mut self, version: &str) -> Result<(), FetchError> {
        let known = [
            "academicSessions",
            "classes",
            "courses",
            "demographics",
            "enrollments",
            "orgs",
            "roles",
            "users",
        ];
        let there =
            |name: &str| self.staged.files.iter().any(|(path, _)| *path == format!("oneroster/{name}.csv"));
        let mut rows = vec![
            vec!["manifest.version".to_owned(), "1.0".to_owned()],
            vec!["oneroster.version".to_owned(), version.to_owned()],
        ];
        rows.extend(known.iter().map(|name| {
            vec![format!("file.{name}"), if there(name) { "bulk" } else { "absent" }.to_owned()]
        }));
        self.write("oneroster/manifest.csv", &["propertyName", "value"], rows)
    }

    /// Moves the folder to its place.
    pub(crate) fn finish(mut self) -> Result<Staged, FetchError> {
        fs::rename(&self.part, &self.into)?;
        self.done = true;
        Ok(std::mem::take(&mut self.staged))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.done {
            // What cannot be removed keeps its `.part`, and the next run begins by removing it.
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}
