//! All SQL and all migrations. Every read of people takes a `Scope` or a `Seen<StudentId>`; nothing is decided here.
//!
//! - [`directory`]: the districts of an installation, and how each is opened.
//! - [`district`]: an open district; the beginning of every read and write.
//! - [`sync`]: a delivery becomes what the store holds, in one transaction.
//! - [`ledger`]: marks and corrections, append-only; strips can be rebuilt from it.
//! - [`history`]: what the rules read.
//! - [`signals`]: what the rules said, kept for the lists.
//! - [`pages`]: what screens read, filtered and paged in SQL.
//! - [`weeks`]: a school's attendance by week, for its figures.
//! - [`sources`]: where data comes from, with sealed credentials.
//! - [`rhythms`]: when sources are synced by themselves, and runs that wait for a person.
//! - [`alerts`]: what somebody has to know of sources.
//! - [`jobs`]: work that waits or is under way.
//! - [`session`]: sessions and invitations.
//! - [`audit`]: the rows of the audit chain.
//! - [`backup`]: one file that holds a district, from and to either engine.
//! - [`doctor`]: whether the store is what it should be.

pub mod alerts;
pub mod audit;
pub mod backup;
mod db;
pub mod directory;
pub mod district;
pub mod doctor;
pub mod editions;
#[cfg(test)]
mod engines;
pub mod error;
pub mod fold;
mod grants;
pub mod history;
pub mod invited;
pub mod jobs;
mod known;
pub mod ledger;
mod lock;
mod not_asked;
mod packs_used;
pub mod pages;
pub mod rhythms;
pub mod session;
pub mod signals;
pub mod sources;
pub mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod visible;
pub mod weeks;

pub use directory::{Directory, Listed, Location};
pub use district::{District, Settings, WriteTx};
pub use error::Error;
pub use history::KnownHistory;
pub use known::KnownAfter;
pub use sync::brake::{Approved, Brake, Limits, Seen};
pub use sync::{Plan, SyncTx};
