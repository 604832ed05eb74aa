//! Grade levels as CEDS codes (element 000100, Grade Level): `KG`, `01` … `12` and the early ones.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A grade level. Ordered as students pass through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade(i8);

/// The early grades and their places before grade 1.
const EARLY: [(&str, i8); 6] = [("IT", -5), ("PR", -4), ("PK", -3), ("TK", -2), ("KG", 0), ("13", 13)];
const WORDS: [&str; 12] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
];

impl Grade {
    /// Kindergarten.
    pub const KINDERGARTEN: Self = Self(0);

    /// A numbered grade, 1 to 12.
    pub fn number(n: u8) -> Option<Self> {
        (1..=12).contains(&n).then_some(Self(n as i8))
    }

    /// Reads what sources write: `03`, `3`, `3rd`, `Third grade`, `Grade 3`, `KG`, `K`, `Kindergarten`, `Pre-K`.
    /// `None` where it names no grade.
    pub fn read(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let core = lower.trim_start_matches("grade").trim_end_matches("grade").trim();
        if let Some(n) = WORDS.iter().position(|w| *w == core) {
            return Some(Self(n as i8 + 1));
        }
        let digits = core.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = &core[digits.len()..];
        if matches!(suffix, "" | "st" | "nd" | "rd" | "th")
            && let Ok(n) = digits.parse::<u8>()
        {
            return if n == 13 { Some(Self(13)) } else { Self::number(n) };
        }
        match core {
            "k" | "kg" | "kindergarten" | "kinder" => Some(Self(0)),
            "tk" | "transitional kindergarten" => Some(Self(-2)),
            "pk" | "pre-k" | "prek" | "preschool/prekindergarten" | "prekindergarten" => Some(Self(-3)),
            "pr" | "preschool" => Some(Self(-4)),
            "it" | "infant/toddler" => Some(Self(-5)),
            _ => None,
        }
    }

    /// A number that sorts grades as students pass through them: kindergarten 0, first grade 1, earlier ones below.
    pub fn order(self) -> i8 {
        self.0
    }

    /// The CEDS code.
    pub fn code(self) -> String {
        EARLY
            .iter()
            .find(|(_, n)| *n == self.0)
            .map_or_else(|| format!("{:02}", self.0), |(code, _)| (*code).to_owned())
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code())
    }
}

impl Serialize for Grade {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code())
    }
}

impl<'de> Deserialize<'de> for Grade {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("not a grade"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_read_as_sources_write_them() {
        for (text, code) in [
            ("Third grade", "03"),
            ("03", "03"),
            ("3", "03"),
            ("3rd", "03"),
            ("Grade 10", "10"),
            ("Twelfth grade", "12"),
            ("Kindergarten", "KG"),
            ("K", "KG"),
            ("PK", "PK"),
            (" kg ", "KG"),
        ] {
            assert_eq!(Grade::read(text).map(Grade::code).as_deref(), Some(code), "{text}");
        }
        for text in ["", "0", "14", "Ungraded", "third"] {
            let read = Grade::read(text);
            assert_eq!(read.is_some(), text == "third", "{text}");
        }
    }

    #[test]
    fn kindergarten_comes_before_first_grade() {
        assert!(Grade::read("PK") < Grade::read("KG") && Grade::read("KG") < Grade::read("01"));
    }
}
