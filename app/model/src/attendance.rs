//! What a mark of attendance is, and the strip that holds a student's year of them.

use crate::time::{Date, SchoolYear};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a category of attendance means for counting. A district maps its own categories to these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Absent with a reason the school accepts.
    Excused,
    /// Absent without one.
    Unexcused,
    /// Absent, and nobody has said why yet. Never taken for unexcused.
    Unknown,
    /// Came late. Misses only what is stated.
    Tardy,
    /// Missed a part of the day. Misses only what is stated.
    Partial,
    /// Left early. Misses only what is stated.
    EarlyDeparture,
    /// Was there.
    Present,
    /// Kept as an event, in no count.
    NotCounted,
}

impl Meaning {
    /// Every meaning.
    pub const ALL: [Self; 8] = [
        Self::Excused,
        Self::Unexcused,
        Self::Unknown,
        Self::Tardy,
        Self::Partial,
        Self::EarlyDeparture,
        Self::Present,
        Self::NotCounted,
    ];

    /// The name used in a code map and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Excused => "excused",
            Self::Unexcused => "unexcused",
            Self::Unknown => "unknown",
            Self::Tardy => "tardy",
            Self::Partial => "partial",
            Self::EarlyDeparture => "early_departure",
            Self::Present => "present",
            Self::NotCounted => "not_counted",
        }
    }

    /// Reads a code map's name of a meaning.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == text.trim().to_ascii_lowercase())
    }

    /// Whether a mark of this meaning without a duration means the whole day (or session, or period) was missed.
    pub fn is_absence(self) -> bool {
        matches!(self, Self::Excused | Self::Unexcused | Self::Unknown)
    }
}

/// Which categories mean what. Names are compared without case; of a descriptor URI only the part behind `#` counts,
/// unless nothing stands there: England has a code `#`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeMap(BTreeMap<String, Meaning>);

impl Default for CodeMap {
    /// The attendance event categories of Ed-Fi's own descriptor set.
    fn default() -> Self {
        let mut map = Self(BTreeMap::new());
        for (name, meaning) in [
            ("Excused Absence", Meaning::Excused),
            ("Unexcused Absence", Meaning::Unexcused),
            ("Tardy", Meaning::Tardy),
            ("Partial", Meaning::Partial),
            ("Early departure", Meaning::EarlyDeparture),
            ("In Attendance", Meaning::Present),
            ("Present", Meaning::Present),
        ] {
            map.set(name, meaning);
        }
        map
    }
}

impl CodeMap {
    /// A map with nothing in it.
    pub fn empty() -> Self {
        Self(BTreeMap::new())
    }

    fn key(category: &str) -> String {
        let own = category.rsplit('#').next().map(str::trim).filter(|own| !own.is_empty());
        own.unwrap_or(category).trim().to_lowercase()
    }

    /// Maps a category; a later call wins.
    pub fn set(&mut self, category: &str, meaning: Meaning) {
        self.0.insert(Self::key(category), meaning);
    }

    /// What a category means; `None` where nobody has said.
    pub fn meaning(&self, category: &str) -> Option<Meaning> {
        self.0.get(&Self::key(category)).copied()
    }

    /// The map itself, by category in its comparing form.
    pub fn into_map(self) -> BTreeMap<String, Meaning> {
        self.0
    }

    /// Every mapped category (in its comparing form) with its meaning.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Meaning)> {
        self.0.iter().map(|(category, meaning)| (category.as_str(), *meaning))
    }
}

/// Half of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Session {
    /// The morning.
    Am,
    /// The afternoon.
    Pm,
}

/// All that a mark says but its date and its clock times. Few shapes describe a whole district, so a strip holds
/// one small number a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// The category as the source wrote it.
    pub category: String,
    /// The reason as the source wrote it; empty where it gave none.
    pub reason: String,
    /// The part of the day missed, in millionths of the day.
    pub fraction: Option<u32>,
    /// The minutes missed.
    pub minutes: Option<u16>,
    /// The session, where marks are by session.
    pub session: Option<Session>,
    /// The period's name, where marks are by period.
    pub period: Option<String>,
    /// The row could not be used (a value that cannot be read, a category nobody mapped when it arrived, more minutes
    /// than the day has): its day is unknown, neither present nor absent.
    pub unusable: bool,
}

/// A shape's number within a district (or within one `check`): 1 and up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShapeId(pub u32);

/// The shapes of a district, numbered in order of arrival.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    shapes: Vec<Shape>,
    numbers: std::collections::HashMap<Shape, ShapeId>,
}

impl Shapes {
    /// The shapes as the store numbered them, beginning with 1.
    pub fn from_list(shapes: Vec<Shape>) -> Self {
        let numbers = shapes.iter().enumerate().map(|(i, s)| (s.clone(), ShapeId(i as u32 + 1))).collect();
        Self { shapes, numbers }
    }

    /// The number of a shape, given a new one if it has none yet.
    pub fn number(&mut self, shape: &Shape) -> ShapeId {
        if let Some(id) = self.numbers.get(shape) {
            return *id;
        }
        self.shapes.push(shape.clone());
        let id = ShapeId(self.shapes.len() as u32);
        self.numbers.insert(shape.clone(), id);
        id
    }

    /// The shape with this number.
    pub fn get(&self, id: ShapeId) -> Option<&Shape> {
        self.shapes.get((id.0 as usize).checked_sub(1)?)
    }

    /// All shapes; the first has number 1.
    pub fn list(&self) -> &[Shape] {
        &self.shapes
    }
}

/// One mark: a student, at a school, on a day (both implied by where it is kept).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// Days since [`SchoolYear::strip_base`].
    pub day: u16,
    /// What it says.
    pub shape: ShapeId,
    /// Minutes since midnight at which the student came.
    pub arrival: Option<u16>,
    /// Minutes since midnight at which the student left.
    pub departure: Option<u16>,
}

impl Mark {
    /// The mark's date.
    pub fn date(&self, year: SchoolYear) -> Date {
        day_date(year, self.day)
    }
}

/// The date of a day's number in a strip.
pub fn day_date(year: SchoolYear, day: u16) -> Date {
    year.strip_base() + chrono::Days::new(u64::from(day))
}

/// The number of a date in the strips of a school year; `None` where the date is not within two years of its base.
pub fn day_number(year: SchoolYear, date: Date) -> Option<u16> {
    let days = (date - year.strip_base()).num_days();
    u16::try_from(days).ok().filter(|d| *d < 800)
}

/// The code of a day whose marks are in [`Strip::details`].
const IN_DETAILS: u8 = 255;

/// A student's marks at one school in one school year: one small code a day, and the rare days that need more words.
///
/// The same marks always give the same strip, so two strips are equal exactly if their marks are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// The day number of the first code.
    first: u16,
    /// 0: no mark. 1 to 254: one mark of that shape, without clock times. 255: see the details.
    codes: Vec<u8>,
    /// The marks of days with code 255, in order.
    details: Vec<Mark>,
}

/// The bytes are not a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a strip")]
pub struct NotAStrip;

impl Strip {
    /// The strip of some marks, in any order.
    pub fn from_marks(mut marks: Vec<Mark>) -> Self {
        marks.sort_unstable();
        let (Some(first), Some(last)) = (marks.first().map(|m| m.day), marks.last().map(|m| m.day)) else {
            return Self::default();
        };
        let mut codes = vec![0_u8; usize::from(last - first) + 1];
        let mut details = Vec::new();
        for day in marks.chunk_by(|a, b| a.day == b.day) {
            let code = match day {
                [only] if only.arrival.is_none() && only.departure.is_none() && only.shape.0 < 255 => {
                    only.shape.0 as u8
                }
                several => {
                    details.extend_from_slice(several);
                    IN_DETAILS
                }
            };
            codes[usize::from(day[0].day - first)] = code;
        }
        Self { first, codes, details }
    }

    /// The strip of some codes as [`Self::codes`] gives them and the marks of the days with code 255, in any order.
    /// Days without a mark at either end are left out, so that the same marks give the same strip.
    pub fn from_codes(first: u16, codes: &[u8], mut details: Vec<Mark>) -> Self {
        let Some(from) = codes.iter().position(|c| *c != 0) else {
            return Self::default();
        };
        let to = codes.iter().rposition(|c| *c != 0).map_or(from, |last| last + 1);
        details.sort_unstable();
        Self { first: first + from as u16, codes: codes[from..to].to_vec(), details }
    }

    /// The marks, by day.
    pub fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        let mut details = self.details.iter().copied().peekable();
        self.codes.iter().enumerate().flat_map(move |(i, code)| {
            let day = self.first + i as u16;
            let mut of_day = Vec::new();
            match *code {
                0 => {}
                IN_DETAILS => {
                    while let Some(mark) = details.next_if(|m| m.day == day) {
                        of_day.push(mark);
                    }
                }
                shape => of_day.push(Mark {
                    day,
                    shape: ShapeId(u32::from(shape)),
                    arrival: None,
                    departure: None,
                }),
            }
            of_day
        })
    }

    /// The raw codes with the day number of the first one: 0 none, 1 to 254 a shape, 255 look into [`Self::details`].
    pub fn codes(&self) -> (u16, &[u8]) {
        (self.first, &self.codes)
    }

    /// The marks of the days with code 255, by day.
    pub fn details(&self) -> &[Mark] {
        &self.details
    }

    /// Whether there is no mark at all.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The bytes kept in the store.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Vectors and integers only: postcard cannot fail on these.
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Reads the bytes kept in the store.
    ///
    /// # Errors
    /// [`NotAStrip`] where they were not written by [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAStrip> {
        postcard::from_bytes(bytes).map_err(|_| NotAStrip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(day: u16, shape: u32) -> Mark {
        Mark { day, shape: ShapeId(shape), arrival: None, departure: None }
    }

    #[test]
    fn a_strip_gives_back_its_marks_in_order() {
        let late = Mark { arrival: Some(600), ..mark(7, 2) };
        let marks = vec![mark(120, 300), mark(5, 1), late, mark(9, 4), mark(9, 3)];
        let strip = Strip::from_marks(marks.clone());
        let mut sorted = marks;
        sorted.sort_unstable();
        assert_eq!(strip.marks().collect::<Vec<_>>(), sorted);
        assert_eq!(Strip::from_bytes(&strip.to_bytes()), Ok(strip));
    }

    #[test]
    fn a_strip_from_codes_equals_the_one_from_marks() {
        let marks = vec![mark(12, 3), mark(10, 1), mark(14, 2), mark(14, 5)];
        let details = vec![mark(14, 5), mark(14, 2)];
        assert_eq!(Strip::from_codes(8, &[0, 0, 1, 0, 3, 0, 255, 0], details), Strip::from_marks(marks));
        assert_eq!(Strip::from_codes(8, &[0, 0], Vec::new()), Strip::default());
    }

    #[test]
    fn an_empty_strip_is_empty() {
        let strip = Strip::from_marks(Vec::new());
        assert!(strip.is_empty() && strip.marks().next().is_none());
    }

    #[test]
    fn a_descriptor_uri_means_what_its_last_part_means() {
        let map = CodeMap::default();
        assert_eq!(
            map.meaning("uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence"),
            Some(Meaning::Excused)
        );
        assert_eq!(map.meaning(" unexcused absence "), Some(Meaning::Unexcused));
        assert_eq!(map.meaning("Absent"), None);
    }

    #[test]
    fn a_code_of_one_sign_is_a_code() {
        let mut map = CodeMap::empty();
        for (code, meaning) in [("#", Meaning::NotCounted), ("/", Meaning::Present), ("\\", Meaning::Excused)]
        {
            map.set(code, meaning);
        }
        assert_eq!(map.meaning("#"), Some(Meaning::NotCounted));
        assert_eq!(map.meaning(" # "), Some(Meaning::NotCounted));
        assert_eq!(map.meaning("/"), Some(Meaning::Present));
        assert_eq!(map.meaning("\\"), Some(Meaning::Excused));
        assert_eq!(map.meaning("X#"), None);
        assert_eq!(map.meaning(""), None);
    }
}
