//! Files that the other side sends, as one zip: taken under the source's token, kept in a private folder until they were
//! applied, and synced as any others. A later zip takes the place of one that waits.

use super::settings::{Kind, Settings};
use super::{Fault, living};
use crate::jobs::SYNC;
use crate::sign_in::known;
use crate::token::Token;
use crate::{Context, Error};
use ::audit::Event;
use chrono::{DateTime, TimeDelta, Utc};
use model::ids::DistrictId;
use sis::Profile;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use store::District;
use store::sources::Source;

/// The most bytes that are taken: a district of 100,000 students has less than a tenth of it.
pub const LARGEST: u64 = 1 << 30;
/// No zip is on its way for as long.
const PATIENCE: TimeDelta = TimeDelta::days(1);
/// How a zip begins: with a file, or with its end, where it holds none (APPNOTE.TXT, 4.3.7 and 4.3.16).
const BEGINS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

fn folder(data: &Path, district: &DistrictId) -> PathBuf {
    data.join("pushed").join(district.as_str())
}

/// What waits to be applied.
fn waiting(data: &Path, district: &DistrictId, source: &Source) -> PathBuf {
    // Names are used again once a source has ended.
    folder(data, district).join(format!("{}-{:016x}.zip", source.name, source.id.0))
}

/// Makes a token by which files are pushed to a source, in place of the one it had. It is shown here and nowhere else.
///
/// # Errors
/// Where there is no such source, it was ended, or it is of another kind.
pub async fn token(context: &Context, id: &DistrictId, name: &str) -> Result<Token, Error> {
    let district = context.district(id).await?;
    let source = living(&district, name).await?;
    if Settings::read(&source)?.kind() != Kind::Push {
        return Err(Fault::NotPushed(source.name).into());
    }
    let (token, now) = (Token::mint(id.clone(), context), context.now());
    let mut write = district.write().await?;
    if !write.source_lives(source.id).await? {
        return Err(Fault::EndedMeanwhile(source.name).into());
    }
    write.keep_push_token(source.id, &token.hash()).await?;
    ::audit::append(&mut write, None, now, &Event::SourceTokenMade { source: source.id }).await?;
    write.commit().await?;
    Ok(token)
}

/// What is wrong with what is sent, for whoever sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is larger than [`LARGEST`].
    TooLarge,
    /// It is no zip.
    NoZip,
    /// A run of the source is under way, and nobody would come back for it.
    Busy,
}

/// A zip on its way in. Dropped before [`Self::finish`], it is gone.
pub struct Incoming {
    context: Context,
    district: District,
    source: Source,
    into: PathBuf,
    part: PathBuf,
    file: File,
    begins: Vec<u8>,
    bytes: u64,
}

/// Begins to take what is sent with a token, into the folder of the data; `None` where the token is nobody's.
///
/// # Errors
/// Where the store does not answer, or the folder cannot be written.
pub async fn receive(context: &Context, data: &Path, token: &str) -> Result<Option<Incoming>, Error> {
    let Some(token) = Token::read(token) else { return Ok(None) };
    let Some(district) = known(context, &token).await? else { return Ok(None) };
    let Some(source) = district.pushed_to(&token.hash()).await? else { return Ok(None) };
    let into = waiting(data, district.id(), &source);
    remove_old_parts(data, district.id(), context.now());
    let part = into.with_extension(format!("{:016x}.part", context.chance().bits()));
    let begun = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder(data, district.id()))
        .and_then(|()| OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part));
    let file = begun.map_err(|e| not_kept(&part, &e))?;
    let context = context.clone();
    Ok(Some(Incoming { context, district, source, into, part, file, begins: Vec::new(), bytes: 0 }))
}

/// Removes what came in part and was cut off with the program.
fn remove_old_parts(data: &Path, district: &DistrictId, now: DateTime<Utc>) {
    for entry in fs::read_dir(folder(data, district)).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_old = || Some(now - DateTime::<Utc>::from(entry.metadata().ok()?.modified().ok()?) > PATIENCE);
        if path.extension().is_some_and(|kind| kind == "part") && is_old() == Some(true) {
            // What cannot be removed now is tried again next time.
            let _ = fs::remove_file(path);
        }
    }
}

fn not_kept(place: &Path, error: &io::Error) -> Fault {
    Fault::NotKept { place: place.display().to_string(), why: error.to_string() }
}

impl Incoming {
    /// Takes a piece; what is wrong with it is wrong with the whole.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn take(&mut self, piece: &[u8]) -> Result<Result<(), Unfit>, Error> {
        self.bytes += piece.len() as u64;
        if self.bytes > LARGEST {
            return Ok(Err(Unfit::TooLarge));
        }
        let missing = 4_usize.saturating_sub(self.begins.len());
        self.begins.extend(piece.iter().take(missing));
        if self.begins.len() == 4 && !BEGINS.contains(&self.begins.as_slice()) {
            return Ok(Err(Unfit::NoZip));
        }
        self.file.write_all(piece).map_err(|e| not_kept(&self.part, &e))?;
        Ok(Ok(()))
    }

    /// All of it came: it takes the place of what waited, and a run is queued.
    ///
    /// # Errors
    /// Where the folder or the store cannot be written, or the source was ended meanwhile.
    pub async fn finish(self) -> Result<Result<(), Unfit>, Error> {
        if self.begins.len() < 4 {
            return Ok(Err(Unfit::NoZip));
        }
        self.file.sync_all().map_err(|e| not_kept(&self.part, &e))?;
        let (source, now) = (self.source.id, self.context.now());
        let replaced = self.changes_replaced().await;
        let mut write = self.district.write().await?;
        if !write.source_lives(source).await? {
            return Err(Fault::EndedMeanwhile(self.source.name.clone()).into());
        }
        if !write.queue_job(SYNC, source.0, now, None).await? {
            return Ok(Err(Unfit::Busy));
        }
        if let Some(changes) = replaced.filter(|_| self.source.unapplied.is_none()) {
            write.keep_unapplied(source, Some(&changes)).await?;
        }
        // Cut off here, it waits without a job; the sender heard nothing, and sends it again.
        fs::rename(&self.part, &self.into).map_err(|e| not_kept(&self.into, &e))?;
        ::audit::append(&mut write, None, now, &Event::SourcePushed { source, bytes: self.bytes }).await?;
        write.commit().await?;
        Ok(Ok(()))
    }

    /// The changes in what waits, whose place this takes before they were applied. What cannot be read cannot be applied
    /// either, and its run said so.
    async fn changes_replaced(&self) -> Option<String> {
        let (waits, carries) = (self.into.clone(), self.source.carries);
        let own = self.source.profile.as_ref().map(|own| Profile::from_toml(&own.name, &own.text));
        let profile = own.transpose().ok()?.unwrap_or_default();
        let read = move || sis::changes_in(&waits, &profile, carries);
        tokio::task::spawn_blocking(read).await.ok()?.ok()?
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Err(error) = gone(fs::remove_file(&self.part)) {
            tracing::error!(%error, "what was pushed in part could not be removed");
        }
    }
}

/// What is not there need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// What a run reads: a second name of what waits, in its own folder, so that a zip which comes meanwhile disturbs nobody.
pub(crate) struct Lent {
    waits: PathBuf,
    pub(crate) file: PathBuf,
}

impl Lent {
    /// Gives a run what waits; `within` is the folder of the run.
    pub(crate) fn new(
        data: &Path,
        district: &DistrictId,
        source: &Source,
        within: &Path,
    ) -> Result<Self, Fault> {
        let (waits, file) = (waiting(data, district, source), within.join("pushed.zip"));
        match fs::hard_link(&waits, &file) {
            Err(e) if e.kind() == ErrorKind::NotFound => Err(Fault::NothingPushed(source.name.clone())),
            linked => {
                linked.map(|()| Self { waits, file }).map_err(|e| not_kept(&within.join("pushed.zip"), &e))
            }
        }
    }

    /// It was applied: it goes, unless another waits in its place.
    pub(crate) fn applied(self) {
        let inode = |path: &Path| fs::metadata(path).map(|found| found.ino()).ok();
        if inode(&self.waits) == inode(&self.file)
            && let Err(error) = gone(fs::remove_file(&self.waits))
        {
            tracing::error!(%error, "what was pushed and applied could not be removed");
        }
    }
}

/// Removes what waits of a source.
pub(crate) fn forget(data: &Path, district: &DistrictId, source: &Source) -> Result<(), Fault> {
    let file = waiting(data, district, source);
    gone(fs::remove_file(&file)).map_err(|e| not_kept(&file, &e))
}

/// Removes what waits of every source of a district, and what came of it in part.
pub(crate) fn forget_all(data: &Path, district: &DistrictId) -> Result<(), Fault> {
    let folder = folder(data, district);
    gone(fs::remove_dir_all(&folder)).map_err(|e| not_kept(&folder, &e))
}
