//! Attendance history + rule pack -> signals with reasons. No I/O and no clock.
//!
//! - [`pack`]: what a rule pack says: versions, rules, worked examples.
//! - [`packs`]: the packs that come with the program; reading, showing and testing packs.
//! - [`days`]: what each school day was to a student: the one classification that rules and pages share.
//! - [`evaluate`]: history and packs in, findings out.
//! - [`report`]: findings in the JSON shape that outside programs read.
//! - [`bits`]: the counting itself, on one bit a day.

pub mod bits;
mod context;
pub mod days;
mod engine;
#[cfg(test)]
mod golden;
mod marks;
pub mod pack;
pub mod packs;
pub mod report;
mod timeline;

pub use engine::{Evaluation, Evaluator, NotEvaluated, evaluate, evaluate_student};
