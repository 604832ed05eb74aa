//! When a source is synced by itself, and what a person says of it: paused, run now, let these rows go. `by` is who
//! says so; `None` for the command line. What holds already is no event.

use super::schedule::{NotASchedule, Schedule, instant};
use super::{Fault, living};
use crate::context::zone;
use crate::jobs::SYNC;
use crate::{Context, Error};
use ::audit::Event;
use chrono::{DateTime, NaiveTime, Utc};
use model::ids::{DistrictId, PersonId, SourceId, SourceRunId};
use model::report::Braked;
use store::rhythms::{Rhythm, Stopped};
use store::sources::Source;
use store::{District, WriteTx};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Gives a source a schedule, five cron fields on the district's clock, in place of the one it has; `None` takes it
/// away.
///
/// # Errors
/// Where there is no such source or it was ended, or the text is no schedule.
pub async fn schedule(
    context: &Context,
    id: &DistrictId,
    name: &str,
    fields: Option<&str>,
    by: Option<PersonId>,
) -> Result<(), Error> {
    let fields =
        fields.map(Schedule::read).transpose().map_err(Fault::from)?.map(|fields| fields.to_string());
    let event = |source: &Source| Event::SourceScheduled { source: source.id, schedule: fields.clone() };
    change(context, id, name, by, event, |now, rhythm| {
        let since = if rhythm.fields == fields { rhythm.since } else { now };
        Rhythm { fields: fields.clone(), since, ..rhythm }
    })
    .await
}

/// Pauses a source: its schedule is passed over until it is resumed. A run that waits to be begun, or for another try, is
/// begun no more. What is under way goes on, and is not tried again.
///
/// # Errors
/// Where there is no such source or it was ended.
pub async fn pause(
    context: &Context,
    id: &DistrictId,
    name: &str,
    by: Option<PersonId>,
) -> Result<(), Error> {
    let event = |source: &Source| Event::SourcePaused { source: source.id };
    change(context, id, name, by, event, |now, rhythm| Rhythm {
        paused_at: rhythm.paused_at.or(Some(now)),
        ..rhythm
    })
    .await
}

/// Resumes a source: its schedule holds from now on.
///
/// # Errors
/// Where there is no such source or it was ended.
pub async fn resume(
    context: &Context,
    id: &DistrictId,
    name: &str,
    by: Option<PersonId>,
) -> Result<(), Error> {
    let event = |source: &Source| Event::SourceResumed { source: source.id };
    change(context, id, name, by, event, |now, rhythm| {
        let since = if rhythm.paused_at.is_some() { now } else { rhythm.since };
        Rhythm { paused_at: None, since, ..rhythm }
    })
    .await
}

/// Queues a run of a source, also of one that is paused. One that waits for another try is due now; one under way goes
/// on.
///
/// # Errors
/// Where there is no such source or it was ended.
pub async fn run_now(
    context: &Context,
    id: &DistrictId,
    name: &str,
    by: Option<PersonId>,
) -> Result<(), Error> {
    let (_, source, write, now) = begin(context, id, name).await?;
    queue(write, &source, now, by).await
}

/// The same, where `last` is still the source's last run, or a run is queued or under way anyhow; whether it is so. A
/// form that is sent twice asks for one run, however fast that is.
pub(crate) async fn run_after(
    context: &Context,
    id: &DistrictId,
    name: &str,
    last: Option<SourceRunId>,
    by: Option<PersonId>,
) -> Result<bool, Error> {
    let (_, source, mut write, now) = begin(context, id, name).await?;
    if write.last_source_run(source.id).await?.map(|run| run.id) != last {
        return Ok(write.job_stands(SYNC, source.id.0, now).await?);
    }
    queue(write, &source, now, by).await?;
    Ok(true)
}

async fn queue(
    mut write: WriteTx,
    source: &Source,
    now: DateTime<Utc>,
    by: Option<PersonId>,
) -> Result<(), Error> {
    if write.job_stands(SYNC, source.id.0, now).await? {
        return Ok(());
    }
    write.queue_job(SYNC, source.id.0, now, by).await?;
    ::audit::append(&mut write, by, now, &Event::SourceQueued { source: source.id }).await?;
    Ok(write.commit().await?)
}

/// What a source's run that stopped would have taken away, as long as nobody has approved it.
///
/// # Errors
/// Where there is no such source or it was ended, or nothing of it waits.
pub async fn waiting(context: &Context, id: &DistrictId, name: &str) -> Result<Braked, Error> {
    let district = context.district(id).await?;
    let source = living(&district, name).await?;
    Ok(of_source(district.stopped_runs().await?, &source)?.shown)
}

/// Lets what a stopped run of a source would have taken away go, named by the digest of what was shown, and queues a run.
/// It fetches anew and takes away exactly that or less; where anything else would go it stops again.
///
/// # Errors
/// Where nothing of the source waits, something else would go than was shown, it is too much to be told from other rows,
/// or no reason is given.
pub async fn approve(
    context: &Context,
    id: &DistrictId,
    name: &str,
    digest: &str,
    reason: &str,
    by: Option<PersonId>,
) -> Result<(), Error> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Fault::NoReason.into());
    }
    let (_, source, mut write, now) = begin(context, id, name).await?;
    let Stopped { run, shown, .. } = of_source(write.stopped_runs().await?, &source)?;
    if shown.digest != digest {
        return Err(Fault::NotWhatWasShown { digest: shown.digest }.into());
    }
    if !shown.approvable {
        return Err(Fault::TooManyToApprove(source.name).into());
    }
    if !write.approve_removals(run, now, by, reason).await? {
        return Err(Fault::NothingWaits(source.name).into());
    }
    write.queue_job(SYNC, source.id.0, now, by).await?;
    let removed = shown.rows();
    let event = Event::RemovalsApproved { source: source.id, run, removed, digest: shown.digest };
    ::audit::append(&mut write, by, now, &event).await?;
    Ok(write.commit().await?)
}

/// The run of a source that waits for a person.
pub(crate) fn of_source(stopped: Vec<Stopped>, source: &Source) -> Result<Stopped, Fault> {
    let waits = |of: &Stopped| of.source == source.id && of.approved_at.is_none();
    stopped.into_iter().find(waits).ok_or_else(|| Fault::NothingWaits(source.name.clone()))
}

/// A write about a source that has not ended.
async fn begin(
    context: &Context,
    id: &DistrictId,
    name: &str,
) -> Result<(District, Source, WriteTx, DateTime<Utc>), Error> {
    let district = context.district(id).await?;
    let source = living(&district, name).await?;
    let now = context.now();
    let mut write = district.write().await?;
    if !write.source_lives(source.id).await? {
        return Err(Fault::EndedMeanwhile(source.name).into());
    }
    Ok((district, source, write, now))
}

/// Changes a source's rhythm, and says when it is due next.
async fn change(
    context: &Context,
    id: &DistrictId,
    name: &str,
    by: Option<PersonId>,
    event: impl FnOnce(&Source) -> Event,
    change: impl FnOnce(DateTime<Utc>, Rhythm) -> Rhythm,
) -> Result<(), Error> {
    let (district, source, mut write, now) = begin(context, id, name).await?;
    let held = write.rhythms().await?.into_iter().find(|rhythm| rhythm.source == source.id);
    let held = held.unwrap_or(Rhythm {
        source: source.id,
        fields: None,
        since: now,
        next_at: None,
        paused_at: None,
    });
    let rhythm = change(now, held.clone());
    if rhythm == held {
        return Ok(());
    }
    if rhythm.paused_at.is_some() && held.paused_at.is_none() {
        write.drop_waiting_job(SYNC, source.id.0, now).await?;
    }
    let next_at = next(&district, &rhythm, now)?;
    write.keep_rhythm(&Rhythm { next_at, ..rhythm }).await?;
    ::audit::append(&mut write, by, now, &event(&source)).await?;
    Ok(write.commit().await?)
}

/// When a source is due next by its schedule; `None` without one, and while it is paused.
pub(crate) fn next(
    district: &District,
    rhythm: &Rhythm,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(fields) = rhythm.fields.as_deref().filter(|_| rhythm.paused_at.is_none()) else {
        return Ok(None);
    };
    let schedule = Schedule::read(fields).map_err(Fault::from)?;
    Ok(schedule.next_of(zone(district), rhythm.source, now))
}

/// The next times of a schedule for one source, so many of them at most.
///
/// # Errors
/// Where the text is no schedule.
pub(crate) fn upcoming(
    district: &District,
    source: SourceId,
    fields: &str,
    now: DateTime<Utc>,
    most: usize,
) -> Result<Vec<DateTime<Utc>>, NotASchedule> {
    let schedule = Schedule::read(fields)?;
    let next = |after: &DateTime<Utc>| schedule.next_of(zone(district), source, *after);
    Ok(std::iter::successors(next(&now), next).take(most).collect())
}

/// The sources that are late by their own rhythm, since when each.
///
/// One with a schedule is late once it was due twice and no good run came. One that brings attendance is late, too, once
/// two school days have passed without anything new from it: its rhythm where files are dropped or sent, and what shows
/// that a folder which is read on schedule is not filled any more. Without a calendar nobody can say that.
pub(crate) async fn late(
    district: &District,
    now: DateTime<Utc>,
) -> Result<Vec<(SourceId, DateTime<Utc>)>, Error> {
    let mut sources = district.sources().await?;
    sources.retain(|source| source.ended_at.is_none());
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let rhythms = district.rhythms().await?;
    let mut late = Vec::new();
    for source in sources {
        let rhythm = rhythms.iter().find(|rhythm| rhythm.source == source.id);
        if rhythm.is_some_and(|rhythm| rhythm.paused_at.is_some()) {
            continue;
        }
        let fields = rhythm.and_then(|rhythm| rhythm.fields.as_deref());
        let schedule = fields.map(Schedule::read).transpose().map_err(Fault::from)?;
        if schedule.is_none() && super::page::also(&source).is_none() {
            continue;
        }
        let brought = district.brought(source.id).await?;
        let since = rhythm.map_or(source.created_at, |rhythm| rhythm.since);
        let from = |last: Option<DateTime<Utc>>| last.map_or(since, |last| last.max(since));
        let second = |after| schedule.as_ref()?.second_of(zone(district), source.id, after);
        let mut since = second(from(brought.good));
        if source.carries.plain() {
            // Where files come by themselves each run is of new ones; a schedule also reads those that lie there.
            let from = from(if schedule.is_some() { brought.new } else { brought.good });
            let due = if schedule.is_some() { second(from) } else { Some(from) };
            let missed = two_school_days(district, from, now).await?;
            let unfilled = due.zip(missed).map(|(due, missed)| due.max(missed));
            since = since.into_iter().chain(unfilled).min();
        }
        late.extend(since.filter(|since| *since <= now).map(|since| (source.id, since)));
    }
    Ok(late)
}

/// When the second school day was over behind that of an instant; `None` where it is not yet, or nobody knows.
async fn two_school_days(
    district: &District,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let zone = zone(district);
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let days = district.school_days_between(day(from), day(now), 2).await?;
    let over = days.get(1).and_then(|second| second.succ_opt());
    Ok(over.and_then(|day| instant(zone, day.and_time(NaiveTime::MIN))))
}
