//! Prints a pack as a person would read it.

use super::words;
use crate::pack::{Code, Pack, Rule};
use model::time::Date;
use std::fmt::Write;

/// The pack as a person would read it: what each rule counts, over which time, what meets it, what it asks, and what
/// nobody has checked yet.
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
    writeln!(out, "  Last gone through with its source: {}", pack.reviewed_on)?;
    if pack.year_begins != 7 {
        writeln!(out, "  A school year without a name begins in {}", words::month(pack.year_begins))?;
    }
    if pack.sessions != 1 {
        writeln!(out, "  Marks a day, where the calendar does not say: {}", pack.sessions)?;
    }
    write_codes(out, &pack.codes)?;
    for version in &pack.versions {
        let dates = in_force(version.effective_from, version.effective_to);
        writeln!(out, "\nVersion {}, in force {dates}", version.version)?;
        for rule in &version.rules {
            write_rule(out, rule)?;
        }
    }
    Ok(())
}

fn write_codes(out: &mut String, codes: &[Code]) -> std::fmt::Result {
    if codes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nCodes of the register, and how they count")?;
    for code in codes {
        let group = code.statistic.map_or(String::new(), |s| format!(" ({} in the statistics)", s.name()));
        let meaning = words::meaning(code.meaning);
        writeln!(out, "  {:3} {meaning}{group}: {}", code.category, code.title)?;
        for open in &code.to_verify {
            writeln!(out, "      Not checked yet: {open}")?;
        }
    }
    Ok(())
}

fn write_rule(out: &mut String, rule: &Rule) -> std::fmt::Result {
    writeln!(out, "\n  {}: {}", rule.id, rule.title)?;
    writeln!(out, "    Law or policy: {}", rule.citation)?;
    if rule.effective_from.is_some() || rule.effective_to.is_some() {
        writeln!(out, "    In force: {}", in_force(rule.effective_from, rule.effective_to))?;
    }
    if let Some(source) = &rule.source {
        writeln!(out, "    Source: {source}")?;
    }
    if let Some(date) = rule.reviewed_on {
        writeln!(out, "    Last gone through with its source: {date}")?;
    }
    writeln!(out, "    Counts: {}", words::counts(rule))?;
    for (i, criterion) in rule.when.iter().enumerate() {
        let or = if i == 0 { "Met by:" } else { "or by: " };
        writeln!(out, "    {or} {}", words::criterion(rule.unit, criterion))?;
    }
    for condition in words::conditions(rule) {
        writeln!(out, "    Only: {condition}")?;
    }
    writeln!(out, "    Asks: {}", rule.action)?;
    if let Some(deadline) = rule.deadline {
        writeln!(out, "    By when: {}", words::by_when(deadline))?;
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
    writeln!(out, "    Worked examples ({}):", rule.examples.len())?;
    for example in &rule.examples {
        writeln!(out, "      - {}", example.name)?;
    }
    Ok(())
}

fn in_force(from: Option<Date>, to: Option<Date>) -> String {
    match (from, to) {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("until {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    }
}

#[cfg(all(test, feature = "packs"))]
mod tests {
    use super::show;
    use crate::packs::{builtin, parse};

    #[test]
    fn a_pack_is_printed_with_everything_that_it_says() {
        let text = r#"id = "us-xx"
title = "Xanadu: days missed"
jurisdiction = "Xanadu"
source = "Its book of laws"
reviewed_on = "2026-01-31"
year_begins = 9
sessions = 2

[[code]]
category = "G"
meaning = "unexcused"
statistic = "unauthorised"
title = "Holiday that was not granted"
to_verify = ["Whether it is still so."]

[[version]]
version = "1"
effective_from = "2025-07-01"

[[version.rule]]
id = "XX-1"
title = "Has missed 3 days or parts of days within 4 weeks"
citation = "Clause 1"
effective_to = "2026-06-30"
unit = "day"
counts = "unexcused"
when = [
  { missed = "any", window = { weeks = 4 }, test = { op = "gte", count = 3 } },
  { missed = "whole", window = "school_year", test = { op = "gt", percent = 10 } },
]
least_enrolled = 10
grades = { from = "KG", to = "05" }
ages = { to = 17 }
facts = [{ fact = "conference_effort", at_least = 2 }]
less = "excluded_absence"
action = "Call home."
deadline = { days = 10, kind = "school" }
clauses = ["Which days."]
reading = "Four weeks are 28 days."
to_verify = ["The wording."]

[[version.rule.example]]
name = "Nothing missed"
days = ["5."]
"#;
        let expected = "\
us-xx: Xanadu: days missed
  Where: Xanadu
  Source: Its book of laws
  Last gone through with its source: 2026-01-31
  A school year without a name begins in September
  Marks a day, where the calendar does not say: 2

Codes of the register, and how they count
  G   absent without an excuse (unauthorised in the statistics): Holiday that was not granted
      Not checked yet: Whether it is still so.

Version 1, in force from 2025-07-01

  XX-1: Has missed 3 days or parts of days within 4 weeks
    Law or policy: Clause 1
    In force: until 2026-06-30
    Counts: absence without an excuse (a reason that is not known yet is not unexcused)
    Met by: 3 or more school days of which any part was missed, in 4 weeks that end on a school day
    or by:  more than 10 % of the enrolled school days missed as a whole, in the school year
    Only: from the 10th enrolled day of the year on
    Only: in grades KG to 05
    Only: up to the age of 17
    Only: after at least 2 efforts to meet with the family, this school year
    Only: days that are not noted as days not to be counted
    Asks: Call home.
    By when: 10 school days after the day it is met
    The notice must say:
      - Which days.
    Our reading: Four weeks are 28 days.
    Not checked yet: The wording.
    Worked examples (1):
      - Nothing missed
";
        assert_eq!(show(&parse("us-xx.toml", text).unwrap()), expected);
    }

    #[test]
    fn every_pack_can_be_printed_and_names_each_rule() {
        for pack in builtin() {
            let text = show(pack);
            for rule in pack.versions.iter().flat_map(|v| &v.rules) {
                assert!(text.contains(&format!("  {}: {}\n", rule.id, rule.title)), "{}", rule.id);
            }
        }
    }
}
