//! Schools, families, students, and each student's path through two school years.

use crate::Plan;
use crate::calendar::{Held, Year, earlier, later};
use crate::chance::{Chance, Purpose};
use crate::names::CULTURES;
use chrono::NaiveDate;
use model::grade::Grade;
use model::time::Date;

/// The grade of those who graduated last year.
const GRADUATED: u8 = 13;

/// The kind of a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Kindergarten to grade 5.
    Elementary,
    /// Grades 6 to 8.
    Middle,
    /// Grades 9 to 12.
    High,
}

impl Level {
    /// The grades taught, kindergarten being 0.
    pub(crate) fn grades(self) -> std::ops::RangeInclusive<u8> {
        match self {
            Self::Elementary => 0..=5,
            Self::Middle => 6..=8,
            Self::High => 9..=12,
        }
    }

    /// Minutes since midnight at which the first and the last bell ring.
    pub(crate) fn bells(self) -> (u16, u16) {
        match self {
            Self::Elementary => (8 * 60 + 45, 15 * 60 + 15),
            Self::Middle => (8 * 60, 14 * 60 + 40),
            Self::High => (7 * 60 + 30, 14 * 60 + 15),
        }
    }

    /// Minutes of a day of school.
    pub(crate) fn minutes(self) -> u16 {
        let (first, last) = self.bells();
        last - first
    }
}

/// Minutes of a day on which school ends early.
pub(crate) const EARLY_MINUTES: u16 = 210;

/// A school.
pub(crate) struct School {
    /// Its OneRoster identifier.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its kind.
    pub(crate) level: Level,
}

/// How the adults of a student live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// Mother and father under one roof.
    Together,
    /// Mother alone.
    Mother,
    /// Father alone.
    Father,
    /// Two homes.
    Apart,
    /// Two homes, and a court order that keeps the records from the father.
    Restricted,
    /// Mother and stepfather, and the father elsewhere.
    Stepfather,
    /// Grandmother.
    Grandmother,
    /// A foster parent.
    Foster,
}

/// A family with its students, which stand together in [`District::students`].
pub(crate) struct Family {
    /// Place in [`CULTURES`].
    pub(crate) culture: u8,
    /// How its adults live.
    pub(crate) home: Home,
    /// The elementary school whose attendance area it lives in.
    pub(crate) zone: u16,
    /// Its first student.
    pub(crate) first: u32,
    /// How many students it has.
    pub(crate) children: u8,
}

/// A part that is written, not drawn, so that every district has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// None: drawn like everybody.
    Anyone,
    /// Lives an ordinary path; belongs to a family of note.
    Ordinary,
    /// Misses many days.
    Often,
    /// Turned 18 before the year began.
    Adult,
    /// Has missed exactly as many days as meet ten percent.
    ExactlyAt,
    /// Has missed one day less than that.
    OneBelow,
    /// Has two marks on one day.
    TwoMarks,
    /// Has the longest name, no marks of its own, and the rows that cannot be used.
    LongName,
}

/// What became of a student in the year in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// Not in the district this year.
    Gone,
    /// From the first day on.
    Stays,
    /// Arrives on this planned day of instruction.
    Arrives(u16),
    /// Leaves on this planned day of instruction.
    Leaves(u16),
    /// Changes to another school and grade on this planned day of instruction.
    Moves(u16, u16, u8),
}

/// What became of a student in the year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Not in the district.
    Absent,
    /// The whole year.
    Whole,
    /// Left on this planned day of instruction.
    Left(u16),
}

/// A student.
pub(crate) struct Student {
    /// Place in [`District::families`].
    pub(crate) family: u32,
    /// Which child of the family, from 0.
    pub(crate) slot: u8,
    /// Grade in the year in hand (13: graduated last year).
    pub(crate) grade: u8,
    /// The year before.
    pub(crate) before: Before,
    /// The year in hand.
    pub(crate) path: Path,
    /// A written part.
    pub(crate) part: Part,
}

/// A time at a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Place in [`District::schools`].
    pub(crate) school: usize,
    /// Grade.
    pub(crate) grade: u8,
    /// First day.
    pub(crate) entry: Date,
    /// First day no longer enrolled, where it has come.
    pub(crate) exit: Option<Date>,
}

/// The whole district, small enough to hold: names and marks are drawn when they are written.
pub(crate) struct District {
    /// The seed.
    pub(crate) seed: u64,
    /// The morning of the export.
    pub(crate) today: Date,
    /// Corrections so far.
    pub(crate) revision: u32,
    /// Whether to write rows that cannot be used.
    pub(crate) dirty: bool,
    /// The year in hand and the one before.
    pub(crate) years: [Year; 2],
    /// Elementary schools, then middle, then high schools.
    pub(crate) schools: Vec<School>,
    /// How many of each.
    counts: (usize, usize, usize),
    /// Per year and school: its days.
    pub(crate) held: [Vec<Held>; 2],
    /// Per year, school and day with roll: whose bus came late if nobody else missed anything. It makes sure that the
    /// day's roll shows in the export.
    pub(crate) late_bus: [Vec<Vec<u32>>; 2],
    /// Families.
    pub(crate) families: Vec<Family>,
    /// Students, family by family.
    pub(crate) students: Vec<Student>,
    /// Per school and grade: who is on the roll of the year in hand at any time of it, the future too.
    pub(crate) rolls: Vec<[Vec<u32>; 13]>,
}

/// The families that every district has, with the grade and part of each child.
const WRITTEN: [(Home, &[(u8, Part)]); 12] = [
    (Home::Together, &[(2, Part::Ordinary), (5, Part::Often), (8, Part::Ordinary), (11, Part::Ordinary)]),
    (Home::Restricted, &[(3, Part::Often), (6, Part::Ordinary)]),
    (Home::Together, &[(12, Part::Adult)]),
    (Home::Together, &[(4, Part::Ordinary), (7, Part::Often)]),
    (Home::Mother, &[(9, Part::Ordinary)]),
    (Home::Together, &[(3, Part::ExactlyAt)]),
    (Home::Apart, &[(10, Part::OneBelow)]),
    (Home::Together, &[(11, Part::TwoMarks)]),
    (Home::Stepfather, &[(5, Part::Ordinary)]),
    (Home::Together, &[(1, Part::LongName)]),
    (Home::Foster, &[(8, Part::Ordinary)]),
    (Home::Grandmother, &[(GRADUATED, Part::Ordinary)]),
];

/// The family of note whose parent teaches.
pub(crate) const TEACHER_FAMILY: usize = 3;
/// The family of note with four children.
pub(crate) const LARGE_FAMILY: usize = 0;
/// The family of note with a court order.
pub(crate) const RESTRICTED_FAMILY: usize = 1;
/// The family of note with a student of 18.
pub(crate) const ADULT_FAMILY: usize = 2;
/// The family of note whose child leaves on the twelfth day.
pub(crate) const WITHDRAWN_FAMILY: usize = 4;
/// The family of note whose child stands exactly at ten percent.
pub(crate) const EXACT_FAMILY: usize = 5;
/// The family of note whose child stands one day below.
pub(crate) const BELOW_FAMILY: usize = 6;
/// The family of note whose child has two marks on one day.
pub(crate) const TWO_MARKS_FAMILY: usize = 7;
/// The family of note whose child changes schools.
pub(crate) const MOVED_FAMILY: usize = 8;
/// The family of note with the longest name.
pub(crate) const LONG_NAME_FAMILY: usize = 9;
/// The family of note whose child left last year.
pub(crate) const LEFT_FAMILY: usize = 10;

const ELEMENTARY: [&str; 40] = [
    "Maple Grove",
    "Cedar Hollow",
    "Stony Creek",
    "Willow Bend",
    "Sunnyside",
    "Frances Harper",
    "Pine Street",
    "Orchard Hill",
    "Fox Run",
    "Lakeview",
    "Birch Lane",
    "Meadowbrook",
    "Rachel Carson",
    "Eagle Point",
    "Old Mill",
    "Riverbend",
    "Heritage",
    "Chestnut Ridge",
    "Spring Garden",
    "Blue Heron",
    "Hillcrest",
    "Quarry Road",
    "Roberto Clemente",
    "Prospect",
    "Elm Terrace",
    "Valley Forge Road",
    "Sycamore",
    "Kingfisher",
    "Laurel Run",
    "Grace Hopper",
    "Market Square",
    "Bright Water",
    "Limestone",
    "Northgate",
    "Tamarack",
    "Covered Bridge",
    "Juniper",
    "Whitetail",
    "Franklin Park",
    "Canal Street",
];
const MIDDLE: [&str; 8] = [
    "Thornbury",
    "Juniata",
    "Marian Anderson",
    "Ridge Valley",
    "Fairmount",
    "Lehigh Gap",
    "Conestoga",
    "Beacon",
];
const HIGH: [&str; 8] = [
    "Harlan Ridge",
    "Susquehanna",
    "Bayard Rustin",
    "Keystone",
    "Blue Mountain View",
    "Penn Oak",
    "Central",
    "Iron Bridge",
];

fn school_name(level: Level, n: usize) -> String {
    let (pool, kind): (&[&str], &str) = match level {
        Level::Elementary => (&ELEMENTARY, "Elementary School"),
        Level::Middle => (&MIDDLE, "Middle School"),
        Level::High => (&HIGH, "High School"),
    };
    let base = pool[n % pool.len()];
    match n / pool.len() {
        0 => format!("{base} {kind}"),
        1 => format!("North {base} {kind}"),
        2 => format!("South {base} {kind}"),
        3 => format!("East {base} {kind}"),
        4 => format!("West {base} {kind}"),
        more => format!("{base} {kind} No. {}", more + 1),
    }
}

/// How many elementary, middle and high schools there are for so many students: three up to 1,800, then one for each
/// 600, shared out by grades.
fn school_counts(students: u32) -> (usize, usize, usize) {
    let all = if students <= 1_800 { 3 } else { students.div_ceil(600) as usize };
    let high = ((all * 8 + 13) / 26).max(1);
    let middle = ((all * 6 + 13) / 26).max(1);
    (all - high - middle, middle, high)
}

impl District {
    /// Draws the district that the plan describes.
    pub(crate) fn make(plan: &Plan) -> Self {
        let year = plan.school_year();
        let years = [Year::plan(year, plan.seed), Year::plan(model::time::SchoolYear(year.0 - 1), plan.seed)];
        let (elementary, middle, high) = school_counts(plan.students);
        let levels = std::iter::repeat_n(Level::Elementary, elementary)
            .chain(std::iter::repeat_n(Level::Middle, middle))
            .chain(std::iter::repeat_n(Level::High, high));
        let mut of_level = [0_usize; 3];
        let schools: Vec<School> = levels
            .enumerate()
            .map(|(n, level)| {
                let nth = &mut of_level[level as usize];
                *nth += 1;
                School { id: (101 + n).to_string(), name: school_name(level, *nth - 1), level }
            })
            .collect();
        // While the year runs, the first middle school is a day late with its data.
        let behind = |n: usize| n == elementary && plan.today <= years[0].last();
        let held = [
            (0..schools.len()).map(|n| years[0].held(n, plan.today, behind(n), plan.seed)).collect(),
            (0..schools.len()).map(|n| years[1].held(n, plan.today, false, plan.seed)).collect(),
        ];
        let mut district = Self {
            seed: plan.seed,
            today: plan.today,
            revision: plan.revision,
            dirty: plan.dirty,
            years,
            schools,
            counts: (elementary, middle, high),
            held,
            late_bus: [Vec::new(), Vec::new()],
            families: Vec::new(),
            students: Vec::new(),
            rolls: Vec::new(),
        };
        district.settle(plan.students);
        district.enroll();
        district
    }

    /// The school of an attendance area for a grade: each elementary school feeds one middle and one high school.
    pub(crate) fn school_for(&self, zone: u16, grade: u8) -> usize {
        let (e, m, h) = self.counts;
        let zone = usize::from(zone);
        match grade {
            0..=5 => zone,
            6..=8 => e + zone * m / e,
            _ => e + m + zone * h / e,
        }
    }

    /// Draws families until so many students begin the year.
    fn settle(&mut self, students: u32) {
        let zones = self.counts.0 as u32;
        let mut beginners = 0;
        let mut number = 0_u32;
        while beginners < students {
            let mut chance = Chance::of(self.seed, Purpose::Family, u64::from(number));
            let culture = draw_culture(&mut chance);
            let zone = chance.below(zones) as u16;
            let first = self.students.len() as u32;
            let home = if let Some((home, children)) = WRITTEN.get(number as usize) {
                for (slot, &(grade, part)) in children.iter().enumerate() {
                    let (before, path) = self.written_path(number as usize, zone, grade);
                    beginners += u32::from(counts(path));
                    self.students.push(Student {
                        family: number,
                        slot: slot as u8,
                        grade,
                        before,
                        path,
                        part,
                    });
                }
                *home
            } else {
                let home = draw_home(&mut chance);
                for (slot, grade) in draw_grades(&mut chance).into_iter().enumerate() {
                    let (before, path) = self.draw_path(&mut chance, zone, grade);
                    if counts(path) {
                        if beginners == students {
                            break;
                        }
                        beginners += 1;
                    }
                    self.students.push(Student {
                        family: number,
                        slot: slot as u8,
                        grade,
                        before,
                        path,
                        part: Part::Anyone,
                    });
                }
                home
            };
            let children = (self.students.len() as u32 - first) as u8;
            self.families.push(Family { culture, home, zone, first, children });
            number += 1;
        }
    }

    fn written_path(&self, family: usize, zone: u16, grade: u8) -> (Before, Path) {
        match family {
            WITHDRAWN_FAMILY => (Before::Whole, Path::Leaves(11)),
            MOVED_FAMILY => (Before::Whole, self.move_from(zone, grade, 58)),
            LEFT_FAMILY => (Before::Left(97), Path::Gone),
            _ if grade == GRADUATED => (Before::Whole, Path::Gone),
            _ => (Before::Whole, Path::Stays),
        }
    }

    /// A move to another school of the same kind, or, where there is none, to the next kind with the next grade.
    fn move_from(&self, zone: u16, grade: u8, day: u16) -> Path {
        let from = self.school_for(zone, grade);
        let level = self.schools[from].level;
        let same: Vec<usize> = (0..self.schools.len()).filter(|&n| self.schools[n].level == level).collect();
        if same.len() > 1 {
            let place = same.iter().position(|&n| n == from).unwrap_or(0);
            Path::Moves(day, same[(place + 1) % same.len()] as u16, grade)
        } else if level != Level::High && grade == *level.grades().end() {
            Path::Moves(day, self.school_for(zone, grade + 1) as u16, grade + 1)
        } else {
            Path::Stays
        }
    }

    fn draw_path(&self, chance: &mut Chance, zone: u16, grade: u8) -> (Before, Path) {
        let roll = chance.below(1_000);
        let day = chance.between(6, 168) as u16;
        if grade == GRADUATED {
            return (Before::Whole, Path::Gone);
        }
        let known = if grade == 0 { Before::Absent } else { Before::Whole };
        match roll {
            // Left the district, in the summer or before.
            0..=24 if grade > 0 => {
                (if roll.is_multiple_of(2) { Before::Whole } else { Before::Left(day) }, Path::Gone)
            }
            25..=39 => (Before::Absent, Path::Arrives(day)),
            40..=54 => (known, Path::Leaves(day)),
            55..=66 => (known, self.move_from(zone, grade, day)),
            67..=106 => (Before::Absent, Path::Stays),
            _ => (known, Path::Stays),
        }
    }

    /// Puts every student on the rolls of their schools, and finds whose bus may be late.
    fn enroll(&mut self) {
        let mut rolls: Vec<[Vec<u32>; 13]> = Vec::new();
        rolls.resize_with(self.schools.len(), Default::default);
        let mut regulars: [Vec<Vec<u32>>; 2] =
            [vec![Vec::new(); self.schools.len()], vec![Vec::new(); self.schools.len()]];
        for (n, student) in self.students.iter().enumerate() {
            let n = n as u32;
            let zone = self.families[student.family as usize].zone;
            let home_school = self.school_for(zone, student.grade.min(12));
            let plain = matches!(student.part, Part::Anyone | Part::Ordinary);
            if student.path != Path::Gone {
                rolls[home_school][usize::from(student.grade)].push(n);
            }
            if let Path::Moves(_, school, grade) = student.path {
                rolls[usize::from(school)][usize::from(grade)].push(n);
            }
            if plain && student.path == Path::Stays {
                regulars[0][home_school].push(n);
            }
            if plain && student.before == Before::Whole {
                regulars[1][self.school_for(zone, student.grade - 1)].push(n);
            }
        }
        for (which, year) in self.years.iter().enumerate() {
            self.late_bus[which] = (0..self.schools.len())
                .map(|school| {
                    let riders = &regulars[which][school];
                    let stream = ((year.year.0 as u64) << 32) + school as u64;
                    let mut chance = Chance::of(self.seed, Purpose::LateBus, stream);
                    let by_day: Vec<u32> = year
                        .days
                        .iter()
                        .map(|_| riders.get(chance.below(riders.len() as u32) as usize).copied())
                        .map(|rider| rider.unwrap_or(u32::MAX))
                        .collect();
                    self.held[which][school].taken.iter().map(|&day| by_day[usize::from(day)]).collect()
                })
                .collect();
        }
        self.rolls = rolls;
    }

    /// A student's times at schools in the year in hand (`which` 0) or the one before (1), as known today.
    pub(crate) fn spans(&self, student: &Student, which: usize) -> Vec<Span> {
        let year = &self.years[which];
        let zone = self.families[student.family as usize].zone;
        let mut spans = Vec::with_capacity(2);
        let first = year.first();
        if which == 1 {
            if student.before != Before::Absent {
                let grade = student.grade - 1;
                let exit = match student.before {
                    Before::Left(day) => year.nth_planned(day),
                    _ => later(year.last(), 1),
                };
                let school = self.school_for(zone, grade);
                spans.push(Span { school, grade, entry: first, exit: Some(exit) });
            }
            return spans;
        }
        let grade = student.grade;
        let own = |entry, exit| Span { school: self.school_for(zone, grade), grade, entry, exit };
        match student.path {
            Path::Gone => {}
            Path::Stays => spans.push(own(first, None)),
            Path::Arrives(day) => spans.push(own(year.nth_planned(day), None)),
            Path::Leaves(day) => spans.push(own(first, Some(year.nth_planned(day)))),
            Path::Moves(day, school, new_grade) => {
                let day = year.nth_planned(day);
                spans.push(own(first, Some(day)));
                spans.push(Span { school: usize::from(school), grade: new_grade, entry: day, exit: None });
            }
        }
        spans.retain(|s| s.entry <= self.today);
        for span in &mut spans {
            span.exit = span.exit.filter(|&d| d <= self.today);
        }
        spans
    }

    /// Whether a student is in the export at all: one who arrives later is not known yet.
    pub(crate) fn is_known(&self, student: &Student) -> bool {
        !self.spans(student, 0).is_empty() || student.before != Before::Absent
    }

    /// Whether a student is enrolled today.
    pub(crate) fn is_enrolled(&self, student: &Student) -> bool {
        self.spans(student, 0).last().is_some_and(|s| s.exit.is_none())
    }

    /// The school and grade a student is at, or was at last.
    pub(crate) fn latest(&self, student: &Student) -> Option<Span> {
        self.spans(student, 0).last().copied().or_else(|| self.spans(student, 1).last().copied())
    }

    /// The students of a family, each with its number.
    pub(crate) fn children(&self, family: usize) -> impl Iterator<Item = (u32, &Student)> {
        let family = &self.families[family];
        let range = family.first..family.first + u32::from(family.children);
        range.map(|n| (n, &self.students[n as usize]))
    }

    /// A student's date of birth: in kindergarten one is 5 on the first of September.
    pub(crate) fn birth_date(&self, number: u32) -> Date {
        let student = &self.students[number as usize];
        let year = i32::from(self.years[0].year.0);
        if student.part == Part::Adult {
            return NaiveDate::from_ymd_opt(year - 18, 3, 14).unwrap_or(Date::MIN);
        }
        let mut chance = Chance::of(self.seed, Purpose::Student, u64::from(number));
        let latest = NaiveDate::from_ymd_opt(year - 5 - i32::from(student.grade), 9, 1).unwrap_or(Date::MIN);
        earlier(latest, u64::from(chance.below(365)))
    }

    /// A student's OneRoster identifier: seven digits.
    pub(crate) fn student_id(&self, number: u32) -> String {
        // The factor shares no divisor with the modulus, so no two numbers meet.
        scatter(u64::from(number), self.seed, 7_654_321, 9_000_000, 1_000_000)
    }

    /// The identifier of a guardian: eight digits.
    pub(crate) fn guardian_id(&self, family: usize, slot: usize) -> String {
        scatter((family * 4 + slot) as u64, self.seed, 48_271_997, 70_000_000, 20_000_000)
    }

    /// The identifier of a member of staff: six digits.
    pub(crate) fn staff_id(&self, number: u32) -> String {
        scatter(u64::from(number), self.seed, 654_323, 900_000, 100_000)
    }
}

/// Spreads numbers over a range without two meeting, so that ids tell nothing about who came first.
fn scatter(number: u64, seed: u64, factor: u64, modulus: u64, from: u64) -> String {
    (from + (number + 1 + seed % modulus) * factor % modulus).to_string()
}

/// The CEDS code of a grade, kindergarten being 0.
pub(crate) fn grade_code(grade: u8) -> String {
    Grade::number(grade).unwrap_or(Grade::KINDERGARTEN).code()
}

/// Whether a student begins the year in hand.
fn counts(path: Path) -> bool {
    !matches!(path, Path::Gone | Path::Arrives(_))
}

/// Draws a community by its share.
pub(crate) fn draw_culture(chance: &mut Chance) -> u8 {
    let mut roll = chance.below(1_000);
    for (n, culture) in CULTURES.iter().enumerate() {
        if roll < culture.share {
            return n as u8;
        }
        roll -= culture.share;
    }
    0
}

fn draw_home(chance: &mut Chance) -> Home {
    match chance.below(1_000) {
        0..=619 => Home::Together,
        620..=769 => Home::Mother,
        770..=799 => Home::Father,
        800..=904 => Home::Apart,
        905..=912 => Home::Restricted,
        913..=952 => Home::Stepfather,
        953..=983 => Home::Grandmother,
        _ => Home::Foster,
    }
}

/// The grades of a family's children: one to five, some years apart, now and then twins.
fn draw_grades(chance: &mut Chance) -> Vec<u8> {
    let children = match chance.below(100) {
        0..=43 => 1,
        44..=78 => 2,
        79..=93 => 3,
        94..=98 => 4,
        _ => 5,
    };
    let mut grade = chance.below(14);
    let mut grades = vec![grade as u8];
    for _ in 1..children {
        let step = if chance.percent(3) { 0 } else { chance.between(1, 4) };
        grade = (grade + step) % 14;
        grades.push(grade as u8);
    }
    grades
}
