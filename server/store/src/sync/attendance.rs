//! Marks: what a delivery of strips adds to, corrects in and takes from the ledger.

use crate::db::{Link, args, statements};
use crate::error::Error;
use crate::ledger::{Entry, shapes_of};
use model::attendance::{Mark, ShapeId, Shapes, Strip};
use model::canonical::Attendance;
use model::report::{Refusal, TableCount};
use model::time::{Date, SchoolYear};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A student, a school and a school year.
pub(crate) type StripKey = (i64, i64, i64);

/// What is to be written of marks.
#[derive(Debug)]
pub(crate) struct MarksPlan {
    /// Shapes the store has no number for yet; the first gets the number behind `shapes_before`.
    pub(crate) new_shapes: Vec<model::attendance::Shape>,
    pub(crate) shapes_before: usize,
    /// Strips that are new, by key.
    pub(crate) new: Vec<(StripKey, Vec<u8>)>,
    /// Strips that differ.
    pub(crate) changed: Vec<(StripKey, Vec<u8>)>,
    /// Strips whose marks all went.
    pub(crate) gone: Vec<StripKey>,
    /// What the ledger notes.
    pub(crate) entries: Vec<(StripKey, Vec<Entry>)>,
    /// Usable marks that go: of whose strip, on which day, how many.
    pub(crate) gone_marks: Vec<(StripKey, u16, u64)>,
    /// Usable marks held and removed, by school.
    pub(crate) per_school: BTreeMap<i64, (u64, u64)>,
}

statements! {
    STRIPS = "SELECT student_id, school_id, school_year, strip FROM strip WHERE school_year = $1";
}

/// How many marks of a strip come from rows that could be used.
pub(crate) fn usable(shapes: &Shapes, strip: &Strip) -> u64 {
    strip.marks().filter(|m| !is_unusable(shapes, m)).count() as u64
}

/// The same by day, added to those counted before.
pub(crate) fn usable_by_day(shapes: &Shapes, strip: &Strip, by_day: &mut BTreeMap<u16, u32>) {
    for mark in strip.marks().filter(|mark| !is_unusable(shapes, mark)) {
        *by_day.entry(mark.day).or_default() += 1;
    }
}

fn is_unusable(shapes: &Shapes, mark: &Mark) -> bool {
    shapes.get(mark.shape).is_some_and(|s| s.unusable)
}

/// Of what a delivery is the full truth: schools and school years, and of these the days from one on.
#[derive(Clone, Copy)]
struct Truth<'a> {
    of: &'a HashSet<(i64, i64)>,
    since: Option<Date>,
}

impl Truth<'_> {
    fn holds(&self, key: StripKey, mark: &Mark) -> bool {
        self.of.contains(&(key.1, key.2))
            && self.since.is_none_or(|since| mark.date(SchoolYear(key.2 as i16)) >= since)
    }
}

/// The usable marks that the store holds of what a delivery tells the truth of.
async fn held(link: &mut Link<'_>, shapes: &Shapes, truth: Truth<'_>) -> Result<u64, Error> {
    let (mut held, of) = (0, truth.of);
    for year in of.iter().map(|(_, year)| *year).collect::<BTreeSet<_>>() {
        let rows: Vec<(i64, i64, i64, Vec<u8>)> = link.all(STRIPS, args![year]).await?;
        for (student, school, year, strip) in rows {
            let key = (student, school, year);
            if of.contains(&(school, year)) {
                let strip = read_strip(key, &strip)?;
                held +=
                    strip.marks().filter(|m| truth.holds(key, m) && !is_unusable(shapes, m)).count() as u64;
            }
        }
    }
    Ok(held)
}

/// `covers` are the schools and school years of which the file is the full truth, `running` those in which schools are
/// by their calendar: a file without a row is refused where it should have marks of these.
pub(super) async fn plan(
    link: &mut Link<'_>,
    delivered: &Attendance,
    placed: Vec<(StripKey, &Strip)>,
    covers: &HashSet<(i64, i64)>,
    running: &HashSet<(i64, i64)>,
    count: &mut TableCount,
) -> Result<MarksPlan, Error> {
    let mut shapes = shapes_of(link).await?;
    if delivered.read == 0 {
        let stored = held(link, &shapes, Truth { of: running, since: delivered.since }).await?;
        if stored > 0 {
            let (file, table) = (delivered.file.clone(), "attendance".to_owned());
            return Err(Refusal::WouldRemoveAll { file, table, stored }.into());
        }
    }
    let shapes_before = shapes.list().len();
    // The adapter begins with the store's shapes; should it have begun with others, its numbers are translated.
    let numbers: Vec<ShapeId> = delivered.shapes.list().iter().map(|s| shapes.number(s)).collect();
    let same_numbers = numbers.iter().enumerate().all(|(i, n)| n.0 as usize == i + 1);

    let mut years: Vec<i64> =
        covers.iter().map(|(_, year)| *year).chain(placed.iter().map(|(k, _)| k.2)).collect();
    years.sort_unstable();
    years.dedup();
    let mut stored: HashMap<StripKey, Vec<u8>> = HashMap::new();
    for year in years {
        let rows: Vec<(i64, i64, i64, Vec<u8>)> = link.all(STRIPS, args![year]).await?;
        stored
            .extend(rows.into_iter().map(|(student, school, year, strip)| ((student, school, year), strip)));
    }

    let truth = Truth { of: covers, since: delivered.since };
    let mut plan = MarksPlan {
        new_shapes: shapes.list()[shapes_before..].to_vec(),
        shapes_before,
        new: Vec::new(),
        changed: Vec::new(),
        gone: Vec::new(),
        entries: Vec::new(),
        gone_marks: Vec::new(),
        per_school: BTreeMap::new(),
    };
    // Two entries of one student, school and year (should an adapter split them) are one strip.
    let mut merged: BTreeMap<StripKey, Vec<&Strip>> = BTreeMap::new();
    for (key, strip) in placed {
        merged.entry(key).or_default().push(strip);
    }
    for (key, parts) in merged {
        let strip = match parts.as_slice() {
            [only] if same_numbers => (*only).clone(),
            parts => Strip::from_marks(
                parts
                    .iter()
                    .flat_map(|s| s.marks())
                    .map(|m| Mark { shape: translate(&numbers, m.shape), ..m })
                    .collect(),
            ),
        };
        let mut bytes = strip.to_bytes();
        let old = stored.remove(&key);
        if truth.since.is_none() && old.as_deref() == Some(&bytes) {
            let same = usable(&shapes, &strip);
            count.unchanged += same;
            plan.per_school.entry(key.1).or_default().0 += same;
            continue;
        }
        let before: Vec<Mark> = match &old {
            Some(bytes) => read_strip(key, bytes)?.marks().collect(),
            None => Vec::new(),
        };
        let mut after: Vec<Mark> = strip.marks().collect();
        let replaced = |mark: &Mark| after.iter().any(|new| is_same_time(&shapes, mark, new));
        let told = |mark: &Mark| truth.since.is_none() || truth.holds(key, mark) || replaced(mark);
        let (before, kept): (Vec<Mark>, Vec<Mark>) = before.into_iter().partition(told);
        diff(&shapes, &before, &after, key, count, &mut plan);
        if !kept.is_empty() {
            after.extend(kept);
            bytes = Strip::from_marks(after).to_bytes();
        }
        write(&mut plan, key, old.as_deref(), bytes);
    }
    for (key, bytes) in stored {
        let before: Vec<Mark> = read_strip(key, &bytes)?.marks().collect();
        let (before, kept): (Vec<Mark>, Vec<Mark>) = before.into_iter().partition(|m| truth.holds(key, m));
        // A file of which no row can be used removes nothing.
        if !before.is_empty() && !delivered.strips.is_empty() {
            diff(&shapes, &before, &[], key, count, &mut plan);
            write(&mut plan, key, Some(&bytes), Strip::from_marks(kept).to_bytes());
        }
    }
    plan.gone.sort_unstable();
    plan.entries.sort_unstable_by_key(|(key, _)| *key);
    Ok(plan)
}

/// Notes what becomes of a strip that is stored as `old`.
fn write(plan: &mut MarksPlan, key: StripKey, old: Option<&[u8]>, new: Vec<u8>) {
    let is_empty = new == Strip::default().to_bytes();
    match old {
        Some(old) if old == new => {}
        Some(_) if is_empty => plan.gone.push(key),
        Some(_) => plan.changed.push((key, new)),
        None if is_empty => {}
        None => plan.new.push((key, new)),
    }
}

/// Whether two marks speak of the same day, session and period, so that the later one corrects the earlier.
fn is_same_time(shapes: &Shapes, one: &Mark, other: &Mark) -> bool {
    let part = |mark: &Mark| shapes.get(mark.shape).map(|shape| (shape.session, shape.period.as_deref()));
    one.day == other.day && part(one) == part(other)
}

fn translate(numbers: &[ShapeId], shape: ShapeId) -> ShapeId {
    (shape.0 as usize).checked_sub(1).and_then(|i| numbers.get(i)).copied().unwrap_or(shape)
}

pub(crate) fn read_strip(key: StripKey, bytes: &[u8]) -> Result<Strip, Error> {
    Strip::from_bytes(bytes)
        .map_err(|e| Error::damaged(format!("strip of student {}, school {}: {e}", key.0, key.1)))
}

/// Compares two lists of marks day by day, as multisets: what went and what came on one day are a change.
///
/// Only marks from usable rows are counted, so that the counts add up with the rows read; an unusable mark is noted in
/// the ledger as any other, and its row is counted as set aside.
fn diff(
    shapes: &Shapes,
    before: &[Mark],
    after: &[Mark],
    key: StripKey,
    count: &mut TableCount,
    plan: &mut MarksPlan,
) {
    let mut gone = Vec::new();
    let mut came = Vec::new();
    let (mut i, mut j) = (0, 0);
    let per_school = plan.per_school.entry(key.1).or_default();
    loop {
        let order = match (before.get(i), after.get(j)) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => break,
        };
        match order {
            std::cmp::Ordering::Less => {
                gone.push(before[i]);
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                came.push(after[j]);
                j += 1;
            }
            std::cmp::Ordering::Equal => {
                count.unchanged += u64::from(!is_unusable(shapes, &after[j]));
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    per_school.0 += before.iter().filter(|m| !is_unusable(shapes, m)).count() as u64;
    // Pairs on one day: usable marks that came with any that went; a usable one that went with an unusable one that
    // came is neither changed nor removed, since its row is there, and set aside.
    let mut by_day: BTreeMap<u16, [u64; 4]> = BTreeMap::new();
    for mark in &gone {
        by_day.entry(mark.day).or_default()[usize::from(is_unusable(shapes, mark))] += 1;
    }
    for mark in &came {
        by_day.entry(mark.day).or_default()[2 + usize::from(is_unusable(shapes, mark))] += 1;
    }
    for (day, [gone_usable, gone_unusable, came_usable, came_unusable]) in by_day {
        let changed = came_usable.min(gone_usable + gone_unusable);
        count.changed += changed;
        count.added += came_usable - changed;
        let removed = gone_usable.saturating_sub(changed).saturating_sub(came_unusable);
        count.removed += removed;
        per_school.1 += removed;
        if removed > 0 {
            plan.gone_marks.push((key, day, removed));
        }
    }
    let mut entries = Entry::pack(-1, gone);
    entries.extend(Entry::pack(1, came));
    if !entries.is_empty() {
        plan.entries.push((key, entries));
    }
}
