//! Attendance in a district's own form → the columns of the plain file, row by row, while it is read.
//!
//! Where a category is made of several columns, where codes are explained in a second file or where not every row counts,
//! the file is written anew in memory, a piece at a time, and read on as any other. A row stays on its line, so that what
//! is set aside is named by its place in the district's file; of a row that says two things both stand on its line.

use crate::profile::{Category, Condition, Form};
use crate::sheet::{Fields, Header, Sheet};
use crate::values;
use model::report::Refusal;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Error, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What is written before it is read.
const CHUNK: usize = 64 * 1024;
/// What a plain file says beside student, school, date and category.
const BESIDE: [&str; 7] = ["reason", "duration", "minutes", "session", "period", "arrival", "departure"];

/// A file that explains what stands in a column, read.
pub(crate) struct Explained {
    /// Its columns, and its rows by their key.
    header: Header,
    rows: HashMap<String, Vec<String>>,
}

impl Explained {
    /// Reads it.
    ///
    /// # Errors
    /// [`Refusal`] where the column of the key is missing, the file breaks off, or one key is explained in two ways.
    pub(crate) fn read(mut sheet: Sheet<'_>, key: &str) -> Result<Self, Refusal> {
        let place = sheet.header.place(key, sheet.profile()).ok_or_else(|| sheet.lacks(key))?;
        let (file, header, width) = (sheet.file.clone(), sheet.header.clone(), sheet.width());
        let mut rows: HashMap<String, Vec<String>> = HashMap::new();
        while let Some(fields) = sheet.next()? {
            let values: Vec<String> = (0..width).map(|place| fields.text(Some(place))).collect();
            let key = values[place].clone();
            if rows.get(&key).is_some_and(|before| *before != values) {
                let why = format!("line {}: `{key}` stood before with other values", fields.line());
                return Err(Refusal::Unreadable { file, why });
            }
            rows.insert(key, values);
        }
        Ok(Self { header, rows })
    }
}

/// What was met on the way.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    left_out: AtomicU64,
    said_more: AtomicU64,
    old_encoding: AtomicBool,
}

impl Tally {
    /// What a person should know of it, once the file was read.
    pub(crate) fn notes(&self, file: &str) -> Vec<String> {
        let (left_out, said_more) =
            (self.left_out.load(Ordering::Relaxed), self.said_more.load(Ordering::Relaxed));
        let mut notes = Vec::new();
        if self.old_encoding.load(Ordering::Relaxed) {
            notes.push(format!("{file}: not UTF-8; read as Windows-1252"));
        }
        if left_out > 0 {
            notes.push(format!("{file}: rows that the profile leaves out by `only`: {left_out}"));
        }
        if said_more > 0 {
            notes
                .push(format!("{file}: marks beyond the first of a row, each counted as a row: {said_more}"));
        }
        notes
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum At {
    /// In a column of the file.
    Own(usize),
    /// In a column of a file that explains one of its columns.
    Explained { file: usize, place: usize },
}

/// What a category is made of.
enum Making {
    Joined(Vec<At>),
    Rules {
        /// The columns that are looked at, by their names.
        looked_at: Vec<(String, At)>,
        rules: Vec<Made>,
    },
}

/// When a row is a mark of a category.
struct Made {
    is: String,
    /// The places in `looked_at`, and what must stand there.
    when: Vec<(usize, Condition)>,
    duration: Option<At>,
}

/// One mark of a row.
struct Mark<'a> {
    category: Cow<'a, str>,
    duration: Option<At>,
}

/// How rows are written anew.
struct Plan<'r> {
    form: &'r Form,
    /// The files that explain, and the places of the columns that they explain.
    explained: Vec<(String, usize, Explained)>,
    only: Vec<(At, String)>,
    /// Student, school and date.
    who: [At; 3],
    making: Making,
    beside: Vec<(&'static str, Option<At>)>,
    /// Columns of the file, and of what is written: never fewer.
    width: usize,
    written: usize,
    tally: Arc<Tally>,
}

/// One row, with what explains it.
struct Row<'a> {
    fields: &'a Fields<'a>,
    explained: Vec<Option<&'a Vec<String>>>,
}

impl Row<'_> {
    fn text(&self, at: At) -> Cow<'_, str> {
        match at {
            At::Own(place) => Cow::Owned(self.fields.text(Some(place))),
            At::Explained { file, place } => {
                let row = self.explained.get(file).copied().flatten();
                Cow::Borrowed(row.and_then(|row| row.get(place)).map_or("", String::as_str))
            }
        }
    }

    /// Writes a value; one that is no text as it stands, so that it is set aside as such.
    fn put(&self, at: At, out: &mut Vec<u8>) {
        match at {
            At::Own(place) if self.fields.illegible(Some(place)) => put(self.fields.raw(place), out),
            _ => put(self.text(at).as_bytes(), out),
        }
    }
}

/// Writes a field. No record is longer than a line.
fn put(text: &[u8], out: &mut Vec<u8>) {
    if !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\"\""),
            b'\n' | b'\r' => out.push(b' '),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// A word for true or false, or a number: true where it is above 0.
fn truth(text: &str, form: &Form) -> Option<bool> {
    values::truth(text, &form.profile).or_else(|| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let mut digits = whole.bytes().chain(part.bytes()).peekable();
        digits.peek()?;
        let mut above = false;
        for digit in digits {
            above |= digit != b'0';
            if !digit.is_ascii_digit() {
                return None;
            }
        }
        Some(above)
    })
}

impl Plan<'_> {
    /// The marks of a row, at least one.
    fn marks<'a>(&'a self, row: &'a Row<'_>) -> Vec<Mark<'a>> {
        let mark = |category: String| vec![Mark { category: Cow::Owned(category), duration: None }];
        match &self.making {
            Making::Joined(parts) => {
                let texts: Vec<_> = parts.iter().map(|at| row.text(*at)).filter(|t| !t.is_empty()).collect();
                mark(if texts.is_empty() { self.unexplained(row) } else { texts.join(" ") })
            }
            Making::Rules { looked_at, rules } => {
                let said: Vec<Cow<'_, str>> = looked_at.iter().map(|(_, at)| row.text(*at)).collect();
                let mut readable = true;
                let mut holds = |(place, wanted): &(usize, Condition)| {
                    let text = said.get(*place).map_or("", |text| text);
                    match wanted {
                        Condition::Text(wanted) => text.eq_ignore_ascii_case(wanted),
                        Condition::Truth(_) if text.is_empty() => false,
                        Condition::Truth(wanted) => {
                            let truth = truth(text, self.form);
                            readable &= truth.is_some();
                            truth == Some(*wanted)
                        }
                    }
                };
                // Each condition is looked at, so that nothing that cannot be read hides behind one that does not hold.
                let mut fit = |made: &Made| made.when.iter().fold(true, |fits, when| fits & holds(when));
                let fitting: Vec<Mark<'_>> = rules
                    .iter()
                    .filter(|made| fit(made))
                    .map(|made| Mark { category: Cow::Borrowed(&made.is), duration: made.duration })
                    .collect();
                if readable && !fitting.is_empty() {
                    return fitting;
                }
                let pair = |((name, _), text): (&(String, At), &Cow<'_, str>)| format!("{name}={text}");
                mark(looked_at.iter().zip(&said).map(pair).collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// What stands for a category where no file explains the row's code.
    fn unexplained(&self, row: &Row<'_>) -> String {
        let missed = self.explained.iter().zip(&row.explained).find(|(_, found)| found.is_none());
        let code = missed.map(|((on, place, _), _)| (on, row.fields.text(Some(*place))));
        code.filter(|(_, code)| !code.is_empty())
            .map_or_else(String::new, |(on, code)| format!("{on}={code}"))
    }

    /// The column of which a category is made and which holds no text.
    fn no_text(&self, row: &Row<'_>) -> Option<usize> {
        let bad = |at: At| match at {
            At::Own(place) if row.fields.illegible(Some(place)) => Some(place),
            _ => None,
        };
        match &self.making {
            Making::Joined(parts) => parts.iter().find_map(|at| bad(*at)),
            Making::Rules { looked_at, .. } => looked_at.iter().find_map(|(_, at)| bad(*at)),
        }
    }

    /// Writes a row behind `out`, which has come to `line`.
    fn write(&self, fields: &Fields<'_>, line: &mut u64, out: &mut Vec<u8>) {
        let explained = self.explained.iter().map(|(_, on, file)| file.rows.get(&fields.text(Some(*on))));
        let row = Row { fields, explained: explained.collect() };
        let whole = fields.fits(self.width).is_ok();
        let is_wanted = |(at, word): &(At, String)| {
            let text = row.text(*at);
            text.eq_ignore_ascii_case(word) || (word == "*" && !text.is_empty())
        };
        if whole && !self.only.iter().all(is_wanted) {
            self.tally.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        while *line < fields.line() {
            out.push(b'\n');
            *line += 1;
        }
        if whole {
            self.write_marks(&row, out);
        } else {
            self.write_misfit(&row, out);
        }
        out.push(b'\n');
        *line += 1;
    }

    fn write_marks(&self, row: &Row<'_>, out: &mut Vec<u8>) {
        let no_text = self.no_text(row);
        let marks = match no_text {
            Some(_) => vec![Mark { category: Cow::Borrowed(""), duration: None }],
            None => self.marks(row),
        };
        self.tally.said_more.fetch_add(marks.len() as u64 - 1, Ordering::Relaxed);
        for (number, mark) in marks.iter().enumerate() {
            if number > 0 {
                // Ends a record, and no line.
                out.push(b'\r');
            }
            for at in self.who {
                row.put(at, out);
                out.push(b',');
            }
            put(no_text.map_or(mark.category.as_bytes(), |place| row.fields.raw(place)), out);
            for (name, at) in &self.beside {
                out.push(b',');
                let own = mark.duration.filter(|_| *name == "duration");
                if let Some(at) = own.or(*at) {
                    row.put(at, out);
                }
            }
            out.extend(std::iter::repeat_n(b',', self.written - 4 - self.beside.len()));
        }
    }

    /// Writes a row with too few or too many fields as one with as many too few or too many.
    fn write_misfit(&self, row: &Row<'_>, out: &mut Vec<u8>) {
        let (from, fields) = (out.len(), row.fields.len() + self.written - self.width);
        for number in 0..fields {
            if number > 0 {
                out.push(b',');
            }
            match self.who.get(number) {
                Some(at) => row.put(*at, out),
                None if number >= self.written => out.push(b'-'),
                None => {}
            }
        }
        if out.len() == from {
            // An empty line would be no record.
            out.extend_from_slice(b"\"\"");
        }
    }
}

/// A file of attendance, written anew as it is read.
pub(crate) struct Translated<'r> {
    sheet: Sheet<'r>,
    plan: Plan<'r>,
    out: Vec<u8>,
    /// How much of it was given out.
    at: usize,
    /// The line that comes next.
    line: u64,
    over: bool,
}

impl<'r> Translated<'r> {
    /// The file anew, and the names of its columns: no header is written. `explained` are the files of [`Form::own`]'s
    /// joins, in their order.
    ///
    /// # Errors
    /// [`Refusal::MissingColumn`] where a column is missing that is needed or named.
    pub(crate) fn new(
        sheet: Sheet<'r>,
        form: &'r Form,
        explained: Vec<Explained>,
        tally: Arc<Tally>,
    ) -> Result<(Self, Vec<String>), Refusal> {
        let mut joined = Vec::new();
        for (join, file) in form.own.join.iter().zip(explained) {
            let place = sheet.header.place(&join.on, &form.profile);
            joined.push((join.on.clone(), place.ok_or_else(|| sheet.lacks(&join.on))?, file));
        }
        let find = |name: &str| {
            // What the profile calls it comes first, wherever it stands: a column of the file may have our name and be
            // another.
            let theirs = form.profile.columns.get(name).map(String::as_str);
            theirs.into_iter().chain([name]).find_map(|name| {
                let in_others = || {
                    let mut others = joined.iter().enumerate();
                    others.find_map(|(file, (_, _, of))| {
                        of.header.find(name).map(|place| At::Explained { file, place })
                    })
                };
                sheet.header.find(name).map(At::Own).or_else(in_others)
            })
        };
        let need = |name: &str| find(name).ok_or_else(|| sheet.lacks(name));
        let mut only = Vec::new();
        for (column, word) in &form.own.only {
            only.push((need(column)?, word.clone()));
        }
        let who = [need("student_id")?, need("school_id")?, need("date")?];
        let making = making(&form.own.category, &need)?;
        let has_durations = matches!(&making, Making::Rules { rules, .. } if rules.iter().any(|rule| rule.duration.is_some()));
        let beside: Vec<_> = BESIDE
            .iter()
            .map(|name| (*name, find(name)))
            .filter(|(name, at)| at.is_some() || (has_durations && *name == "duration"))
            .collect();
        let width = sheet.width();
        let written = width.max(4 + beside.len());
        let mut columns: Vec<String> = ["student_id", "school_id", "date", "category"]
            .iter()
            .chain(beside.iter().map(|(name, _)| name))
            .map(|name| (*name).to_owned())
            .collect();
        columns.resize(written, String::new());
        let plan = Plan { form, explained: joined, only, who, making, beside, width, written, tally };
        Ok((Self { sheet, plan, out: Vec::new(), at: 0, line: 1, over: false }, columns))
    }

    fn fill(&mut self) -> Result<(), Refusal> {
        self.at = 0;
        self.out.clear();
        while self.out.len() < CHUNK {
            let Some(fields) = self.sheet.next()? else {
                self.over = true;
                break;
            };
            self.plan.write(&fields, &mut self.line, &mut self.out);
        }
        if self.sheet.is_old_encoding() {
            self.plan.tally.old_encoding.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn making(category: &Category, need: &impl Fn(&str) -> Result<At, Refusal>) -> Result<Making, Refusal> {
    let rules = match category {
        Category::Joined(columns) if columns.is_empty() => {
            return Ok(Making::Joined(vec![need("category")?]));
        }
        Category::Joined(columns) => {
            return columns.iter().map(|column| need(column)).collect::<Result<_, _>>().map(Making::Joined);
        }
        Category::Rules(rules) => rules,
    };
    let mut looked_at: Vec<(String, At)> = Vec::new();
    let mut made = Vec::new();
    for rule in rules {
        let mut when = Vec::new();
        for (column, condition) in &rule.when {
            let known = looked_at.iter().position(|(name, _)| name == column);
            if known.is_none() {
                looked_at.push((column.clone(), need(column)?));
            }
            when.push((known.unwrap_or(looked_at.len() - 1), condition.clone()));
        }
        let duration = rule.duration.as_deref().map(need).transpose()?;
        made.push(Made { is: rule.is.clone(), when, duration });
    }
    Ok(Making::Rules { looked_at, rules: made })
}

impl Read for Translated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.out.len() && !self.over {
            self.fill().map_err(Error::other)?;
        }
        let length = buffer.len().min(self.out.len() - self.at);
        buffer[..length].copy_from_slice(&self.out[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}
