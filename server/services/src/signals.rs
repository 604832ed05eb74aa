//! Signals as `evaluate` and `check` report them.

pub use rules::NotEvaluated;
pub use rules::report::{EvidenceRow, NextRow, NotCountedRow, SignalRow, json, json_lines};
