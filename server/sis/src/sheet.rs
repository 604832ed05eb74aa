//! A CSV file with a header: columns by name, values as text, and the usable rows of a table.

use crate::encoding::decoded;
use crate::profile::{Form, Profile};
use crate::records::{BLOCK, Records, Row};
use crate::values;
use chrono::Datelike;
use foldhash::fast::RandomState;
use model::canonical::{Guard, MissingGuard, Table, UnreadContact};
use model::report::{Reason, Refusal, SchoolDay, SetAside};
use model::time::Date;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;
use std::hash::BuildHasher;
use std::io::Read;

/// Rows of one file that are listed; more are counted, not listed, so that a file of nothing but mistakes does not
/// fill the memory.
pub(crate) const LISTED: u64 = 100_000;

/// Categories that are told apart; in a file with more than these something else stands in their column.
const CATEGORIES: usize = 10_000;

/// What was found beside the usable rows.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) notes: Vec<String>,
    pub(crate) without: Vec<MissingGuard>,
    pub(crate) unread_contacts: Vec<UnreadContact>,
    pub(crate) unread_students: Vec<String>,
    pub(crate) unread_demographics: Vec<String>,
    /// The `sourcedId`s that the file of changes read last calls deleted.
    pub(crate) deleted: HashSet<String>,
    /// The `sourcedId`s of rows in the file of changes laid last that could be read, and yet are not used.
    pub(crate) passed_over: HashSet<String>,
    /// Files that hold only what changed.
    pub(crate) changes: BTreeSet<String>,
    /// Categories that nobody has mapped, and in how many rows each stands.
    pub(crate) unmapped: BTreeMap<String, u64>,
}

impl Report {
    /// Lists a row that is not used, or not as it stands; `nth` is its place among those of its file, from 1.
    pub(crate) fn list(&mut self, file: &str, line: u64, fault: Fault, nth: u64) {
        self.list_at(file, line, fault, None, nth);
    }

    /// The same of a row that names a school and a day.
    pub(crate) fn list_at(
        &mut self,
        file: &str,
        line: u64,
        fault: Fault,
        at: impl Into<Option<SchoolDay>>,
        nth: u64,
    ) {
        if fault.reason == Reason::UnmappedCategory {
            let told_apart = self.unmapped.len();
            match self.unmapped.get_mut(&fault.value) {
                Some(rows) => *rows += 1,
                None if told_apart < CATEGORIES => {
                    self.unmapped.insert(fault.value.clone(), 1);
                }
                None => {}
            }
        }
        if nth <= LISTED {
            self.set_aside.push(SetAside {
                file: file.to_owned(),
                line,
                column: fault.column.map(str::to_owned),
                value: fault.value,
                reason: fault.reason,
                at: at.into(),
            });
        } else if nth == LISTED + 1 {
            self.notes.push(format!(
                "{file}: the first {LISTED} rows set aside are listed, the others only counted"
            ));
        }
    }
}

/// Why a row is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) column: Option<&'static str>,
    pub(crate) value: String,
    pub(crate) reason: Reason,
}

impl Fault {
    /// A fault of one value.
    pub(crate) fn of(column: &'static str, value: impl Into<String>, reason: Reason) -> Self {
        Self { column: Some(column), value: value.into(), reason }
    }
}

/// A column's name in its comparing form: case, `_` and blanks do not count.
pub(crate) fn comparing(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || *c == '.').flat_map(char::to_lowercase).collect()
}

/// The columns a header names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    names: Vec<String>,
    comparing: Vec<String>,
}

impl Header {
    fn new(row: Row<'_>) -> Self {
        let names = (0..row.len())
            .filter_map(|i| row.get(i))
            .map(|f| String::from_utf8_lossy(values::trim(f)).into_owned());
        Self::named(names.collect())
    }

    fn named(names: Vec<String>) -> Self {
        let comparing = names.iter().map(|n| comparing(n)).collect();
        Self { names, comparing }
    }

    /// The place of a column of this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let name = comparing(name);
        self.comparing.iter().position(|n| *n == name)
    }

    /// The place of a column, by the profile's name of it or else ours.
    pub(crate) fn place(&self, column: &str, profile: &Profile) -> Option<usize> {
        profile.columns.get(column).and_then(|theirs| self.find(theirs)).or_else(|| self.find(column))
    }

    /// Whether it names all of some columns.
    pub(crate) fn has_all(&self, columns: &[&str], profile: &Profile) -> bool {
        columns.iter().all(|c| self.place(c, profile).is_some())
    }

    /// The names as they stand in the file.
    pub(crate) fn shown(&self) -> String {
        if self.names.is_empty() { "nothing".to_owned() } else { format!("`{}`", self.names.join(",")) }
    }
}

/// What tells the rows of a table apart, in the making: its parts, parted by ` / `.
#[derive(Debug, Default)]
pub(crate) struct Key(String);

impl Key {
    fn cleared(mut self) -> Self {
        self.0.clear();
        self
    }

    fn part(&mut self) -> &mut String {
        if !self.0.is_empty() {
            self.0.push_str(" / ");
        }
        &mut self.0
    }

    /// Adds a text.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.part().push_str(text);
        self
    }

    /// Adds a date.
    pub(crate) fn date(mut self, date: Date) -> Self {
        // Writing to a text never fails.
        let _ = write!(self.part(), "{}-{:02}-{:02}", date.year(), date.month(), date.day());
        self
    }
}

/// The rows of a table, found by what tells them apart. Only the hash of that is kept: a file may have millions.
#[derive(Debug, Default)]
struct Seen {
    rows: HashMap<u64, usize, RandomState>,
    state: RandomState,
}

impl Seen {
    /// The place of the row with this key; where there is none, the next row is taken to have it.
    fn place<T>(&mut self, text: &Key, rows: &[T], key: impl Fn(&T, Key) -> Key) -> Option<usize> {
        let mut hash = self.state.hash_one(&text.0);
        loop {
            let place = match self.rows.entry(hash) {
                Entry::Vacant(free) => {
                    free.insert(rows.len());
                    return None;
                }
                Entry::Occupied(taken) => *taken.get(),
            };
            if rows.get(place).is_some_and(|row| key(row, Key::default()).0 == text.0) {
                return Some(place);
            }
            // Another key has the same hash: this one goes by the next.
            hash = hash.wrapping_add(1);
        }
    }
}

/// A file with its header read.
pub(crate) struct Sheet<'r> {
    pub(crate) file: String,
    pub(crate) header: Header,
    pub(crate) records: Records<'r>,
    profile: &'r Profile,
    old_encoding: Cell<bool>,
    /// It holds what changed, and not all there is.
    changes: bool,
}

/// One row, its values as text.
pub(crate) struct Fields<'a> {
    row: Row<'a>,
    profile: &'a Profile,
    old_encoding: &'a Cell<bool>,
    /// Bytes that are no text were met in this row.
    no_text: Cell<Option<usize>>,
}

impl<'r> Sheet<'r> {
    /// Opens a file and reads its header; a file without any line has no columns.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the file cannot be read.
    pub(crate) fn open(
        file: &str,
        input: Box<dyn Read + Send + 'r>,
        profile: &'r Profile,
    ) -> Result<Self, Refusal> {
        Self::open_in_blocks(file, input, profile, BLOCK)
    }

    /// Opens a file that is written in a form of its own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_as(
        file: &str,
        input: Box<dyn Read + Send + 'r>,
        form: &'r Form,
    ) -> Result<Self, Refusal> {
        match &form.header {
            Some(names) => Ok(Self::headless(file, input, &form.profile, names.clone())),
            None => Self::open(file, input, &form.profile),
        }
    }

    /// Opens a file whose first line is a row; its columns are these.
    pub(crate) fn headless(
        file: &str,
        input: Box<dyn Read + Send + 'r>,
        profile: &'r Profile,
        columns: Vec<String>,
    ) -> Self {
        let records = Records::new(file, decoded(input, profile.encoding), profile.dialect(), BLOCK);
        Self::begun(file, records, profile, Header::named(columns))
    }

    /// As [`Self::open`], with blocks of a size.
    pub(crate) fn open_in_blocks(
        file: &str,
        input: Box<dyn Read + Send + 'r>,
        profile: &'r Profile,
        block: usize,
    ) -> Result<Self, Refusal> {
        let input = decoded(input, profile.encoding);
        let mut records = Records::new(file, input, profile.dialect(), block);
        let header = if records.advance()? { Header::new(records.row()) } else { Header::default() };
        Ok(Self::begun(file, records, profile, header))
    }

    fn begun(file: &str, records: Records<'r>, profile: &'r Profile, header: Header) -> Self {
        Self {
            file: file.to_owned(),
            header,
            records,
            profile,
            old_encoding: Cell::new(false),
            changes: false,
        }
    }

    /// How it is written.
    pub(crate) fn profile(&self) -> &'r Profile {
        self.profile
    }

    /// Whether a value was met that is not UTF-8.
    pub(crate) fn is_old_encoding(&self) -> bool {
        self.old_encoding.get()
    }

    /// The same as a file of changes: rows that are to be deleted are noted in [`Report::deleted`], and are none of the
    /// table's.
    pub(crate) fn of_changes(self) -> Self {
        Self { changes: true, ..self }
    }

    /// Refuses the file where one of these columns is missing; it is named as the district names it.
    pub(crate) fn require(&self, columns: &[&str]) -> Result<(), Refusal> {
        match columns.iter().find(|c| self.header.place(c, self.profile).is_none()) {
            None => Ok(()),
            Some(column) => Err(self.lacks(column)),
        }
    }

    /// That a column is missing.
    pub(crate) fn lacks(&self, column: &str) -> Refusal {
        let theirs = self.profile.columns.get(column).map_or(column, String::as_str);
        Refusal::MissingColumn {
            file: self.file.clone(),
            column: theirs.to_owned(),
            found: self.header.shown(),
        }
    }

    /// Reports a column that withholds access where it is missing.
    pub(crate) fn guard(&self, guard: Guard, report: &mut Report) {
        if self.header.place(guard.column(), self.profile).is_none() {
            let (file, found) = (self.file.clone(), self.header.shown());
            report.without.push(MissingGuard { guard, file, found });
        }
    }

    /// The places of some columns, in their order.
    pub(crate) fn places<const N: usize>(&self, columns: [&str; N]) -> [Option<usize>; N] {
        columns.map(|c| self.header.place(c, self.profile))
    }

    /// How many columns the header has.
    pub(crate) fn width(&self) -> usize {
        self.header.names.len()
    }

    /// The next row.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the file breaks off.
    pub(crate) fn next(&mut self) -> Result<Option<Fields<'_>>, Refusal> {
        if !self.records.advance()? {
            return Ok(None);
        }
        Ok(Some(Fields {
            row: self.records.row(),
            profile: self.profile,
            old_encoding: &self.old_encoding,
            no_text: Cell::new(None),
        }))
    }

    /// Says which encoding was read, where it is not the usual one.
    pub(crate) fn note_encoding(&self, report: &mut Report) {
        if self.is_old_encoding() {
            report.notes.push(format!("{}: not UTF-8; read as Windows-1252", self.file));
        }
    }

    /// Reads the usable rows of a table. Of two rows with one key the first is kept.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the file breaks off.
    pub(crate) fn table<T: PartialEq>(
        self,
        report: &mut Report,
        key_column: &'static str,
        key: impl Fn(&T, Key) -> Key,
        parse: impl FnMut(&Fields<'_>) -> Result<T, Fault>,
    ) -> Result<Table<T>, Refusal> {
        self.table_with_care(report, key_column, key, parse, |_, _| None, |_, _| {})
    }

    /// As [`Self::table`]. `rescue` may still make a row of one with a fault, which is then used, and listed all the
    /// same; `again` is told of a further row with the key of one that is kept.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the file breaks off.
    pub(crate) fn table_with_care<T: PartialEq>(
        mut self,
        report: &mut Report,
        key_column: &'static str,
        key: impl Fn(&T, Key) -> Key,
        mut parse: impl FnMut(&Fields<'_>) -> Result<T, Fault>,
        mut rescue: impl FnMut(&Fields<'_>, &Fault) -> Option<T>,
        mut again: impl FnMut(&mut T, &T),
    ) -> Result<Table<T>, Refusal> {
        let mut table = Table { file: self.file.clone(), read: 0, set_aside: 0, rows: Vec::new() };
        let mut listed = 0;
        let mut seen = Seen::default();
        let mut text = Key::default();
        let width = self.width();
        let [id, status] = self.places(["sourcedId", "status"]);
        let changes = self.changes;
        report.deleted.clear();
        while let Some(fields) = self.next()? {
            let deleted = changes && fields.text(status).eq_ignore_ascii_case("tobedeleted");
            if deleted && !fields.text(id).is_empty() {
                report.deleted.insert(fields.text(id));
                continue;
            }
            table.read += 1;
            let line = fields.line();
            let parsed = fields.fits(width).and_then(|()| {
                let parsed = parse(&fields);
                fields.is_text().and(parsed)
            });
            let (row, mut fault) = match parsed {
                Ok(row) => (Some(row), None),
                Err(fault) => (rescue(&fields, &fault), Some(fault)),
            };
            let mut used = false;
            if let Some(row) = row {
                text = key(&row, text.cleared());
                let before = seen.place(&text, &table.rows, &key);
                if let Some(before) = before.and_then(|before| table.rows.get_mut(before)) {
                    let reason = if *before == row { Reason::DuplicateRow } else { Reason::DuplicateId };
                    again(before, &row);
                    fault = Some(Fault::of(key_column, text.0.as_str(), reason));
                } else {
                    table.rows.push(row);
                    used = true;
                }
            }
            table.set_aside += u64::from(!used);
            if let Some(fault) = fault {
                listed += 1;
                report.list(&self.file, line, fault, listed);
            }
        }
        self.note_encoding(report);
        Ok(table)
    }
}

/// Whether a row has as many fields as the header; empty ones too many are let through.
pub(crate) fn fits(row: Row<'_>, width: usize) -> Result<(), Fault> {
    let extra_empty = || (width..row.len()).all(|i| row.get(i).is_some_and(<[u8]>::is_empty));
    if row.len() == width || (row.len() > width && extra_empty()) {
        return Ok(());
    }
    let value = format!("{} fields, the header has {width}", row.len());
    Err(Fault { column: None, value, reason: Reason::BadRow })
}

impl Fields<'_> {
    /// The line on which the row begins.
    pub(crate) fn line(&self) -> u64 {
        self.row.line
    }

    /// Whether the row has as many fields as the header; empty ones too many are let through.
    pub(crate) fn fits(&self, width: usize) -> Result<(), Fault> {
        fits(self.row, width)
    }

    /// How many fields the row has.
    pub(crate) fn len(&self) -> usize {
        self.row.len()
    }

    /// A value in the bytes of the file, where these are no text.
    pub(crate) fn raw(&self, place: usize) -> &[u8] {
        self.row.get(place).map(values::trim).unwrap_or_default()
    }

    /// Whether everything asked for so far was text.
    fn is_text(&self) -> Result<(), Fault> {
        match self.no_text.get().and_then(|place| self.row.get(place)) {
            None => Ok(()),
            Some(bytes) => Err(Fault {
                column: None,
                value: String::from_utf8_lossy(bytes).into_owned(),
                reason: Reason::BadEncoding,
            }),
        }
    }

    /// A value without white space at its ends; empty where the column or the value is missing.
    pub(crate) fn text(&self, place: Option<usize>) -> String {
        self.value(place).into_owned()
    }

    /// Whether something stands there that is no text.
    pub(crate) fn illegible(&self, place: Option<usize>) -> bool {
        let bytes = place.and_then(|place| self.row.get(place));
        bytes.is_some_and(|bytes| values::decode(values::trim(bytes)).is_none())
    }

    fn value(&self, place: Option<usize>) -> Cow<'_, str> {
        let Some((place, bytes)) = place.and_then(|p| Some((p, self.row.get(p)?))) else {
            return Cow::Borrowed("");
        };
        let Some((text, old)) = values::decode(values::trim(bytes)) else {
            self.no_text.set(Some(place));
            return Cow::Borrowed("");
        };
        self.old_encoding.set(self.old_encoding.get() || old);
        if self.profile.nulls.iter().any(|null| *null == text) { Cow::Borrowed("") } else { text }
    }

    /// A value that must not be empty.
    pub(crate) fn required(&self, place: Option<usize>, column: &'static str) -> Result<String, Fault> {
        let text = self.text(place);
        if text.is_empty() { Err(Fault::of(column, text, Reason::MissingValue)) } else { Ok(text) }
    }

    /// A date, where there is one.
    pub(crate) fn date(&self, place: Option<usize>, column: &'static str) -> Result<Option<Date>, Fault> {
        self.read(place, column, |text| values::date(text, self.profile))
    }

    /// A date that must be there.
    pub(crate) fn required_date(&self, place: Option<usize>, column: &'static str) -> Result<Date, Fault> {
        self.date(place, column)?.ok_or_else(|| Fault::of(column, "", Reason::MissingValue))
    }

    /// A truth value, where there is one.
    pub(crate) fn truth(&self, place: Option<usize>, column: &'static str) -> Result<Option<bool>, Fault> {
        self.read(place, column, |text| values::truth(text, self.profile))
    }

    /// A truth value that must be there.
    pub(crate) fn required_truth(&self, place: Option<usize>, column: &'static str) -> Result<bool, Fault> {
        self.truth(place, column)?.ok_or_else(|| Fault::of(column, "", Reason::MissingValue))
    }

    /// A value of some kind, where there is one.
    pub(crate) fn read<T>(
        &self,
        place: Option<usize>,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let text = self.value(place);
        if text.is_empty() {
            return Ok(None);
        }
        parse(&text).map(Some).ok_or_else(|| Fault::of(column, text, Reason::BadValue))
    }

    /// The parts of a list in one cell, parted by commas.
    pub(crate) fn list(&self, place: Option<usize>) -> Vec<String> {
        self.text(place).split(',').map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A column of one of the files that a real SIS (Aspen X2) exports.
    fn aspen(file: &str, column: &str) -> Option<Vec<String>> {
        let shared = std::env::var_os("EVERPRESENT_SHARED_DATA").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
            PathBuf::from,
        );
        let path = shared.join("aspen-export").join(file);
        let Ok(input) = std::fs::File::open(&path) else {
            println!("skipped: {} is not there", path.display());
            return None;
        };
        let profile = Profile { escape: Some('\\'), nulls: vec!["NULL".to_owned()], ..Profile::default() };
        let mut sheet = Sheet::open(file, Box::new(input), &profile).unwrap();
        let [place] = sheet.places([column]);
        let width = sheet.width();
        let mut values = Vec::new();
        while let Some(fields) = sheet.next().unwrap() {
            values.push(match fields.fits(width) {
                Ok(()) => fields.text(place),
                Err(fault) => fault.value,
            });
        }
        Some(values)
    }

    #[test]
    fn the_quotes_and_nulls_of_a_real_export_are_read() {
        let Some(told) = aspen("fake_behavior_export.csv", "incident_description") else { return };
        assert_eq!(told[1], r#"... yelling "NO" to the teacher ..."#);
        let times = aspen("fake_behavior_export.csv", "incident_time").unwrap();
        assert_eq!(times, ["13:00:00", "13:00:00", "", ""]);
    }

    #[test]
    fn a_row_with_a_field_too_few_is_told_from_a_whole_one() {
        let Some(ends) = aspen("fake_student_services_file.csv", "End Date") else { return };
        assert_eq!(ends, ["7/29/16", "2 fields, the header has 3"]);
    }
}
