//! Watched folders: what is dropped into one is synced once nothing has been written there for a while.

use super::settings::Settings;
use crate::jobs::SYNC;
use crate::{Context, Error};
use chrono::{DateTime, TimeDelta, Utc};
use model::ids::SourceId;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::Path;
use store::District;
use store::rhythms::Rhythm;

/// How long nothing may have been written: a file on its way is not whole, nor is a set of files.
const SETTLED: TimeDelta = TimeDelta::minutes(2);
/// Folders within folders that are looked into: OneRoster's files may lie in one of their own.
const DEEPEST: u32 = 3;

/// Queues a run of each watched folder into which something was put since a run was last queued for it. One that is
/// paused, or cannot be read, is passed over.
pub(crate) async fn queue_settled(context: &Context, district: &District) -> Result<(), Error> {
    let now = context.now();
    let rhythms = district.rhythms().await?;
    for source in district.sources().await?.into_iter().filter(|source| source.ended_at.is_none()) {
        let is_paused = |of: &Rhythm| of.source == source.id && of.paused_at.is_some();
        let Settings::Folder { path, watched: true } = Settings::read(&source)? else { continue };
        if rhythms.iter().any(is_paused) {
            continue;
        }
        let looked = tokio::task::spawn_blocking(move || Look::at(&path)).await;
        let Ok(Ok(look)) = looked else { continue };
        if !look.is_settled(now) {
            continue;
        }
        let seen = look.digest();
        if district.watched(source.id).await?.is_some_and(|before| before == seen) {
            continue;
        }
        let mut write = district.write().await?;
        // Of a run under way nobody knows whether it read these files already: then the next look queues another.
        if write.source_lives(source.id).await? && write.queue_job(SYNC, source.id.0, now, None).await? {
            write.keep_watched(source.id, &seen).await?;
            write.commit().await?;
        }
    }
    Ok(())
}

/// Whether a source is a folder in which something was written a moment ago: what is read there may not be whole.
pub(crate) async fn is_being_written(
    context: &Context,
    district: &District,
    source: SourceId,
) -> Result<bool, Error> {
    let sources = district.sources().await?;
    let Some(source) = sources.into_iter().find(|of| of.id == source) else { return Ok(false) };
    let Settings::Folder { path, .. } = Settings::read(&source)? else { return Ok(false) };
    let looked = tokio::task::spawn_blocking(move || Look::at(&path)).await;
    // One that is not there, or is empty, is no reason to wait: the run says so.
    Ok(matches!(looked, Ok(Ok(look)) if !look.files.is_empty() && !look.is_settled(context.now())))
}

/// What lies in a folder.
struct Look {
    /// The name, size and time of each file, in order.
    files: Vec<(String, u64, DateTime<Utc>)>,
}

impl Look {
    fn at(path: &Path) -> io::Result<Self> {
        let mut look = Self { files: Vec::new() };
        look.add(path, "", 0)?;
        look.files.sort();
        Ok(look)
    }

    fn add(&mut self, path: &Path, name: &str, depth: u32) -> io::Result<()> {
        let found = fs::metadata(path)?;
        if found.is_file() {
            self.files.push((name.to_owned(), found.len(), found.modified()?.into()));
        } else if depth < DEEPEST {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let below = format!("{name}/{}", entry.file_name().to_string_lossy());
                self.add(&entry.path(), &below, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Whether there are files, and none of them is new. A time far ahead is of a clock that is wrong, and no reason to
    /// wait until then.
    fn is_settled(&self, now: DateTime<Utc>) -> bool {
        !self.files.is_empty() && self.files.iter().all(|(_, _, at)| (now - *at).abs() >= SETTLED)
    }

    fn digest(&self) -> String {
        let mut sha = Sha256::new();
        for (name, size, at) in &self.files {
            sha.update(format!("{name}\u{1f}{size}\u{1f}{}\n", at.timestamp_micros()));
        }
        sha.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
