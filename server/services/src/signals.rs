//! Signals as `evaluate` and `check` report them.

pub use rules::NotEvaluated;
pub use rules::report::{SignalRow, json, json_lines};
