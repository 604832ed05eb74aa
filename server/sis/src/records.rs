//! The records of a CSV file, one at a time and without an allocation a row.
//!
//! A line without quotes is split where it lies in the buffer; any other record goes through `csv_core`. A property
//! test holds both to what the `csv` crate reads.

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter};
use model::report::Refusal;
use std::io::Read;

/// What is read from the source at once. Small enough to stay in a core's own cache.
const BLOCK: usize = 256 * 1024;
/// No record is longer: what seems to be is a quote that nobody closed.
const LONGEST_RECORD: usize = 1024 * 1024;

/// How fields are parted and quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Between two fields.
    pub(crate) delimiter: u8,
    /// Around a field that holds delimiters or line ends.
    pub(crate) quote: u8,
    /// Before a quote within a quoted field; a doubled quote is read as one in any case.
    pub(crate) escape: Option<u8>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', quote: b'"', escape: None }
    }
}

/// Where the fields of the current record lie.
enum Home {
    Buffer,
    Unescaped,
}

/// The records of one file, in order.
pub(crate) struct Records<'r> {
    file: String,
    input: Box<dyn Read + 'r>,
    dialect: Dialect,
    core: csv_core::Reader,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    ended: bool,
    begun: bool,
    /// The buffer holds a quote or a carriage return somewhere, so each line must be looked at.
    quotes: bool,
    returns: bool,
    /// The line of `buffer[at]`.
    line: u64,
    record_line: u64,
    home: Home,
    bounds: Vec<(usize, usize)>,
    unescaped: Vec<u8>,
    ends: Vec<usize>,
}

/// One record.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The line on which it begins; the first line of the file is 1.
    pub(crate) line: u64,
    bytes: &'a [u8],
    bounds: &'a [(usize, usize)],
}

impl<'a> Row<'a> {
    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// A field as it stands in the file, quotes and escapes undone.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> Option<&'a [u8]> {
        let (from, to) = *self.bounds.get(place)?;
        self.bytes.get(from..to)
    }
}

impl<'r> Records<'r> {
    /// The records of `input`; `file` is the name used in refusals.
    pub(crate) fn new(file: &str, input: Box<dyn Read + 'r>, dialect: Dialect) -> Self {
        Self::in_blocks(file, input, dialect, BLOCK)
    }

    fn in_blocks(file: &str, input: Box<dyn Read + 'r>, dialect: Dialect, block: usize) -> Self {
        let core = csv_core::ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .escape(dialect.escape)
            .build();
        Self {
            file: file.to_owned(),
            input,
            dialect,
            core,
            buffer: vec![0; block],
            at: 0,
            filled: 0,
            ended: false,
            begun: false,
            quotes: false,
            returns: false,
            line: 1,
            record_line: 1,
            home: Home::Buffer,
            bounds: Vec::new(),
            unescaped: Vec::new(),
            ends: Vec::new(),
        }
    }

    fn refuse(&self, why: String) -> Refusal {
        Refusal::Unreadable { file: self.file.clone(), why }
    }

    /// Moves what is left to the front and reads behind it.
    fn fill(&mut self) -> Result<(), Refusal> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.filled == self.buffer.len() {
            if self.filled >= LONGEST_RECORD {
                return Err(self.refuse(format!("line {} is longer than 1 MB", self.line)));
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while self.filled < self.buffer.len() && !self.ended {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.filled += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.refuse(format!("near line {}: {error}", self.line))),
            }
        }
        if !self.begun {
            self.begun = true;
            let start = &self.buffer[..self.filled];
            if start.starts_with(b"\xef\xbb\xbf") {
                self.at = 3;
            } else if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
                return Err(self.refuse("it is UTF-16 text; save the file as UTF-8".to_owned()));
            }
        }
        let fresh = &self.buffer[self.at..self.filled];
        self.quotes = memchr(self.dialect.quote, fresh).is_some();
        self.returns = memchr(b'\r', fresh).is_some();
        Ok(())
    }

    /// Goes to the next record; `false` at the end. Blank lines are no records.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the source breaks off, a quote is never closed, or the text is UTF-16.
    pub(crate) fn advance(&mut self) -> Result<bool, Refusal> {
        loop {
            while let Some(byte @ (b'\n' | b'\r')) = self.buffer[..self.filled].get(self.at) {
                self.line += u64::from(*byte == b'\n');
                self.at += 1;
            }
            let rest = &self.buffer[self.at..self.filled];
            let length = match memchr(b'\n', rest) {
                Some(length) => length,
                None if !self.ended => {
                    self.fill()?;
                    continue;
                }
                None if rest.is_empty() => return Ok(false),
                None => rest.len(),
            };
            self.record_line = self.line;
            let mut line = &rest[..length];
            if self.returns {
                line = line.strip_suffix(b"\r").unwrap_or(line);
            }
            if (self.quotes && memchr(self.dialect.quote, line).is_some())
                || (self.returns && memchr(b'\r', line).is_some())
            {
                self.read_quoted()?;
                return Ok(true);
            }
            self.home = Home::Buffer;
            self.bounds.clear();
            let mut from = self.at;
            for delimiter in memchr_iter(self.dialect.delimiter, line) {
                self.bounds.push((from, self.at + delimiter));
                from = self.at + delimiter + 1;
            }
            self.bounds.push((from, self.at + line.len()));
            let past = (self.at + length + 1).min(self.filled);
            self.line += u64::from(past > self.at + length);
            self.at = past;
            return Ok(true);
        }
    }

    /// The record that begins at `at`, by the rules of quotes.
    fn read_quoted(&mut self) -> Result<(), Refusal> {
        self.core.reset();
        self.home = Home::Unescaped;
        let (mut written, mut fields, mut closed) = (0, 0, false);
        loop {
            let input: &[u8] = if closed { b"\n" } else { &self.buffer[self.at..self.filled] };
            let (result, taken, out, ends) =
                self.core.read_record(input, &mut self.unescaped[written..], &mut self.ends[fields..]);
            if !closed {
                self.line += memchr_iter(b'\n', &input[..taken]).count() as u64;
                self.at += taken;
            }
            written += out;
            fields += ends;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2 + 64, 0),
                ReadRecordResult::OutputFull if written < LONGEST_RECORD => {
                    self.unescaped.resize(self.unescaped.len() * 2 + 4096, 0);
                }
                ReadRecordResult::InputEmpty if !self.ended => self.fill()?,
                // A line end in place of the end of the file: it ends the record unless a quote is still open.
                ReadRecordResult::InputEmpty if !closed => closed = true,
                ReadRecordResult::OutputFull | ReadRecordResult::InputEmpty => {
                    let line = self.record_line;
                    return Err(self.refuse(format!("line {line}: a quote is opened and never closed")));
                }
            }
        }
        self.bounds.clear();
        let mut from = 0;
        for end in &self.ends[..fields] {
            self.bounds.push((from, *end));
            from = *end;
        }
        Ok(())
    }

    /// The record to which [`Self::advance`] went.
    #[inline]
    pub(crate) fn row(&self) -> Row<'_> {
        let bytes: &[u8] = match self.home {
            Home::Buffer => &self.buffer,
            Home::Unescaped => &self.unescaped,
        };
        Row { line: self.record_line, bytes, bounds: &self.bounds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read = Result<Vec<(u64, Vec<Vec<u8>>)>, Refusal>;

    fn ours(text: &[u8], dialect: Dialect, block: usize) -> Read {
        let mut records = Records::in_blocks("f.csv", Box::new(text), dialect, block);
        let mut all = Vec::new();
        while records.advance()? {
            let row = records.row();
            all.push((row.line, (0..row.len()).map(|i| row.get(i).unwrap().to_vec()).collect()));
        }
        Ok(all)
    }

    fn csv_crate(text: &[u8], dialect: Dialect) -> Vec<Vec<Vec<u8>>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .escape(dialect.escape)
            .from_reader(text)
            .byte_records()
            .map(|r| r.unwrap().iter().map(<[u8]>::to_vec).collect())
            .collect()
    }

    fn dialects() -> impl Strategy<Value = Dialect> {
        prop_oneof![
            Just(Dialect::default()),
            Just(Dialect { escape: Some(b'\\'), ..Dialect::default() }),
            Just(Dialect { delimiter: b'\t', quote: b'\'', escape: None }),
        ]
    }

    /// Bytes in which everything that matters to a CSV file is frequent.
    fn dirty() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            4 => prop::sample::select(b"ab1 \xe9".as_slice()),
            3 => prop::sample::select(b",\t".as_slice()),
            3 => prop::sample::select(b"\n\r".as_slice()),
            1 => prop::sample::select(b"\"'\\".as_slice()),
        ];
        prop::collection::vec(byte, 0..200)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn records_are_those_of_the_csv_crate(
            text in dirty(), dialect in dialects(), block in prop::sample::select(vec![1_usize, 7, 64, 4096]),
        ) {
            match ours(&text, dialect, block) {
                Ok(records) => {
                    let fields: Vec<_> = records.into_iter().map(|(_, fields)| fields).collect();
                    prop_assert_eq!(fields, csv_crate(&text, dialect));
                }
                // The csv crate takes the rest of the file for one field; we refuse that.
                Err(refusal) => {
                    prop_assert!(refusal.to_string().contains("never closed"));
                    // A letter first, as the text may end in an escape.
                    let closed = [&text[..], b"x", &[dialect.quote]].concat();
                    prop_assert!(ours(&closed, dialect, block).is_ok());
                }
            }
        }

        #[test]
        fn a_record_knows_its_line(lines in prop::collection::vec("[a-c,]{0,4}|\"[a\n]{0,3}\"", 0..20), block in 1_usize..40) {
            let (mut text, mut starts, mut line) = (String::new(), Vec::new(), 1);
            for record in &lines {
                if !record.is_empty() {
                    starts.push(line);
                }
                line += 1 + record.matches('\n').count() as u64;
                text += &format!("{record}\r\n");
            }
            let records = ours(text.as_bytes(), Dialect::default(), block).unwrap();
            prop_assert_eq!(records.into_iter().map(|(line, _)| line).collect::<Vec<_>>(), starts);
        }
    }

    #[test]
    fn a_record_without_an_end_is_refused_before_it_fills_the_memory() {
        let mut text = b"a,\"b".to_vec();
        text.resize(5 * 1024 * 1024, b'x');
        let refusal = ours(&text, Dialect::default(), BLOCK).unwrap_err().to_string();
        assert!(
            refusal.contains("line 1 is longer than 1 MB") || refusal.contains("never closed"),
            "{refusal}"
        );
    }
}
