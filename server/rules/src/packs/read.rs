//! Reads a pack from its file's text, and refuses what makes no sense.

use super::examples::run_examples;
use super::history::{self, Setting};
use crate::pack::{Pack, Rule, Version};
use model::time::Date;
use toml::de::{DeTable, DeValue};

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

const AS_OTHERS: &str = "Write the field as the packs that come with the program do";

/// Reads a pack.
///
/// # Errors
/// [`PackError`] where the text is not TOML, a field is unknown, missing, empty or impossible, ids repeat, dates of
/// versions or of a rule overlap, or a worked example cannot be read.
pub fn parse(file: &str, text: &str) -> Result<Pack, PackError> {
    let source = Source { file, text };
    let pack: Pack = toml::from_str(text).map_err(|error| source.not_understood(&error))?;
    source.whole(&pack)?;
    for (v, version) in pack.versions.iter().enumerate() {
        source.version(&pack, v, version)?;
        for (r, rule) in version.rules.iter().enumerate() {
            source.rule(&pack, [v, r], version, rule)?;
        }
    }
    Ok(pack)
}

/// Reads a pack that a person gives at run time, whose worked examples nobody has run yet, and runs them.
///
/// # Errors
/// [`PackError`] as [`parse`], and where a worked example does not hold.
pub fn load(file: &str, text: &str) -> Result<Pack, PackError> {
    let pack = parse(file, text)?;
    let mut outcomes = run_examples(&pack).into_iter();
    for (v, version) in pack.versions.iter().enumerate() {
        for (r, rule) in version.rules.iter().enumerate() {
            for (e, outcome) in outcomes.by_ref().take(rule.examples.len()).enumerate() {
                if !outcome.passed() {
                    let place = [Step::Key("version"), Step::Nth(v), Step::Key("rule"), Step::Nth(r)];
                    let place = [&place[..], &[Step::Key("example"), Step::Nth(e)]].concat();
                    let problem = format!(
                        "{}, example \"{}\": expected {}; found {}",
                        outcome.rule, outcome.name, outcome.expected, outcome.found
                    );
                    return Err(Source { file, text }.refuse(
                        &place,
                        problem,
                        "Correct the rule, or the days, or what is expected",
                    ));
                }
            }
        }
    }
    Ok(pack)
}

/// One step on the way to a place in the file.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Nth(usize),
}

/// A pack's file.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, line: usize, problem: String, remedy: &str) -> PackError {
        PackError { file: self.file.to_owned(), line, problem, remedy: remedy.to_owned() }
    }

    /// Refuses what stands at a place.
    fn refuse(&self, place: &[Step<'_>], problem: String, remedy: &str) -> PackError {
        self.error(self.line_of(place), problem, remedy)
    }

    fn line_at(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// The line of a place; where its last steps are missing from the file, of what would hold it.
    fn line_of(&self, place: &[Step<'_>]) -> usize {
        // The text was read once already, so it is TOML.
        let Ok(root) = DeTable::parse(self.text) else { return 1 };
        let mut offset = 0;
        let mut value: Option<&DeValue<'_>> = None;
        for step in place {
            let next = match step {
                Step::Key(key) => {
                    let table = match value {
                        None => Some(root.get_ref()),
                        Some(value) => value.as_table(),
                    };
                    table.and_then(|t| t.get_key_value(*key)).map(|(key, value)| (key.span().start, value))
                }
                Step::Nth(nth) => value
                    .and_then(DeValue::as_array)
                    .and_then(|array| array.get(*nth))
                    .map(|value| (value.span().start, value)),
            };
            let Some((start, found)) = next else { break };
            offset = start;
            value = Some(found.get_ref());
        }
        self.line_at(offset)
    }

    /// What the TOML reader refuses: with the name of the field, which it does not always say.
    fn not_understood(&self, error: &toml::de::Error) -> PackError {
        let line = error.span().map_or(1, |span| self.line_at(span.start));
        let problem = error.message().trim().replace('\n', " ");
        let written = self.text.lines().nth(line - 1).unwrap_or_default();
        let field = written.split_once('=').map(|(key, _)| key.trim()).unwrap_or_default();
        let named = !field.is_empty()
            && field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !problem.contains('`');
        let problem = if named { format!("`{field}`: {problem}") } else { problem };
        self.error(line, problem, AS_OTHERS)
    }

    /// Refuses text that must be there and is blank.
    fn filled(&self, place: &[Step<'_>], fields: &[(&str, &str)]) -> Result<(), PackError> {
        for (name, value) in fields {
            if value.trim().is_empty() {
                let place = [place, &[Step::Key(name)]].concat();
                return Err(self.refuse(&place, format!("`{name}` is empty"), "Fill it in"));
            }
        }
        Ok(())
    }

    fn whole(&self, pack: &Pack) -> Result<(), PackError> {
        let named = [
            ("id", pack.id.as_str()),
            ("title", &pack.title),
            ("jurisdiction", &pack.jurisdiction),
            ("source", &pack.source),
        ];
        self.filled(&[], &named)?;
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(2..=40).contains(&pack.id.len()) || !pack.id.bytes().all(letter) {
            let problem = format!("`{}` is not a pack's id", pack.id);
            return Err(self.refuse(&[Step::Key("id")], problem, "Write 2 to 40 of a-z, 0-9 and -"));
        }
        if !(1..=12).contains(&pack.year_begins) {
            let problem = format!("`year_begins = {}`: a month from 1 to 12 is expected", pack.year_begins);
            return Err(self.refuse(&[Step::Key("year_begins")], problem, AS_OTHERS));
        }
        if !(1..=2).contains(&pack.sessions) {
            let problem = format!("`sessions = {}`: 1 or 2 marks a day are expected", pack.sessions);
            return Err(self.refuse(&[Step::Key("sessions")], problem, AS_OTHERS));
        }
        for (c, code) in pack.codes.iter().enumerate() {
            let place = [Step::Key("code"), Step::Nth(c)];
            self.filled(&place, &[("category", &code.category), ("title", &code.title)])?;
            if pack.codes[..c].iter().any(|earlier| earlier.category == code.category) {
                let problem = format!("two codes are written `{}`", code.category);
                return Err(self.refuse(&place, problem, "Say once what a category means"));
            }
            if let Some(group) = code.statistic.filter(|group| group.meaning() != code.meaning) {
                let problem =
                    format!("`{}` does not count as its group does ({})", code.category, group.name());
                return Err(self.refuse(&place, problem, "Change its `meaning` or its `statistic`"));
            }
        }
        if pack.versions.is_empty() {
            return Err(self.error(
                1,
                "there is no version".to_owned(),
                "Add a `[[version]]` with its rules",
            ));
        }
        Ok(())
    }

    fn version(&self, pack: &Pack, v: usize, version: &Version) -> Result<(), PackError> {
        let place = [Step::Key("version"), Step::Nth(v)];
        self.filled(&place, &[("version", &version.version)])?;
        if version.effective_from.zip(version.effective_to).is_some_and(|(from, to)| to < from) {
            let problem = format!("version {} ends before it begins", version.version);
            return Err(self.refuse(&place, problem, "Turn `effective_from` and `effective_to` around"));
        }
        if version.rules.is_empty() {
            let problem = format!("version {} has no rule", version.version);
            return Err(self.refuse(&place, problem, "Add a `[[version.rule]]`"));
        }
        for earlier in &pack.versions[..v] {
            if earlier.version == version.version {
                let problem = format!("two versions are called {}", version.version);
                return Err(self.refuse(&place, problem, "Give the newer one another name"));
            }
            let dates = |v: &Version| (v.effective_from, v.effective_to);
            if overlap(dates(earlier), dates(version)) {
                let problem = format!(
                    "versions {} and {} are in force on the same day",
                    earlier.version, version.version
                );
                let remedy = "End the older one the day before the newer one begins";
                return Err(self.refuse(&place, problem, remedy));
            }
        }
        Ok(())
    }

    fn rule(&self, pack: &Pack, [v, r]: [usize; 2], version: &Version, rule: &Rule) -> Result<(), PackError> {
        let place = [Step::Key("version"), Step::Nth(v), Step::Key("rule"), Step::Nth(r)];
        let named = [
            ("id", rule.id.as_str()),
            ("title", &rule.title),
            ("citation", &rule.citation),
            ("action", &rule.action),
        ];
        self.filled(&place, &named)?;
        let dates = (rule.effective_from, rule.effective_to);
        for earlier in version.rules[..r].iter().filter(|earlier| earlier.id == rule.id) {
            if overlap((earlier.effective_from, earlier.effective_to), dates) {
                let problem = format!(
                    "version {} has two rules {} that are in force on the same day",
                    version.version, rule.id
                );
                return Err(self.refuse(
                    &place,
                    problem,
                    "Give each rule its own id, or end the older one the day before the newer one begins",
                ));
            }
        }
        let outside = version.effective_from.is_some_and(|from| dates.0.is_some_and(|date| date < from))
            || version.effective_to.is_some_and(|to| dates.1.is_some_and(|date| date > to));
        if outside {
            let problem =
                format!("{} is in force on a day on which version {} is not", rule.id, version.version);
            return Err(self.refuse(&place, problem, "Keep its dates within those of the version"));
        }
        if let Err(problem) = rule.check() {
            return Err(self.refuse(&place, format!("{}: {problem}", rule.id), AS_OTHERS));
        }
        for (e, example) in rule.examples.iter().enumerate() {
            if let Err(problem) = history::read(example, Setting::from(pack)) {
                let place = [&place[..], &[Step::Key("example"), Step::Nth(e)]].concat();
                let problem = format!("{}, example \"{}\": {problem}", rule.id, example.name);
                return Err(self.refuse(&place, problem, "Write days as `20. 2U E=0.5 E+T -`"));
            }
        }
        Ok(())
    }
}

/// Whether two stretches of dates, both ends included and open where there is none, share a day.
fn overlap(a: (Option<Date>, Option<Date>), b: (Option<Date>, Option<Date>)) -> bool {
    let open =
        |(from, to): (Option<Date>, Option<Date>)| (from.unwrap_or(Date::MIN), to.unwrap_or(Date::MAX));
    let ((a_from, a_to), (b_from, b_to)) = (open(a), open(b));
    a_from <= b_to && b_from <= a_to
}

#[cfg(test)]
mod tests {
    use super::{load, parse};

    const GOOD: &str = r#"id = "us-xx"
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
            ("unit = \"day\"", "unit = \"minute\"", 10, "`missed` belongs to the units day and event"),
            ("\"school_year\"", "{ days = 0 }", 10, "a window of 0"),
            ("\"school_year\"", "{ months = 61 }", 10, "a window of 61"),
            (
                "action",
                "grades = { from = \"06\", to = \"KG\" }\naction",
                10,
                "`grades` end before they begin",
            ),
            ("action", "ages = { from = 17, to = 6 }\naction", 10, "`ages` end before they begin"),
            ("action", "facts = [{ fact = \"home_visit\" }]\naction", 19, "unknown variant `home_visit`"),
            ("action", "less = \"weather\"\naction", 19, "unknown variant `weather`"),
            ("2026-01-31", "2026-02-31", 5, "`reviewed_on`: input is out of range"),
            ("2026-01-31", "", 5, "`reviewed_on`: premature end of input"),
            ("title = \"Missed 3 days\"\n", "", 10, "missing field `title`"),
            ("\"Clause 1\"", "\" \"", 13, "`citation` is empty"),
            ("\"Here\"", "\"\"", 3, "`jurisdiction` is empty"),
            ("us-xx", "US XX", 1, "`US XX` is not a pack's id"),
            ("reviewed_on", "year_begins = 13\nreviewed_on", 5, "a month from 1 to 12"),
            ("reviewed_on", "sessions = 3\nreviewed_on", 5, "1 or 2 marks a day"),
            (
                "version = \"1\"",
                "version = \"1\"\neffective_from = \"2025-07-01\"\neffective_to = \"2025-06-30\"",
                7,
                "version 1 ends before it begins",
            ),
        ] {
            let message = message(&GOOD.replacen(change, to, 1));
            assert!(
                message.starts_with(&format!("x.toml, line {line}: ")) && message.contains(says),
                "{change} -> {to}: {message}"
            );
        }
    }

    #[test]
    fn a_pack_has_versions_and_a_version_has_rules() {
        let head = &GOOD[..GOOD.find("[[version]]").unwrap()];
        assert_eq!(
            message(&format!("{head}version = []\n")),
            "x.toml, line 1: there is no version. Add a `[[version]]` with its rules"
        );
        assert_eq!(
            message(&format!("{head}[[version]]\nversion = \"1\"\nrule = []\n")),
            "x.toml, line 7: version 1 has no rule. Add a `[[version.rule]]`"
        );
    }

    #[test]
    fn versions_never_overlap() {
        let version_2 = GOOD[GOOD.find("[[version]]").unwrap()..].replace("\"1\"", "\"2\"");
        assert_eq!(
            message(&format!("{GOOD}{version_2}")),
            "x.toml, line 20: versions 1 and 2 are in force on the same day. End the older one the day before the newer one begins"
        );
        let dated = GOOD.replace("version = \"1\"", "version = \"1\"\neffective_to = \"2025-06-30\"");
        let newer = version_2.replace("version = \"2\"", "version = \"2\"\neffective_from = \"2025-07-01\"");
        assert_eq!(message(&format!("{dated}{newer}")), "read");
        let same = newer.replace("version = \"2\"", "version = \"1\"");
        assert!(message(&format!("{dated}{same}")).contains("two versions are called 1"));
    }

    #[test]
    fn a_rule_repeats_only_with_other_dates() {
        let rule = &GOOD[GOOD.find("[[version.rule]]").unwrap()..];
        assert!(
            message(&format!("{GOOD}{rule}")).starts_with(
                "x.toml, line 20: version 1 has two rules X-1 that are in force on the same day"
            )
        );
        let older = GOOD.replace("unit =", "effective_to = \"2025-06-30\"\nunit =");
        let newer = rule.replace("unit =", "effective_from = \"2025-07-01\"\nunit =");
        assert_eq!(message(&format!("{older}{newer}")), "read");
        assert!(
            message(&older.replace("version = \"1\"", "version = \"1\"\neffective_to = \"2024-06-30\""))
                .starts_with("x.toml, line 11: X-1 is in force on a day on which version 1 is not")
        );
    }

    #[test]
    fn a_category_is_defined_once() {
        let code = "\n[[code]]\ncategory = \"G\"\nmeaning = \"unexcused\"\ntitle = \"Holiday\"\n";
        let head = GOOD.replacen("\n[[version]]", &format!("{code}\n[[version]]"), 1);
        assert_eq!(message(&head), "read");
        let twice = GOOD.replacen("\n[[version]]", &format!("{code}{code}\n[[version]]"), 1);
        assert!(
            message(&twice).starts_with("x.toml, line 12: two codes are written `G`"),
            "{}",
            message(&twice)
        );
    }

    #[test]
    fn a_category_counts_as_its_group_in_the_statistics_does() {
        let code = "\n[[code]]\ncategory = \"G\"\nmeaning = \"unexcused\"\nstatistic = \"unauthorised\"\ntitle = \"Holiday\"\n";
        let pack = GOOD.replacen("\n[[version]]", &format!("{code}\n[[version]]"), 1);
        assert_eq!(message(&pack), "read");
        let other = pack.replacen("\"unauthorised\"", "\"authorised\"", 1);
        assert_eq!(
            message(&other),
            "x.toml, line 7: `G` does not count as its group does (authorised). Change its `meaning` or its `statistic`"
        );
    }

    fn with_example(rest: &str) -> String {
        format!("{GOOD}\n[[version.rule.example]]\nname = \"odd\"\n{rest}\n")
    }

    #[test]
    fn an_example_that_cannot_be_read_is_refused() {
        for (rest, says) in [
            ("days = [\"3q\"]", "`3q` is not a day"),
            ("days = []", "no days: 1 to 700 are expected"),
            ("days = [\"5.\", \"4.\"]", "5 and 4 days: 1 to 700 are expected, as many for each school"),
            ("days = [\"2[G]\"]", "`[G]`: the pack has no such category"),
            ("days = [\"5.\"]\nstarts = \"2025-08-24\"", "`starts`: 2025-08-24 is no weekday"),
            ("days = [\"5.\"]\nbells = [\"1 08:00\"]", "`1 08:00` is no period"),
            (
                "days = [\"5.\"]\nfacts = [{ day = 6, fact = \"truancy_report\" }]",
                "a fact on day 6: 5 days are written down",
            ),
            (
                "days = [\"5.\"]\nexpect = [{ met_on = 6, counted = 3 }]",
                "`met_on = 6`: 5 days are written down",
            ),
            ("days = [\"5.\"]\nexpect = [{ school = 2, counted = 3 }]", "`school = 2`: 1 are written down"),
            ("days = [\"5.\"]\nexpect = [{ year = 2, counted = 3 }]", "`year = 2`: 1 are written down"),
            (
                "days = [\"5.\"]\nexpect = [{ stands = true, counted = 3 }]",
                "`stands = true` without `met_on`",
            ),
        ] {
            let message = message(&with_example(rest));
            assert!(
                message.starts_with(&format!("x.toml, line 21: X-1, example \"odd\": {says}")),
                "{message}"
            );
        }
    }

    #[test]
    fn a_pack_whose_example_does_not_hold_is_refused_when_a_person_gives_it() {
        let holds = with_example("days = [\"3U\"]\nexpect = [{ met_on = 3, stands = true, counted = 3 }]");
        assert!(load("x.toml", &holds).is_ok());
        let fails = holds.replace("met_on = 3", "met_on = 2");
        assert!(parse("x.toml", &fails).is_ok());
        assert_eq!(
            load("x.toml", &fails).unwrap_err().to_string(),
            "x.toml, line 21: X-1, example \"odd\": expected school 1: met on day 2 and stands, 3; found school 1: met on day 3 and stands, 3. Correct the rule, or the days, or what is expected"
        );
    }
}
