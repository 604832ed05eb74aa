//! History and packs in, findings out.

use crate::context::Context;
use crate::course::{Course, course};
use crate::explain::{Explainer, Read, episodes};
use crate::fast::{Asked, Outline, Scratch, Short, ask, possible};
use crate::ground::{Ground, Scope};
use crate::lines::{Line, Lines};
use crate::pack::{Pack, Rule, Version};
use crate::plan::Plan;
use crate::sheet::Sheet;
use model::history::{History, Span, StudentHistory};
use model::signal::{Episode, Extent, Finding};
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

/// A rule was not asked everywhere, or not of all that it asks for. It is not unmet there: nobody knows.
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

/// Why a rule was not asked, or not of all that it asks for.
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
    /// It takes off the days that facts exclude. It is asked all the same, and every day counts.
    #[error("which days are to be taken off is not known, for no facts were given; none was taken off")]
    NoExclusions,
    /// It asks for a grade.
    #[error("the grades of {students} students are not known")]
    NoGrades {
        /// Students with an enrollment without a grade.
        students: u32,
    },
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
    let evaluator = Evaluator::of(context, lines.all, as_of, students);
    Evaluation { findings: evaluator.student(student), not_evaluated: evaluator.not_evaluated() }
}

/// What a rule says of a student in one school year and extent, in short.
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
    /// For each calendar the plan of each rule.
    plans: Vec<Option<Plan>>,
    as_of: Date,
    /// Those whom the context was made for.
    students: &'h [StudentHistory],
    rooms: Mutex<Vec<Room<'h>>>,
}

/// What is used again from student to student.
#[derive(Default)]
struct Room<'h> {
    sheets: Vec<Sheet<'h>>,
    /// How many of them are the student's.
    used: usize,
    scratch: Scratch,
}

impl<'h, 'p> Evaluator<'h, 'p> {
    /// Reads packs, shapes and the calendars of every school, up to the as-of date.
    pub fn new(history: &'h History, packs: &[&'p Pack], as_of: Date) -> Self {
        let lines = Lines::of(packs);
        let context = Context::new(history, lines.measures.clone(), &lines.windows, as_of);
        Self::of(context, lines.all, as_of, &history.students)
    }

    fn of(context: Context<'h>, lines: Vec<Line<'p>>, as_of: Date, students: &'h [StudentHistory]) -> Self {
        let plans = Plan::all(&context, &lines, as_of);
        Self { context, lines, plans, as_of, students, rooms: Mutex::default() }
    }

    /// The rule of a verdict, in the version that judged.
    pub fn rule(&self, verdict: &Verdict) -> Option<(&'p Pack, &'p Version, &'p Rule)> {
        let line = self.lines.get(usize::from(verdict.rule))?;
        let dated = line.versions.get(usize::from(verdict.version))?;
        Some((line.pack, dated.version, dated.rule))
    }

    /// Asks every rule of one student and calls `say` with each answer, in the order of [`Evaluation::findings`].
    pub fn ask(&self, student: usize, say: impl FnMut(Answered<'_, 'h, 'p>)) {
        self.judge(student, true, say);
    }

    /// What every rule says of one student, in short, added to `out` in the same order.
    pub fn verdicts(&self, student: usize, out: &mut Vec<Verdict>) {
        self.ask(student, |said| out.push(said.verdict()));
    }

    /// The findings of one student; see [`evaluate`].
    pub fn student(&self, student: usize) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.ask(student, |said| findings.push(said.open()));
        findings
    }

    /// Those of them that were met: what is only close is not opened.
    pub fn met(&self, student: usize) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.ask(student, |said| {
            if said.answer.is_met() {
                findings.push(said.open());
            }
        });
        findings
    }

    /// The findings with every rule asked day by day: slower, and always the same answer.
    #[doc(hidden)]
    pub fn student_day_by_day(&self, student: usize) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.judge(student, false, |said| findings.push(said.open()));
        findings
    }

    /// A room in which a student's sheets are laid out.
    fn room(&self, student: usize) -> Room<'h> {
        let taken = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = taken.unwrap_or_default();
        room.used = self.context.read(student, &mut room.sheets);
        room.scratch.renew();
        room
    }

    /// Gives a room back.
    fn rest(&self, room: Room<'h>) {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }

    /// By year, then rule, then school; all schools together come last.
    fn judge(&self, student: usize, quick: bool, mut say: impl FnMut(Answered<'_, 'h, 'p>)) {
        let Some(history) = self.context.history.students.get(student) else { return };
        let mut room = self.room(student);
        let Room { sheets, used, scratch } = &mut room;
        let sheets = &sheets[..*used];
        let read: Read = sheets.iter().map(|_| OnceCell::new()).collect();
        let mut from = 0;
        let year_of = |sheet: &Sheet<'h>| self.context.calendar(sheet).year;
        for of_year in sheets.chunk_by(|a, b| year_of(a) == year_of(b)) {
            let to = from + of_year.len();
            let Some(year) = of_year.first().map(year_of) else { continue };
            let scope = |extent| Scope {
                context: &self.context,
                student: history,
                sheets: &sheets[..to],
                extent,
                year,
                as_of: self.as_of,
            };
            let district = (of_year.len() > 1).then_some(None);
            let places: Vec<Option<&Sheet>> = of_year.iter().map(Some).chain(district).collect();
            let grounds: Vec<OnceCell<Ground>> = places.iter().map(|_| OnceCell::new()).collect();
            for (number, line) in self.lines.iter().enumerate().filter(|(_, line)| self.can_ask(line)) {
                for (place, ground) in places.iter().zip(&grounds) {
                    let extent = place.map_or(Extent::District, |sheet| {
                        Extent::School(self.context.calendar(sheet).school)
                    });
                    let scope = scope(extent);
                    if quick && !is_possible(scope, *place, of_year, line) {
                        continue;
                    }
                    let plan = place.filter(|_| quick).and_then(|sheet| {
                        let plan = self.plans[sheet.calendar * self.lines.len() + number].as_ref()?;
                        Some((sheet, plan))
                    });
                    if let Some(answer) = self.answer(scope, plan, line, ground, scratch) {
                        let student = student as u32;
                        say(Answered { student, number, line, scope, answer, scratch, read: &read });
                    }
                }
            }
            from = to;
        }
        self.rest(room);
    }

    /// Asks one rule in one extent: at one school by the short way first, where there is a plan for it.
    fn answer<'a>(
        &'a self,
        scope: Scope<'a, 'h>,
        plan: Option<(&'a Sheet<'h>, &Plan)>,
        line: &Line,
        ground: &OnceCell<Ground<'a, 'h>>,
        scratch: &mut Scratch,
    ) -> Option<Answer<'a, 'h>> {
        match plan.map_or(Short::Ask, |(sheet, plan)| ask(scope, sheet, line, plan, scratch)) {
            Short::Nothing => None,
            Short::Found(asked, outline) => Some(Answer::Short(asked, outline)),
            Short::Ask => course(ground.get_or_init(|| Ground::new(scope)), line).map(Answer::Long),
        }
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
        } else if !self.context.history.facts_known && line.versions.iter().any(|v| v.rule.less.is_some()) {
            causes.push(Cause::NoExclusions);
        }
        if line.versions.iter().any(|v| v.rule.asks_for_grades()) {
            let students = self.count(|_, span| span.grade.is_none());
            causes.extend((students > 0).then_some(Cause::NoGrades { students }));
        }
        if line.versions.iter().any(|v| v.rule.ages.is_some()) {
            let students = self.count(|student, _| student.birth_date.is_none());
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

    /// How many students have an enrollment, begun by the as-of date, of which something is so.
    fn count(&self, so: impl Fn(&StudentHistory, &Span) -> bool) -> u32 {
        let begun = |span: &&Span| span.entry <= self.as_of;
        let any = |s: &&StudentHistory| s.spans.iter().filter(begun).any(|span| so(s, span));
        self.students.iter().filter(any).count() as u32
    }
}

/// Whether anything can come of a rule by the sums of the sheets: at the school of one, or at all of them.
fn is_possible(scope: Scope, place: Option<&Sheet>, of_year: &[Sheet], line: &Line) -> bool {
    match place {
        Some(sheet) => {
            let here = scope.sheets.iter().filter(|sheet| scope.holds(sheet));
            possible(line, scope.student, std::iter::once(sheet), here)
        }
        None => possible(line, scope.student, of_year.iter(), scope.sheets.iter()),
    }
}

/// What a rule says of a student in one school year and extent: a verdict, and while the student's year is laid out it
/// opens to the whole finding at little cost.
pub struct Answered<'s, 'h, 'p> {
    student: u32,
    /// The place of the rule.
    number: usize,
    line: &'s Line<'p>,
    scope: Scope<'s, 'h>,
    answer: Answer<'s, 'h>,
    scratch: &'s mut Scratch,
    read: &'s Read<'h>,
}

/// The answer of one of the two ways.
enum Answer<'a, 'h> {
    Short(Asked<'a, 'h>, Outline),
    Long(Course<'h>),
}

impl<'h> Answer<'_, 'h> {
    fn is_met(&self) -> bool {
        match self {
            Self::Short(_, outline) => outline.met.is_some(),
            Self::Long(course) => course.first.is_some(),
        }
    }

    fn course(self, line: &Line, scratch: &mut Scratch) -> Course<'h> {
        match self {
            Self::Short(asked, outline) => asked.course(line, &outline, scratch),
            Self::Long(course) => course,
        }
    }
}

impl Answered<'_, '_, '_> {
    /// Opened: evidence, near misses, episodes, what would come next.
    pub fn open(self) -> Finding {
        let Self { student, line, scope, answer, scratch, read, .. } = self;
        let course = answer.course(line, scratch);
        Explainer { scope, read, student }.finding(line, &course)
    }

    /// The unbroken runs of days on which it was met; no last day while it lasts.
    pub fn episodes(self) -> Vec<Episode> {
        episodes(&self.answer.course(self.line, self.scratch))
    }

    /// In short.
    pub fn verdict(&self) -> Verdict {
        let (version, way, met, counted, whole) = match &self.answer {
            Answer::Short(_, o) => {
                let met = o.met.map(|met| Met { on: met.on, since: met.since });
                (o.version, o.way, met, o.counted, o.whole)
            }
            Answer::Long(c) => {
                let since = c.runs.last().filter(|_| c.standing).map(|run| run.0);
                (
                    c.version,
                    c.way,
                    c.first.map(|first| Met { on: first.on, since }),
                    c.sum.counted,
                    c.sum.whole,
                )
            }
        };
        let of = &self.line.versions[version].ways[way];
        Verdict {
            student: self.student,
            rule: self.number as u16,
            version: version as u16,
            criterion: way as u16,
            extent: self.scope.extent,
            year: self.scope.year,
            met,
            counted: of.shown(counted),
            of: of.criterion.test.is_rate().then(|| of.shown(whole)),
        }
    }
}

#[cfg(all(test, feature = "packs"))]
#[allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]
mod tests {
    use super::*;
    use crate::pack::Example;
    use crate::packs::{find, read_example};

    /// From 1 October 2025, when each pack has its newest version.
    fn october(days: &str) -> Example {
        let (days, starts) = (vec![days.to_owned()], Date::from_ymd_opt(2025, 10, 1));
        Example { days, starts, ..Example::default() }
    }

    fn asked(pack: &str, example: &Example) -> Evaluation {
        let history = read_example(example).unwrap();
        let as_of = history.schools[0].calendars[0].days.last().unwrap().date;
        let packs = [find(pack).unwrap()];
        let evaluation = evaluate(&history, &packs, as_of);
        assert_eq!(evaluation, evaluate_student(&history, 0, &packs, as_of));
        evaluation
    }

    fn listed(pack: &str, example: &Example) -> Vec<String> {
        asked(pack, example).not_evaluated.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_facts_a_rule_that_takes_days_off_is_asked_and_listed() {
        let without = october("5. 10U");
        let evaluation = asked("us-tx", &without);
        assert!(evaluation.findings.iter().any(|f| f.rule.rule == "TX-TRUANT" && f.numerator == 10));
        let line = "not evaluated: us-tx TX-TRUANT: which days are to be taken off is not known, for no facts were given; none was taken off";
        assert_eq!(listed("us-tx", &without), [line]);
        let none = Example { facts: Some(Vec::new()), ..without };
        assert_eq!(asked("us-tx", &none), Evaluation { not_evaluated: Vec::new(), ..evaluation });
    }

    #[test]
    fn a_rule_that_asks_for_facts_is_listed_where_none_were_given() {
        let lines = ["CA-HABITUAL", "CA-CHRONIC-TRUANT"].map(|rule| {
            format!("not evaluated: us-ca {rule}: it asks for facts of cases, and no facts were given")
        });
        assert_eq!(listed("us-ca", &october("10. 10U")), lines);
    }

    #[test]
    fn a_rule_of_grades_is_listed_where_a_grade_is_not_known() {
        for (pack, rules) in [
            ("us-wa", &["WA-EXCUSED-5", "WA-EXCUSED-10"][..]),
            ("us-in", &["IN-ABSENT-5"][..]),
            ("us-oh", &["OH-CHRONIC"][..]),
        ] {
            let without = Example { minutes: Some(390), ..october("20. 10E") };
            let line =
                |rule: &&str| format!("not evaluated: {pack} {rule}: the grades of 1 students are not known");
            assert_eq!(listed(pack, &without), rules.iter().map(line).collect::<Vec<_>>());
            let with = Example { grade: model::grade::Grade::number(3), ..without };
            assert_eq!(listed(pack, &with), [""; 0]);
        }
    }

    #[test]
    fn a_rule_of_minutes_is_listed_where_the_length_of_the_school_day_is_not_known() {
        let without = Example { grade: model::grade::Grade::number(3), ..october("20. 10E") };
        let lines = ["OH-HABITUAL", "OH-CHRONIC"].map(|rule| {
            format!("not evaluated: us-oh {rule}: the length of the school day is not known on some days at 1 schools")
        });
        assert_eq!(listed("us-oh", &without), lines);
    }

    #[test]
    fn a_rule_is_listed_with_the_school_days_on_which_no_version_was_in_force() {
        let summer =
            Example { starts: Date::from_ymd_opt(2025, 8, 25), facts: Some(Vec::new()), ..october("10.") };
        let line = "not evaluated: us-tx TX-CHRONIC: no version was in force on the school days from 2025-08-25 to 2025-08-29";
        assert_eq!(listed("us-tx", &summer), [line]);
    }
}
