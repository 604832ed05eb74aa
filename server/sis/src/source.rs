//! A district's folder or zip: which files it holds, and how to open each. Unpacks nothing to disk.

use crate::profile::Profile;
use flate2::read::MultiGzDecoder;
use model::canonical::Carries;
use model::report::Refusal;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// No delivery unpacks to more than this.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;
/// An entry above [`SMALL`] that shrinks more than this is no table of a district but a trap; attendance, the most
/// repetitive file there is, stays below 60.
const HIGHEST_RATIO: u64 = 200;
const SMALL: u64 = 16 * 1024 * 1024;

/// A file of the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name within the delivery, as people see it: `oneroster/users.csv`.
    pub(crate) name: String,
    /// Its own name in lower case, without folder and `.csv`: `users`.
    pub(crate) stem: String,
    /// Its folder is the one that holds `manifest.csv`.
    pub(crate) beside_manifest: bool,
    place: Place,
}

impl Entry {
    /// Its own name, without the folder.
    pub(crate) fn own(&self) -> &str {
        own(&self.name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Path(PathBuf),
    Zip { archive: usize, index: usize },
}

/// A delivery, opened.
pub(crate) struct Source {
    /// The folder or zip as it was named.
    pub(crate) place: String,
    /// Its CSV files, by name.
    pub(crate) entries: Vec<Entry>,
    archives: Vec<(String, ZipArchive<BufReader<File>>)>,
}

/// Stops at the limit, whatever a zip's directory says of its entries.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| std::io::Error::other("it unpacks to more than its directory says"))?;
        Ok(read)
    }
}

fn unreadable(file: &str, why: impl std::fmt::Display) -> Refusal {
    Refusal::Unreadable { file: file.to_owned(), why: why.to_string() }
}

fn own(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The file's own name in lower case without its endings; `None` where it is no CSV and the profile does not name it.
fn stem(name: &str, profile: &Profile) -> Option<String> {
    let own = own(name).to_ascii_lowercase();
    if own.starts_with('.') {
        return None;
    }
    let plain = own.strip_suffix(".gz").or_else(|| own.strip_suffix(".zst")).unwrap_or(&own);
    let stem = plain.strip_suffix(".csv").or_else(|| plain.strip_suffix(".txt"));
    stem.or_else(|| profile.names(&own).then_some(plain)).map(str::to_owned)
}

/// Opens a file that may be packed as `.gz` or `.zst`.
pub(crate) fn open_path(path: &Path, name: &str) -> Result<Box<dyn Read + Send>, Refusal> {
    let file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let folder = path.parent().map(|p| p.display().to_string()).filter(|p| !p.is_empty());
            let own =
                path.file_name().map_or_else(|| name.to_owned(), |own| own.to_string_lossy().into_owned());
            Refusal::MissingFile { place: folder.unwrap_or_else(|| ".".to_owned()), file: own }
        }
        _ => unreadable(name, error),
    })?;
    unpacked(Box::new(file), name)
}

fn unpacked<'r>(input: Box<dyn Read + Send + 'r>, name: &str) -> Result<Box<dyn Read + Send + 'r>, Refusal> {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".gz") {
        return Ok(Box::new(MultiGzDecoder::new(BufReader::new(input))));
    }
    if lower.ends_with(".zst") {
        return zstd::Decoder::new(input)
            .map(|d| Box::new(d) as Box<dyn Read + Send + 'r>)
            .map_err(|e| unreadable(name, e));
    }
    Ok(input)
}

impl Source {
    /// Opens a folder or a zip and lists its files.
    ///
    /// # Errors
    /// [`Refusal::MissingFile`] where no `manifest.csv` is in it and the roster is to be read; [`Refusal::Unreadable`]
    /// where nothing is there, and for a zip that is cut off, unsafe or too large.
    pub(crate) fn open(path: &Path, carries: Carries, profile: &Profile) -> Result<Self, Refusal> {
        let place = path.display().to_string();
        let mut source = Self { place: place.clone(), entries: Vec::new(), archives: Vec::new() };
        if !path.exists() {
            return Err(unreadable(&place, "there is no such folder or zip"));
        }
        if !path.is_dir() {
            let names = source.add_zip(path, "")?;
            source.add_entries_of_zip(0, &names, "", carries, profile);
            return source.settled(carries);
        }
        let mut inner_zips = Vec::new();
        for (folder, prefix) in [(path.to_path_buf(), ""), (path.join("oneroster"), "oneroster/")] {
            if !folder.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&folder).map_err(|e| unreadable(&place, e))? {
                let entry = entry.map_err(|e| unreadable(&place, e))?;
                let own = entry.file_name().to_string_lossy().into_owned();
                let name = format!("{prefix}{own}");
                if !entry.path().is_file() {
                    continue;
                }
                if let Some(stem) = stem(&own, profile) {
                    let place = Place::Path(entry.path());
                    source.entries.push(Entry { name, stem, beside_manifest: false, place });
                } else if own.to_ascii_lowercase().ends_with(".zip") {
                    inner_zips.push((name, entry.path()));
                }
            }
        }
        if carries.roster() && !source.entries.iter().any(|e| e.stem == "manifest") {
            inner_zips.sort();
            for (name, path) in inner_zips {
                let names = source.add_zip(&path, &name)?;
                let archive = source.archives.len() - 1;
                source.add_entries_of_zip(archive, &names, &format!("{name}/"), Carries::Roster, profile);
            }
        }
        source.settled(carries)
    }

    /// Marks the files beside the manifest.
    fn settled(mut self, carries: Carries) -> Result<Self, Refusal> {
        self.entries.sort_by(|a, b| a.name.cmp(&b.name));
        let manifests: Vec<&Entry> = self.entries.iter().filter(|e| e.stem == "manifest").collect();
        let folder = |name: &str| name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        match manifests.as_slice() {
            [] if !carries.roster() => Ok(self),
            [] => Err(Refusal::MissingFile { place: self.place.clone(), file: "manifest.csv".to_owned() }),
            [one] => {
                let home = folder(&one.name);
                for entry in &mut self.entries {
                    entry.beside_manifest = folder(&entry.name) == home;
                }
                Ok(self)
            }
            [one, two, ..] => Err(unreadable(
                &self.place,
                format!("there are two manifests, {} and {}; leave one", one.name, two.name),
            )),
        }
    }

    /// Opens a zip and refuses what no district means to send.
    fn add_zip(&mut self, path: &Path, shown: &str) -> Result<Vec<String>, Refusal> {
        let shown = if shown.is_empty() { self.place.clone() } else { shown.to_owned() };
        let file = File::open(path).map_err(|e| unreadable(&shown, e))?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| {
            unreadable(&shown, format!("it is no zip, or a zip that was cut off on its way ({e})"))
        })?;
        let mut names = Vec::with_capacity(archive.len());
        let mut total = 0_u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|e| unreadable(&shown, e))?;
            let name = entry.name().map_err(|e| unreadable(&shown, e))?.into_owned();
            if entry.enclosed_name().is_none() || name.contains('\\') || name.starts_with('/') {
                return Err(unreadable(&shown, format!("the entry `{name}` leads out of the zip")));
            }
            if entry.encrypted() {
                return Err(unreadable(&shown, format!("the entry `{name}` is encrypted")));
            }
            total = total.saturating_add(entry.size());
            if entry.size() > SMALL && entry.size() / entry.compressed_size().max(1) > HIGHEST_RATIO {
                return Err(unreadable(
                    &shown,
                    format!("the entry `{name}` would unpack to more than {HIGHEST_RATIO} times its size"),
                ));
            }
            names.push(name);
        }
        if total > LARGEST {
            return Err(unreadable(&shown, "it would unpack to more than 2 GB"));
        }
        self.archives.push((shown, archive));
        Ok(names)
    }

    /// Adds the CSV files in the manifest's folder of a zip and, where that is `oneroster`, in the folder above. Without
    /// a manifest plain files are taken from the zip's own root.
    fn add_entries_of_zip(
        &mut self,
        archive: usize,
        names: &[String],
        prefix: &str,
        carries: Carries,
        profile: &Profile,
    ) {
        let folder = |name: &str| name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let manifests: Vec<String> = names
            .iter()
            .filter(|n| !n.starts_with("__MACOSX/") && stem(n, profile).as_deref() == Some("manifest"))
            .map(|n| folder(n))
            .collect();
        let mut homes = manifests.clone();
        if carries.plain() && homes.is_empty() {
            homes.push(String::new());
        }
        if carries.plain() {
            homes.extend(manifests.iter().filter_map(|home| match home.rsplit_once('/') {
                Some((above, own)) => own.eq_ignore_ascii_case("oneroster").then(|| above.to_owned()),
                None => home.eq_ignore_ascii_case("oneroster").then(String::new),
            }));
        }
        for (index, name) in names.iter().enumerate() {
            if let (Some(stem), true) = (stem(name, profile), homes.contains(&folder(name))) {
                let place = Place::Zip { archive, index };
                self.entries.push(Entry {
                    name: format!("{prefix}{name}"),
                    stem,
                    beside_manifest: false,
                    place,
                });
            }
        }
    }

    /// Opens a file of the delivery, unpacked.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where it cannot be opened.
    pub(crate) fn read(&mut self, entry: &Entry) -> Result<Box<dyn Read + Send + '_>, Refusal> {
        match &entry.place {
            Place::Path(path) => {
                let file = File::open(path).map_err(|e| unreadable(&entry.name, e))?;
                unpacked(Box::new(file), &entry.name)
            }
            Place::Zip { archive, index } => {
                let (shown, zip) = self
                    .archives
                    .get_mut(*archive)
                    .ok_or_else(|| unreadable(&entry.name, "its zip is not open"))?;
                let file =
                    zip.by_index(*index).map_err(|e| unreadable(&entry.name, format!("{e} (in {shown})")))?;
                let left = file.size();
                unpacked(Box::new(Limited { inner: file, left }), &entry.name)
            }
        }
    }
}
