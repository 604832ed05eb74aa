//! What one evaluation works with: the shapes read once, the calendars as bits, and each student's years by them.

use crate::marks::{DayTest, ShapeTable};
use crate::timeline::{CalendarBits, StudentBits};
use model::history::History;
use model::time::Date;

/// A history, read for some day tests, as of a date.
pub(crate) struct Context<'h> {
    pub(crate) history: &'h History,
    pub(crate) shapes: ShapeTable<'h>,
    pub(crate) tests: Vec<DayTest>,
    /// By school; of schools nobody asked for, none.
    calendars: Vec<Vec<CalendarBits<'h>>>,
}

impl<'h> Context<'h> {
    /// For every student.
    pub(crate) fn new(history: &'h History, tests: Vec<DayTest>, as_of: Date) -> Self {
        let schools = 0..history.schools.len() as u32;
        let calendars = schools.map(|s| CalendarBits::of_school(history, s, as_of)).collect();
        Self { history, shapes: ShapeTable::new(history, &tests), tests, calendars }
    }

    /// For one student: only the calendars of their schools are read, so the size of the district does not matter.
    pub(crate) fn for_student(
        history: &'h History,
        tests: Vec<DayTest>,
        as_of: Date,
        student: usize,
    ) -> Self {
        let mut calendars = Vec::new();
        for span in history.students.get(student).into_iter().flat_map(|s| &s.spans) {
            let school = span.school as usize;
            if calendars.len() <= school {
                calendars.resize_with(school + 1, Vec::new);
            }
            if calendars[school].is_empty() {
                calendars[school] = CalendarBits::of_school(history, span.school, as_of);
            }
        }
        Self { history, shapes: ShapeTable::new(history, &tests), tests, calendars }
    }

    /// Every calendar read.
    pub(crate) fn calendars(&self) -> impl Iterator<Item = &CalendarBits<'h>> {
        self.calendars.iter().flatten()
    }

    /// A student's years, by year, then school: those on some day of which they were enrolled.
    pub(crate) fn years(&self, student: usize) -> Vec<StudentBits<'_, 'h>> {
        let Some(student) = self.history.students.get(student) else { return Vec::new() };
        let mut schools: Vec<u32> = student.spans.iter().map(|s| s.school).collect();
        schools.sort_unstable();
        schools.dedup();
        let mut years: Vec<StudentBits> = schools
            .iter()
            .filter_map(|s| self.calendars.get(*s as usize))
            .flatten()
            .filter_map(|calendar| StudentBits::new(calendar, student, &self.shapes, &self.tests))
            .collect();
        years.sort_by_key(|y| (y.calendar.year, y.calendar.school));
        years
    }
}
