//! Opaque ids. A number drawn at random, written as 13 characters in an address: it says nothing about the
//! person, and it is never an id of the source.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Crockford's alphabet: no i, l, o, u, so that an id read aloud is not misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 13 characters of 5 bits hold 63 bits.
const LENGTH: usize = 13;

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 13 characters of 0-9 and a-z (without i, l, o, u) are expected")]
pub struct NotAnId;

fn write_id(value: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0_u8; LENGTH];
    let mut rest = value as u64;
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

fn read_id(text: &str) -> Result<i64, NotAnId> {
    if text.len() != LENGTH {
        return Err(NotAnId);
    }
    let mut value: u64 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|&c| c == byte).ok_or(NotAnId)?;
        if value >> 58 != 0 {
            return Err(NotAnId);
        }
        value = (value << 5) | digit as u64;
    }
    i64::try_from(value).map_err(|_| NotAnId)
}

macro_rules! opaque_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// An id from 64 random bits; the sign bit is dropped.
            pub fn from_random(bits: u64) -> Self {
                Self((bits >> 1) as i64)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_id(self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                read_id(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

opaque_id! {
    /// Anybody in the district's data: student, guardian, staff. One person may be several of these.
    PersonId;
    /// A person seen as a student: the same number as their [`PersonId`].
    StudentId;
    /// A school (an OneRoster org of type `school`).
    SchoolId;
    /// A section: an OneRoster class.
    SectionId;
    /// One run of a sync.
    RunId;
    /// Where data comes from.
    SourceId;
    /// One run of a source.
    SourceRunId;
    /// Something about a source that somebody has to know.
    AlertId;
}

impl StudentId {
    /// The same person, seen as a person.
    pub fn person(self) -> PersonId {
        PersonId(self.0)
    }
}

impl PersonId {
    /// The same person, seen as a student.
    pub fn student(self) -> StudentId {
        StudentId(self.0)
    }
}

/// A district's short name, as in `everpresent district add grand-bend`: 2 to 40 of a-z, 0-9 and `-`, beginning with
/// a letter. It names a file or a schema, so nothing else is let through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DistrictId(String);

/// The text is not a district's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a district id: 2 to 40 of a-z, 0-9 and -, beginning with a letter, are expected")]
pub struct NotADistrictId(pub String);

impl DistrictId {
    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DistrictId {
    type Err = NotADistrictId;

    fn from_str(text: &str) -> Result<Self, NotADistrictId> {
        let fits = (2..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(NotADistrictId(text.to_owned())) }
    }
}

impl fmt::Display for DistrictId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DistrictId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_from_its_text() {
        for bits in [0, 1, 31, 32, u64::MAX, 0x0123_4567_89ab_cdef] {
            let id = StudentId::from_random(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(id.to_string().len(), LENGTH);
        }
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in ["", "700001", "zzzzzzzzzzzzz", "000000000000i", "00000000000000", "../../secret1"] {
            assert_eq!(text.parse::<StudentId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn a_district_id_can_name_a_file() {
        assert!("grand-bend".parse::<DistrictId>().is_ok());
        for text in ["", "a", "../x", "Grand", "9th", "a b", "a/b", "é-cole"] {
            assert!(text.parse::<DistrictId>().is_err(), "{text}");
        }
    }
}
