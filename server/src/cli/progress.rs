//! Progress on a terminal, plain lines elsewhere, nothing with `--quiet`.

use super::Common;
use indicatif::{ProgressBar, ProgressStyle};
use services::Progress;
use std::io::IsTerminal;
use std::sync::Mutex;

/// Shows how far a long command has come, on stderr.
pub(crate) struct Shown {
    bar: Option<ProgressBar>,
    lines: bool,
    last: Mutex<String>,
}

impl Shown {
    pub(crate) fn new(common: &Common) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (!common.quiet && terminal).then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")
            {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, lines: !common.quiet && !terminal, last: Mutex::new(String::new()) }
    }
}

impl Progress for Shown {
    fn at(&self, stage: &str, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(stage.to_owned());
            bar.set_length(total);
            bar.set_position(done);
        }
        if self.lines {
            // A line a stage: a log is not a terminal.
            if let Ok(mut last) = self.last.lock()
                && *last != stage
            {
                eprintln!("{stage} …");
                stage.clone_into(&mut last);
            }
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
