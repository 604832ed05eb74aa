//! What one evaluation works with: the shapes read once, the calendars, and each student's years by them.

use crate::calendar::{CalendarBits, Row};
use crate::marks::ShapeTable;
use crate::measure::Measures;
use crate::pack::Window;
use crate::sheet::Sheet;
use model::history::History;
use model::time::Date;
use std::ops::Range;

/// A history, read for some measures and windows, as of a date.
pub(crate) struct Context<'h> {
    pub(crate) history: &'h History,
    pub(crate) shapes: ShapeTable<'h>,
    pub(crate) measures: Measures,
    /// By school, then year.
    pub(crate) calendars: Vec<CalendarBits<'h>>,
    /// The calendars of each school; of schools nobody asked for, none.
    by_school: Vec<Range<usize>>,
    rows: Vec<Option<Row>>,
}

impl<'h> Context<'h> {
    /// For every student.
    pub(crate) fn new(history: &'h History, measures: Measures, windows: &[Window], as_of: Date) -> Self {
        let schools: Vec<u32> = (0..history.schools.len() as u32).collect();
        Self::of_schools(history, measures, windows, as_of, &schools)
    }

    /// For one student: only the calendars of their schools are read, so the size of the district does not matter.
    pub(crate) fn for_student(
        history: &'h History,
        measures: Measures,
        windows: &[Window],
        as_of: Date,
        student: usize,
    ) -> Self {
        let spans = history.students.get(student).map_or(&[][..], |s| &s.spans);
        let mut schools: Vec<u32> = spans.iter().map(|s| s.school).collect();
        schools.sort_unstable();
        schools.dedup();
        Self::of_schools(history, measures, windows, as_of, &schools)
    }

    fn of_schools(
        history: &'h History,
        measures: Measures,
        windows: &[Window],
        as_of: Date,
        schools: &[u32],
    ) -> Self {
        let mut context = Self {
            history,
            shapes: ShapeTable::new(history),
            measures,
            calendars: Vec::new(),
            by_school: vec![0..0; history.schools.len()],
            rows: Vec::new(),
        };
        context.rows.resize_with(history.schools.len(), || None);
        for school in schools {
            let from = context.calendars.len();
            context.calendars.extend(CalendarBits::of_school(history, *school, as_of));
            if let Some(range) = context.by_school.get_mut(*school as usize) {
                *range = from..context.calendars.len();
                let row = Row::new(&context.calendars[from..], windows, as_of);
                context.rows[*school as usize] = Some(row);
            }
        }
        context
    }

    /// The calendars of a school, by year.
    pub(crate) fn of_school(&self, school: u32) -> &[CalendarBits<'h>] {
        self.by_school.get(school as usize).and_then(|range| self.calendars.get(range.clone())).unwrap_or(&[])
    }

    /// All days of a school in a row.
    pub(crate) fn row(&self, school: u32) -> Option<&Row> {
        self.rows.get(school as usize)?.as_ref()
    }

    /// The calendar of a sheet.
    pub(crate) fn calendar(&self, sheet: &Sheet<'h>) -> &CalendarBits<'h> {
        &self.calendars[sheet.calendar]
    }

    /// A student's years, by year, then school: those on some day of which they were enrolled. They are the first of
    /// the sheets given, which may have been used before; the answer is how many they are.
    pub(crate) fn read(&self, student: usize, sheets: &mut Vec<Sheet<'h>>) -> usize {
        let Some(student) = self.history.students.get(student) else { return 0 };
        let mut used = 0;
        for (i, span) in student.spans.iter().enumerate() {
            if student.spans[..i].iter().any(|s| s.school == span.school) {
                continue;
            }
            let Some(range) = self.by_school.get(span.school as usize) else { continue };
            for number in range.clone() {
                if sheets.len() == used {
                    sheets.push(Sheet::default());
                }
                let calendar = &self.calendars[number];
                if sheets[used].read(number, calendar, student, &self.shapes, &self.measures) {
                    used += 1;
                }
            }
        }
        sheets[..used].sort_by_key(|sheet| {
            let calendar = self.calendar(sheet);
            (calendar.year, calendar.school)
        });
        used
    }
}
