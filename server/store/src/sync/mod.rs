//! A sync: one delivery becomes what the store holds, in one transaction, and the counts say what became of each row.
//!
//! [`District::begin_sync`] takes the right to sync; [`SyncTx::plan`] compares the delivery with the store and changes
//! nothing; [`SyncTx::history_ahead`] is what the rules are asked about, and [`SyncTx::plan_signals`] compares what they
//! say. Up to here nothing is locked. [`SyncTx::apply`] writes the plan, where nothing came in between; [`SyncTx::commit`] makes it happen, with whatever was written beside it
//! (signals, audit) through [`SyncTx::write`].
//!
//! **What a file is the full truth of.** OneRoster's files: the district. `calendar.csv`, `enrollments.csv` (by the year
//! of the entry), `roll.csv` and `attendance.csv`: each school and school year they name. `bells.csv`: each school it
//! names. `contacts.csv`, `caseload.csv` and `students.csv` name no school: each is the full truth of every school at
//! which one of its students has their latest enrollment. A file of which no row can be used removes nothing.
//!
//! **A delivery of one side.** The roster (OneRoster's files) and the plain files may come by themselves, from sources of
//! their own: tables that a delivery does not have stay as they are, and plain files that come without a roster are
//! held to the one the store has ([`SyncTx::known_roster`]).
//!
//! Orgs, terms, courses, sections and people who vanish stay, not active; every other row that vanishes is deleted. The
//! ledger keeps every mark that ever was, and what else the rules read is kept as it was in the `_past` tables.

mod ahead;
mod apply;
mod attendance;
pub mod brake;
pub(crate) mod past;
mod plan;
mod roster;
mod rows;
pub(crate) mod told;

pub(crate) use attendance::{StripKey, read_strip, usable_by_day};
pub use plan::Plan;
pub(crate) use plan::{search_key, sort_key};

use crate::district::{District, WriteTx};
use crate::error::Error;
use crate::history::KnownHistory;
use crate::lock::SyncLock;
use crate::signals::{SignalChanges, SignalRow, Summary};
use brake::Limits;
use chrono::{DateTime, Utc};
use model::canonical::Delivery;
use model::ids::RunId;

#[cfg(test)]
pub(crate) use {
    ahead::ALL as AHEAD, apply::ALL as APPLY, attendance::ALL as ATTENDANCE, past::ALL as PAST,
    plan::ALL as PLAN, roster::ALL as ROSTER, told::ALL as TOLD,
};

/// A sync at work; dropped without [`Self::commit`], it never was.
pub struct SyncTx {
    district: District,
    lock: SyncLock,
    run: RunId,
    started: DateTime<Utc>,
    who: String,
    write: Option<WriteTx>,
    applied: Option<i64>,
}

impl District {
    /// Takes the right to sync. `who` names the process to whoever comes second, such as `process 4711 on host`.
    ///
    /// # Errors
    /// [`Error::Running`] while another process has it.
    pub async fn begin_sync(&self, run: RunId, started: DateTime<Utc>, who: &str) -> Result<SyncTx, Error> {
        let lock = SyncLock::take(self, who, started).await?;
        Ok(SyncTx {
            district: self.clone(),
            lock,
            run,
            started,
            who: who.to_owned(),
            write: None,
            applied: None,
        })
    }
}

impl SyncTx {
    /// Compares a delivery with the store. Nothing is changed. `ids` gives random bits for the ids of what is new.
    ///
    /// # Errors
    /// [`Error::Refused`] where a brake holds: a file without a column that withholds access from somebody, or a
    /// header-only file that would remove everything; neither is ever lifted. [`Error::Braked`] for removals of more than
    /// 10 % and more than 10 rows in a table and school, and for a file much smaller, or a calendar less, than in the last
    /// run of the source, unless `limits` let them through.
    pub async fn plan(
        &mut self,
        delivery: &Delivery,
        limits: &Limits,
        ids: &mut (dyn FnMut() -> u64 + Send),
    ) -> Result<Plan, Error> {
        let mut snapshot = self.district.db().snapshot().await?;
        // By a clock that is not the district's a day may be off, which the rows of a year's first day do not mind.
        let today = self.started.date_naive();
        plan::plan(&mut snapshot.link(), delivery, limits, today, ids).await
    }

    /// The district's history as it will be once a plan is applied. Nothing is changed, and nobody waits.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history_ahead(&self, plan: &Plan) -> Result<KnownHistory, Error> {
        let mut snapshot = self.district.db().snapshot().await?;
        ahead::history(&mut snapshot.link(), plan).await
    }

    /// What has to be written for lists to show these signals and summaries, compared with those there are. Nothing is
    /// changed, and nobody waits.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn plan_signals(
        &self,
        signals: &[SignalRow],
        summaries: &[Summary],
    ) -> Result<SignalChanges, Error> {
        let mut snapshot = self.district.db().snapshot().await?;
        SignalChanges::find(&mut snapshot.link(), signals, summaries).await
    }

    /// Writes a plan, computes the grants anew, and ends the sessions of people who lost a role. Not yet visible to
    /// anybody else: [`Self::commit`] makes it so.
    ///
    /// # Errors
    /// Where the store cannot be written; then nothing happened.
    pub async fn apply(&mut self, plan: Plan) -> Result<(), Error> {
        let run = self.run;
        let mut link = self.write().await?.tx.link();
        let ledger_end = apply::apply(&mut link, run, plan).await?;
        self.applied = Some(ledger_end);
        Ok(())
    }

    /// The transaction, to read the history as it will be and to write signals, summaries and audit events with it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn write(&mut self) -> Result<&mut WriteTx, Error> {
        let begun = match self.write.take() {
            Some(write) => write,
            None => WriteTx { tx: self.district.db().write_much().await? },
        };
        Ok(self.write.insert(begun))
    }

    /// Makes all of it happen, and gives the right to sync back.
    ///
    /// # Errors
    /// Where the store cannot be written; then nothing happened.
    pub async fn commit(mut self, ended: DateTime<Utc>) -> Result<(), Error> {
        if let Some(mut write) = self.write.take() {
            if let Some(ledger_end) = self.applied {
                let mut link = write.tx.link();
                apply::record_run(&mut link, self.run, self.started, ended, &self.who, ledger_end).await?;
            }
            write.commit().await?;
            self.district.db().give_room_back().await?;
        }
        self.lock.release().await
    }
}
