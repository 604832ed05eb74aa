//! What somebody has to know of a source: it is late, its run failed for good, or its run waits for a person. An alert is
//! a task on the pages and, where mail is sent, a mail to those who lead the district, with a reminder once a day while
//! it stands.
//!
//! [`look`] compares what stands with what was told, and is the only one to begin and to end alerts: a look that was cut
//! off, or that two servers make at once, changes nothing. A mail is a job ([`crate::jobs`]): one that was sent when the
//! program was killed before it was noted is sent once more, and none is forgotten.

use crate::context::local;
use crate::jobs::{End, LEASE, SYNC};
use crate::sources::{BRAKED, rhythm, schedule};
use crate::{Context, Error, Visit};
use ::audit::Event;
use access::Scope;
use chrono::{DateTime, TimeDelta, Utc};
use model::alert::{AlertKind, OpenAlert};
use model::ids::{AlertId, SourceId};
use model::role::{Capability, Role};
use std::collections::BTreeMap;
use std::pin::Pin;
use store::District;
use store::alerts::Alert;
use store::jobs::{Job, Taken};
use store::rhythms::Rhythm;
use store::sources::Source;

/// The job of telling people of an alert by mail.
pub(crate) const MAIL: &str = "mail";

/// How often those who were told of an alert are reminded of it while it stands.
const REMINDED: TimeDelta = TimeDelta::days(1);
/// How long a mail server that fails again and again is left alone; a mail is never given up while its alert stands.
const PATIENCE: TimeDelta = TimeDelta::hours(2);

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same for whoever is sent the same: another try of a mail that arrived is known to be one.
    pub id: String,
    /// The address.
    pub to: String,
    /// When it is written.
    pub at: DateTime<Utc>,
    /// The district's name.
    pub district: String,
    /// What it is about.
    pub alert: OpenAlert,
    /// Whether they were told before.
    pub again: bool,
}

/// A mail did not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSent {
    /// Whether no mail goes now, and may later; else it is this address that is not taken.
    pub passes: bool,
    /// Why, as a stable code. It goes to the log, so no address is in it.
    pub code: &'static str,
}

/// Whether a mail went, once that is known.
pub type Sent<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// Who sends mail.
pub trait Post: Send + Sync {
    /// Sends a mail. It comes to an end by itself, in less time than a job is somebody's.
    fn send<'a>(&'a self, letter: &'a Letter) -> Sent<'a>;
}

/// The alerts that a page shows to its reader, the oldest first: none to those who can do nothing about a source.
pub(crate) async fn shown(visit: &Visit) -> Result<Vec<OpenAlert>, Error> {
    if !visit.scope.may(Capability::Sources) {
        return Ok(Vec::new());
    }
    let alerts = visit.district.alerts().await?.into_iter().filter(|alert| alert.awaited);
    Ok(alerts.map(|alert| told(&visit.district, alert)).collect())
}

/// An alert as people are told of it.
fn told(district: &District, alert: Alert) -> OpenAlert {
    OpenAlert {
        source: alert.source,
        name: alert.name,
        kind: alert.kind,
        since_local: local(district, alert.began_at),
    }
}

/// What is wrong with a source, and since when.
struct Found {
    source: SourceId,
    kind: AlertKind,
    since: DateTime<Utc>,
}

/// Begins and ends alerts by what stands in a district now, and queues the mails that are due where any are sent.
pub(crate) async fn look(context: &Context, district: &District, mails: bool) -> Result<(), Error> {
    let now = context.now();
    let (open, jobs) = (district.alerts().await?, district.jobs().await?);
    let found = found(district, &jobs, now).await?;
    let mut over = Vec::new();
    for alert in &open {
        let stands = match alert.kind {
            AlertKind::Late => found.iter().any(|of| of.source == alert.source && of.kind == alert.kind),
            // A good run makes it good, and nothing else.
            AlertKind::Failed | AlertKind::Stopped => {
                let good = district.brought(alert.source).await?.good;
                good.is_none_or(|good| good <= alert.began_at)
            }
        };
        if !(stands && alert.awaited) {
            over.push(alert.id);
        }
    }
    let begins = |source: SourceId| {
        let is_new = |job: &Job| job.tries == 0 || job.leased_until.is_some_and(|until| until > now);
        let of_it = |job: &Job| job.kind == SYNC && job.subject == source.0 && job.dead_at.is_none();
        jobs.iter().any(|job| of_it(job) && is_new(job))
    };
    let mut new: Vec<&Found> = Vec::new();
    for of in &found {
        let mut told = open.iter().filter(|alert| alert.source == of.source && !over.contains(&alert.id));
        let stands = match of.kind {
            // Why a source is late was said where its run failed or waits; of one under way nobody knows yet.
            AlertKind::Late => {
                told.next().is_some()
                    || new.iter().any(|other| other.source == of.source)
                    || begins(of.source)
            }
            kind => told.any(|alert| alert.kind == kind),
        };
        if !stands && !district.was_raised(of.source, of.kind, of.since).await? {
            new.push(of);
        }
    }
    let waits = |alert: &Alert| jobs.iter().any(|job| job.kind == MAIL && job.subject == alert.id.0);
    let to_mail = |alert: &Alert| mails && !over.contains(&alert.id) && is_due(alert, now) && !waits(alert);
    if over.is_empty() && new.is_empty() && !open.iter().any(to_mail) {
        return Ok(());
    }
    let mut write = district.write().await?;
    for alert in &over {
        write.end_alert(*alert, now).await?;
        write.forget_job(MAIL, alert.0).await?;
    }
    for of in new {
        let id = AlertId::from_random(context.chance().bits());
        write.raise_alert(id, of.source, of.kind, of.since).await?;
    }
    for alert in write.alerts().await?.into_iter().filter(to_mail) {
        write.queue_job(MAIL, alert.id.0, now, None).await?;
    }
    Ok(write.commit().await?)
}

/// Whether people are to be told of an alert: they were not, or not for a day.
fn is_due(alert: &Alert, now: DateTime<Utc>) -> bool {
    alert.awaited && alert.mailed_at.is_none_or(|at| at + REMINDED <= now)
}

/// All that is wrong with the sources of a district that somebody waits for; those that are late come last.
async fn found(district: &District, jobs: &[Job], now: DateTime<Utc>) -> Result<Vec<Found>, Error> {
    let rhythms = district.rhythms().await?;
    let is_paused = |of: &Source| rhythms.iter().any(|r: &Rhythm| r.source == of.id && r.paused_at.is_some());
    let sources = district.sources().await?.into_iter();
    let awaited: Vec<Source> = sources.filter(|of| of.ended_at.is_none() && !is_paused(of)).collect();
    if awaited.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for source in &awaited {
        let job = jobs.iter().find(|job| job.kind == SYNC && job.subject == source.id.0);
        if let Some(since) = failed_since(district, source.id, job).await? {
            found.push(Found { source: source.id, kind: AlertKind::Failed, since });
        }
    }
    let of_kind = |kind| move |(source, since)| Found { source, kind, since };
    let stopped = district.stopped_since().await?.into_iter().map(of_kind(AlertKind::Stopped));
    found.extend(stopped.filter(|of| awaited.iter().any(|source| source.id == of.source)));
    found.extend(rhythm::late(district, now).await?.into_iter().map(of_kind(AlertKind::Late)));
    Ok(found)
}

/// Since when a source's last run has failed and nobody tries again by itself.
async fn failed_since(
    district: &District,
    source: SourceId,
    job: Option<&Job>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let dead_at = job.and_then(|job| job.dead_at);
    if job.is_some() && dead_at.is_none() {
        return Ok(None);
    }
    let Some(last) = district.last_source_run(source).await? else { return Ok(dead_at) };
    Ok(match (last.ended_at, last.outcome.as_str()) {
        (_, "applied" | "unchanged" | BRAKED) => None,
        // It was cut off, at the last try it had, or by whoever began it at the command line.
        (None, _) | (_, "interrupted") => dead_at,
        (ended_at, _) => ended_at,
    })
}

/// Tells those who lead the district of an alert, each by a mail of their own; whoever has it already is passed over.
/// What came of the job is noted with it.
pub(crate) async fn deliver(
    context: &Context,
    post: Option<&dyn Post>,
    district: &District,
    job: &Taken,
) -> Result<End, Error> {
    let now = context.now();
    let is_it = |alert: &Alert| alert.id.0 == job.subject && is_due(alert, now);
    let alert = district.alerts().await?.into_iter().find(is_it);
    let (Some(alert), Some(post)) = (alert, post) else {
        let mut write = district.write().await?;
        write.end_job(job).await?;
        write.commit().await?;
        return Ok(End::Told(0));
    };
    let today = context.today(district);
    let scope = Scope::system("mail", today, today);
    let mut had = district.told(alert.id).await?;
    let (mut later, mut why) = (false, "nobody_to_mail");
    // Two of the roster's people may be one, with one address.
    let people: BTreeMap<String, _> = district
        .addresses(&scope, Role::DistrictAdministrator)
        .await?
        .into_iter()
        .map(|(person, address)| (address.trim().to_lowercase(), (person, address)))
        .collect();
    for (person, address) in
        people.into_values().filter(|(person, _)| !had.contains(person)).collect::<Vec<_>>()
    {
        district.renew_lease(job, context.now() + LEASE).await?;
        let letter = Letter {
            id: format!("{}.{}", alert.id, alert.mailed_at.map_or(0, |at| at.timestamp())),
            to: address.trim().to_owned(),
            at: now,
            district: district.settings().name.clone(),
            alert: told(district, alert.clone()),
            again: alert.mailed_at.is_some(),
        };
        match post.send(&letter).await {
            Ok(()) => {
                let mut write = district.write().await?;
                write.keep_told(alert.id, person).await?;
                write.commit().await?;
                had.push(person);
            }
            Err(NotSent { passes, code }) => {
                tracing::warn!(district = %district.id(), code, "a mail did not go");
                (later, why) = (passes, code);
                if later {
                    break;
                }
            }
        }
    }
    let now = context.now();
    let mut write = district.write().await?;
    let end = if later || had.is_empty() {
        let due = schedule::retry(job.tries as usize, now).unwrap_or(now + PATIENCE);
        write.give_back_job(job, due, why, job.tries).await?;
        End::Untold(due)
    } else {
        let recipients = had.len() as u64;
        write.keep_mailed(alert.id, now).await?;
        let event = Event::AlertMailed { source: alert.source, alert: alert.kind, recipients };
        ::audit::append(&mut write, None, now, &event).await?;
        write.end_job(job).await?;
        End::Told(recipients)
    };
    write.commit().await?;
    Ok(end)
}
