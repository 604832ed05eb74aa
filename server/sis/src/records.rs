//! The records of a CSV file, without an allocation a row.
//!
//! A file is read in blocks that end where a record ends, so that blocks can be split at once by several threads. A line
//! without quotes is split where it lies in its block; any other record goes through `csv_core`. A property test holds
//! both to what the `csv` crate reads.

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter, memchr2, memrchr};
use model::report::Refusal;
use std::io::Read;

/// What is read from the source at once. Small enough to stay in a core's own cache.
pub(crate) const BLOCK: usize = 256 * 1024;
/// No record is longer: what seems to be is a quote that nobody closed.
const LONGEST_RECORD: usize = 1024 * 1024;
/// Bytes that may be looked at behind the last record of a block, whatever stands there.
pub(crate) const BEHIND: usize = 64;

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

/// Whole records of a file, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The records, then at least [`BEHIND`] bytes without a meaning.
    pub(crate) bytes: Vec<u8>,
    /// Where the records end.
    pub(crate) filled: usize,
    /// The line of the first byte; the first line of the file is 1.
    pub(crate) line: u64,
    /// Nothing follows.
    last: bool,
    /// A quote or a carriage return stands somewhere, so each line must be looked at.
    quotes: bool,
    returns: bool,
}

/// A file, block by block.
pub(crate) struct Blocks<'r> {
    file: String,
    input: Box<dyn Read + Send + 'r>,
    size: usize,
    /// What was read behind the last block.
    rest: Vec<u8>,
    line: u64,
    begun: bool,
    ended: bool,
    splitter: Splitter,
}

impl<'r> Blocks<'r> {
    /// The blocks of `input`, of `size` bytes or as many as a record needs; `file` is the name used in refusals.
    pub(crate) fn new(file: &str, input: Box<dyn Read + Send + 'r>, dialect: Dialect, size: usize) -> Self {
        Self {
            file: file.to_owned(),
            input,
            size,
            rest: Vec::new(),
            line: 1,
            begun: false,
            ended: false,
            splitter: Splitter::new(file, dialect),
        }
    }

    /// Whether nothing follows.
    pub(crate) fn are_over(&self) -> bool {
        self.ended && self.rest.is_empty()
    }

    fn refuse(&self, why: String) -> Refusal {
        Refusal::Unreadable { file: self.file.clone(), why }
    }

    /// Reads the next block into `block`, whose memory is used again; `false` where there is none.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the source breaks off, a record does not end, or the text is UTF-16.
    pub(crate) fn next(&mut self, block: &mut Block) -> Result<bool, Refusal> {
        let mut size = self.size.max(self.rest.len() + 1);
        block.bytes.resize(block.bytes.len().max(size + BEHIND), 0);
        block.bytes[..self.rest.len()].copy_from_slice(&self.rest);
        let mut filled = self.rest.len();
        self.rest.clear();
        loop {
            while filled < size && !self.ended {
                match self.input.read(&mut block.bytes[filled..size]) {
                    Ok(0) => self.ended = true,
                    Ok(read) => filled += read,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    // What reads for us, and refuses, says itself where.
                    Err(error) => {
                        let why = |error| self.refuse(format!("near line {}: {error}", self.line));
                        return Err(error.downcast::<Refusal>().unwrap_or_else(why));
                    }
                }
            }
            // The mark of the encoding is three bytes long, and blocks may be shorter in tests.
            if !self.begun && (filled >= 3 || self.ended) {
                self.begun = true;
                let start = &block.bytes[..filled];
                if start.starts_with(b"\xef\xbb\xbf") {
                    block.bytes.copy_within(3..filled, 0);
                    filled -= 3;
                    continue;
                } else if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
                    let why = "it is UTF-16 text; save the file as UTF-8, or say `encoding = \"utf-16\"` in a profile";
                    return Err(self.refuse(why.to_owned()));
                }
            }
            let text = &block.bytes[..filled];
            // Most files have neither, so both are looked for in one go.
            let odd =
                memchr2(self.splitter.dialect.quote, b'\r', text).map_or(&[][..], |first| &text[first..]);
            let quotes = memchr(self.splitter.dialect.quote, odd).is_some();
            let end = match self.ended {
                true => filled,
                false if !self.begun => 0,
                false => self.splitter.last_end(text, quotes),
            };
            if end > 0 || self.ended {
                self.rest.extend_from_slice(&text[end..]);
                let text = &text[..end];
                block.filled = end;
                block.line = self.line;
                block.last = self.ended;
                block.quotes = quotes;
                block.returns = memchr(b'\r', odd).is_some();
                self.line += memchr_iter(b'\n', text).count() as u64;
                return Ok(end > 0);
            }
            if filled >= LONGEST_RECORD {
                let line = memchr(b'\n', text).map_or(text, |end| &text[..end]);
                let why = match memchr(self.splitter.dialect.quote, line) {
                    Some(_) => format!("line {}: a quote is opened and never closed", self.line),
                    None => format!("line {} is longer than 1 MB", self.line),
                };
                return Err(self.refuse(why));
            }
            size *= 2;
            block.bytes.resize(block.bytes.len().max(size + BEHIND), 0);
        }
    }
}

/// Where the fields of the current record lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    Block,
    Unescaped,
}

/// What became of a record that was read by the rules of quotes.
enum Quoted {
    /// It ends before this place.
    Ends(usize),
    /// It does not end in these bytes.
    Open,
}

/// Splits the records of a block into fields.
pub(crate) struct Splitter {
    file: String,
    dialect: Dialect,
    core: csv_core::Reader,
    home: Home,
    record_line: u64,
    bounds: Vec<(usize, usize)>,
    unescaped: Vec<u8>,
    ends: Vec<usize>,
}

/// A place in a block, and its line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) at: usize,
    pub(crate) line: u64,
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

    /// Where a field begins in the bytes it lies in.
    pub(crate) fn start(&self, place: usize) -> Option<usize> {
        self.bounds.get(place).map(|(from, _)| *from)
    }
}

impl Splitter {
    /// A splitter; `file` is the name used in refusals.
    pub(crate) fn new(file: &str, dialect: Dialect) -> Self {
        let core = csv_core::ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .escape(dialect.escape)
            .build();
        Self {
            file: file.to_owned(),
            dialect,
            core,
            home: Home::Block,
            record_line: 1,
            bounds: Vec::new(),
            unescaped: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Where the last record that ends within some bytes ends; they begin where a record begins, and hold `quotes` or
    /// do not.
    fn last_end(&mut self, bytes: &[u8], quotes: bool) -> usize {
        if !quotes {
            return memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        }
        let mut at = 0;
        while let Some(length) = memchr(b'\n', &bytes[at..]) {
            if memchr(self.dialect.quote, &bytes[at..at + length]).is_none() {
                at += length + 1;
            } else if let Ok(Quoted::Ends(end)) = self.read_quoted(&bytes[at..], false) {
                at += end;
            } else {
                break;
            }
        }
        at
    }

    /// Goes to the record at a place of a block, and moves the place behind it; `false` at the end. Blank lines are no
    /// records.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where a quote is never closed.
    #[inline]
    pub(crate) fn advance(&mut self, block: &Block, place: &mut Place) -> Result<bool, Refusal> {
        let bytes = &block.bytes[..block.filled];
        while let Some(byte @ (b'\n' | b'\r')) = bytes.get(place.at) {
            place.line += u64::from(*byte == b'\n');
            place.at += 1;
        }
        let rest = &bytes[place.at..];
        let end = memchr(b'\n', rest);
        let length = match end {
            Some(length) => length,
            None if rest.is_empty() => return Ok(false),
            None => rest.len(),
        };
        self.record_line = place.line;
        let mut line = &rest[..length];
        if block.returns {
            line = line.strip_suffix(b"\r").unwrap_or(line);
        }
        if (block.quotes && memchr(self.dialect.quote, line).is_some())
            || (block.returns && memchr(b'\r', line).is_some())
        {
            let end = match self.read_quoted(rest, block.last)? {
                Quoted::Ends(end) => end,
                // Blocks end where records end.
                Quoted::Open => rest.len(),
            };
            place.line += memchr_iter(b'\n', &rest[..end]).count() as u64;
            place.at += end;
            return Ok(true);
        }
        self.home = Home::Block;
        self.bounds.clear();
        let mut from = place.at;
        for delimiter in memchr_iter(self.dialect.delimiter, line) {
            self.bounds.push((from, place.at + delimiter));
            from = place.at + delimiter + 1;
        }
        self.bounds.push((from, place.at + line.len()));
        place.at += length + usize::from(end.is_some());
        place.line += u64::from(end.is_some());
        Ok(true)
    }

    /// The record that begins with `bytes`, by the rules of quotes. The end of the last bytes of a file ends a record.
    fn read_quoted(&mut self, bytes: &[u8], last: bool) -> Result<Quoted, Refusal> {
        self.core.reset();
        self.home = Home::Unescaped;
        let (mut written, mut fields, mut taken, mut closed) = (0, 0, 0, false);
        loop {
            let input: &[u8] = if closed { b"\n" } else { &bytes[taken..] };
            let (result, read, out, ends) =
                self.core.read_record(input, &mut self.unescaped[written..], &mut self.ends[fields..]);
            if !closed {
                taken += read;
            }
            written += out;
            fields += ends;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2 + 64, 0),
                ReadRecordResult::OutputFull if written < LONGEST_RECORD => {
                    self.unescaped.resize(self.unescaped.len() * 2 + 4096, 0);
                }
                ReadRecordResult::InputEmpty if !last => return Ok(Quoted::Open),
                // A line end in place of the end of the file: it ends the record unless a quote is still open.
                ReadRecordResult::InputEmpty if !closed => closed = true,
                ReadRecordResult::OutputFull | ReadRecordResult::InputEmpty => {
                    let why = format!("line {}: a quote is opened and never closed", self.record_line);
                    return Err(Refusal::Unreadable { file: self.file.clone(), why });
                }
            }
        }
        self.bounds.clear();
        let mut from = 0;
        for end in &self.ends[..fields] {
            self.bounds.push((from, *end));
            from = *end;
        }
        Ok(Quoted::Ends(taken))
    }

    /// The record to which [`Self::advance`] went.
    #[inline]
    pub(crate) fn row<'a>(&'a self, block: &'a Block) -> Row<'a> {
        let bytes: &[u8] = match self.home {
            Home::Block => &block.bytes,
            Home::Unescaped => &self.unescaped,
        };
        Row { line: self.record_line, bytes, bounds: &self.bounds }
    }

    /// Whether the fields of the current record lie in its block, as they stand in the file.
    pub(crate) fn is_as_it_stands(&self) -> bool {
        self.home == Home::Block
    }
}

/// The records of one file, one at a time and in order.
pub(crate) struct Records<'r> {
    blocks: Blocks<'r>,
    block: Block,
    place: Place,
    splitter: Splitter,
}

impl<'r> Records<'r> {
    /// The records of `input`; `file` is the name used in refusals.
    pub(crate) fn new(file: &str, input: Box<dyn Read + Send + 'r>, dialect: Dialect, block: usize) -> Self {
        Self {
            blocks: Blocks::new(file, input, dialect, block),
            block: Block::default(),
            place: Place { at: 0, line: 1 },
            splitter: Splitter::new(file, dialect),
        }
    }

    /// Goes to the next record; `false` at the end. Blank lines are no records.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the source breaks off, a quote is never closed, or the text is UTF-16.
    pub(crate) fn advance(&mut self) -> Result<bool, Refusal> {
        while !self.splitter.advance(&self.block, &mut self.place)? {
            if !self.blocks.next(&mut self.block)? {
                return Ok(false);
            }
            self.place = Place { at: 0, line: self.block.line };
        }
        Ok(true)
    }

    /// The record to which [`Self::advance`] went.
    #[inline]
    pub(crate) fn row(&self) -> Row<'_> {
        self.splitter.row(&self.block)
    }

    /// What has not been read: the rest of this block from a place on, and the blocks behind it.
    pub(crate) fn into_rest(self) -> (Blocks<'r>, Block, Place) {
        (self.blocks, self.block, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read = Result<Vec<(u64, Vec<Vec<u8>>)>, Refusal>;

    fn ours(text: &[u8], dialect: Dialect, block: usize) -> Read {
        let mut records = Records::new("f.csv", Box::new(text), dialect, block);
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
