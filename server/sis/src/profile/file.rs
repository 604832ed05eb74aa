//! What a profile says of a single file: its name, its form, and how a row of attendance is to be understood.

use super::Profile;
use crate::encoding::Encoding;
use crate::records::Dialect;
use model::time::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What differs in one file. What is not said is as the profile says of all files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileProfile {
    /// The district's own name of it, where `*` stands for any letters: `ATT_*.txt`. Case does not count, nor a `.gz` or
    /// `.zst` behind it.
    pub name: Option<String>,
    /// Between two fields.
    pub delimiter: Option<char>,
    /// Around fields that hold delimiters.
    pub quote: Option<char>,
    /// Before a quote within a quoted field.
    pub escape: Option<char>,
    /// The encoding of its text.
    pub encoding: Option<Encoding>,
    /// Words that stand for an empty value.
    pub nulls: Option<Vec<String>>,
    /// The forms of dates.
    pub dates: Option<Vec<String>>,
    /// Words for true.
    pub true_words: Option<Vec<String>>,
    /// Words for false.
    pub false_words: Option<Vec<String>>,
    /// Whether its first line names the columns: so it is, unless said otherwise.
    pub header: Option<bool>,
    /// Its columns.
    pub columns: Columns,
    /// Attendance: whether the file is all there is or what is recent.
    pub mode: Mode,
    /// Attendance, incremental: the days up to today, today among them, of which the file is the full truth.
    pub window: Option<u16>,
    /// Attendance: only rows that have these values in these columns count, where `*` is any but none; the others are no
    /// marks.
    pub only: BTreeMap<String, String>,
    /// Attendance: files that explain what stands in one of its columns. Their columns are used like its own.
    pub join: Vec<Join>,
    /// Attendance: what a category is made of, where no column has it.
    pub category: Category,
}

/// The names of a file's columns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "columns are `ours = \"theirs\"`, or without a header the list of their names")]
pub enum Columns {
    /// Our name of a column = the district's name of it.
    Renamed(BTreeMap<String, String>),
    /// The names in the order in which the columns stand; empty for one that is not used.
    InOrder(Vec<String>),
}

impl Default for Columns {
    fn default() -> Self {
        Self::Renamed(BTreeMap::new())
    }
}

/// Of what a file of attendance is the full truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Of the schools and school years that it names.
    #[default]
    Full,
    /// Of a window of days, or of none: on all others a row replaces the mark that it corrects, and nothing goes.
    Incremental,
}

/// A file that explains what stands in a column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The name of the file, as [`FileProfile::name`].
    pub name: String,
    /// The column of the attendance that is explained.
    pub on: String,
    /// The column of that file in which the same value stands.
    pub key: String,
}

/// What a category is made of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "category is a list of columns, or of `{ is = \"…\", when = { column = true } }`"
)]
pub enum Category {
    /// The values of these columns, one behind the other; empty ones are left out.
    Joined(Vec<String>),
    /// Each of these that fits is a mark.
    Rules(Vec<Rule>),
}

impl Default for Category {
    fn default() -> Self {
        Self::Joined(Vec::new())
    }
}

impl Category {
    /// Whether nothing is said: the column `category` has it.
    pub fn is_unsaid(&self) -> bool {
        matches!(self, Self::Joined(columns) if columns.is_empty())
    }
}

/// When a row is a mark of a category.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The category.
    pub is: String,
    /// What must stand in which columns.
    pub when: BTreeMap<String, Condition>,
    /// The column with the part of the day missed.
    pub duration: Option<String>,
}

/// What must stand in a column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "true, false or a text in quotes is expected; \"\" for nothing")]
pub enum Condition {
    /// A word for true or a number above 0; or a word for false or a 0.
    Truth(bool),
    /// This text, in any case; empty for nothing.
    Text(String),
}

impl FileProfile {
    /// What is wrong with it, in words.
    pub(super) fn fault(&self, of_attendance: bool) -> Option<String> {
        let in_order = matches!(self.columns, Columns::InOrder(_));
        let says_more = self.mode == Mode::Incremental
            || self.window.is_some()
            || !self.only.is_empty()
            || !self.join.is_empty()
            || !self.category.is_unsaid();
        if says_more && !of_attendance {
            return Some("mode, window, only, join and category are of attendance alone".to_owned());
        }
        if in_order == self.header.unwrap_or(true) {
            let why = match in_order {
                true => "a list of columns is for a file without a header; say `header = false`",
                false => "without a header, `columns` is the list of the columns' names in their order",
            };
            return Some(why.to_owned());
        }
        if self.window.is_some() && self.mode == Mode::Full {
            return Some("a window is for `mode = \"incremental\"`".to_owned());
        }
        if self.window.is_some_and(|days| !(1..=366).contains(&days)) {
            return Some("window is 1 to 366 days".to_owned());
        }
        if self.name.iter().chain(self.join.iter().map(|join| &join.name)).any(|name| !is_a_name(name)) {
            return Some("name is that of a file, without a folder".to_owned());
        }
        if let Category::Rules(rules) = &self.category
            && let Some(rule) = rules.iter().find(|rule| rule.is.trim().is_empty() || rule.when.is_empty())
        {
            return Some(format!("category {:?}: `is` and `when` must not be empty", rule.is));
        }
        None
    }
}

fn is_a_name(name: &str) -> bool {
    !name.trim_matches('*').is_empty() && !name.contains(['/', '\\'])
}

/// Whether a file's own name is the one said, in which `*` stands for any letters.
pub(crate) fn is_named(said: &str, own: &str) -> bool {
    let own = own.to_lowercase();
    let plain = own.strip_suffix(".gz").or_else(|| own.strip_suffix(".zst")).unwrap_or(&own);
    let said = said.to_lowercase();
    fits(said.as_bytes(), plain.as_bytes()) || fits(said.as_bytes(), own.as_bytes())
}

fn fits(said: &[u8], own: &[u8]) -> bool {
    // Where the last `*` stands, and up to where it has been taken to reach.
    let (mut at, mut of_own, mut last) = (0, 0, None);
    while of_own < own.len() {
        if said.get(at) == Some(&b'*') {
            last = Some((at, of_own));
            at += 1;
        } else if said.get(at) == own.get(of_own) {
            (at, of_own) = (at + 1, of_own + 1);
        } else if let Some((star, reached)) = last {
            last = Some((star, reached + 1));
            (at, of_own) = (star + 1, reached + 1);
        } else {
            return false;
        }
    }
    said[at..].iter().all(|letter| *letter == b'*')
}

/// How one file is written, with what is said of all files.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// As the file stands.
    pub(crate) profile: Profile,
    /// The names of its columns, where its first line does not have them.
    pub(crate) header: Option<Vec<String>>,
    /// What is said of it alone.
    pub(crate) own: FileProfile,
    /// How it is written once it was translated: as the contract has it, with the district's own dates.
    pub(crate) translated: Profile,
}

impl Form {
    /// The form of a file, by its usual name.
    pub(crate) fn of(all: &Profile, name: &str) -> Self {
        let mut profile = Profile { files: BTreeMap::new(), ..all.clone() };
        let own = all.files.get(name).cloned().unwrap_or_default();
        fn put<T: Clone>(place: &mut T, own: &Option<T>) {
            if let Some(own) = own {
                place.clone_from(own);
            }
        }
        put(&mut profile.delimiter, &own.delimiter);
        put(&mut profile.quote, &own.quote);
        profile.escape = own.escape.or(profile.escape);
        put(&mut profile.encoding, &own.encoding);
        put(&mut profile.nulls, &own.nulls);
        put(&mut profile.dates, &own.dates);
        put(&mut profile.true_words, &own.true_words);
        put(&mut profile.false_words, &own.false_words);
        let header = match &own.columns {
            Columns::Renamed(columns) => {
                profile.columns.extend(columns.clone());
                None
            }
            Columns::InOrder(names) => Some(names.clone()),
        };
        let usual = Dialect::default();
        let translated = Profile {
            delimiter: char::from(usual.delimiter),
            quote: char::from(usual.quote),
            escape: None,
            encoding: Encoding::Utf8,
            nulls: Vec::new(),
            columns: BTreeMap::new(),
            ..profile.clone()
        };
        Self { profile, header, own, translated }
    }

    /// Whether its rows have to be put into the columns of the plain file.
    pub(crate) fn asks_for_translation(&self) -> bool {
        !(self.own.only.is_empty() && self.own.join.is_empty() && self.own.category.is_unsaid())
    }

    /// The first day of which a file of attendance is the full truth: `None` where it is of every day, a day that never
    /// comes where it is of none.
    pub(crate) fn since(&self, today: Date) -> Option<Date> {
        match (self.own.mode, self.own.window) {
            (Mode::Full, _) => None,
            (Mode::Incremental, None) => Some(Date::MAX),
            (Mode::Incremental, Some(days)) => {
                let before = chrono::Days::new(u64::from(days.saturating_sub(1)));
                Some(today.checked_sub_days(before).unwrap_or(Date::MIN))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_in_a_name_stands_for_any_letters() {
        for (said, own) in [
            ("ATT_*.txt", "att_2026-09-01.txt"),
            ("ATT_*.txt", "ATT_.TXT"),
            ("*att*.csv", "my_att_att.csv"),
            ("att.csv", "att.csv.gz"),
            ("att*", "att.csv.zst"),
            ("a*b*c", "aXbXbc"),
        ] {
            assert!(is_named(said, own), "{said} {own}");
        }
        for (said, own) in
            [("ATT_*.txt", "ATT_1.csv"), ("att.csv", "att.csv.bak"), ("a*b*c", "acb"), ("att?", "atts")]
        {
            assert!(!is_named(said, own), "{said} {own}");
        }
    }

    #[test]
    fn a_window_ends_today() {
        let today = Date::from_ymd_opt(2026, 9, 10);
        let form = |mode, window| Form {
            own: FileProfile { mode, window, ..FileProfile::default() },
            ..Form::of(&Profile::default(), "attendance")
        };
        let since = |mode, window| form(mode, window).since(today.unwrap());
        assert_eq!(since(Mode::Full, None), None);
        assert_eq!(since(Mode::Incremental, Some(1)), today);
        assert_eq!(since(Mode::Incremental, Some(10)), Date::from_ymd_opt(2026, 9, 1));
        assert_eq!(since(Mode::Incremental, None), Some(Date::MAX));
    }
}
