//! Text in the encodings that a profile names → UTF-8, while it is read.

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Deserialize;
use std::io::{Error, ErrorKind, Read, Result};

/// What is read at once.
const CHUNK: usize = 64 * 1024;
/// A byte that neither UTF-8 nor Windows-1252 gives a meaning where it stands alone: the value is then set aside.
const NO_TEXT: u8 = 0x81;

/// The encoding of a file's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8; a value that is not is read as Windows-1252, and a note says so.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, what Windows calls ANSI in the Americas and in western Europe.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// ISO 8859-1.
    #[serde(rename = "latin-1")]
    Latin1,
    /// UTF-16, in the order that its mark says or else its first letter; what Windows calls Unicode.
    #[serde(rename = "utf-16")]
    Utf16,
}

/// The same as UTF-8. A mark at the beginning of the file outweighs an encoding of single bytes.
pub(crate) fn decoded<'r>(input: Box<dyn Read + Send + 'r>, encoding: Encoding) -> Box<dyn Read + Send + 'r> {
    if encoding == Encoding::Utf8 {
        return input;
    }
    let (raw, out) = (vec![0; CHUNK], Vec::new());
    Box::new(Decoded { input, encoding, way: None, raw, out, at: 0, ended: false })
}

/// How bytes are read.
enum Way {
    /// They are UTF-8, or something that is refused where it is split into records.
    AsTheyStand,
    /// Each is a letter: those of the bytes from 128 on.
    Letters(Vec<Vec<u8>>),
    /// Two are a letter, or four.
    Pairs(Decoder),
}

impl Way {
    /// The way to read a file by its first bytes, and how many of these are a mark.
    fn of(encoding: Encoding, first: &[u8]) -> Result<(Self, usize)> {
        let letters = |letter: &dyn Fn(u8) -> Vec<u8>| Self::Letters((128..=255).map(letter).collect());
        let pairs = |encoding: &'static encoding_rs::Encoding| {
            Self::Pairs(encoding.new_decoder_without_bom_handling())
        };
        let marked = |mark: &[u8]| first.starts_with(mark);
        let (little, big) = (marked(b"\xff\xfe"), marked(b"\xfe\xff"));
        Ok(match encoding {
            Encoding::Utf8 => (Self::AsTheyStand, 0),
            Encoding::Utf16 if little => (pairs(UTF_16LE), 2),
            Encoding::Utf16 if big => (pairs(UTF_16BE), 2),
            Encoding::Utf16 => match first {
                [] => (Self::AsTheyStand, 0),
                [0, second, ..] if *second > 0 => (pairs(UTF_16BE), 0),
                [first, 0, ..] if *first > 0 => (pairs(UTF_16LE), 0),
                _ => return Err(Error::other("the profile calls it UTF-16, which it is not")),
            },
            _ if little || big || marked(b"\xef\xbb\xbf") => (Self::AsTheyStand, 0),
            Encoding::Latin1 => (letters(&|byte| char::from(byte).to_string().into_bytes()), 0),
            Encoding::Windows1252 => (
                letters(&|byte| match byte {
                    // The five bytes that it leaves without a meaning.
                    0x81 | 0x8d | 0x8f | 0x90 | 0x9d => vec![byte],
                    _ => WINDOWS_1252.decode_without_bom_handling(&[byte]).0.into_owned().into_bytes(),
                }),
                0,
            ),
        })
    }

    /// Puts what some bytes say behind `out`; `last` where none follow.
    fn read(&mut self, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        match self {
            Self::AsTheyStand => out.extend_from_slice(bytes),
            Self::Letters(letters) => {
                while !bytes.is_empty() {
                    let plain = encoding_rs::Encoding::ascii_valid_up_to(bytes);
                    out.extend_from_slice(&bytes[..plain]);
                    bytes = &bytes[plain..];
                    if let [letter, rest @ ..] = bytes {
                        let known = letters.get(usize::from(letter & 0x7f));
                        out.extend_from_slice(known.map_or(&[NO_TEXT], Vec::as_slice));
                        bytes = rest;
                    }
                }
            }
            Self::Pairs(decoder) => loop {
                let from = out.len();
                let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
                out.resize(from + room.unwrap_or(CHUNK), 0);
                let (result, read, written) =
                    decoder.decode_to_utf8_without_replacement(bytes, &mut out[from..], last);
                out.truncate(from + written);
                bytes = &bytes[read..];
                match result {
                    DecoderResult::InputEmpty => break,
                    DecoderResult::OutputFull => {}
                    DecoderResult::Malformed(..) => out.push(NO_TEXT),
                }
            },
        }
    }
}

/// A file, read as UTF-8.
struct Decoded<'r> {
    input: Box<dyn Read + Send + 'r>,
    encoding: Encoding,
    way: Option<Way>,
    raw: Vec<u8>,
    /// What was read, and how much of it was given out.
    out: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Decoded<'_> {
    fn fill(&mut self) -> Result<()> {
        self.at = 0;
        self.out.clear();
        // A mark is up to three bytes long.
        let least = if self.way.is_none() { 3 } else { 1 };
        let mut length = 0;
        while length < least && !self.ended {
            match self.input.read(&mut self.raw[length..]) {
                Ok(0) => self.ended = true,
                Ok(read) => length += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let mut bytes = &self.raw[..length];
        let way = match &mut self.way {
            Some(way) => way,
            none => {
                let (way, mark) = Way::of(self.encoding, bytes)?;
                bytes = &bytes[mark..];
                none.insert(way)
            }
        };
        way.read(bytes, self.ended, &mut self.out);
        Ok(())
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.at == self.out.len() && !self.ended {
            self.fill()?;
        }
        let length = buffer.len().min(self.out.len() - self.at);
        buffer[..length].copy_from_slice(&self.out[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives out a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let length = self.1.min(buffer.len());
            (&self.0[..self.0.len().min(length)]).read(buffer).inspect(|read| self.0 = &self.0[*read..])
        }
    }

    fn read(bytes: &[u8], encoding: Encoding, step: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        decoded(Box::new(Slow(bytes, step)), encoding).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn letters_of_one_byte_are_read_in_the_encoding_that_is_named() {
        let bytes = b"Jos\xe9 \x93x\x94";
        assert_eq!(read(bytes, Encoding::Windows1252, 2).unwrap(), "José “x”".as_bytes());
        assert_eq!(read(bytes, Encoding::Latin1, 2).unwrap(), "José \u{93}x\u{94}".as_bytes());
        // A byte without a meaning stays what it is, so that the value is set aside.
        assert_eq!(read(b"Jos\x81", Encoding::Windows1252, 9).unwrap(), b"Jos\x81");
    }

    #[test]
    fn a_mark_outweighs_an_encoding_of_single_bytes() {
        let bytes = "\u{feff}José".as_bytes();
        assert_eq!(read(bytes, Encoding::Windows1252, 1).unwrap(), bytes);
    }

    #[test]
    fn what_is_no_utf_16_is_refused() {
        let error = read(b"student_id\n", Encoding::Utf16, 4).unwrap_err().to_string();
        assert_eq!(error, "the profile calls it UTF-16, which it is not");
        assert_eq!(read(b"", Encoding::Utf16, 4).unwrap(), b"");
        // Half a letter at the end.
        assert_eq!(read(b"a\0b", Encoding::Utf16, 2).unwrap(), b"a\x81");
    }

    proptest! {
        #[test]
        fn utf_16_is_read_in_either_order_with_a_mark_or_without(
            text in "[a-z][a-zé”\u{1f600}\n,]{0,40}",
            big in any::<bool>(),
            mark in any::<bool>(),
            step in 1_usize..9,
        ) {
            let marked = if mark { format!("\u{feff}{text}") } else { text.clone() };
            let order = if big { u16::to_be_bytes } else { u16::to_le_bytes };
            let bytes: Vec<u8> = marked.encode_utf16().flat_map(order).collect();
            prop_assert_eq!(read(&bytes, Encoding::Utf16, step).unwrap(), text.as_bytes());
        }
    }
}
