//! A district's export, applied whole or not at all, with what the rules say of it in the same transaction.

use crate::judge::judge;
use crate::packs::Chosen;
use crate::sources::{Fault, missed};
use crate::{Context, Error, Progress, packs};
use ::audit::Event;
use chrono::{DateTime, Utc};
use model::attendance::CodeMap;
use model::canonical::Carries;
use model::ids::{DistrictId, RunId, SourceId, SourceRunId};
use model::report::{Refusal, SetAside, TableCount};
use sis::{Expect, Profile};
use std::collections::BTreeMap;
use std::path::PathBuf;
use store::sources::SourceRun;
use store::{District, Limits, SyncTx, WriteTx};

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// The folder or zip.
    pub from: PathBuf,
    /// How the district writes its files: the name of a profile that comes with the program, else a file.
    pub profile: Option<PathBuf>,
    /// Show what would change, and change nothing.
    pub dry_run: bool,
    /// Let more than a tenth of a table's rows go.
    pub allow_removals: bool,
}

/// What a sync did, or would do.
#[derive(Debug, Clone)]
pub struct Report {
    /// The district.
    pub district: DistrictId,
    /// Nothing was written.
    pub dry_run: bool,
    /// The store holds all of it already, and not only the rows.
    pub held: bool,
    /// What became of each file's rows.
    pub tables: Vec<TableCount>,
    /// Rows set aside.
    pub set_aside: Vec<SetAside>,
    /// Categories that nobody has mapped, and in how many rows each stands.
    pub unmapped: BTreeMap<String, u64>,
    /// What else a person should know of the files, in sentences that name nobody.
    pub notes: Vec<String>,
}

impl Report {
    /// The report as JSON: each table by name, the total, and the rows set aside.
    pub fn json(&self) -> String {
        let counts = |t: &TableCount| {
            serde_json::json!({
                "file": t.file, "read": t.read, "added": t.added, "changed": t.changed, "unchanged": t.unchanged,
                "removed": t.removed, "set_aside": t.set_aside,
            })
        };
        let mut total = counts(&total(&self.tables));
        if let Some(total) = total.as_object_mut() {
            total.remove("file");
        }
        let tables: serde_json::Map<String, serde_json::Value> =
            self.tables.iter().map(|t| (t.table.clone(), counts(t))).collect();
        let set_aside: Vec<_> = self
            .set_aside
            .iter()
            .map(|row| {
                let at = row.at.as_ref();
                serde_json::json!({
                    "file": row.file, "line": row.line, "column": row.column, "value": row.value,
                    "reason": row.reason, "sentence": row.reason.sentence(),
                    "school_id": at.map(|at| &at.school_id), "date": at.map(|at| at.date),
                })
            })
            .collect();
        let unmapped: Vec<_> = self
            .unmapped()
            .into_iter()
            .map(|(category, rows)| serde_json::json!({"category": category, "rows": rows}))
            .collect();
        serde_json::json!({
            "district": self.district, "dry_run": self.dry_run, "changed_nothing": self.changed_nothing(),
            "tables": tables, "total": total, "set_aside": set_aside, "unmapped": unmapped,
        })
        .to_string()
    }

    /// Categories that nobody has mapped, those in most rows first.
    pub fn unmapped(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<_> =
            self.unmapped.iter().map(|(category, rows)| (category.as_str(), *rows)).collect();
        all.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        all
    }

    /// Whether the store is as it was before.
    pub fn changed_nothing(&self) -> bool {
        self.dry_run || self.held
    }

    /// What happened, in one sentence.
    pub fn sentence(&self) -> String {
        let total = total(&self.tables);
        let (added, changed, removed) = (total.added, total.changed, total.removed);
        if self.held {
            return "The store holds all of this already; nothing changed.".to_owned();
        }
        let beside = if (added, changed, removed) == (0, 0, 0) {
            " What is read of them differs: what a category means, when an enrollment is presumed to have ended, up to which day a school has reported, how many rows a school day has, or a mark that cannot be used."
        } else {
            ""
        };
        if self.dry_run {
            format!(
                "A dry run: {added} rows would be added, {changed} changed, {removed} removed.{beside} Nothing changed."
            )
        } else {
            format!("{added} rows added, {changed} changed, {removed} removed.{beside}")
        }
    }
}

/// Reads a delivery, compares it with the store and, unless it is a dry run, applies it: rows, grants, signals and
/// audit in one transaction.
///
/// # Errors
/// Where the delivery or its plan is refused, another sync is at work, or the store cannot be written. Nothing was
/// changed then.
pub async fn run(
    context: &Context,
    id: &DistrictId,
    order: &Order,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let district = context.district(id).await?;
    let done = async {
        let begun = Begun::new(context, &district).await?;
        progress.at(READING, 0, 0);
        let job = Job {
            from: order.from.clone(),
            carries: Carries::Whole,
            profile: order.profile.as_deref().map(Profile::read).transpose()?,
            dry_run: order.dry_run,
            limits: Limits::lifted(order.allow_removals),
            source: None,
        };
        apply(context, &district, begun, &job, progress).await
    };
    let done = done.await;
    if let Some(refusal) = done.as_ref().err().and_then(Error::refusal) {
        let event = Event::SyncRefused { why: refusal.code().to_owned(), source: None };
        let mut write = district.write().await?;
        ::audit::append(&mut write, None, context.now(), &event).await?;
        write.commit().await?;
    }
    done
}

/// The stage in which files are read, the first of a sync.
pub(crate) const READING: &str = "reading the files";

/// What one sync is about, wherever its files came from.
pub(crate) struct Job {
    /// The folder or zip.
    pub(crate) from: PathBuf,
    /// Which side of the data is in it.
    pub(crate) carries: Carries,
    /// How its files are written; `None` where that is as usual.
    pub(crate) profile: Option<Profile>,
    pub(crate) dry_run: bool,
    pub(crate) limits: Limits,
    /// The source it came from, its name, and the source's run.
    pub(crate) source: Option<(SourceId, String, SourceRunId)>,
}

/// The right to sync a district, taken.
pub(crate) struct Begun {
    tx: SyncTx,
    run: RunId,
    pub(crate) started: DateTime<Utc>,
}

impl Begun {
    /// Takes it.
    pub(crate) async fn new(context: &Context, district: &District) -> Result<Self, Error> {
        let started = context.now();
        let run = RunId::from_random(context.chance().bits());
        let who = format!("process {}", std::process::id());
        let tx = district.begin_sync(run, started, &who).await?;
        Ok(Self { tx, run, started })
    }
}

/// Reads, plans, asks the rules and writes; nothing of it happens where any of it fails.
pub(crate) async fn apply(
    context: &Context,
    district: &District,
    begun: Begun,
    job: &Job,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let ids = &district.settings().packs;
    let editions = district.pack_editions().await?;
    let chosen = Chosen::with(ids, &editions)?;
    let packs = chosen.refs();
    let Begun { mut tx, run, started } = begun;

    let today = context.today(district);
    let shapes = district.shapes().await?;
    let mut profile = job.profile.clone().unwrap_or_default();
    if profile.code_map.is_empty() {
        let mut codes = if job.profile.is_some() { CodeMap::default() } else { district.codes().await? };
        packs::add_codes(&mut codes, &packs);
        profile.code_map = codes.into_map();
    }
    packs::settle(&mut profile, &packs);
    let place = job.from.display().to_string();
    let (from, asked, carries) = (job.from.clone(), profile.clone(), job.carries);
    let changes = in_thread(&place, move || sis::changes_in(&from, &asked, carries)).await??;
    if let (Some(changes), Some((source, name, _))) = (&changes, &job.source) {
        missed::check(district, (*source, name), changes, started, job.dry_run).await?;
    }
    let expect = match job.carries {
        Carries::Whole | Carries::Roster if changes.is_some() => {
            Expect::Changes(job.carries, tx.held_roster().await?)
        }
        Carries::Whole => Expect::Whole,
        Carries::Roster => Expect::Roster,
        Carries::Plain => {
            let known = tx.known_roster().await?;
            if known.students.is_empty() || known.schools.is_empty() {
                return Err(Refusal::NoRoster { place }.into());
            }
            Expect::Plain(known)
        }
    };
    let from = job.from.clone();
    let codes = profile.codes();
    let read = move || sis::read_delivery(&from, &profile, today, shapes, expect);
    let mut delivery = in_thread(&place, read).await??;

    progress.at("comparing with the store", 0, 0);
    let mut bits = || context.chance().bits();
    let mut plan = tx.plan(&delivery, &job.limits, &mut bits).await?;
    if job.carries.plain() {
        // A roster has no categories and says nothing of what they mean.
        plan = plan.with_codes(codes);
    }
    let notes = std::mem::take(&mut delivery.notes);
    let unmapped = std::mem::take(&mut delivery.unmapped);
    drop(delivery);
    let report = Report {
        district: district.id().clone(),
        dry_run: job.dry_run,
        held: plan.changes_nothing(),
        tables: plan.counts().to_vec(),
        set_aside: plan.set_aside().to_vec(),
        unmapped,
        notes,
    };
    if job.dry_run {
        return Ok(report);
    }

    progress.at("asking the rules", 0, 0);
    let known = tx.history_ahead(&plan).await?;
    let judgement = judge(&known, &packs, today);
    drop(known);
    let signals = tx.plan_signals(&judgement.signals, &judgement.summaries).await?;

    // From here on whoever else writes waits.
    progress.at("writing", 0, 0);
    let seen = plan.seen().clone();
    tx.apply(plan).await?;
    let write = tx.write().await?;
    let editions_now = write.pack_editions().await?;
    if editions_now == editions {
        write.write_signals(signals).await?;
        write.replace_school_weeks(&judgement.weeks).await?;
        write.replace_not_asked(&judgement.not_asked).await?;
        write.use_packs(&packs::of_the_program(&packs)?, context.now()).await?;
    } else {
        // Somebody kept a rule of the district's own meanwhile.
        keep(context, write, &Chosen::with(ids, &editions_now)?.refs(), today).await?;
    }
    let total = total(&report.tables);
    let write = tx.write().await?;
    if let Some((source, name, source_run)) = &job.source {
        if !write.source_lives(*source).await? {
            return Err(Fault::EndedMeanwhile(name.clone()).into());
        }
        let outcome = if report.held { "unchanged" } else { "applied" };
        write
            .end_source_run(&SourceRun {
                id: *source_run,
                source: *source,
                started_at: started,
                ended_at: Some(context.now()),
                outcome: outcome.to_owned(),
                read: total.read,
                added: total.added,
                changed: total.changed,
                removed: total.removed,
                set_aside: total.set_aside,
            })
            .await?;
        write.keep_seen(*source_run, *source, &seen, context.now()).await?;
        write.keep_unapplied(*source, None).await?;
    }
    let event = Event::SyncApplied {
        run,
        added: total.added,
        changed: total.changed,
        removed: total.removed,
        set_aside: total.set_aside,
        allow_removals: job.limits.lifted,
        source: job.source.as_ref().map(|(source, ..)| *source),
    };
    ::audit::append(write, None, context.now(), &event).await?;
    tx.commit(context.now()).await?;
    Ok(report)
}

/// Reads a place on a thread of its own, so that pages are answered meanwhile.
async fn in_thread<T: Send + 'static>(
    place: &str,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(read).await.map_err(|stopped| Error::Place {
        place: place.to_owned(),
        why: format!("reading stopped: {stopped}"),
    })
}

/// Makes the lists anew under the packs as this transaction leaves them, which have just changed. The work is done on
/// a thread of its own, so that pages are answered meanwhile.
pub(crate) async fn judge_again(
    context: &Context,
    district: &District,
    mut write: WriteTx,
) -> Result<WriteTx, Error> {
    let today = context.today(district);
    let ids = district.settings().packs.clone();
    let threads = tokio::runtime::Handle::current();
    let own = context.clone();
    let work = move || {
        threads.block_on(async move {
            let editions = write.pack_editions().await?;
            let chosen = Chosen::with(&ids, &editions)?;
            keep(&own, &mut write, &chosen.refs(), today).await?;
            Ok(write)
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|stopped| Error::Place {
        place: format!("district {}", district.id()),
        why: format!("asking the rules stopped: {stopped}"),
    })?
}

async fn keep(
    context: &Context,
    write: &mut WriteTx,
    packs: &[&rules::pack::Pack],
    today: model::time::Date,
) -> Result<(), Error> {
    let known = write.history().await?;
    let judgement = judge(&known, packs, today);
    write.keep_signals(&judgement.signals, &judgement.summaries).await?;
    write.replace_school_weeks(&judgement.weeks).await?;
    write.replace_not_asked(&judgement.not_asked).await?;
    write.use_packs(&packs::of_the_program(packs)?, context.now()).await?;
    Ok(())
}

/// The sum of all tables.
pub fn total(tables: &[TableCount]) -> TableCount {
    tables.iter().fold(TableCount { table: "total".to_owned(), ..TableCount::default() }, |sum, t| {
        TableCount {
            read: sum.read + t.read,
            added: sum.added + t.added,
            changed: sum.changed + t.changed,
            unchanged: sum.unchanged + t.unchanged,
            removed: sum.removed + t.removed,
            set_aside: sum.set_aside + t.set_aside,
            ..sum
        }
    })
}
