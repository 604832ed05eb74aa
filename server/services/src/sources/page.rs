//! Sources on the pages: how each stands, for those who may see the state of the data, and what an administrator of the
//! district has done with one. How a source is reached, and its credentials, never come as far.

use super::settings::Settings;
use super::{Fault, end, rhythm};
use crate::context::local;
use crate::jobs::SYNC;
use crate::{Error, Visit};
use ::audit::Event;
use chrono::{DateTime, Utc};
use model::ids::SourceId;
use model::page::Failure;
use model::report::Going;
use model::role::Capability;
use model::source::{
    AlsoBegins, Done, GoingLine, SourceJob, SourceOrder, SourcePage, SourceProblem, SourceRunView,
    SourceView, Sources, StoppedRun, Waiting,
};
use std::collections::HashMap;
use std::path::Path;
use store::District;
use store::jobs::Job;
use store::rhythms::{Rhythm, Stopped};
use store::sources::{Source, SourceRun};

/// Times of a schedule that are said.
const UPCOMING: usize = 3;

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    /// It was done, or holds already.
    Done(Done),
    /// The page, which says why nothing was done, or what a schedule means.
    Page(Box<SourcePage>),
}

/// The sources of the district, for the Data page.
pub(crate) async fn shown(visit: &Visit) -> Result<Sources, Error> {
    let living = living(&visit.district).await?;
    let list = if living.is_empty() { Vec::new() } else { views(visit, &living).await? };
    Ok(Sources { may_manage: visit.scope.may(Capability::Sources), list, done: None })
}

/// The page of one source. Seeing which rows would go leaves an audit event: their keys may name a student.
///
/// # Errors
/// [`Failure::NotFound`] for a source there is not, or that ended; [`Failure::Refused`] for people who may not manage it.
pub async fn page(visit: &Visit, id: SourceId) -> Result<SourcePage, Failure> {
    let source = managed(visit, id).await?;
    drawn(visit, &source).await.map_err(Error::into_failure)
}

/// Does what a person wants done with a source. `data` is the folder of the data. What holds already is done no second
/// time.
///
/// # Errors
/// As [`page`].
pub async fn order(visit: &Visit, id: SourceId, order: SourceOrder, data: &Path) -> Result<Ordered, Failure> {
    if order == SourceOrder::End && ended(visit, id).await.map_err(Error::into_failure)? {
        return Ok(Ordered::Done(Done::Ended));
    }
    let source = managed(visit, id).await?;
    let problem = match perform(visit, &source, &order, data).await {
        Ok(Ok(done)) => return Ok(Ordered::Done(done)),
        Ok(Err(problem)) => problem,
        Err(Error::Source(fault)) => Some(problem(fault)?),
        Err(error) => return Err(error.into_failure()),
    };
    let mut page = drawn(visit, &source).await.map_err(Error::into_failure)?;
    page.problem = problem;
    match order {
        SourceOrder::Look { fields } | SourceOrder::Schedule { fields } => {
            let now = visit.context.now();
            match rhythm::upcoming(&visit.district, source.id, &fields, now, UPCOMING) {
                Ok(times) => page.upcoming = locals(&visit.district, times),
                Err(_) => {
                    page.problem = Some(SourceProblem::Schedule);
                    page.upcoming = Vec::new();
                }
            }
            page.fields = fields;
        }
        SourceOrder::Approve { reason, .. } => page.reason = reason,
        _ => {}
    }
    Ok(Ordered::Page(Box::new(page)))
}

/// Does it by the same functions as the command line; else says why not, or nothing where nothing was to be done.
async fn perform(
    visit: &Visit,
    source: &Source,
    order: &SourceOrder,
    data: &Path,
) -> Result<Result<Done, Option<SourceProblem>>, Error> {
    let (context, district, name) = (&visit.context, visit.district.id(), source.name.as_str());
    let by = visit.scope.person();
    Ok(Ok(match order {
        SourceOrder::Run { last } => {
            if !rhythm::run_after(context, district, name, *last, by).await? {
                return Ok(Err(Some(SourceProblem::RanMeanwhile)));
            }
            Done::Queued
        }
        SourceOrder::Pause => {
            rhythm::pause(context, district, name, by).await?;
            Done::Paused
        }
        SourceOrder::Resume => {
            rhythm::resume(context, district, name, by).await?;
            Done::Resumed
        }
        SourceOrder::Look { .. } => return Ok(Err(None)),
        SourceOrder::Schedule { fields } => {
            rhythm::schedule(context, district, name, Some(fields), by).await?;
            Done::Scheduled
        }
        SourceOrder::Unschedule => {
            rhythm::schedule(context, district, name, None, by).await?;
            Done::Unscheduled
        }
        SourceOrder::Approve { digest, reason } => {
            let approved = rhythm::approve(context, district, name, digest, reason, by).await;
            let nothing_waits = matches!(approved, Err(Error::Source(Fault::NothingWaits(_))));
            // The same form, sent twice: approved once.
            if !(nothing_waits && is_approved(visit, source, digest).await?) {
                approved?;
            }
            Done::Approved
        }
        SourceOrder::End => {
            match end(context, district, name, data, by).await {
                Err(Error::Source(Fault::Ended { .. })) => {}
                ended => ended?,
            }
            Done::Ended
        }
    }))
}

/// What a person is told of a fault.
fn problem(fault: Fault) -> Result<SourceProblem, Failure> {
    Ok(match fault {
        Fault::Schedule(_) => SourceProblem::Schedule,
        Fault::NoReason => SourceProblem::Reason,
        Fault::NotWhatWasShown { .. } => SourceProblem::Changed,
        Fault::NothingWaits(_) => SourceProblem::NothingWaits,
        Fault::TooManyToApprove(_) => SourceProblem::TooMany,
        // Meanwhile.
        Fault::Ended { .. } | Fault::EndedMeanwhile(_) | Fault::NoSource { .. } => {
            return Err(Failure::NotFound);
        }
        other => return Err(Error::Source(other).into_failure()),
    })
}

/// Whether what a digest names was approved, and the next run has not come as far yet.
async fn is_approved(visit: &Visit, source: &Source, digest: &str) -> Result<bool, Error> {
    let stopped = visit.district.stopped_runs().await?;
    let is_it = |of: &Stopped| of.source == source.id && of.approved_at.is_some();
    Ok(stopped.iter().any(|of| is_it(of) && of.shown.digest == digest))
}

/// Whether a source of that id has ended, for those who may manage it.
async fn ended(visit: &Visit, id: SourceId) -> Result<bool, Error> {
    if !visit.scope.may(Capability::Sources) {
        return Ok(false);
    }
    Ok(visit.district.sources().await?.iter().any(|source| source.id == id && source.ended_at.is_some()))
}

/// The sources that have not ended, by name.
async fn living(district: &District) -> Result<Vec<Source>, Error> {
    Ok(district.sources().await?.into_iter().filter(|source| source.ended_at.is_none()).collect())
}

/// The source, for somebody who may manage it. Families do not know the page; a source that is not there is not there
/// for anybody.
async fn managed(visit: &Visit, id: SourceId) -> Result<Source, Failure> {
    if !visit.is_staff() {
        return Err(Failure::NotFound);
    }
    let living = living(&visit.district).await.map_err(Error::into_failure)?;
    let source = living.into_iter().find(|source| source.id == id).ok_or(Failure::NotFound)?;
    if visit.scope.may(Capability::Sources) { Ok(source) } else { Err(Failure::Refused) }
}

async fn drawn(visit: &Visit, source: &Source) -> Result<SourcePage, Error> {
    let (district, now) = (&visit.district, visit.context.now());
    let Some(view) = views(visit, std::slice::from_ref(source)).await?.pop() else {
        return Err(Fault::EndedMeanwhile(source.name.clone()).into());
    };
    let stopped = match rhythm::of_source(district.stopped_runs().await?, source) {
        Ok(stopped) => Some(seen(visit, stopped, now).await?),
        Err(_) => None,
    };
    let upcoming = match view.fields.as_str() {
        "" => Vec::new(),
        _ if view.paused_local.is_some() => Vec::new(),
        fields => {
            let times = rhythm::upcoming(district, source.id, fields, now, UPCOMING).map_err(Fault::from)?;
            locals(district, times)
        }
    };
    Ok(SourcePage {
        fields: view.fields.clone(),
        source: view,
        stopped,
        upcoming,
        reason: String::new(),
        problem: None,
        done: None,
    })
}

/// What would go, with the names of schools; noted that it was seen.
async fn seen(visit: &Visit, stopped: Stopped, now: DateTime<Utc>) -> Result<StoppedRun, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let names: HashMap<_, _> =
        district.schools(scope).await?.into_iter().map(|school| (school.id, school.name)).collect();
    let ids = district.school_ids(scope).await?;
    let line = |going: Going| {
        let name = ids.get(&going.school).and_then(|id| names.get(id)).cloned();
        let Going { table, school, rows, examples } = going;
        GoingLine { table, school: name.unwrap_or(school), rows, examples }
    };
    let mut write = district.write().await?;
    let event = Event::RemovalsViewed { source: stopped.source, run: stopped.run };
    ::audit::append(&mut write, scope.person(), now, &event).await?;
    write.commit().await?;
    let shown = stopped.shown;
    Ok(StoppedRun {
        causes: shown.causes,
        going: shown.going.into_iter().map(line).collect(),
        digest: shown.digest,
        approvable: shown.approvable,
    })
}

/// Sources as they stand.
async fn views(visit: &Visit, sources: &[Source]) -> Result<Vec<SourceView>, Error> {
    let (district, now) = (&visit.district, visit.context.now());
    let (rhythms, jobs, stopped) =
        (district.rhythms().await?, district.jobs().await?, district.stopped_runs().await?);
    let late = rhythm::late(district, now).await?;
    let mut views = Vec::with_capacity(sources.len());
    for source in sources {
        let rhythm = rhythms.iter().find(|rhythm| rhythm.source == source.id);
        let at = |moment: fn(&Rhythm) -> Option<DateTime<Utc>>| {
            rhythm.and_then(moment).map(|at| local(district, at))
        };
        let job = jobs.iter().find(|job| job.kind == SYNC && job.subject == source.id.0);
        let waiting = stopped.iter().find(|of| of.source == source.id);
        let last_run = district.last_source_run(source.id).await?;
        views.push(SourceView {
            id: source.id,
            name: source.name.clone(),
            kind: source.kind.clone(),
            carries: source.carries,
            profile: source.profile.as_ref().map(|profile| profile.name.clone()),
            fields: rhythm.and_then(|rhythm| rhythm.fields.clone()).unwrap_or_default(),
            next_local: at(|rhythm| rhythm.next_at),
            also: also(source),
            paused_local: at(|rhythm| rhythm.paused_at),
            late: late.iter().any(|(late, _)| *late == source.id),
            job: job.map(|job| job_view(district, job, now)),
            waiting: waiting.map(|of| Waiting { rows: of.shown.rows(), approved: of.approved_at.is_some() }),
            last_run: last_run.map(|run| run_view(district, &run)),
        });
    }
    Ok(views)
}

/// What begins a run of a source beside a schedule.
pub(super) fn also(source: &Source) -> Option<AlsoBegins> {
    match Settings::read(source) {
        Ok(Settings::Folder { watched: true, .. }) => Some(AlsoBegins::FilesDropped),
        Ok(Settings::Push) => Some(AlsoBegins::ZipPushed),
        _ => None,
    }
}

fn job_view(district: &District, job: &Job, now: DateTime<Utc>) -> SourceJob {
    match (job.dead_at, job.leased_until) {
        (Some(_), _) => SourceJob::GivenUp,
        (None, Some(until)) if until > now => SourceJob::AtWork,
        (None, _) if job.due_at <= now => SourceJob::Queued,
        (None, _) => SourceJob::Again { at_local: local(district, job.due_at) },
    }
}

fn run_view(district: &District, run: &SourceRun) -> SourceRunView {
    SourceRunView {
        id: run.id,
        started_local: local(district, run.started_at),
        outcome: if run.ended_at.is_none() { String::new() } else { run.outcome.clone() },
        read: run.read,
        added: run.added,
        changed: run.changed,
        removed: run.removed,
        set_aside: run.set_aside,
    }
}

fn locals(district: &District, times: Vec<DateTime<Utc>>) -> Vec<String> {
    times.into_iter().map(|at| local(district, at)).collect()
}
