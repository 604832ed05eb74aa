//! Where a district's data comes from: adding a source, giving its credentials, syncing from it, ending it.
//!
//! Credentials are sealed ([`MasterKey`]) before they reach the store, are opened only for a sync, and are never shown
//! again. A source that ended has none, and nothing is read from it. What is kept of a server's last fetch lies sealed in
//! the folder of the data, and goes with the credentials.

mod fault;
mod fetch;
mod key;
pub(crate) mod missed;
pub mod page;
pub mod push;
pub(crate) mod rhythm;
pub(crate) mod schedule;
mod sealed;
mod servers;
mod settings;
mod staging;
mod sync;
pub(crate) mod watched;

pub use fault::Fault;
pub use fetch::{Fetched, Fetcher, NotFetched, Wanted};
pub use key::{KeyPlace, MasterKey};
pub use rhythm::{approve, pause, resume, run_now, schedule, waiting};
pub use schedule::NotASchedule;
pub use servers::Servers;
pub use settings::{Given, Kind};
pub(crate) use sync::BRAKED;
pub use sync::{Means, Order, sync};

use crate::context::local;
use crate::jobs::{self, SYNC};
use crate::{Context, Error};
use ::audit::Event;
use model::ids::{DistrictId, PersonId, SourceId};
use settings::Settings;
use sis::Profile;
use std::path::Path;
use store::District;
use store::sources::{Source, SourceProfile, SourceRun};
use zeroize::Zeroizing;

/// Credentials as their file has them, gone from memory when dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// Runs looked through for each source's last one.
const RUNS: u32 = 500;

/// Adds a source, with its credentials where its kind takes some; they are sealed before they are kept.
///
/// # Errors
/// Where the name is taken or none, another source carries the roster, what was given does not fit the kind, or there is
/// no master key for its credentials.
pub async fn add(
    context: &Context,
    id: &DistrictId,
    name: &str,
    given: Given,
    keys: &KeyPlace,
) -> Result<(), Error> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(is_name) {
        return Err(Fault::BadName(name.to_owned()).into());
    }
    let district = context.district(id).await?;
    let profile = given.profile.clone();
    let (settings, carries, credentials) = Settings::of(given)?;
    let profile = profile.as_deref().map(kept_profile).transpose()?;
    let now = context.now();
    let source = Source {
        id: SourceId::from_random(context.chance().bits()),
        name: name.to_owned(),
        kind: settings.kind().name().to_owned(),
        carries,
        settings: settings.text(),
        profile,
        unapplied: None,
        created_at: now,
        created_by: None,
        ended_at: None,
        ended_by: None,
    };
    let sealed = match credentials {
        Some(text) => Some(keys.key()?.seal(context.chance(), id, source.id, &text)?),
        None => None,
    };
    let mut write = district.write().await?;
    let living = write.sources().await?.into_iter().filter(|s| s.ended_at.is_none());
    if let Some(by) = living.into_iter().find(|s| carries.roster() && s.carries.roster() && s.name != name) {
        return Err(Fault::RosterTaken { by: by.name }.into());
    }
    if !write.add_source(&source).await? {
        return Err(Fault::NameTaken(name.to_owned()).into());
    }
    if let Some(sealed) = sealed {
        write.keep_source_secret(source.id, &sealed, now).await?;
    }
    let event =
        Event::SourceAdded { source: source.id, of: source.kind.clone(), carries: carries.name().to_owned() };
    ::audit::append(&mut write, None, now, &event).await?;
    if let Some(profile) = source.profile {
        let event = Event::SourceProfileKept { source: source.id, profile: Some(profile.name) };
        ::audit::append(&mut write, None, now, &event).await?;
    }
    write.commit().await?;
    Ok(())
}

/// Reads a profile, to be kept with a source: the file may go then.
fn kept_profile(path: &Path) -> Result<SourceProfile, Error> {
    let (shown, text) = (path.display().to_string(), Profile::text(path)?);
    Profile::from_toml(&shown, &text)?;
    let name = path.file_stem().map_or(shown, |stem| stem.to_string_lossy().into_owned());
    Ok(SourceProfile { name, text })
}

/// Gives a source a profile of how it writes its files, in place of the one it has; `None`: it writes them as usual.
///
/// # Errors
/// Where there is no such source, it was ended or its files have one form, or the profile cannot be read or makes no
/// sense.
pub async fn profile(
    context: &Context,
    id: &DistrictId,
    name: &str,
    profile: Option<&Path>,
) -> Result<(), Error> {
    let district = context.district(id).await?;
    let source = living(&district, name).await?;
    if !Settings::read(&source)?.kind().brings_files() {
        return Err(
            Fault::Settings("what a server sends has one form; it needs no profile".to_owned()).into()
        );
    }
    let profile = profile.map(kept_profile).transpose()?;
    let now = context.now();
    let mut write = district.write().await?;
    if !write.source_lives(source.id).await? {
        return Err(Fault::EndedMeanwhile(source.name).into());
    }
    write.keep_source_profile(source.id, profile.as_ref()).await?;
    let event = Event::SourceProfileKept { source: source.id, profile: profile.map(|p| p.name) };
    ::audit::append(&mut write, None, now, &event).await?;
    write.commit().await?;
    Ok(())
}

/// The profile of a source, as it is written; `None` where it writes its files as usual.
///
/// # Errors
/// Where there is no such source, or it was ended.
pub async fn profile_text(context: &Context, id: &DistrictId, name: &str) -> Result<Option<String>, Error> {
    let district = context.district(id).await?;
    Ok(living(&district, name).await?.profile.map(|profile| profile.text))
}

/// Gives a source credentials in place of those it has. What was kept of its last fetch goes from the folder `data`.
///
/// # Errors
/// Where there is no such source or it was ended, the credentials are not what its kind takes, or there is no master
/// key. Or where what was kept cannot be removed; the credentials are given then, and do not open it.
pub async fn credentials(
    context: &Context,
    id: &DistrictId,
    name: &str,
    text: &[u8],
    keys: &KeyPlace,
    data: &Path,
) -> Result<(), Error> {
    let district = context.district(id).await?;
    let source = living(&district, name).await?;
    Settings::read(&source)?.check_credentials(text)?;
    let sealed = keys.key()?.seal(context.chance(), id, source.id, text)?;
    let now = context.now();
    let mut write = district.write().await?;
    if !write.source_lives(source.id).await? {
        return Err(Fault::EndedMeanwhile(source.name).into());
    }
    write.keep_source_secret(source.id, &sealed, now).await?;
    ::audit::append(&mut write, None, now, &Event::SourceCredentialsKept { source: source.id }).await?;
    write.commit().await?;
    Ok(sealed::forget(data, id, name)?)
}

/// Ends a source: its credentials are wiped, what was kept of its last fetch goes from the folder `data`, and whatever
/// would be read from it is refused. The district's data stays. `by` is who says so; `None` for the command line.
///
/// # Errors
/// Where there is no such source, or it was ended before. Or where what was kept cannot be removed; the source is ended
/// then, and nothing opens it.
pub async fn end(
    context: &Context,
    id: &DistrictId,
    name: &str,
    data: &Path,
    by: Option<PersonId>,
) -> Result<(), Error> {
    let district = context.district(id).await?;
    let source = living(&district, name).await?;
    let now = context.now();
    let mut write = district.write().await?;
    write.forget_job(SYNC, source.id.0).await?;
    if !write.end_source(source.id, now, by).await? {
        return Err(Fault::Ended { name: source.name.clone(), at: now }.into());
    }
    ::audit::append(&mut write, by, now, &Event::SourceEnded { source: source.id }).await?;
    write.commit().await?;
    push::forget(data, id, &source)?;
    Ok(sealed::forget(data, id, name)?)
}

/// Removes what is kept of fetches from the sources of a district, and what was pushed to them.
pub(crate) fn forget_all(data: &Path, id: &DistrictId) -> Result<(), Fault> {
    push::forget_all(data, id)?;
    sealed::forget_all(data, id)
}

/// A source, for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Which side of the data comes from it.
    pub carries: &'static str,
    /// Its address or folder.
    pub place: String,
    /// The name of its profile; empty where its files are written as usual.
    pub profile: String,
    /// When it was added, on the district's clock.
    pub added: String,
    /// When it was ended; empty while it lives.
    pub ended: String,
    /// Its schedule; empty without one.
    pub schedule: String,
    /// When it is synced next, on the district's clock, or that it is paused, queued, at work or not tried again; empty
    /// where only a person begins a run.
    pub next_run: String,
    /// When its last run began, and how it ended; empty before the first.
    pub last_run: String,
}

/// A district's sources, by name, those that ended among them.
///
/// # Errors
/// Where the store does not answer.
pub async fn list(context: &Context, id: &DistrictId) -> Result<Vec<Listed>, Error> {
    let district = context.district(id).await?;
    let runs = district.source_runs(RUNS).await?;
    let (rhythms, jobs) = (district.rhythms().await?, district.jobs().await?);
    let waits: Vec<SourceId> = district
        .stopped_runs()
        .await?
        .into_iter()
        .filter(|of| of.approved_at.is_none())
        .map(|of| of.source)
        .collect();
    let (now, late) = (context.now(), rhythm::late(&district, context.now()).await?);
    let shown = |run: &SourceRun| {
        let outcome = if run.ended_at.is_none() { "at work, or cut off" } else { &run.outcome };
        format!("{} {outcome}", local(&district, run.started_at))
    };
    district
        .sources()
        .await?
        .into_iter()
        .map(|source| {
            let rhythm = rhythms.iter().find(|rhythm| rhythm.source == source.id);
            let job = jobs.iter().find(|job| job.kind == SYNC && job.subject == source.id.0);
            let mut next: Vec<String> = job.map(|job| jobs::told(&district, job, now)).into_iter().collect();
            if rhythm.is_some_and(|rhythm| rhythm.paused_at.is_some()) {
                next.push("paused".to_owned());
            }
            next.extend(rhythm.and_then(|rhythm| rhythm.next_at).map(|at| local(&district, at)));
            let settings = Settings::read(&source)?;
            if source.ended_at.is_none() && matches!(settings, Settings::Folder { watched: true, .. }) {
                next.push("when files are dropped".to_owned());
            }
            if source.ended_at.is_none() && settings == Settings::Push {
                next.push("when a zip is pushed".to_owned());
            }
            if late.iter().any(|(late, _)| *late == source.id) {
                next.push("late".to_owned());
            }
            if waits.contains(&source.id) {
                next.push("waits for a person: source approve".to_owned());
            }
            Ok(Listed {
                schedule: rhythm.and_then(|rhythm| rhythm.fields.clone()).unwrap_or_default(),
                next_run: next.join("; "),
                place: settings.place(),
                profile: source.profile.map(|profile| profile.name).unwrap_or_default(),
                last_run: runs.iter().find(|run| run.source == source.id).map(shown).unwrap_or_default(),
                added: local(&district, source.created_at),
                ended: source.ended_at.map(|at| local(&district, at)).unwrap_or_default(),
                carries: source.carries.name(),
                kind: source.kind,
                name: source.name,
            })
        })
        .collect()
}

/// Puts the credentials of every source under another master key; how many. A district is done or not; what is done
/// already is left, so this can be run again after it was cut off.
///
/// # Errors
/// Where credentials were sealed with a third key or do not open, or the store cannot be written.
pub async fn rotate(context: &Context, from: &MasterKey, to: &MasterKey) -> Result<u64, Error> {
    let mut rotated = 0;
    for listed in context.directory().list().await? {
        let district = context.district(&listed.id).await?;
        let mut write = district.write().await?;
        let now = context.now();
        let mut secrets = 0;
        for (source, secret) in write.source_secrets().await? {
            if secret.key_id == to.id() {
                continue;
            }
            let moved = from.rewrap(context.chance(), to, &listed.id, source, secret)?;
            write.keep_source_secret(source, &moved, now).await?;
            secrets += 1;
        }
        if secrets > 0 {
            let event = Event::KeyRotated { key: to.id().to_owned(), secrets };
            ::audit::append(&mut write, None, now, &event).await?;
            write.commit().await?;
        }
        rotated += secrets;
    }
    Ok(rotated)
}

/// The source of that name that has not ended.
async fn living(district: &District, name: &str) -> Result<Source, Error> {
    let of_name: Vec<Source> =
        district.sources().await?.into_iter().filter(|source| source.name == name).collect();
    if let Some(source) = of_name.iter().find(|source| source.ended_at.is_none()) {
        return Ok(source.clone());
    }
    let ended = of_name.iter().filter_map(|source| source.ended_at).max();
    Err(match ended {
        Some(at) => Fault::Ended { name: name.to_owned(), at },
        None => Fault::NoSource { district: district.id().clone(), name: name.to_owned() },
    }
    .into())
}
