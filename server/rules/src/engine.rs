//! History and packs in, findings out.

use crate::bits;
use crate::context::Context;
use crate::course::course;
use crate::explain::{Explainer, Read};
use crate::fast::{Outline, Scratch, Short, Year, possible};
use crate::ground::Ground;
use crate::lines::{Line, Lines};
use crate::pack::{Pack, Rule, Version};
use crate::sheet::Sheet;
use model::history::{History, StudentHistory};
use model::signal::{Extent, Finding};
use model::time::{Date, SchoolYear};
use std::cell::OnceCell;
use std::sync::{Mutex, PoisonError};

/// What the rules say of a district.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// By student, then year, then rule in the order of the packs, then school; all schools together come last.
    pub findings: Vec<Finding>,
    /// Rules that could not be asked everywhere, each once for each cause.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// A rule was not asked everywhere. It is not unmet there: nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not evaluated: {pack} {rule}: {cause}")]
pub struct NotEvaluated {
    /// The pack's id.
    pub pack: String,
    /// The rule's id.
    pub rule: String,
    /// Why.
    pub cause: Cause,
}

/// Why a rule was not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// No version of it was in force on some school days.
    #[error("no version was in force on the school days from {from} to {to}")]
    NoVersion {
        /// First such school day.
        from: Date,
        /// Last such school day.
        to: Date,
    },
    /// It asks for facts of cases, and none were given. Give a file of facts, with its header where there are none.
    #[error("it asks for facts of cases, and no facts were given")]
    NoFacts,
    /// It asks for an age.
    #[error("the birth dates of {students} students are not known")]
    NoBirthDates {
        /// Students without a date of birth.
        students: u32,
    },
    /// It counts minutes.
    #[error("the length of the school day is not known on some days at {schools} schools")]
    NoDayLength {
        /// Schools with such days.
        schools: u32,
    },
}

/// Asks every rule of every student, as of a date: nothing after it is looked at.
///
/// Findings are of students on whom a rule was met in some school year (whether or not it stands), and, for the
/// current school year, of those whom one more counted absence would bring there. For a whole district whose findings
/// need not be held all at once, take an [`Evaluator`].
pub fn evaluate(history: &History, packs: &[&Pack], as_of: Date) -> Evaluation {
    let evaluator = Evaluator::new(history, packs, as_of);
    let findings = (0..history.students.len()).flat_map(|student| evaluator.student(student)).collect();
    Evaluation { findings, not_evaluated: evaluator.not_evaluated() }
}

/// The same of one student, at a cost that does not depend on the size of the district.
pub fn evaluate_student(history: &History, student: usize, packs: &[&Pack], as_of: Date) -> Evaluation {
    let lines = Lines::of(packs);
    let measures = lines.measures.clone();
    let context = Context::for_student(history, measures, &lines.windows, as_of, student);
    let students = history.students.get(student..=student).unwrap_or_default();
    let evaluator = Evaluator { context, lines: lines.all, as_of, students, rooms: Mutex::default() };
    Evaluation { findings: evaluator.student(student), not_evaluated: evaluator.not_evaluated() }
}

/// What a rule says of a student in one school year and extent, in short. [`Evaluator::explain`] opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The student's place in the history.
    pub student: u32,
    /// The place of the rule, as [`Evaluator::rule`] reads it.
    pub rule: u16,
    /// The place of the version that judged the last known day, among those that have the rule.
    pub version: u16,
    /// The place of the criterion of which the finding speaks.
    pub criterion: u16,
    /// One school, or all of the year.
    pub extent: Extent,
    /// The school year.
    pub year: SchoolYear,
    /// When and whether it was met; `None` where it is only close.
    pub met: Option<Met>,
    /// What counted, in whole units.
    pub counted: u32,
    /// Out of how many, for a rate.
    pub of: Option<u32>,
}

/// That a rule was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// First date the rule was met, given all data up to the as-of date.
    pub on: Date,
    /// First day of the unbroken run that includes the as-of date; `None` where the rule does not stand.
    pub since: Option<Date>,
}

/// Packs and calendars read once, then asked student by student, on as many threads as the caller likes.
pub struct Evaluator<'h, 'p> {
    context: Context<'h>,
    lines: Vec<Line<'p>>,
    as_of: Date,
    /// Those whom the context was made for.
    students: &'h [StudentHistory],
    rooms: Mutex<Vec<Room<'h>>>,
}

/// What is used again from student to student.
#[derive(Default)]
struct Room<'h> {
    sheets: Vec<Sheet<'h>>,
    scratch: Scratch,
}

impl<'h, 'p> Evaluator<'h, 'p> {
    /// Reads packs, shapes and the calendars of every school, up to the as-of date.
    pub fn new(history: &'h History, packs: &[&'p Pack], as_of: Date) -> Self {
        let lines = Lines::of(packs);
        let context = Context::new(history, lines.measures.clone(), &lines.windows, as_of);
        let students = &history.students;
        Self { context, lines: lines.all, as_of, students, rooms: Mutex::default() }
    }

    /// The rule of a verdict, in the version that judged.
    pub fn rule(&self, verdict: &Verdict) -> Option<(&'p Pack, &'p Version, &'p Rule)> {
        let line = self.lines.get(usize::from(verdict.rule))?;
        let dated = line.versions.get(usize::from(verdict.version))?;
        Some((line.pack, dated.version, dated.rule))
    }

    /// What every rule says of one student, in short, added to `out` in the order of [`Evaluation::findings`].
    pub fn verdicts(&self, student: usize, out: &mut Vec<Verdict>) {
        self.in_room(student, |used, scratch| {
            let Some(history) = self.context.history.students.get(student) else { return };
            for_each_year(&self.context, used, |year, from, to| {
                self.year_verdicts(student, history, &used[..to], from, year, scratch, true, out);
            });
        });
    }

    /// The same, with every rule asked day by day: slower, and always the same answer.
    #[doc(hidden)]
    pub fn verdicts_day_by_day(&self, student: usize, out: &mut Vec<Verdict>) {
        self.in_room(student, |used, scratch| {
            let Some(history) = self.context.history.students.get(student) else { return };
            for_each_year(&self.context, used, |year, from, to| {
                self.year_verdicts(student, history, &used[..to], from, year, scratch, false, out);
            });
        });
    }

    fn in_room(&self, student: usize, work: impl FnOnce(&[Sheet<'h>], &mut Scratch)) {
        let taken = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = taken.unwrap_or_default();
        let used = self.context.read(student, &mut room.sheets);
        work(&room.sheets[..used], &mut room.scratch);
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }

    /// The verdicts of the year whose sheets are the last ones, from `from` on.
    #[allow(clippy::too_many_arguments, reason = "one loop over extents, in two speeds")]
    fn year_verdicts(
        &self,
        student: usize,
        history: &'h StudentHistory,
        sheets: &[Sheet<'h>],
        from: usize,
        year: SchoolYear,
        scratch: &mut Scratch,
        quick: bool,
        out: &mut Vec<Verdict>,
    ) {
        let of_year = &sheets[from..];
        let ground = |extent| Ground::new(&self.context, history, sheets, extent, year, self.as_of);
        let mut opened: Vec<OnceCell<Ground>> = Vec::new();
        opened.resize_with(of_year.len() + 1, OnceCell::new);
        for (number, line) in self.lines.iter().enumerate() {
            if !self.can_ask(line) {
                continue;
            }
            let mut say = |extent, outline: Outline| {
                out.push(Verdict {
                    student: student as u32,
                    rule: number as u16,
                    version: outline.version as u16,
                    criterion: outline.way as u16,
                    extent,
                    year,
                    met: outline.met.map(|(on, since)| Met { on, since }),
                    counted: outline.counted,
                    of: outline.of,
                });
            };
            for (place, sheet) in of_year.iter().enumerate() {
                let school = self.context.calendar(sheet).school;
                let extent = Extent::School(school);
                let short = if quick {
                    let here = sheets.iter().filter(|s| self.context.calendar(s).school == school);
                    if possible(line, history, std::iter::once(sheet), here) {
                        let days = bits::count(&sheet.roll);
                        let (context, as_of) = (&self.context, self.as_of);
                        Year { context, student: history, sheet, upto: sheets, as_of, days }
                            .ask(line, scratch)
                    } else {
                        Short::Nothing
                    }
                } else {
                    Short::Ask
                };
                match short {
                    Short::Nothing => {}
                    Short::Found(outline) => say(extent, outline),
                    Short::Ask => {
                        let ground = opened[place].get_or_init(|| ground(extent));
                        if let Some(outline) = outline(ground, line) {
                            say(extent, outline);
                        }
                    }
                }
            }
            if of_year.len() > 1 && (!quick || possible(line, history, of_year.iter(), sheets.iter())) {
                let ground = opened[of_year.len()].get_or_init(|| ground(Extent::District));
                if let Some(outline) = outline(ground, line) {
                    say(Extent::District, outline);
                }
            }
        }
    }

    /// Opens a verdict of this evaluator: evidence, near misses, episodes, what would come next. `None` for a verdict
    /// of another one.
    pub fn explain(&self, verdict: &Verdict) -> Option<Finding> {
        let student = self.context.history.students.get(verdict.student as usize)?;
        let line = self.lines.get(usize::from(verdict.rule))?;
        let mut finding = None;
        self.in_room(verdict.student as usize, |sheets, _| {
            let read = unread(sheets);
            let ground =
                Ground::new(&self.context, student, sheets, verdict.extent, verdict.year, self.as_of);
            finding = Explainer { ground: &ground, read: &read, student: verdict.student }.finding(line);
        });
        finding
    }

    /// The findings of one student; see [`evaluate`].
    pub fn student(&self, student: usize) -> Vec<Finding> {
        let mut findings = Vec::new();
        let Some(history) = self.context.history.students.get(student) else { return findings };
        let mut verdicts = Vec::new();
        self.in_room(student, |sheets, scratch| {
            for_each_year(&self.context, sheets, |year, from, to| {
                self.year_verdicts(student, history, &sheets[..to], from, year, scratch, true, &mut verdicts);
            });
            if verdicts.is_empty() {
                return;
            }
            let read = unread(sheets);
            let mut grounds: Vec<Ground> = Vec::new();
            for verdict in &verdicts {
                let (extent, year) = (verdict.extent, verdict.year);
                let place =
                    grounds.iter().position(|g| (g.extent, g.year) == (extent, year)).unwrap_or_else(|| {
                        grounds.push(Ground::new(&self.context, history, sheets, extent, year, self.as_of));
                        grounds.len() - 1
                    });
                let explainer = Explainer { ground: &grounds[place], read: &read, student: student as u32 };
                let line = self.lines.get(usize::from(verdict.rule));
                findings.extend(line.and_then(|line| explainer.finding(line)));
            }
        });
        findings
    }

    /// Whether the inputs that a rule cannot do without are there.
    fn can_ask(&self, line: &Line) -> bool {
        self.context.history.facts_known || !line.needs_facts()
    }

    /// Rules that could not be asked everywhere, each once for each cause.
    pub fn not_evaluated(&self) -> Vec<NotEvaluated> {
        self.lines
            .iter()
            .flat_map(|line| {
                self.causes(line).into_iter().map(|cause| NotEvaluated {
                    pack: line.pack.id.clone(),
                    rule: line.rule.to_owned(),
                    cause,
                })
            })
            .collect()
    }

    fn causes(&self, line: &Line) -> Vec<Cause> {
        let mut causes = Vec::new();
        if !line.versions.iter().any(|v| v.always()) {
            let days = self.context.calendars.iter().flat_map(|c| c.dates());
            let outside = days.filter(|date| line.on(*date).is_none());
            let gap = outside.fold(None, |gap: Option<(Date, Date)>, d| {
                Some(gap.map_or((d, d), |(from, to)| (from.min(d), to.max(d))))
            });
            causes.extend(gap.map(|(from, to)| Cause::NoVersion { from, to }));
        }
        if !self.can_ask(line) {
            causes.push(Cause::NoFacts);
        }
        if line.versions.iter().any(|v| v.rule.ages.is_some()) {
            let has_begun = |s: &&StudentHistory| s.spans.iter().any(|span| span.entry <= self.as_of);
            let students = self.students.iter().filter(|s| s.birth_date.is_none()).filter(has_begun);
            let students = students.count() as u32;
            causes.extend((students > 0).then_some(Cause::NoBirthDates { students }));
        }
        if line.versions.iter().any(|v| v.rule.unit == crate::pack::Unit::Minute) {
            let mut schools: Vec<u32> =
                self.context.calendars.iter().filter(|c| !c.lengths_known()).map(|c| c.school).collect();
            schools.dedup();
            let schools = schools.len() as u32;
            causes.extend((schools > 0).then_some(Cause::NoDayLength { schools }));
        }
        causes
    }
}

fn unread<'h>(sheets: &[Sheet<'h>]) -> Read<'h> {
    sheets.iter().map(|_| OnceCell::new()).collect()
}

/// Calls `work` for each year of some sheets, which are by year, with the places of its first sheet and after its last.
fn for_each_year<'h>(
    context: &Context<'h>,
    sheets: &[Sheet<'h>],
    mut work: impl FnMut(SchoolYear, usize, usize),
) {
    let mut from = 0;
    for year in sheets.chunk_by(|a, b| context.calendar(a).year == context.calendar(b).year) {
        let to = from + year.len();
        if let Some(first) = year.first() {
            work(context.calendar(first).year, from, to);
        }
        from = to;
    }
}

/// The verdict of the day-by-day path.
fn outline(ground: &Ground, line: &Line) -> Option<Outline> {
    let course = course(ground, line)?;
    let way = &line.versions[course.version].ways[course.way];
    let since = course.runs.last().filter(|_| course.standing).map(|run| run.0);
    Some(Outline {
        version: course.version,
        way: course.way,
        met: course.first.map(|first| (first.on, since)),
        counted: way.shown(course.sum.counted),
        of: way.criterion.test.is_rate().then(|| way.shown(course.sum.whole)),
    })
}
