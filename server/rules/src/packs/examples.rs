//! Runs a pack's worked examples through the engine.

use crate::engine::evaluate;
use crate::pack::{Example, Expect, Pack, Rule, Version};
use chrono::{Datelike, Days, Weekday};
use model::attendance::{CodeMap, Mark, Meaning, Session, Shape, Shapes, Strip, day_number};
use model::history::{Calendar, Day, History, School, Span, StudentHistory, StudentYear};
use model::signal::{Extent, Finding, Outcome};
use model::time::{Date, SchoolYear};
use std::fmt;

/// The school year of every example; its weekdays from the last Monday of August are the days written down.
const YEAR: SchoolYear = SchoolYear(2025);
/// The most days an example may write down: the weekdays up to the end of June.
const MOST_DAYS: usize = 220;

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

/// Runs every worked example of a pack, each rule by itself and as if it were always in force.
pub fn run_examples(pack: &Pack) -> Vec<ExampleOutcome> {
    let mut outcomes = Vec::new();
    for version in &pack.versions {
        for rule in &version.rules {
            let alone = alone(pack, version, rule);
            for example in &rule.examples {
                outcomes.push(ExampleOutcome {
                    rule: rule.id.clone(),
                    version: version.version.clone(),
                    name: example.name.clone(),
                    expected: words(&example.expect),
                    found: read(example)
                        .map_or_else(|problem| problem, |history| words(&found(&history, &alone))),
                });
            }
        }
    }
    outcomes
}

fn alone(pack: &Pack, version: &Version, rule: &Rule) -> Pack {
    let version = Version {
        version: version.version.clone(),
        effective_from: None,
        effective_to: None,
        rules: vec![rule.clone()],
    };
    Pack { versions: vec![version], ..pack.clone() }
}

fn found(history: &History, pack: &Pack) -> Vec<Expect> {
    let days = history.schools.first().and_then(|s| s.calendars.first()).map_or(&[][..], |c| &c.days);
    let Some(as_of) = days.last().map(|d| d.date) else { return Vec::new() };
    let place = |date: Date| days.iter().position(|d| d.date == date).map(|i| i as u32 + 1);
    let expect = |finding: &Finding| Expect {
        school: match finding.extent {
            Extent::School(school) => school + 1,
            Extent::District => 0,
        },
        met_on: match &finding.outcome {
            Outcome::Met { met_on, .. } => place(*met_on),
            Outcome::Close => None,
        },
        stands: matches!(finding.outcome, Outcome::Met { standing: true, .. }),
        year: None,
        counted: finding.numerator,
        of: finding.denominator,
    };
    evaluate(history, &[pack], as_of).findings.iter().map(expect).collect()
}

/// What comes out, in words; in order of the schools, all of them together last.
fn words(expects: &[Expect]) -> String {
    let mut sorted: Vec<&Expect> = expects.iter().collect();
    sorted.sort_by_key(|e| e.school.wrapping_sub(1));
    let one = |e: &&Expect| {
        let place = if e.school == 0 { "all schools".to_owned() } else { format!("school {}", e.school) };
        let of = e.of.map_or(String::new(), |of| format!(" of {of}"));
        let outcome = match (e.met_on, e.stands) {
            (Some(day), true) => format!("met on day {day} and stands"),
            (Some(day), false) => format!("met on day {day}, stands no longer"),
            (None, _) => "close".to_owned(),
        };
        format!("{place}: {outcome}, {}{of}", e.counted)
    };
    if sorted.is_empty() {
        "nothing".to_owned()
    } else {
        sorted.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// What one word of an example says of a day.
#[derive(Clone)]
enum Written {
    NotEnrolled,
    RollNotTaken,
    Marks(Vec<Shape>),
}

/// The history that an example writes down: one student.
pub(crate) fn read(example: &Example) -> Result<History, String> {
    let lines: Vec<Vec<Written>> =
        example.days.iter().map(|line| read_line(line)).collect::<Result<_, _>>()?;
    let length = lines.first().map_or(0, Vec::len);
    if length == 0 || length > MOST_DAYS || lines.iter().any(|l| l.len() != length) {
        let found: Vec<String> = lines.iter().map(|l| l.len().to_string()).collect();
        return Err(format!(
            "{} days: 1 to {MOST_DAYS} are expected, as many for each school",
            found.join(" and ")
        ));
    }
    let dates = weekdays(length);
    let mut shapes = Shapes::default();
    let mut student = StudentHistory::default();
    let mut schools = Vec::new();
    for (school, line) in lines.iter().enumerate() {
        let mut days = Vec::new();
        let mut marks = Vec::new();
        let mut enrolled_before = false;
        for (date, written) in dates.iter().zip(line) {
            let enrolled = !matches!(written, Written::NotEnrolled);
            if enrolled && !enrolled_before {
                student.spans.push(Span { school: school as u32, grade: None, entry: *date, end: None });
            } else if let Some(span) = student.spans.last_mut().filter(|_| enrolled_before && !enrolled) {
                span.end = Some(*date);
            }
            enrolled_before = enrolled;
            let roll = Some(!matches!(written, Written::RollNotTaken));
            days.push(Day { date: *date, minutes: example.minutes, sessions: 1, roll });
            if let Written::Marks(of_day) = written {
                let day = day_number(YEAR, *date).unwrap_or_default();
                let mark = |s: &Shape| Mark { day, shape: shapes.number(s), arrival: None, departure: None };
                marks.extend(of_day.iter().map(mark));
            }
        }
        let calendars = vec![Calendar { year: YEAR, year_named: false, days }];
        schools.push(School { calendars, last_row: dates.last().copied(), bells: Vec::new() });
        student.years.push(StudentYear {
            school: school as u32,
            year: YEAR,
            strip: Strip::from_marks(marks),
        });
    }
    Ok(History { shapes, codes: codes(), schools, students: vec![student], facts_known: false })
}

fn codes() -> CodeMap {
    let mut codes = CodeMap::default();
    codes.set("Reason unknown", Meaning::Unknown);
    codes.set("Event", Meaning::NotCounted);
    codes
}

fn weekdays(length: usize) -> Vec<Date> {
    let first = Date::from_ymd_opt(i32::from(YEAR.0), 8, 25).unwrap_or_default();
    let all = (0..).map(|n| first + Days::new(n));
    all.filter(|d| !matches!(d.weekday(), Weekday::Sat | Weekday::Sun)).take(length).collect()
}

fn read_line(line: &str) -> Result<Vec<Written>, String> {
    let mut days = Vec::new();
    for word in line.split_whitespace() {
        let refuse = || format!("`{word}` is not a day");
        let digits = word.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
        let (repeats, written) = word.split_at(digits);
        let repeats = if repeats.is_empty() { 1 } else { repeats.parse::<usize>().map_err(|_| refuse())? };
        if repeats > MOST_DAYS {
            return Err(refuse());
        }
        let day = match written {
            "-" => Written::NotEnrolled,
            "x" => Written::RollNotTaken,
            "." => Written::Marks(Vec::new()),
            marks => {
                Written::Marks(marks.split('+').map(read_mark).collect::<Option<_>>().ok_or_else(refuse)?)
            }
        };
        days.extend(std::iter::repeat_n(day, repeats));
    }
    Ok(days)
}

fn read_mark(text: &str) -> Option<Shape> {
    let (letter, missed) = text.split_once('=').map_or((text, None), |(l, m)| (l, Some(m)));
    let category = match letter {
        "E" => "Excused Absence",
        "U" => "Unexcused Absence",
        "?" => "Reason unknown",
        "T" => "Tardy",
        "P" => "Partial",
        "D" => "Early departure",
        "N" => "Event",
        "!" => return missed.is_none().then(|| Shape { unusable: true, ..Shape::default() }),
        _ => return None,
    };
    let mut shape = Shape { category: category.to_owned(), ..Shape::default() };
    match missed {
        None => {}
        Some("AM") => shape.session = Some(Session::Am),
        Some("PM") => shape.session = Some(Session::Pm),
        Some(minutes) if minutes.ends_with('m') => {
            shape.minutes = Some(minutes.trim_end_matches('m').parse().ok()?)
        }
        Some(fraction) => shape.fraction = Some(millionths(fraction)?),
    }
    Some(shape)
}

/// A decimal fraction of a day, such as `0.5`, in millionths.
fn millionths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits: u32 = format!("{decimals:0<6}").parse().ok().filter(|_| decimals.len() <= 6)?;
    whole.parse::<u32>().ok().filter(|w| *w <= 1).map(|w| w * 1_000_000 + digits).filter(|m| *m <= 1_000_000)
}
