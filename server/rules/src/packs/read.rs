//! Reads a pack from its file's text, and refuses what makes no sense.

use super::examples;
use crate::pack::{Pack, Version};
use model::time::Date;

/// A pack that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}. {remedy}")]
pub struct PackError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What was found, and what was expected.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// Reads a pack.
///
/// # Errors
/// [`PackError`] where the text is not TOML, a field is unknown, missing or impossible, ids repeat, dates of versions
/// overlap, or a worked example cannot be read.
pub fn parse(file: &str, text: &str) -> Result<Pack, PackError> {
    let refuse = |line: usize, problem: String, remedy: &str| PackError {
        file: file.to_owned(),
        line,
        problem,
        remedy: remedy.to_owned(),
    };
    let pack: Pack = toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let problem = error.message().trim().replace('\n', " ");
        refuse(line, problem, "Write the field as the packs that come with the program do")
    })?;
    for (i, version) in pack.versions.iter().enumerate() {
        let line = line_of(text, "[[version]]", i);
        if version.effective_from.zip(version.effective_to).is_some_and(|(from, to)| to < from) {
            let problem = format!("version {} ends before it begins", version.version);
            return Err(refuse(line, problem, "Turn `effective_from` and `effective_to` around"));
        }
        for earlier in &pack.versions[..i] {
            if earlier.version == version.version {
                let problem = format!("two versions are called {}", version.version);
                return Err(refuse(line, problem, "Give the newer one another name"));
            }
            if overlap(earlier, version) {
                let problem = format!(
                    "versions {} and {} are in force on the same day",
                    earlier.version, version.version
                );
                return Err(refuse(line, problem, "End the older one the day before the newer one begins"));
            }
        }
    }
    let mut nth = 0;
    for version in &pack.versions {
        for (i, rule) in version.rules.iter().enumerate() {
            let line = line_of(text, "[[version.rule]]", nth);
            nth += 1;
            if version.rules[..i].iter().any(|r| r.id == rule.id) {
                let problem = format!("version {} has two rules {}", version.version, rule.id);
                return Err(refuse(line, problem, "Give each rule its own id"));
            }
            if let Err(problem) = rule.check() {
                let problem = format!("{}: {problem}", rule.id);
                return Err(refuse(
                    line,
                    problem,
                    "Write the field as the packs that come with the program do",
                ));
            }
            for example in &rule.examples {
                if let Err(problem) = examples::read(example) {
                    let problem = format!("{}, example \"{}\": {problem}", rule.id, example.name);
                    return Err(refuse(line, problem, "Write days as `20. 2U E=0.5 E+T -`"));
                }
            }
        }
    }
    Ok(pack)
}

/// The line (from 1) of the n-th header, from 0.
fn line_of(text: &str, header: &str, nth: usize) -> usize {
    let headers = text.lines().enumerate().filter(|(_, line)| line.trim() == header);
    headers.map(|(i, _)| i + 1).nth(nth).unwrap_or(1)
}

fn overlap(a: &Version, b: &Version) -> bool {
    let span = |v: &Version| (v.effective_from.unwrap_or(Date::MIN), v.effective_to.unwrap_or(Date::MAX));
    let ((a_from, a_to), (b_from, b_to)) = (span(a), span(b));
    a_from <= b_to && b_from <= a_to
}

#[cfg(test)]
mod tests {
    use super::parse;

    const GOOD: &str = r#"id = "x"
title = "X"
jurisdiction = "Here"
source = "A book"
reviewed_on = "2026-01-31"

[[version]]
version = "1"

[[version.rule]]
id = "X-1"
title = "Missed 3 days"
citation = "Clause 1"
unit = "day"
counts = "unexcused"
when = [
  { missed = "whole", window = "school_year", test = { op = "gte", count = 3 } },
]
action = "Call home"
"#;

    fn message(text: &str) -> String {
        parse("x.toml", text).map_or_else(|e| e.to_string(), |_| "read".to_owned())
    }

    #[test]
    fn a_pack_that_makes_no_sense_is_refused_with_its_line_and_a_remedy() {
        assert_eq!(message(GOOD), "read");
        for (change, to, line, says) in [
            ("counts =", "countz =", 15, "unknown field `countz`"),
            ("\"whole\"", "\"most\"", 17, "unknown variant `most`"),
            ("count = 3", "percent = 101", 17, "a percentage of 101"),
            ("count = 3", "count = 0", 17, "a count of 0"),
            ("count = 3", "count = 3, percent = 10", 17, "either `count` or `percent`"),
            ("school_year", "fortnight", 17, "unknown variant `fortnight`"),
            ("missed = \"whole\", ", "", 10, "`missed` is missing"),
            ("\"school_year\"", "{ days = 0 }", 10, "a window of 0"),
            ("2026-01-31", "2026-02-31", 5, "out of range"),
            ("title = \"Missed 3 days\"\n", "", 10, "missing field `title`"),
        ] {
            let message = message(&GOOD.replacen(change, to, 1));
            assert!(
                message.starts_with(&format!("x.toml, line {line}: ")) && message.contains(says),
                "{message}"
            );
        }
    }

    #[test]
    fn versions_never_overlap_and_rules_never_repeat() {
        let version_2 = GOOD[GOOD.find("[[version]]").unwrap()..].replace("\"1\"", "\"2\"");
        assert_eq!(
            message(&format!("{GOOD}{version_2}")),
            "x.toml, line 20: versions 1 and 2 are in force on the same day. End the older one the day before the newer one begins"
        );
        let dated = GOOD.replace("version = \"1\"", "version = \"1\"\neffective_to = \"2025-06-30\"");
        let newer = version_2.replace("version = \"2\"", "version = \"2\"\neffective_from = \"2025-07-01\"");
        assert_eq!(message(&format!("{dated}{newer}")), "read");
        let rule = &GOOD[GOOD.find("[[version.rule]]").unwrap()..];
        assert!(
            message(&format!("{GOOD}{rule}")).starts_with("x.toml, line 20: version 1 has two rules X-1")
        );
    }

    #[test]
    fn an_example_that_cannot_be_read_is_refused() {
        let example = "\n[[version.rule.example]]\nname = \"odd\"\ndays = [\"3q\"]\n";
        let message = message(&format!("{GOOD}{example}"));
        assert!(message.starts_with("x.toml, line 10: X-1, example \"odd\": `3q`"), "{message}");
    }
}
