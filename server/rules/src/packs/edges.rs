//! Whether the worked examples of the packs show each edge of each rule, and show what they say they do.

use super::{builtin, run_examples};
use crate::pack::{Edge, Example, ExampleFact, Missed, Pack, Rule, Test, Unit, Version};

const ALL: [Edge; 6] = [Edge::Below, Edge::Met, Edge::Above, Edge::Tie, Edge::Mover, Edge::Correction];

/// Whether a rule draws a limit that something can lie on exactly: a percentage, half of the day, so many minutes. Whole
/// days, events and reports have no such limit: the least number that meets a rule is no tie.
fn has_ties(rule: &Rule) -> bool {
    let by_part =
        |missed| matches!(missed, Some(Missed::AtLeastHalf | Missed::MoreThanHalf | Missed::OverMinutes(_)));
    matches!(rule.unit, Unit::Minute | Unit::HalfDay)
        || rule.when.iter().any(|c| c.test.is_rate() || by_part(c.missed))
}

#[test]
fn the_newest_version_of_every_rule_has_a_worked_example_for_each_edge_that_it_can_have() {
    let mut missing = Vec::new();
    for rule in builtin().iter().filter_map(|pack| pack.versions.last()).flat_map(|v| &v.rules) {
        for edge in ALL.into_iter().filter(|edge| *edge != Edge::Tie || has_ties(rule)) {
            if !rule.examples.iter().any(|e| e.edges.contains(&edge)) {
                missing.push(format!("{}: {edge:?}", rule.id));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_worked_example_shows_the_edges_that_it_names() {
    let mut wrong = Vec::new();
    for pack in builtin() {
        for version in &pack.versions {
            for rule in &version.rules {
                for example in &rule.examples {
                    for edge in &example.edges {
                        if !shows(*edge, example, rule, &Alone { pack, version, rule }) {
                            wrong.push(format!("{} {edge:?}: {}", rule.id, example.name));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn shows(edge: Edge, example: &Example, rule: &Rule, alone: &Alone<'_>) -> bool {
    let met = || example.expect.iter().filter(|e| e.met_on.is_some());
    let enough = |counted: u32, of: Option<u32>| {
        rule.when.iter().any(|c| at_least(c.test).met(u64::from(counted), u64::from(of.unwrap_or_default())))
    };
    match edge {
        Edge::Below => met().count() == 0 && alone.meets_with_one_more(example),
        Edge::Met => met().any(|e| {
            // Of two ways to meet a rule, one may be met long since.
            e.stands && rule.when.iter().any(|c| just(at_least(c.test), e.counted, e.of))
        }),
        Edge::Above => met().any(|e| enough(e.counted - 1, e.of)),
        Edge::Tie => on_a_limit(example, rule),
        Edge::Mover => example.days.len() > 1,
        Edge::Correction => !example.expect.iter().any(|e| e.stands) && alone.meets_with_one_more(example),
    }
}

/// A test without its upper bound.
fn at_least(test: Test) -> Test {
    match test {
        Test::Count { op, count, .. } => Test::Count { op, count, at_most: None },
        rate => rate,
    }
}

fn just(test: Test, counted: u32, of: Option<u32>) -> bool {
    let (counted, of) = (u64::from(counted), u64::from(of.unwrap_or_default()));
    test.met(counted, of) && !test.met(counted - 1, of)
}

/// Whether what counts is exactly what a test names, or a mark misses exactly half of the day or so many minutes.
fn on_a_limit(example: &Example, rule: &Rule) -> bool {
    let exactly = rule.when.iter().any(|c| {
        example.expect.iter().any(|e| match c.test {
            Test::Count { count, .. } => rule.unit == Unit::Minute && e.counted == count,
            Test::Rate { percent, .. } => e.of.is_some_and(|of| 100 * e.counted == percent * of),
        })
    });
    let minutes = rule.when.iter().filter_map(|c| match c.missed {
        Some(Missed::OverMinutes(minutes)) => Some(minutes),
        Some(Missed::AtLeastHalf | Missed::MoreThanHalf) => example.minutes.map(|all| all / 2),
        _ => None,
    });
    let halves = ["=0.5", "=AM", "=PM"].map(str::to_owned).into_iter();
    let mut marks = halves.chain(minutes.map(|minutes| format!("={minutes}m")));
    exactly
        || marks
            .any(|mark| example.days.iter().any(|line| line.split([' ', '+']).any(|w| w.ends_with(&mark))))
}

/// One rule by itself.
struct Alone<'a> {
    pack: &'a Pack,
    version: &'a Version,
    rule: &'a Rule,
}

impl Alone<'_> {
    /// Whether one more absence (or report) on some day, in place of what is written there, makes the rule stand.
    fn meets_with_one_more(&self, example: &Example) -> bool {
        let lines: Vec<Vec<String>> = example.days.iter().map(|line| words(line)).collect();
        let length = lines.first().map_or(0, Vec::len);
        let fact = self.rule.when.iter().find_map(|c| c.fact);
        (0..=length).any(|place| {
            ["E", "U"].into_iter().any(|mark| {
                let mut changed = example.clone();
                changed.expect.clear();
                match fact {
                    Some(fact) if place < length => {
                        changed
                            .facts
                            .get_or_insert_default()
                            .push(ExampleFact { day: place as u32 + 1, fact });
                    }
                    _ => {
                        let with = |line: &Vec<String>| {
                            let mut line = line.clone();
                            // Past the last day written down: on the next weekday.
                            line.resize(length.max(place + 1), ".".to_owned());
                            line[place] = mark.to_owned();
                            line.join(" ")
                        };
                        changed.days = lines.iter().map(with).collect();
                    }
                }
                self.stands(changed)
            })
        })
    }

    fn stands(&self, example: Example) -> bool {
        let rule = Rule { examples: vec![example], ..self.rule.clone() };
        let version = Version { rules: vec![rule], ..self.version.clone() };
        let pack = Pack { versions: vec![version], ..self.pack.clone() };
        run_examples(&pack).iter().any(|outcome| outcome.found.contains("and stands"))
    }
}

/// The words of a line, each for one day.
fn words(line: &str) -> Vec<String> {
    let expand = |word: &str| {
        let (repeats, written) = word.split_at(word.find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
        vec![written.to_owned(); repeats.parse().unwrap_or(1)]
    };
    line.split_whitespace().flat_map(expand).collect()
}
