//! One function per user action; joins the rooms; the only room the pages see.
//!
//! What people do on the pages: [`frame`], [`today`], [`students`], [`student`], [`known`], [`school`], [`lab`],
//! [`policies`], [`data`], [`reconciliation`], [`family`], [`download`], [`sign_in`]. What operators do on the command line: [`district`],
//! [`invite`], [`sync`], [`profiles`], [`sources`], [`jobs`], [`alerts`], [`evaluate`], [`check`], [`packs`], [`backup`], [`audit`],
//! [`doctor`], [`demo`]. [`context`] holds what all of them are given.

pub mod alerts;
pub mod audit;
pub mod backup;
pub mod check;
pub mod context;
pub mod data;
pub mod demo;
pub mod district;
pub mod doctor;
pub mod download;
mod error;
pub mod evaluate;
pub mod family;
pub mod frame;
mod freshness;
pub mod invite;
pub mod jobs;
mod judge;
pub mod known;
pub mod lab;
pub mod packs;
pub mod policies;
pub mod profiles;
pub mod reconciliation;
pub mod school;
pub mod sign_in;
pub mod signals;
pub mod sources;
pub mod student;
pub mod students;
pub mod sync;
pub mod today;
mod token;
mod views;

pub use context::{Chance, Clock, Context, Front, Home, Progress, Silent, Visit};
pub use error::Error;
