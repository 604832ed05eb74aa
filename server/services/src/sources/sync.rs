//! A sync from a source: what it has is fetched into a private folder, and read from there as files handed over are.

use super::fetch::{Fetcher, NotFetched, Wanted};
use super::key::SourceKey;
use super::push::Lent;
use super::sealed::{self, Sealed};
use super::settings::{Client, Settings};
use super::staging::Staging;
use super::{Fault, KeyPlace, living};
use crate::alerts::Post;
use crate::sync::{Begun, Job, READING, Report, apply};
use crate::{Context, Error, Progress};
use ::audit::Event;
use chrono::{DateTime, Utc};
use model::ids::{DistrictId, SourceId, SourceRunId};
use model::report::Refusal;
use sis::Profile;
use sis::remote::Keep;
use std::path::PathBuf;
use std::sync::Arc;
use store::sources::{Source, SourceRun};
use store::{District, Limits};

/// How a run ended that stopped for a person to look at what would go.
pub(crate) const BRAKED: &str = "braked";

/// What a sync from a source, and what is done about one, needs of the machine.
#[derive(Clone)]
pub struct Means {
    /// Where the master key is.
    pub keys: KeyPlace,
    /// The folder within which a private one is made for what is fetched, and in which what is kept of it lies sealed.
    pub data: PathBuf,
    /// Who asks servers.
    pub fetcher: Arc<dyn Fetcher>,
    /// Who tells people by mail of what is wrong with a source; `None`: nobody is told so.
    pub post: Option<Arc<dyn Post>>,
}

/// How to sync.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// How the source writes its files, in place of the profile that it has.
    pub profile: Option<PathBuf>,
    /// Show what would change, and change nothing.
    pub dry_run: bool,
    /// Let more than a tenth of a table's rows go.
    pub allow_removals: bool,
}

/// Fetches what a source has and applies it as files handed over are: all or nothing. The run is noted with its counts.
///
/// # Errors
/// Where there is no such source or it was ended, its credentials do not open, it does not give its data, the data is
/// refused, or another sync is at work. Nothing was changed then, and the audit log says why.
pub async fn sync(
    context: &Context,
    means: &Means,
    id: &DistrictId,
    name: &str,
    order: &Order,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let district = context.district(id).await?;
    let source = match living(&district, name).await {
        Ok(source) => source,
        Err(error) => {
            note_refusal(context, &district, None, None, &error).await?;
            return Err(error);
        }
    };
    let begun = Begun::new(context, &district).await?;
    let (started, run) = (begun.started, SourceRunId::from_random(context.chance().bits()));
    let noted = if order.dry_run { None } else { Some((run, started)) };
    if noted.is_some() {
        let mut write = district.write().await?;
        write.begin_source_run(run, source.id, started).await?;
        write.commit().await?;
    }
    let work = Work { context, means, district: &district, source: &source, progress };
    let done = work.perform(begun, run, order).await;
    if let Err(error) = &done
        && let Err(unnoted) = note_refusal(context, &district, Some(source.id), noted, error).await
    {
        // What went wrong first is what has to be told.
        tracing::error!(error = %unnoted, "the end of a sync could not be noted");
    }
    // Where it ended meanwhile, maybe before this sync kept what it fetched.
    if done.is_err()
        && living(&district, name).await.is_err()
        && let Err(error) = sealed::forget(&means.data, id, name)
    {
        tracing::error!(%error, "what was kept of a source that ended could not be removed");
    }
    done
}

/// One sync at work.
struct Work<'a> {
    context: &'a Context,
    means: &'a Means,
    district: &'a District,
    source: &'a Source,
    progress: &'a dyn Progress,
}

impl Work<'_> {
    /// What the server knows us by, and the key of the source.
    async fn client(&self) -> Result<(Client, SourceKey), Error> {
        let sealed = self.district.source_secret(self.source.id).await?;
        let sealed = sealed.ok_or_else(|| Fault::NoCredentials(self.source.name.clone()))?;
        let key = self.means.keys.key()?.source_key(self.district.id(), self.source.id, &sealed)?;
        Ok((Client::read(&key.open(&sealed)?)?, key))
    }

    async fn perform(&self, begun: Begun, run: SourceRunId, order: &Order) -> Result<Report, Error> {
        let limits = Limits {
            lifted: order.allow_removals,
            approved: self.district.approved_removals(self.source.id).await?,
            last: self.district.last_seen(self.source.id).await?,
        };
        let own = self.source.profile.as_ref().map(|own| Profile::from_toml(&own.name, &own.text));
        let profile = order.profile.as_deref().map(Profile::read).or(own).transpose()?;
        let mut job = Job {
            from: PathBuf::new(),
            carries: self.source.carries,
            profile,
            dry_run: order.dry_run,
            limits,
            source: Some((self.source.id, self.source.name.clone(), run)),
        };
        let mut notes = Vec::new();
        // Kept until the files were read.
        let staging;
        let mut lent = None;
        match Settings::read(self.source)? {
            Settings::Folder { path, .. } => job.from = path,
            Settings::Push => {
                let Means { data, .. } = self.means;
                staging = Staging::new(data, self.district.id())?;
                let pushed = Lent::new(data, self.district.id(), self.source, staging.path())?;
                job.from.clone_from(&pushed.file);
                lent = Some(pushed);
            }
            Settings::OneRoster(server) | Settings::EdFi(server) => {
                let (client, key) = self.client().await?;
                let Means { data, .. } = self.means;
                let chance = self.context.chance();
                let mut sealed = Sealed::new(data, self.district.id(), &self.source.name, &key, chance);
                // A dry run leaves no trace, so it asks for everything.
                let keep = (!order.dry_run).then_some(&mut sealed as &mut dyn Keep);
                staging = Staging::new(data, self.district.id())?;
                let into = staging.path().join("files");
                self.progress.at("fetching", 0, 0);
                let wanted = Wanted {
                    of: &server,
                    client_id: client.id,
                    client_secret: client.secret,
                    keep,
                    into: &into,
                    progress: self.progress,
                };
                let fetched = self.means.fetcher.fetch(wanted).await;
                notes = fetched.map_err(|NotFetched { passes, code, why }| Fault::Fetch {
                    name: self.source.name.clone(),
                    passes,
                    code,
                    why,
                })?;
                job.from = into;
            }
        }
        self.progress.at(READING, 0, 0);
        let report = apply(self.context, self.district, begun, &job, self.progress).await?;
        if let Some(lent) = lent.filter(|_| !order.dry_run) {
            lent.applied();
        }
        notes.extend(report.notes);
        Ok(Report { notes, ..report })
    }
}

/// Notes in the audit log, and in the source's runs, why nothing was changed.
async fn note_refusal(
    context: &Context,
    district: &District,
    source: Option<SourceId>,
    run: Option<(SourceRunId, DateTime<Utc>)>,
    error: &Error,
) -> Result<(), Error> {
    let refused = match error {
        Error::Source(fault) => Some(fault.code()),
        other => other.refusal().map(Refusal::code),
    };
    let brake = match error {
        Error::Store(store::Error::Braked(brake)) => Some(brake),
        _ => None,
    };
    let (now, mut write) = (context.now(), district.write().await?);
    if let (Some((id, started_at)), Some(source)) = (run, source) {
        write
            .end_source_run(&SourceRun {
                id,
                source,
                started_at,
                ended_at: Some(now),
                outcome: if brake.is_some() { BRAKED } else { refused.unwrap_or("failed") }.to_owned(),
                read: 0,
                added: 0,
                changed: 0,
                removed: 0,
                set_aside: 0,
            })
            .await?;
        if let Some(brake) = brake {
            write.keep_brake(id, source, brake, now).await?;
        }
    }
    if let Some(why) = refused {
        let event = Event::SyncRefused { why: why.to_owned(), source };
        ::audit::append(&mut write, None, now, &event).await?;
    }
    write.commit().await?;
    Ok(())
}
