//! What is done without anybody waiting: sources are synced when they are due, and tried again where what went wrong may
//! pass by itself. Jobs are rows of the district ([`store::jobs`]); one that is under way is leased, so that what a
//! killed process leaves is taken up by another. The right to sync keeps two runs of a district apart, whatever becomes
//! of a lease.

use crate::alerts::{self, MAIL};
use crate::context::local;
use crate::sources::{self, Means, rhythm, schedule, watched};
use crate::{Context, Error, Silent};
use chrono::{DateTime, TimeDelta, Utc};
use model::ids::{DistrictId, SourceId};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use store::District;
use store::jobs::Taken;
use store::rhythms::Rhythm;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// The job of syncing a source.
pub(crate) const SYNC: &str = "sync";

/// How long a job is somebody's without a further word.
pub(crate) const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How often there is one.
const WORD: Duration = Duration::from_secs(60);
/// After how long it is tried again where another sync of the district is at work.
const BUSY: TimeDelta = TimeDelta::minutes(1);

/// How often districts are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Districts that are worked for at a time.
const AT_ONCE: usize = 4;
/// How long a job may go on once the program is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The source's name; empty for one that is gone.
    pub source: String,
    /// What came of it.
    pub end: End,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It was applied, or the store held all of it already.
    Applied,
    /// It stopped before it applied anything, and a person is asked.
    Braked,
    /// It failed, and is tried again at a time.
    Again(DateTime<Utc>),
    /// It failed, and is not tried again by itself.
    Dead,
    /// So many people have the mail about an alert; 0 where it is not to be sent any more.
    Told(u64),
    /// Not everybody has it, and it is tried again at a time.
    Untold(DateTime<Utc>),
    /// It was given back, because the program is asked to stop.
    GivenBack,
}

/// Queues what is due in a district or was dropped into its watched folders, looks whether somebody has to know of a source,
/// then does the job that has waited longest, if any; what became of it. `stop` ends
/// when the program has to: the job is then dropped, which is as if it had never begun, and given back.
///
/// # Errors
/// Where the store does not answer. What goes wrong in a job is noted with it, and no error here.
pub async fn turn(
    context: &Context,
    means: &Means,
    id: &DistrictId,
    stop: impl Future<Output = ()>,
) -> Result<Option<Ran>, Error> {
    let district = context.district(id).await?;
    queue_due(context, &district).await?;
    watched::queue_settled(context, &district).await?;
    alerts::look(context, &district, means.post.is_some()).await?;
    let now = context.now();
    let lease = SourceId::from_random(context.chance().bits()).0;
    let Some(job) = district.take_job(now, now + LEASE, lease).await? else { return Ok(None) };
    let name = name_of(&district, &job).await?;
    let end = match &name {
        Some(_) if job.kind == MAIL => mail(context, means, &district, &job, stop).await?,
        // Nobody said how the tries before ended: whoever made them was killed, maybe by the job itself.
        Some(_) if job.tries > schedule::TRIES => {
            let mut write = district.write().await?;
            write.bury_job(&job, now, "cut_off").await?;
            write.commit().await?;
            End::Dead
        }
        Some(name) => sync(context, means, &district, &job, name, stop).await?,
        None => {
            let mut write = district.write().await?;
            write.end_job(&job).await?;
            write.commit().await?;
            End::Dead
        }
    };
    Ok(Some(Ran { source: name.unwrap_or_default(), end }))
}

/// Does what is due in every district, until asked to stop; then a job under way has a moment to end before it is given
/// back.
pub async fn run(context: Context, means: Means, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut at_work: HashMap<DistrictId, JoinHandle<()>> = HashMap::new();
    let mut looks = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = stop.wait_for(|asked| *asked) => break,
            _ = looks.tick() => {}
        }
        at_work.retain(|_, work| !work.is_finished());
        let listed = match context.directory().list().await {
            Ok(listed) => listed,
            Err(error) => {
                tracing::error!(%error, "the districts could not be listed");
                continue;
            }
        };
        for district in listed {
            let (context, means, stop, places) =
                (context.clone(), means.clone(), stop.clone(), places.clone());
            let id = district.id.clone();
            at_work.entry(district.id).or_insert_with(|| {
                tokio::spawn(async move {
                    let Ok(_place) = places.acquire().await else { return };
                    // On a thread of its own, so that pages are answered while the rules are asked.
                    let (threads, of) = (Handle::current(), id.clone());
                    let work = move || threads.block_on(turns(&context, &means, &of, stop));
                    if let Err(error) = tokio::task::spawn_blocking(work).await {
                        tracing::error!(district = %id, %error, "the jobs of a district ended unexpectedly");
                    }
                })
            });
        }
    }
    for work in at_work.into_values() {
        // How it ended was said already.
        let _ = work.await;
    }
}

/// Does what is due in one district, one job after the other.
async fn turns(context: &Context, means: &Means, id: &DistrictId, stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let mut asked = stop.clone();
        let stopped = async move {
            let _ = asked.wait_for(|asked| *asked).await;
            tokio::time::sleep(GRACE).await;
        };
        match turn(context, means, id, stopped).await {
            Ok(Some(ran)) => {
                tracing::info!(district = %id, source = ran.source, end = ?ran.end, "a job ended")
            }
            Ok(None) => return,
            Err(error) => {
                tracing::error!(district = %id, %error, "the jobs of a district could not be done");
                return;
            }
        }
    }
}

/// Queues the sources of a district that are due by their schedules, a folder once nobody writes there. However many times
/// were missed, it is once.
async fn queue_due(context: &Context, district: &District) -> Result<(), Error> {
    let now = context.now();
    let is_due = |rhythm: &Rhythm| rhythm.next_at.is_some_and(|next| next <= now);
    // A time beyond the next two was found by a clock that was ahead, and has been put right.
    let stands = |rhythm: &Rhythm| -> Result<bool, Error> {
        let next = rhythm::next(district, rhythm, now)?;
        let second = next.map(|next| rhythm::next(district, rhythm, next)).transpose()?.flatten();
        Ok(!is_due(rhythm) && rhythm.next_at <= second.max(next))
    };
    let (mut all_stand, mut being_written) = (true, Vec::new());
    for rhythm in district.rhythms().await? {
        if stands(&rhythm)? {
            continue;
        }
        // It stays due, and is looked at again.
        if is_due(&rhythm) && watched::is_being_written(context, district, rhythm.source).await? {
            being_written.push(rhythm.source);
        } else {
            all_stand = false;
        }
    }
    if all_stand {
        return Ok(());
    }
    let mut write = district.write().await?;
    for rhythm in write.rhythms().await? {
        if stands(&rhythm)? || being_written.contains(&rhythm.source) {
            continue;
        }
        if is_due(&rhythm) {
            write.queue_job(SYNC, rhythm.source.0, now, None).await?;
        }
        let next_at = rhythm::next(district, &rhythm, now)?;
        write.keep_rhythm(&Rhythm { next_at, ..rhythm }).await?;
    }
    Ok(write.commit().await?)
}

/// The name of a job's source; `None` where it or its alert ended, or where nobody knows this kind of job.
async fn name_of(district: &District, job: &Taken) -> Result<Option<String>, Error> {
    if job.kind == MAIL {
        let alert = district.alerts().await?.into_iter().find(|alert| alert.id.0 == job.subject);
        return Ok(alert.map(|alert| alert.name));
    }
    let mut sources = district.sources().await?.into_iter();
    let source = sources.find(|source| source.id.0 == job.subject && source.ended_at.is_none());
    Ok(source.filter(|_| job.kind == SYNC).map(|source| source.name))
}

async fn mail(
    context: &Context,
    means: &Means,
    district: &District,
    job: &Taken,
    stop: impl Future<Output = ()>,
) -> Result<End, Error> {
    tokio::select! {
        end = alerts::deliver(context, means.post.as_deref(), district, job) => end,
        () = stop => {
            let mut write = district.write().await?;
            write.give_back_job(job, context.now(), "stopped", job.tries.saturating_sub(1)).await?;
            write.commit().await?;
            Ok(End::GivenBack)
        }
    }
}

async fn sync(
    context: &Context,
    means: &Means,
    district: &District,
    job: &Taken,
    name: &str,
    stop: impl Future<Output = ()>,
) -> Result<End, Error> {
    let order = sources::Order::default();
    let done = {
        let mut work = pin!(sources::sync(context, means, district.id(), name, &order, &Silent));
        let mut stop = pin!(stop);
        let mut words = tokio::time::interval(WORD);
        loop {
            tokio::select! {
                done = &mut work => break Some(done),
                () = &mut stop => break None,
                _ = words.tick() => {
                    if let Err(error) = district.renew_lease(job, context.now() + LEASE).await {
                        tracing::warn!(%error, "a lease could not be renewed");
                    }
                }
            }
        }
    };
    let now = context.now();
    let before = job.tries.saturating_sub(1);
    let mut write = district.write().await?;
    let end = match done {
        None => {
            write.give_back_job(job, now, "stopped", before).await?;
            End::GivenBack
        }
        Some(Ok(_)) => {
            write.end_job(job).await?;
            End::Applied
        }
        Some(Err(Error::Store(store::Error::Braked(_)))) => {
            write.end_job(job).await?;
            // Approved while it was under way: the run that was then to be queued could not be.
            let stopped = write.stopped_runs().await?;
            if stopped.iter().any(|of| of.source.0 == job.subject && of.approved_at.is_some()) {
                write.queue_job(SYNC, job.subject, now, None).await?;
            }
            End::Braked
        }
        Some(Err(Error::Store(store::Error::Running { .. }))) => {
            write.give_back_job(job, now + BUSY, "another_sync", before).await?;
            End::Again(now + BUSY)
        }
        Some(Err(error)) => {
            tracing::warn!(district = %district.id(), source = name, code = code(&error), "a sync failed");
            let is_paused = |of: &Rhythm| of.source.0 == job.subject && of.paused_at.is_some();
            let paused = write.rhythms().await?.iter().any(is_paused);
            match schedule::retry(job.tries as usize, now).filter(|_| error.passes() && !paused) {
                Some(due) => {
                    write.give_back_job(job, due, code(&error), job.tries).await?;
                    End::Again(due)
                }
                None => {
                    write.bury_job(job, now, code(&error)).await?;
                    End::Dead
                }
            }
        }
    };
    write.commit().await?;
    Ok(end)
}

/// Why a job failed, as a stable code.
fn code(error: &Error) -> &'static str {
    match error {
        Error::Source(fault) => fault.code(),
        other => other.refusal().map_or("failed", model::report::Refusal::code),
    }
}

/// When a job is begun next, or whether it is under way, in words of the command line.
pub(crate) fn told(district: &District, job: &store::jobs::Job, now: DateTime<Utc>) -> String {
    match (job.dead_at, job.leased_until) {
        (Some(_), _) => format!("not tried again: {}", job.why),
        (None, Some(until)) if until > now => "at work".to_owned(),
        (None, _) if job.due_at <= now => "queued".to_owned(),
        (None, _) => format!("{} again, after {}", local(district, job.due_at), job.why),
    }
}
