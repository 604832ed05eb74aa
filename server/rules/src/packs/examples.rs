//! Runs a pack's worked examples through the engine.

use super::history::{Setting, WrittenDown, read};
use crate::engine::evaluate;
use crate::pack::{Example, Expect, Pack, Rule, Version};
use model::signal::{Extent, Finding, Outcome};
use model::time::Date;
use std::fmt;

/// What became of a worked example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleOutcome {
    /// The rule's id.
    pub rule: String,
    /// The version of the pack.
    pub version: String,
    /// What the example shows.
    pub name: String,
    /// What should come out, in words.
    pub expected: String,
    /// What came out, in the same words.
    pub found: String,
}

impl ExampleOutcome {
    /// Whether it holds.
    pub fn passed(&self) -> bool {
        self.expected == self.found
    }
}

impl fmt::Display for ExampleOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, version, name, expected, found } = self;
        if self.passed() {
            write!(f, "ok      {rule} (version {version}): {name}: {found}")
        } else {
            write!(f, "FAILED  {rule} (version {version}): {name}: expected {expected}; found {found}")
        }
    }
}

/// Runs every worked example of a pack, in the order of its file, each rule by itself and as if it were always in force.
pub fn run_examples(pack: &Pack) -> Vec<ExampleOutcome> {
    let mut outcomes = Vec::new();
    for version in &pack.versions {
        for rule in &version.rules {
            let alone = alone(pack, version, rule);
            outcomes.extend(rule.examples.iter().map(|example| run(&alone, version, rule, example)));
        }
    }
    outcomes
}

fn run(alone: &Pack, version: &Version, rule: &Rule, example: &Example) -> ExampleOutcome {
    let (expected, found) = match read(example, Setting::from(alone)) {
        Ok(written) => {
            let last = written.years.len() as u32;
            (words(&example.expect, last), words(&found(&written, alone), last))
        }
        Err(problem) => (words(&example.expect, 1), problem),
    };
    ExampleOutcome {
        rule: rule.id.clone(),
        version: version.version.clone(),
        name: example.name.clone(),
        expected,
        found,
    }
}

fn alone(pack: &Pack, version: &Version, rule: &Rule) -> Pack {
    let rule = Rule { effective_from: None, effective_to: None, ..rule.clone() };
    let version = Version {
        version: version.version.clone(),
        effective_from: None,
        effective_to: None,
        rules: vec![rule],
    };
    Pack { versions: vec![version], ..pack.clone() }
}

fn found(written: &WrittenDown, pack: &Pack) -> Vec<Expect> {
    let Some(as_of) = written.dates.last().copied() else { return Vec::new() };
    let place = |date: Date| written.dates.iter().position(|d| *d == date).map(|i| i as u32 + 1);
    let expect = |finding: &Finding| Expect {
        school: match finding.extent {
            Extent::School(school) => school + 1,
            Extent::District => 0,
        },
        year: written.years.iter().position(|y| *y == finding.year).map(|i| i as u32 + 1),
        met_on: match &finding.outcome {
            Outcome::Met { met_on, .. } => place(*met_on),
            Outcome::Close => None,
        },
        stands: matches!(finding.outcome, Outcome::Met { standing: true, .. }),
        counted: finding.numerator,
        of: finding.denominator,
    };
    evaluate(&written.history, &[pack], as_of).findings.iter().map(expect).collect()
}

/// What comes out, in words; by year, in order of the schools, all of them together last. `last` is the last of the
/// school years written down, and the one meant where none is named.
fn words(expects: &[Expect], last: u32) -> String {
    let year = |e: &Expect| e.year.unwrap_or(last);
    let mut sorted: Vec<&Expect> = expects.iter().collect();
    sorted.sort_by_key(|e| (year(e), e.school.wrapping_sub(1)));
    let one = |e: &&Expect| {
        let place = if e.school == 0 { "all schools".to_owned() } else { format!("school {}", e.school) };
        let when = if year(e) == last { String::new() } else { format!(" in year {}", year(e)) };
        let of = e.of.map_or(String::new(), |of| format!(" of {of}"));
        let outcome = match (e.met_on, e.stands) {
            (Some(day), true) => format!("met on day {day} and stands"),
            (Some(day), false) => format!("met on day {day}, stands no longer"),
            (None, _) => "close".to_owned(),
        };
        format!("{place}{when}: {outcome}, {}{of}", e.counted)
    };
    if sorted.is_empty() {
        "nothing".to_owned()
    } else {
        sorted.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}
