//! Where marks are kept while a file is read: one byte a student and day, and the rare days that need more words.

use super::ground::{Era, Ground};
use super::reader::{At, Odd, Reader};
use super::{Against, Counted, Named, Placed, Placing, Seen};
use crate::records::{Block, Place, Splitter};
use crate::sheet::{Fault, LISTED, Report};
use chrono::Datelike;
use model::attendance::{CodeMap, Mark, Meaning, ShapeId, Shapes, Strip};
use model::report::{Reason, Refusal, SchoolDay};
use model::time::Date;
use std::collections::HashSet;

/// Lines turned from columns to rows at once: the bytes of a cache line.
const TOGETHER: usize = 64;
/// A strip's code for a day with more than one mark, or a mark with clock times.
const IN_DETAILS: u8 = 255;

/// That days whose only mark says "present" lose it.
pub(super) struct Present<'a> {
    pub(super) codes: &'a CodeMap,
    /// Days that keep it, by the number of the school.
    pub(super) spared: HashSet<(u32, Date)>,
}

/// What is to be told of a row.
enum Told {
    /// What stands against it, and whether it is used all the same.
    Fault { line: u64, fault: Fault, used: bool, at: At },
    /// The very same mark was there already, on a day that has this code.
    Twice { code: usize },
}

/// The marks of a file, in the making. Takes the rows in the order of the file.
pub(super) struct Board<'g> {
    ground: &'g Ground<'g>,
    shapes: Shapes,
    codes: Vec<u8>,
    /// The marks of days with code 255, by line.
    details: Vec<Vec<Mark>>,
    listed: u64,
    pub(super) counted: Counted,
}

impl<'g> Board<'g> {
    pub(super) fn new(ground: &'g Ground<'g>, shapes: Shapes) -> Self {
        let (codes, lines) = ground.sizes();
        Self {
            ground,
            shapes,
            codes: vec![0; codes],
            details: vec![Vec::new(); lines],
            listed: 0,
            counted: Counted::default(),
        }
    }

    /// Takes what was read of the next block, from a place on.
    ///
    /// # Errors
    /// None that reading the block has not met before.
    pub(super) fn take(
        &mut self,
        reader: &mut Reader<'_>,
        splitter: &mut Splitter,
        block: &Block,
        from: Place,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let rows = std::mem::take(&mut reader.rows);
        let mut odds = std::mem::take(&mut reader.odds).into_iter();
        let mut told = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            if let Some(small) = reader.small(row.says)
                && let Some(code) = self.codes.get_mut(row.code)
                && *code == 0
            {
                *code = small;
                continue;
            }
            let Some(saying) = row.saying() else {
                match odds.next() {
                    Some(odd) => told.extend(self.take_odd(odd, reader).map(|told| (place, told))),
                    None => continue,
                }
                continue;
            };
            let shape = reader.shape(saying, true, &mut self.shapes);
            if !self.put(row.code, shape, [None, None]) {
                told.push((place, Told::Twice { code: row.code }));
            }
        }
        self.counted.read += rows.len() as u64;
        self.list(told, reader, splitter, block, from, report)?;
        reader.rows = rows;
        reader.rows.clear();
        Ok(())
    }

    /// Takes a row that is not simply a mark.
    fn take_odd(&mut self, odd: Odd, reader: &mut Reader<'_>) -> Option<Told> {
        match odd {
            Odd::Fault { line, fault, at } => Some(Told::Fault { line, fault, used: false, at }),
            Odd::Mark { line, code, saying, times, against } => {
                let at = self.at(code);
                let usable = !matches!(against, Some(Against::All(_)));
                let shape = reader.shape(saying, usable, &mut self.shapes);
                let is_new = self.put(code, shape, times);
                match against {
                    Some(Against::All(fault)) => Some(Told::Fault { line, fault, used: false, at }),
                    _ if !is_new => Some(Told::Twice { code }),
                    Some(Against::Parts(fault)) => Some(Told::Fault { line, fault, used: true, at }),
                    None => None,
                }
            }
        }
    }

    /// The school and the day of a code.
    fn at(&self, code: usize) -> At {
        let (era, line, day) = self.ground.behind(code)?;
        Some((era.lines.get(line - era.first_line)?.1, day))
    }

    /// The same with the school's id and the date.
    fn school_day(&self, at: At) -> Option<SchoolDay> {
        let (school, day) = at?;
        let school_id = self.ground.ids_of_schools.get(school as usize)?.clone();
        Some(SchoolDay { school_id, date: Date::from_num_days_from_ce_opt(day)? })
    }

    /// Lists the rows of a block of which something is to be told, in their order.
    fn list(
        &mut self,
        told: Vec<(usize, Told)>,
        reader: &mut Reader<'_>,
        splitter: &mut Splitter,
        block: &Block,
        from: Place,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let (mut place, mut at) = (from, None);
        for (number, told) in told {
            self.listed += 1;
            let (line, fault, at_day) = match told {
                Told::Fault { line, fault, used, at } => {
                    self.counted.set_aside += u64::from(!used);
                    (line, fault, at)
                }
                Told::Twice { code } => {
                    self.counted.set_aside += 1;
                    if self.listed > LISTED {
                        let fault =
                            Fault { column: None, value: String::new(), reason: Reason::DuplicateRow };
                        (0, fault, None)
                    } else {
                        // What the row says was not kept: it is read again.
                        while at.is_none_or(|at| at < number) && splitter.advance(block, &mut place)? {
                            at = Some(at.map_or(0, |at| at + 1));
                        }
                        let row = splitter.row(block);
                        (row.line, reader.duplicate(row), self.at(code))
                    }
                }
            };
            report.list_at(&reader.file, line, fault, self.school_day(at_day), self.listed);
        }
        Ok(())
    }

    /// Puts a mark on its day; `false` where the very same mark is there already.
    fn put(&mut self, code: usize, shape: ShapeId, [arrival, departure]: [Option<u16>; 2]) -> bool {
        let (Some((era, line, day)), Some(code)) = (self.ground.behind(code), self.codes.get_mut(code))
        else {
            return true;
        };
        let small = u8::try_from(shape.0)
            .ok()
            .filter(|s| *s < IN_DETAILS && arrival.is_none() && departure.is_none());
        match (*code, small) {
            (0, Some(small)) => {
                *code = small;
                return true;
            }
            (same, Some(small)) if same == small => return false,
            _ => {}
        }
        let day = (day - era.year.strip_base().num_days_from_ce()) as u16;
        let mark = Mark { day, shape, arrival, departure };
        let details = &mut self.details[line];
        let before = details.partition_point(|m| m.day < day);
        if !matches!(*code, 0 | IN_DETAILS) {
            let first = Mark { day, shape: ShapeId(u32::from(*code)), arrival: None, departure: None };
            details.insert(before, first);
        }
        *code = IN_DETAILS;
        let same_day = details[before..].iter().take_while(|m| m.day == day);
        if same_day.clone().any(|m| *m == mark) {
            return false;
        }
        let behind = before + same_day.count();
        details.insert(behind, mark);
        true
    }

    /// What becomes of each code: itself, or nothing.
    fn kept(&self, present: Option<&Present<'_>>) -> [u8; 256] {
        let mut kept = std::array::from_fn(|code| code as u8);
        let Some(present) = present else { return kept };
        for (code, kept) in kept.iter_mut().enumerate().take(usize::from(IN_DETAILS)) {
            let shape = self.shapes.get(ShapeId(code as u32));
            if shape
                .is_some_and(|s| !s.unusable && present.codes.meaning(&s.category) == Some(Meaning::Present))
            {
                *kept = 0;
            }
        }
        kept
    }

    /// What was placed, and the last row of each school; worked out by so many threads.
    pub(super) fn finish(
        mut self,
        seen: Vec<Seen>,
        present: Option<Present<'_>>,
        year_begins: u32,
        threads: usize,
    ) -> Placed {
        let kept = self.kept(present.as_ref());
        let spared = present.map(|present| present.spared).unwrap_or_default();
        let mut details = std::mem::take(&mut self.details);
        let mut strips = Vec::new();
        for era in &self.ground.eras {
            let codes = &self.codes[era.offset..era.offset + era.size()];
            let turning = &Turning { era, codes, kept, spared: &spared };
            let details = &mut details[era.first_line..era.first_line + era.lines.len()];
            // Each thread takes some of the lines, in their order.
            let share = era.lines.len().div_ceil(threads).next_multiple_of(TOGETHER);
            std::thread::scope(|scope| {
                let parts = details.chunks_mut(share.max(TOGETHER)).enumerate();
                let parts: Vec<_> = parts
                    .map(|(nth, details)| scope.spawn(move || turning.strips(nth * share, details)))
                    .collect();
                for part in parts {
                    match part.join() {
                        Ok(part) => strips.extend(part),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
            });
        }
        strips.sort_unstable_by_key(|(student, school, year, _)| (*student, *school, *year));
        let schools = self
            .ground
            .schools
            .iter()
            .zip(seen)
            .map(|(school, seen)| {
                let named = school.years.iter().zip(&seen.years).filter(|(_, named)| **named);
                let last = seen.last_row().and_then(Date::from_num_days_from_ce_opt);
                Named {
                    years: named.map(|(year, _)| year.year).collect(),
                    last_row: last,
                    rows: school.named(&seen.rows, &seen.beyond, year_begins),
                }
            })
            .collect();
        Placed { shapes: self.shapes, strips, schools }
    }
}

/// A school year whose columns of days become strips.
struct Turning<'a> {
    era: &'a Era,
    codes: &'a [u8],
    kept: [u8; 256],
    spared: &'a HashSet<(u32, Date)>,
}

impl Turning<'_> {
    /// The strips of the lines from a place on, which have these details.
    fn strips(&self, first: usize, details: &mut [Vec<Mark>]) -> Vec<Placing> {
        let (era, stride) = (self.era, self.era.lines.len());
        let base = era.year.strip_base().num_days_from_ce();
        let mut strips = Vec::with_capacity(details.len());
        let mut turned = vec![Vec::new(); TOGETHER];
        // A few lines are turned from columns to rows together, so that each part of a column is fetched once.
        for (from, details) in (first..).step_by(TOGETHER).zip(details.chunks_mut(TOGETHER)) {
            let lines = &era.lines[from..from + details.len()];
            for codes in &mut turned {
                codes.clear();
            }
            for column in self.codes.chunks_exact(stride) {
                for (code, turned) in column[from..from + lines.len()].iter().zip(&mut turned) {
                    turned.push(self.kept[usize::from(*code)]);
                }
            }
            for (i, ((student, school), codes)) in lines.iter().zip(&mut turned).enumerate() {
                for (_, date) in self.spared.iter().filter(|(at, _)| at == school) {
                    let day = usize::try_from(date.num_days_from_ce() - era.first).ok();
                    if let Some((day, code)) = day.and_then(|day| Some((day, codes.get_mut(day)?))) {
                        *code = self.codes[day * stride + from + i];
                    }
                }
                let strip =
                    Strip::from_codes((era.first - base) as u16, codes, std::mem::take(&mut details[i]));
                if !strip.is_empty() {
                    strips.push((*student, *school, era.year, strip));
                }
            }
        }
        strips
    }
}
