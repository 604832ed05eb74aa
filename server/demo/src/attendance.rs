//! Who missed what, and why. Exceptions only: a day without a row was a day at school.
//!
//! Every student has habits (how often, how often without a note, how often late) that last over the years, drawn so
//! that most miss little and some miss much. A year then adds seasons, Mondays and Fridays, days before breaks,
//! illnesses of some days, and for a few a long illness or a growing refusal to go to school.

use crate::chance::{Chance, Purpose};
use crate::district::{District, EARLY_MINUTES, Part, Student};

/// The columns of `attendance.csv`.
pub(crate) const HEADER: &str =
    "student_id,school_id,date,category,reason,duration,minutes,arrival,departure";

const ONE_IN: u32 = 1_000_000;

const EXCUSED: &str = "Excused Absence";
const UNEXCUSED: &str = "Unexcused Absence";

const ILLNESS: [&str; 6] =
    ["Illness", "Illness", "Illness, parent called", "Fever", "Stomach illness", "Illness, parent note"];
const OTHER_EXCUSES: [&str; 8] = [
    "Medical appointment",
    "Dental appointment",
    "Family emergency",
    "Bereavement",
    "Religious observance",
    "College visit",
    "Court appearance",
    "Approved family travel",
];
const NO_EXCUSE: [&str; 8] = [
    "No note received",
    "No note received",
    "No note received",
    "",
    "",
    "Overslept",
    "Missed the bus",
    "Travel not approved",
];
const LATE: [&str; 6] = ["", "", "Overslept", "Traffic", "Missed the bus", "Car trouble"];

/// What a student tends to do, in every year.
struct Habits {
    /// Days that begin an absence, in a million usual ones.
    rate: u32,
    /// Absences without an excuse, of a hundred.
    unexcused: u32,
    /// Late arrivals in a million days.
    tardy: u32,
    /// What the year in hand holds beside.
    course: Course,
}

/// What a year holds beside habits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Nothing.
    Usual,
    /// A long illness, from this day of school on, for so many days.
    LongIllness(u16, u16),
    /// A refusal to go to school that grows from this day of school on.
    Refusal(u16),
}

fn habits(district: &District, number: u32, student: &Student) -> Habits {
    let mut chance = Chance::of(district.seed, Purpose::Habit, u64::from(number));
    let rate = match chance.below(1_000) {
        0..=239 => chance.between(3_000, 14_000),
        240..=539 => chance.between(14_000, 42_000),
        540..=749 => chance.between(42_000, 80_000),
        750..=939 => chance.between(88_000, 160_000),
        940..=989 => chance.between(160_000, 290_000),
        _ => chance.between(290_000, 480_000),
    };
    let mut unexcused = match chance.below(10) {
        0..=3 => chance.between(4, 20),
        4..=7 => chance.between(20, 45),
        _ => chance.between(45, 80),
    };
    if rate > 88_000 {
        unexcused += 10;
    }
    if student.grade >= 9 {
        unexcused += 8;
    }
    let tardy = match chance.below(100) {
        0..=54 => chance.between(1_000, 10_000),
        55..=89 => chance.between(10_000, 36_000),
        _ => chance.between(36_000, 130_000),
    };
    let roll = chance.below(1_000);
    let (start, length) = (chance.between(14, 140) as u16, chance.between(8, 26) as u16);
    let course = match roll {
        0..=8 => Course::LongIllness(start, length),
        9..=19 if student.grade >= 4 => Course::Refusal(start / 2),
        _ => Course::Usual,
    };
    // The youngest and the oldest miss more.
    let by_grade = match student.grade {
        0 => 125,
        1 => 108,
        9 | 10 => 108,
        11 => 112,
        12 => 122,
        _ => 96,
    };
    let rate = match student.part {
        Part::Anyone => rate * by_grade / 100,
        Part::Often | Part::Adult => 150_000,
        _ => 15_000,
    };
    let course = if student.part == Part::Anyone { course } else { Course::Usual };
    Habits { rate, unexcused, tardy, course }
}

/// Whether a counselor would have the student on the caseload: ill for long, or refusing school.
pub(crate) fn needs_counselor(district: &District, number: u32, student: &Student) -> bool {
    habits(district, number, student).course != Course::Usual || student.part == Part::Often
}

/// A mark, as the file writes it. Empty fields are unknown.
#[derive(Default)]
struct Mark {
    category: &'static str,
    reason: &'static str,
    duration: &'static str,
    minutes: Option<u16>,
    arrival: Option<u16>,
    departure: Option<u16>,
}

impl Mark {
    fn absence(category: &'static str, reason: &'static str, duration: &'static str) -> Self {
        Self { category, reason, duration, ..Self::default() }
    }
}

fn clock(minutes: Option<u16>) -> String {
    minutes.map_or_else(String::new, |m| format!("{:02}:{:02}", m / 60, m % 60))
}

/// Writes every mark of a student, both years, in order of date.
///
/// # Errors
/// What the sink says.
pub(crate) fn write_student(
    district: &District,
    number: u32,
    student: &Student,
    sink: &mut dyn FnMut(&[&str]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let id = district.student_id(number);
    let habits = habits(district, number, student);
    for which in [1, 0] {
        let mut teller = Teller::new(district, &habits, number, student, which);
        let year = &district.years[which];
        for span in district.spans(student, which) {
            let school = &district.schools[span.school];
            let taken = &district.held[which][span.school].taken;
            let late_bus = &district.late_bus[which][span.school];
            let (first_bell, last_bell) = school.level.bells();
            teller.choose_exact_days(taken);
            for (k, &place) in taken.iter().enumerate() {
                let day = &year.days[usize::from(place)];
                if day.date < span.entry || span.exit.is_some_and(|exit| day.date >= exit) {
                    continue;
                }
                let late_by_bus = late_bus.get(k) == Some(&number);
                let last_bell = if day.early { first_bell + EARLY_MINUTES } else { last_bell };
                let today =
                    Today { place, weight: day.weight, early: day.early, first_bell, last_bell, late_by_bus };
                for mark in teller.day(&today).into_iter().flatten() {
                    let minutes = mark.minutes.map_or_else(String::new, |m| m.to_string());
                    sink(&[
                        &id,
                        &school.id,
                        &day.text,
                        mark.category,
                        mark.reason,
                        mark.duration,
                        &minutes,
                        &clock(mark.arrival),
                        &clock(mark.departure),
                    ])?;
                }
            }
        }
    }
    Ok(())
}

/// A day on which a student should be at school.
struct Today {
    place: u16,
    weight: u32,
    early: bool,
    first_bell: u16,
    last_bell: u16,
    late_by_bus: bool,
}

/// Tells one student's year, day by day.
struct Teller<'a> {
    habits: &'a Habits,
    part: Part,
    current: bool,
    revision: u32,
    chance: Chance,
    /// Order in which the days of a student of exact count are used up.
    rank: Vec<u32>,
    exact: Vec<u16>,
    /// Days of an illness still to come.
    ill: u32,
    ill_reason: &'static str,
    day_number: u16,
}

impl<'a> Teller<'a> {
    fn new(district: &District, habits: &'a Habits, number: u32, student: &Student, which: usize) -> Self {
        let year = district.years[which].year.0 as u64;
        let mut chance = Chance::of(district.seed, Purpose::Marks, (year << 32) + u64::from(number));
        let current = which == 0;
        let counted = current && matches!(student.part, Part::ExactlyAt | Part::OneBelow);
        let rank = if counted {
            district.years[0].days.iter().map(|_| chance.below(u32::MAX)).collect()
        } else {
            Vec::new()
        };
        Self {
            habits,
            part: if current { student.part } else { Part::Ordinary },
            current,
            revision: if current { district.revision } else { 0 },
            chance,
            rank,
            exact: Vec::new(),
            ill: 0,
            ill_reason: "",
            day_number: 0,
        }
    }

    /// For the students who stand exactly at a tenth of the days, or one below: which days.
    fn choose_exact_days(&mut self, taken: &[u16]) {
        if self.rank.is_empty() {
            return;
        }
        let at = taken.len().div_ceil(10);
        let wanted = if self.part == Part::OneBelow { at.saturating_sub(1) } else { at };
        let mut days = taken.to_vec();
        days.sort_by_key(|&d| (self.rank[usize::from(d)], d));
        days.truncate(wanted);
        self.exact = days;
    }

    fn hit(&mut self, in_a_million: u32) -> bool {
        self.chance.below(ONE_IN) < in_a_million
    }

    fn day(&mut self, today: &Today) -> [Option<Mark>; 2] {
        let ordinal = self.day_number;
        self.day_number += 1;
        match self.part {
            Part::LongName => return [None, None],
            Part::ExactlyAt | Part::OneBelow => {
                let missed = self.exact.contains(&today.place);
                let mark = if self.chance.percent(70) {
                    Mark::absence(EXCUSED, "Illness", "1")
                } else {
                    Mark::absence(UNEXCUSED, "No note received", "1")
                };
                return [missed.then_some(mark), None];
            }
            Part::TwoMarks if ordinal == 0 => {
                let late = Mark {
                    category: "Tardy",
                    reason: "Car trouble",
                    arrival: Some(today.first_bell + 20),
                    ..Mark::default()
                };
                return [Some(Mark::absence(EXCUSED, "Sent home ill at noon", "0.5")), Some(late)];
            }
            _ => {}
        }
        if let Some(absence) = self.absence(today, ordinal) {
            return [absence, None];
        }
        let mark = self.smaller(today);
        if mark.is_none() && today.late_by_bus {
            let arrival = Some(today.first_bell + 12);
            return [Some(Mark { category: "Tardy", reason: "Bus late", arrival, ..Mark::default() }), None];
        }
        [mark, None]
    }

    /// An absence of the whole day or half of it: `Some(None)` where it was entered by mistake and has been removed
    /// since, `None` where there is none.
    fn absence(&mut self, today: &Today, ordinal: u16) -> Option<Option<Mark>> {
        if self.ill > 0 {
            self.ill -= 1;
            return Some(Some(Mark::absence(EXCUSED, self.ill_reason, "1")));
        }
        if self.current {
            match self.habits.course {
                Course::LongIllness(start, length) if ordinal == start => {
                    self.ill = u32::from(length) - 1;
                    self.ill_reason = "Illness, doctor's note on file";
                    return Some(Some(Mark::absence(EXCUSED, self.ill_reason, "1")));
                }
                Course::Refusal(start) if ordinal >= start => {
                    // From one day in sixteen to two in three, over ninety days of school.
                    let grown = u32::from(ordinal - start).min(90);
                    let refused = (60_000 + grown * 6_700) * today.weight.min(130) / 110;
                    if self.hit(refused) {
                        let reason = *self.chance.pick(&NO_EXCUSE);
                        return Some(self.corrected(UNEXCUSED, reason, "1"));
                    }
                }
                _ => {}
            }
        }
        let weighted = self.habits.rate / 100 * today.weight;
        let without = weighted / 100 * self.habits.unexcused;
        // An excused absence lasts five days in three, on average: fewer of them begin.
        let with = (weighted - without) / 5 * 3;
        let roll = self.chance.below(ONE_IN);
        if roll < without {
            let reason = *self.chance.pick(&NO_EXCUSE);
            let duration = if self.chance.percent(5) { "0.5" } else { "1" };
            Some(self.corrected(UNEXCUSED, reason, duration))
        } else if roll < without + with {
            if self.chance.percent(24) {
                let reason = *self.chance.pick(&OTHER_EXCUSES);
                let duration = if self.chance.percent(25) { "0.5" } else { "1" };
                return Some(Some(Mark::absence(EXCUSED, reason, duration)));
            }
            let reason = *self.chance.pick(&ILLNESS);
            self.ill_reason = reason;
            self.ill = match self.chance.below(100) {
                0..=44 => 0,
                45..=74 => 1,
                75..=89 => 2,
                90..=96 => 3,
                _ => 4,
            };
            // Some days the school's file has no duration: the whole day is meant.
            let duration = if self.chance.percent(4) { "" } else { "1" };
            Some(Some(Mark::absence(EXCUSED, reason, duration)))
        } else {
            None
        }
    }

    /// An unexcused absence as the school has it after its corrections. Later revisions keep what earlier ones did.
    fn corrected(
        &mut self,
        category: &'static str,
        reason: &'static str,
        duration: &'static str,
    ) -> Option<Mark> {
        let fate = self.chance.below(1_000);
        let excused_below = (self.revision * 110).min(600);
        let gone_from = 1_000 - (self.revision * 15).min(200);
        if fate < excused_below {
            Some(Mark::absence(EXCUSED, "Note received later", duration))
        } else if fate >= gone_from {
            None
        } else {
            Some(Mark::absence(category, reason, duration))
        }
    }

    /// Late, away for an hour, or gone before the end.
    fn smaller(&mut self, today: &Today) -> Option<Mark> {
        let roll = self.chance.below(ONE_IN);
        let tardy = self.habits.tardy;
        if roll < tardy {
            let late = if self.chance.percent(80) {
                self.chance.between(3, 25)
            } else {
                self.chance.between(26, 75)
            } as u16;
            let minutes = self.chance.percent(40).then_some(late);
            let reason = *self.chance.pick(&LATE);
            let arrival = Some(today.first_bell + late);
            Some(Mark { category: "Tardy", reason, minutes, arrival, ..Mark::default() })
        } else if roll < tardy + 4_000 && !today.early {
            let reason =
                if self.chance.percent(70) { "Medical appointment" } else { "Counseling appointment" };
            if self.chance.percent(50) {
                let minutes = Some(self.chance.between(40, 170) as u16);
                Some(Mark { category: "Partial", reason, minutes, ..Mark::default() })
            } else {
                let duration = *self.chance.pick(&["0.2", "0.25", "0.4"]);
                Some(Mark { category: "Partial", reason, duration, ..Mark::default() })
            }
        } else if roll < tardy + 7_000 && !today.early {
            let gone = self.chance.between(15, 150) as u16;
            let departure = Some(today.last_bell - gone);
            let minutes = self.chance.percent(50).then_some(gone);
            let reason = if self.chance.percent(60) { "Medical appointment" } else { "Sent home ill" };
            Some(Mark { category: "Early departure", reason, minutes, departure, ..Mark::default() })
        } else {
            None
        }
    }
}
