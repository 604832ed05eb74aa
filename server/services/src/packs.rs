//! Rule packs, read and tested.

use crate::Error;
use model::attendance::CodeMap;
use rules::pack::Pack;
use rules::packs;
use sis::Profile;

/// One line a pack: id, title, when it was last checked against its source.
pub fn list() -> Vec<String> {
    packs::builtin()
        .iter()
        .map(|pack| format!("{:12} {} (checked {})", pack.id, pack.title, pack.reviewed_on))
        .collect()
}

/// A pack as a person would read it.
///
/// # Errors
/// [`Error::NoSuchPack`].
pub fn show(id: &str) -> Result<String, Error> {
    Ok(packs::show(find(id)?))
}

/// What the worked examples of every pack gave.
#[derive(Debug, Clone)]
pub struct TestReport {
    /// A line for each example.
    pub lines: Vec<String>,
    /// Examples that gave what they promise.
    pub passed: usize,
    /// Examples that did not.
    pub failed: usize,
}

/// Runs every worked example of every pack.
pub fn test() -> TestReport {
    let outcomes: Vec<_> = packs::builtin().iter().flat_map(packs::run_examples).collect();
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
    TestReport {
        lines: outcomes.iter().map(ToString::to_string).collect(),
        passed: outcomes.len() - failed,
        failed,
    }
}

/// The packs with these ids.
pub(crate) fn find_all(ids: &[String]) -> Result<Vec<&'static Pack>, Error> {
    ids.iter().map(|id| find(id)).collect()
}

/// Adds the categories that packs define themselves, where the map does not say what they mean.
pub(crate) fn add_codes(codes: &mut CodeMap, packs: &[&Pack]) {
    for code in packs.iter().flat_map(|pack| &pack.codes) {
        if codes.meaning(&code.category).is_none() {
            codes.set(&code.category, code.meaning);
        }
    }
}

/// Says what a profile leaves open as the first pack does that differs from the usual: when a school year begins, and
/// how many marks a day has.
pub(crate) fn settle(profile: &mut Profile, packs: &[&Pack]) {
    let year_begins = packs.iter().map(|pack| pack.year_begins).find(|month| *month != 7);
    let sessions = packs.iter().map(|pack| pack.sessions).find(|sessions| *sessions != 1);
    profile.first_month = profile.first_month.or(year_begins);
    profile.sessions = profile.sessions.or(sessions);
}

fn find(id: &str) -> Result<&'static Pack, Error> {
    packs::find(id).ok_or_else(|| Error::NoSuchPack {
        id: id.to_owned(),
        known: packs::builtin().iter().map(|pack| pack.id.as_str()).collect::<Vec<_>>().join(", "),
    })
}
