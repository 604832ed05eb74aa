//! Prints a pack as a person would read it.

use crate::pack::{Counts, Deadline, DeadlineDays, Missed, Op, Pack, Rule, Test, Version, Window};
use std::fmt::Write;

/// The pack as a person would read it: what each rule counts, over which time, what meets it, what it asks.
pub fn show(pack: &Pack) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_pack(&mut text, pack);
    text
}

fn write_pack(out: &mut String, pack: &Pack) -> std::fmt::Result {
    writeln!(out, "{}: {}", pack.id, pack.title)?;
    writeln!(out, "  Where: {}", pack.jurisdiction)?;
    writeln!(out, "  Source: {}", pack.source)?;
    writeln!(out, "  Last checked against the source: {}", pack.reviewed_on)?;
    for version in &pack.versions {
        writeln!(out, "\nVersion {}, in force {}", version.version, in_force(version))?;
        for rule in &version.rules {
            write_rule(out, rule)?;
        }
    }
    Ok(())
}

fn write_rule(out: &mut String, rule: &Rule) -> std::fmt::Result {
    writeln!(out, "\n  {}: {}", rule.id, rule.title)?;
    writeln!(out, "    Law or policy: {}", rule.citation)?;
    writeln!(out, "    Counts: {}", counts(rule))?;
    writeln!(out, "    Met by: {}", test(rule))?;
    writeln!(out, "    Asks: {}", rule.action)?;
    if let Some(deadline) = rule.deadline {
        writeln!(out, "    By when: {}", by_when(deadline))?;
    }
    if !rule.clauses.is_empty() {
        writeln!(out, "    The notice must say:")?;
        for clause in &rule.clauses {
            writeln!(out, "      - {clause}")?;
        }
    }
    if !rule.reading.is_empty() {
        writeln!(out, "    Our reading: {}", rule.reading)?;
    }
    for open in &rule.to_verify {
        writeln!(out, "    Not checked yet: {open}")?;
    }
    writeln!(out, "    Worked examples: {}", rule.examples.len())
}

fn in_force(version: &Version) -> String {
    match (version.effective_from, version.effective_to) {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("until {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    }
}

fn counts(rule: &Rule) -> String {
    let missed = match rule.when[0].missed {
        Some(Missed::AtLeastHalf) => "at least half of the day missed",
        Some(Missed::MoreThanHalf) => "more than half of the day missed",
        Some(Missed::Whole) => "the whole day missed",
        _ => "a part of the day missed",
    };
    let why = match rule.counts.unwrap_or(Counts::All) {
        Counts::Unexcused => "unexcused (a reason not known yet is not unexcused)",
        Counts::UnexcusedOrUnknown => "unexcused, or for a reason not known yet",
        Counts::UnexcusedOrTardy => "unexcused, or late",
        Counts::Excused => "excused",
        Counts::All => "for any reason",
    };
    format!("school days with {missed}, {why}")
}

fn test(rule: &Rule) -> String {
    let window = match rule.when[0].window {
        Window::SchoolYear => "in the school year",
        _ => "in its window",
    };
    let test = match rule.when[0].test {
        Test::Count { op: Op::Gte, count, .. } => format!("{count} days or more {window}"),
        Test::Count { op: Op::Gt, count, .. } => format!("more than {count} days {window}"),
        Test::Rate { op: Op::Gte, percent } => format!("{percent} % or more of the days enrolled {window}"),
        Test::Rate { op: Op::Gt, percent } => format!("more than {percent} % of the days enrolled {window}"),
    };
    match rule.least_enrolled {
        0 => test,
        least => format!("{test}, from the {least}th enrolled day on"),
    }
}

fn by_when(deadline: Deadline) -> String {
    let kind = match deadline.kind {
        DeadlineDays::School => "school days",
        DeadlineDays::Calendar => "calendar days",
        DeadlineDays::Instructional => "instructional days",
    };
    format!("{} {kind} after the day it is met", deadline.days)
}
