//! Attendance history + rule pack -> signals with reasons. No I/O and no clock.
//!
//! - [`pack`]: what a rule pack says: versions, rules, worked examples.
//! - [`packs`]: the packs that come with the program; reading, showing and testing packs.
//! - [`days`]: what each school day was to a student: the one classification that rules and pages share.
//! - [`evaluate`]: history and packs in, findings out.
//! - [`report`]: findings in the JSON shape that outside programs read.
//! - [`setting`]: a rule as a person sets it on one screen; [`lab`]: what it would mean at a school.
//! - [`bits`]: the counting itself, on one bit a day.

// A percentage is compared in whole numbers: nothing here goes through floating point.
#![deny(clippy::float_arithmetic)]

pub mod bits;
mod calendar;
mod context;
mod course;
pub mod days;
mod engine;
mod explain;
mod fast;
#[cfg(test)]
mod golden;
mod ground;
pub mod lab;
mod lines;
mod marks;
mod measure;
pub mod pack;
pub mod packs;
mod plan;
pub mod report;
pub mod setting;
mod sheet;
mod sweep;
mod windows;

pub use engine::{
    Answered, Cause, Evaluation, Evaluator, Met, NotEvaluated, Verdict, evaluate, evaluate_student,
};
