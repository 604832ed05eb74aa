//! The packs that come with the program; reading, showing and testing packs.

mod examples;
mod read;
mod show;

#[cfg(test)]
pub(crate) use examples::read as read_example;
pub use examples::{ExampleOutcome, run_examples};
pub use read::{PackError, parse};
pub use show::show;

use crate::pack::Pack;
use std::sync::LazyLock;

/// File and text of each pack that comes with the program.
const FILES: [(&str, &str); 2] = [
    ("packs/us-federal.toml", include_str!("../packs/us-federal.toml")),
    ("packs/us-pa.toml", include_str!("../packs/us-pa.toml")),
];

// A pack that cannot be read would be missing here; a test reads each, so none is.
static BUILTIN: LazyLock<Vec<Pack>> =
    LazyLock::new(|| FILES.iter().filter_map(|(file, text)| parse(file, text).ok()).collect());

/// The packs that come with the program.
pub fn builtin() -> &'static [Pack] {
    &BUILTIN
}

/// The pack with this id.
pub fn find(id: &str) -> Option<&'static Pack> {
    builtin().iter().find(|pack| pack.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_that_comes_with_the_program_can_be_read() {
        for (file, text) in FILES {
            if let Err(error) = parse(file, text) {
                panic!("{error}");
            }
        }
        assert_eq!(builtin().len(), FILES.len());
    }

    #[test]
    fn every_worked_example_of_every_pack_holds() {
        for outcome in builtin().iter().flat_map(run_examples) {
            assert!(outcome.passed(), "{outcome}");
        }
    }

    #[test]
    fn every_rule_has_worked_examples_that_meet_it_and_that_do_not() {
        for rule in builtin().iter().flat_map(|p| &p.versions).flat_map(|v| &v.rules) {
            let met = |e: &crate::pack::Example| e.expect.iter().any(|x| x.met_on.is_some());
            assert!(rule.examples.iter().any(met), "{}: no example meets it", rule.id);
            assert!(rule.examples.iter().any(|e| !met(e)), "{}: every example meets it", rule.id);
        }
    }
}
