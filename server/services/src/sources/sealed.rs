//! What is kept of a source's last fetch, so that the next one asks only for what changed: children's data, so it lies
//! sealed in a file that only its owner may read.
//!
//! The file is its key, wrapped by the source's data key, and chunks sealed by it (AES-256-GCM, STREAM: each with its number
//! and whether it is the last, so that none is moved, left out or cut off). The source's data key is with its credentials
//! in the store: where those are wiped or given anew, nothing opens what was kept, wherever a copy of it may lie.

use super::Fault;
use super::key::{SourceKey, WrappedKey};
use crate::Chance;
use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::Aes256Gcm;
use model::ids::DistrictId;
use sis::remote::{Keep, Taking};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Bytes that are sealed at a time.
const CHUNK: usize = 64 * 1024;
/// By how much a sealed chunk is longer.
const TAG: usize = 16;

fn folder(data: &Path, district: &DistrictId) -> PathBuf {
    data.join("fetched").join(district.as_str())
}

fn file(data: &Path, district: &DistrictId, source: &str) -> PathBuf {
    folder(data, district).join(format!("{source}.sealed"))
}

/// Removes what is kept of a source.
pub(crate) fn forget(data: &Path, district: &DistrictId, source: &str) -> Result<(), Fault> {
    let file = file(data, district, source);
    remove(&file).map_err(|e| fault(&file, &e))
}

/// Removes what is kept of every source of a district.
pub(crate) fn forget_all(data: &Path, district: &DistrictId) -> Result<(), Fault> {
    let folder = folder(data, district);
    gone(std::fs::remove_dir_all(&folder)).map_err(|e| fault(&folder, &e))
}

fn fault(place: &Path, error: &io::Error) -> Fault {
    Fault::Kept { place: place.display().to_string(), why: error.to_string() }
}

/// What is not there need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// The file in the making, beside its place.
fn part(file: &Path) -> PathBuf {
    file.with_extension("part")
}

fn remove(file: &Path) -> io::Result<()> {
    gone(std::fs::remove_file(part(file)))?;
    gone(std::fs::remove_file(file))
}

fn broken() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is not what was sealed for this source")
}

/// The file of a source.
pub(crate) struct Sealed<'k> {
    file: PathBuf,
    key: &'k SourceKey,
    chance: &'k dyn Chance,
}

impl<'k> Sealed<'k> {
    /// Within the folder of the data, by the source's name.
    pub(crate) fn new(
        data: &Path,
        district: &DistrictId,
        source: &str,
        key: &'k SourceKey,
        chance: &'k dyn Chance,
    ) -> Self {
        Self { file: file(data, district, source), key, chance }
    }
}

impl Keep for Sealed<'_> {
    fn last(&mut self) -> io::Result<Option<Box<dyn Read + Send + '_>>> {
        let mut file = match File::open(&self.file) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut wrapped: WrappedKey = [0; size_of::<WrappedKey>()];
        file.read_exact(&mut wrapped)?;
        let opens = self.key.open_file(&wrapped).ok_or_else(broken)?;
        Ok(Some(Box::new(Opening {
            file: BufReader::new(file),
            opens: Some(opens),
            beside: self.key.beside_chunk(),
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)),
            given: 0,
            ended: false,
        })))
    }

    fn begin(&mut self) -> io::Result<Box<dyn Taking + '_>> {
        if let Some(folder) = self.file.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let part = part(&self.file);
        gone(std::fs::remove_file(&part))?;
        let (wrapped, seals) = self.key.seal_file(self.chance).map_err(io::Error::other)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
        let mut taking = Box::new(Sealing {
            into: self.file.clone(),
            part,
            file: BufWriter::new(file),
            seals: Some(seals),
            beside: self.key.beside_chunk(),
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)),
        });
        taking.file.write_all(&wrapped)?;
        Ok(taking)
    }

    fn forget(&mut self) -> io::Result<()> {
        remove(&self.file)
    }
}

/// A file that is being read.
struct Opening {
    file: BufReader<File>,
    /// None after a chunk did not open.
    opens: Option<DecryptorBE32<Aes256Gcm>>,
    beside: Vec<u8>,
    /// What was opened last, and how much of it was given.
    chunk: Zeroizing<Vec<u8>>,
    given: usize,
    /// The last chunk was opened.
    ended: bool,
}

impl Opening {
    /// Opens the next chunk. Where it does not open, nothing of it is given, and nothing after it.
    fn next(&mut self) -> io::Result<()> {
        let mut opens = self.opens.take().ok_or_else(broken)?;
        self.chunk.clear();
        self.given = 0;
        (&mut self.file).take((CHUNK + TAG) as u64).read_to_end(&mut self.chunk)?;
        let is_last = self.file.fill_buf()?.is_empty();
        let opened = if is_last {
            opens.decrypt_last_in_place(&self.beside, &mut *self.chunk)
        } else {
            let opened = opens.decrypt_next_in_place(&self.beside, &mut *self.chunk);
            self.opens = opened.is_ok().then_some(opens);
            opened
        };
        if opened.is_err() {
            self.chunk.clear();
            return Err(broken());
        }
        self.ended = is_last;
        Ok(())
    }
}

impl Read for Opening {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.chunk.len() && !self.ended {
            self.next()?;
        }
        let length = (&self.chunk[self.given..]).read(into)?;
        self.given += length;
        Ok(length)
    }
}

/// A file that is being written, beside its place.
struct Sealing {
    into: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    /// None when the last chunk was sealed.
    seals: Option<EncryptorBE32<Aes256Gcm>>,
    beside: Vec<u8>,
    /// What is to be sealed next.
    chunk: Zeroizing<Vec<u8>>,
}

impl Write for Sealing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits for more, for the last one is sealed as the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            let seals = self.seals.as_mut().ok_or_else(broken)?;
            seals.encrypt_next_in_place(&self.beside, &mut *self.chunk).map_err(|_| broken())?;
            self.file.write_all(&self.chunk)?;
            self.chunk.clear();
        }
        let length = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    /// Nothing: what is not a whole chunk is sealed when all of it is there.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Taking for Sealing {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let seals = self.seals.take().ok_or_else(broken)?;
        seals.encrypt_last_in_place(&self.beside, &mut *self.chunk).map_err(|_| broken())?;
        self.file.write_all(&self.chunk)?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        std::fs::rename(&self.part, &self.into)
    }
}

impl Drop for Sealing {
    fn drop(&mut self) {
        // What cannot be removed is removed when the next fetch begins.
        let _ = std::fs::remove_file(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use super::super::MasterKey;
    use super::*;
    use model::ids::SourceId;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Numbers that differ, and are the same in each run.
    struct Counted(AtomicU64);

    impl Chance for Counted {
        fn bits(&self) -> u64 {
            self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
        }
    }

    struct Place {
        data: tempfile::TempDir,
        chance: Counted,
        key: SourceKey,
    }

    impl Place {
        fn new() -> Self {
            let chance = Counted(AtomicU64::new(7));
            let key = source_key(&chance, 7);
            Self { data: tempfile::tempdir().unwrap(), chance, key }
        }

        fn sealed<'k>(&'k self, key: &'k SourceKey) -> Sealed<'k> {
            Sealed::new(self.data.path(), &town(), "sis", key, &self.chance)
        }

        fn file(&self) -> PathBuf {
            self.data.path().join("fetched/town/sis.sealed")
        }

        fn keep(&self, bytes: &[u8]) {
            let mut sealed = self.sealed(&self.key);
            let mut taking = sealed.begin().unwrap();
            // As a writer of many small pieces.
            bytes.chunks(1000).for_each(|piece| taking.write_all(piece).unwrap());
            taking.finish().unwrap();
        }

        fn read(&self, key: &SourceKey) -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            if let Some(mut last) = self.sealed(key).last()? {
                last.read_to_end(&mut bytes)?;
            }
            Ok(bytes)
        }
    }

    fn town() -> DistrictId {
        "town".parse().unwrap()
    }

    fn source_key(chance: &Counted, source: i64) -> SourceKey {
        let (master, source) = (MasterKey::new(chance), SourceId(source));
        let secret = master.seal(chance, &town(), source, b"secret").unwrap();
        master.source_key(&town(), source, &secret).unwrap()
    }

    /// Rows of some length, in which a name comes again and again.
    fn rows(length: usize) -> Vec<u8> {
        b"604822 Delano Pham\n".iter().copied().cycle().take(length).collect()
    }

    const SEALED_CHUNK: usize = CHUNK + TAG;

    #[test]
    fn what_is_kept_comes_back_whole_at_every_length_and_no_name_is_in_the_file() {
        let place = Place::new();
        assert!(place.sealed(&place.key).last().unwrap().is_none());
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7] {
            place.keep(&rows(length));
            assert_eq!(place.read(&place.key).unwrap(), rows(length), "{length}");
            let file = std::fs::read(place.file()).unwrap();
            assert!(!file.windows(4).any(|part| part == b"Pham"), "{length}");
        }
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&place.file()), mode(place.file().parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_bit_changed_a_chunk_moved_left_out_or_cut_off_is_an_error_before_the_end() {
        let place = Place::new();
        place.keep(&rows(3 * CHUNK));
        let whole = std::fs::read(place.file()).unwrap();
        let (key, chunks) = whole.split_at(size_of::<WrappedKey>());
        let chunk = |n: usize| &chunks[n * SEALED_CHUNK..(n + 1) * SEALED_CHUNK];
        let mut bad: Vec<Vec<u8>> = [0, 20, 59, 60, 61 + CHUNK, whole.len() - 1]
            .map(|at| {
                let mut changed = whole.clone();
                changed[at] ^= 1;
                changed
            })
            .into();
        bad.push([key, chunk(1), chunk(0), chunk(2)].concat());
        bad.push([key, chunk(0), chunk(2)].concat());
        bad.push([key, chunk(0), chunk(1)].concat());
        bad.push([&whole, chunk(2)].concat());
        bad.push(whole[..whole.len() - 1].to_vec());
        bad.push(key.to_vec());
        bad.push(key[..10].to_vec());
        bad.push(Vec::new());
        for (case, bytes) in bad.iter().enumerate() {
            std::fs::write(place.file(), bytes).unwrap();
            assert!(place.read(&place.key).is_err(), "{case}");
            // Nor does what comes after a fault look like an end.
            if let Ok(Some(mut last)) = place.sealed(&place.key).last() {
                let mut read = Vec::new();
                assert!(last.read_to_end(&mut read).is_err() && last.read_to_end(&mut read).is_err());
                assert!(rows(3 * CHUNK).starts_with(&read), "{case}");
            }
        }
    }

    #[test]
    fn it_opens_for_its_own_source_and_credentials_alone() {
        let place = Place::new();
        place.keep(b"rows");
        assert!(place.read(&source_key(&place.chance, 7)).is_err());
        assert!(place.read(&source_key(&place.chance, 8)).is_err());
        assert_eq!(place.read(&place.key).unwrap(), b"rows");
    }

    #[test]
    fn another_master_key_leaves_it_as_it_is() {
        let place = Place::new();
        let (old, new) = (MasterKey::new(&place.chance), MasterKey::new(&place.chance));
        let secret = old.seal(&place.chance, &town(), SourceId(7), b"secret").unwrap();
        let key = old.source_key(&town(), SourceId(7), &secret).unwrap();
        let place = Place { key, ..place };
        place.keep(b"rows");
        let moved = old.rewrap(&place.chance, &new, &town(), SourceId(7), secret).unwrap();
        assert_eq!(place.read(&new.source_key(&town(), SourceId(7), &moved).unwrap()).unwrap(), b"rows");
    }

    #[test]
    fn rows_that_are_not_kept_to_their_end_leave_those_of_the_last_fetch_and_nothing_beside_them() {
        let place = Place::new();
        place.keep(b"rows");
        let mut sealed = place.sealed(&place.key);
        let mut taking = sealed.begin().unwrap();
        taking.write_all(&rows(2 * CHUNK)).unwrap();
        drop(taking);
        assert_eq!(place.read(&place.key).unwrap(), b"rows");
        assert_eq!(std::fs::read_dir(place.file().parent().unwrap()).unwrap().count(), 1);
        // Killed: nothing was dropped.
        std::mem::forget(sealed.begin().unwrap());
        place.keep(b"later");
        assert_eq!(place.read(&place.key).unwrap(), b"later");
        assert_eq!(std::fs::read_dir(place.file().parent().unwrap()).unwrap().count(), 1);
        forget(place.data.path(), &town(), "sis").unwrap();
        assert!(place.read(&place.key).unwrap().is_empty() && !place.file().exists());
        forget(place.data.path(), &town(), "sis").unwrap();
        place.keep(b"rows");
        forget_all(place.data.path(), &town()).unwrap();
        assert!(!place.file().parent().unwrap().exists());
    }
}
