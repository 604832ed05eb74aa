//! The packs that come with the program; reading, showing and testing packs.
//!
//! Reading TOML is behind the feature `packs`: the browser takes packs from the server and leaves it out.

mod days;
#[cfg(all(test, feature = "packs"))]
mod edges;
mod examples;
mod history;
#[cfg(feature = "packs")]
mod read;
mod show;
#[cfg(feature = "packs")]
mod skeleton;
mod words;

pub use examples::{ExampleOutcome, run_examples};
#[cfg(feature = "packs")]
pub use read::{PackError, load, parse};
pub use show::show;
#[cfg(feature = "packs")]
pub use skeleton::skeleton;

#[cfg(feature = "packs")]
use crate::pack::Pack;
#[cfg(feature = "packs")]
use std::sync::LazyLock;

/// File and text of each pack that comes with the program, collected when it is built.
#[cfg(feature = "packs")]
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/packs.rs"));

// A pack that cannot be read would be missing here; a test reads each, so none is.
#[cfg(feature = "packs")]
static BUILTIN: LazyLock<Vec<Pack>> =
    LazyLock::new(|| FILES.iter().filter_map(|(file, text)| parse(file, text).ok()).collect());

/// The packs that come with the program, in order of their ids.
#[cfg(feature = "packs")]
pub fn builtin() -> &'static [Pack] {
    &BUILTIN
}

/// A pack as its file's text: what [`parse`] reads gives the same pack.
///
/// # Errors
/// None in practice: a pack is text, numbers and dates.
#[cfg(feature = "packs")]
pub fn text(pack: &Pack) -> Result<String, String> {
    toml::to_string(pack).map_err(|error| error.to_string())
}

/// The pack with this id.
#[cfg(feature = "packs")]
pub fn find(id: &str) -> Option<&'static Pack> {
    builtin().iter().find(|pack| pack.id == id)
}

/// The history that an example writes down, where no pack says anything of its own.
#[cfg(test)]
pub(crate) fn read_example(example: &crate::pack::Example) -> Result<model::history::History, String> {
    history::read(example, history::Setting::default()).map(|written| written.history)
}

#[cfg(all(test, feature = "packs"))]
mod tests {
    use super::*;
    use crate::pack::{Example, Rule};

    #[test]
    fn a_pack_written_as_text_is_read_as_the_same_pack() {
        for pack in builtin() {
            assert_eq!(parse(&pack.id, &text(pack).unwrap()).as_ref(), Ok(pack), "{}", pack.id);
        }
    }

    #[test]
    fn every_pack_that_comes_with_the_program_can_be_read() {
        for (file, text) in FILES {
            match parse(file, text) {
                Ok(pack) => assert_eq!(*file, format!("packs/{}.toml", pack.id)),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(builtin().len(), FILES.len());
    }

    #[test]
    fn every_worked_example_of_every_pack_holds() {
        let outcomes: Vec<ExampleOutcome> = builtin().iter().flat_map(run_examples).collect();
        let failed: Vec<String> = outcomes.iter().filter(|o| !o.passed()).map(ToString::to_string).collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    fn rules() -> impl Iterator<Item = &'static Rule> {
        builtin().iter().flat_map(|pack| &pack.versions).flat_map(|version| &version.rules)
    }

    #[test]
    fn every_rule_has_worked_examples_that_meet_it_and_that_do_not() {
        for rule in rules() {
            let met = |e: &Example| e.expect.iter().any(|x| x.met_on.is_some());
            assert!(rule.examples.iter().any(met), "{}: no example meets it", rule.id);
            assert!(rule.examples.iter().any(|e| !met(e)), "{}: every example meets it", rule.id);
        }
    }

    #[test]
    fn no_two_examples_of_a_rule_have_the_same_name() {
        for rule in rules() {
            let mut names: Vec<&str> = rule.examples.iter().map(|e| e.name.as_str()).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{}: {names:?}", rule.id);
        }
    }

    /// Ohio's version changes on 30 September 2025, in the middle of a school year.
    #[test]
    fn what_was_met_under_an_earlier_version_keeps_its_fullest_window() {
        let days = vec!["10. 5U 20.".to_owned()];
        let september = Example { days, minutes: Some(390), ..Example::default() };
        let history = read_example(&september).unwrap();
        let as_of = history.schools[0].calendars[0].days.last().unwrap().date;
        let findings = crate::evaluate(&history, &[find("us-oh").unwrap()], as_of).findings;
        let said: Vec<(&str, &str, u32)> = findings
            .iter()
            .map(|f| (f.rule.rule.as_str(), f.rule.pack_version.as_str(), f.numerator))
            .collect();
        assert_eq!(said, [("OH-HABITUAL", "2", 1950)]);
    }
}
