//! How one district writes its files, where it differs from the usual. A TOML file, given with `--profile`, or one of
//! those that come with the program.

mod file;
pub mod ready;

use crate::encoding::Encoding;
use crate::records::Dialect;
pub use file::{Category, Columns, Condition, FileProfile, Join, Mode, Rule};
pub(crate) use file::{Form, is_named};
use model::attendance::{CodeMap, Meaning};
use model::report::Refusal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The plain files, of each of which a profile may say something of its own.
const FILES: [&str; 8] =
    ["attendance", "bells", "calendar", "caseload", "contacts", "enrollments", "roll", "students"];

/// How a district writes its files. The default reads what `contract.md` describes; a TOML file with the same names
/// changes any part of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Between two fields: `,` unless said otherwise; `"\t"` for a tab.
    pub delimiter: char,
    /// Around fields that hold delimiters.
    pub quote: char,
    /// Before a quote within a quoted field, where the source does not double it: `"\\"` for MySQL's and Aspen's.
    pub escape: Option<char>,
    /// The encoding of their text.
    pub encoding: Encoding,
    /// Words that stand for an empty value, such as `NULL`. None unless said otherwise: there are families called
    /// Null.
    pub nulls: Vec<String>,
    /// The forms of dates, the first that fits: `YYYY-MM-DD` unless said otherwise. `YY` is a year from 1969 to 2068.
    /// Midnight behind a date is let through.
    pub dates: Vec<String>,
    /// Words for true, in any case.
    pub true_words: Vec<String>,
    /// Words for false, in any case.
    pub false_words: Vec<String>,
    /// Whether a student is still enrolled on the exit day.
    pub exit_day_enrolled: bool,
    /// The month in which a school year begins where the calendar does not name it: 7 unless a pack (England: 9) or
    /// this profile says otherwise.
    pub first_month: Option<u32>,
    /// Marks a day where the calendar does not say: 1 unless a pack (England: 2) or this profile says otherwise.
    pub sessions: Option<u8>,
    /// What the district's categories mean; replaces the Ed-Fi names where it is given.
    pub code_map: BTreeMap<String, Meaning>,
    /// Our name of a column = the district's name of it.
    pub columns: BTreeMap<String, String>,
    /// What differs in a single plain file, by its usual name: `attendance`.
    pub files: BTreeMap<String, FileProfile>,
}

impl Default for Profile {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        Self {
            delimiter: ',',
            quote: '"',
            escape: None,
            encoding: Encoding::Utf8,
            nulls: Vec::new(),
            dates: words(&["YYYY-MM-DD"]),
            true_words: words(&["true", "1", "yes", "y", "t"]),
            false_words: words(&["false", "0", "no", "n", "f"]),
            exit_day_enrolled: false,
            first_month: None,
            sessions: None,
            code_map: BTreeMap::new(),
            columns: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }
}

impl Profile {
    /// The profile of that name which comes with the program, else the profile in that file.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] with the line and what was expected there.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        Self::from_toml(&path.display().to_string(), &Self::text(path)?)
    }

    /// The same as it is written.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where there is neither.
    pub fn text(path: &Path) -> Result<String, Refusal> {
        let file = path.display().to_string();
        if let Some(ready) = ready::find(&file) {
            return Ok(ready.text.to_owned());
        }
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let why =
                    format!("there is no such file, and the profiles that need none are {}", ready::names());
                Err(Refusal::Unreadable { file, why })
            }
            Err(error) => Err(Refusal::Unreadable { file, why: error.to_string() }),
        }
    }

    /// Reads a profile from its text; `file` is the name used in a refusal.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] with the line and what was expected there.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, Refusal> {
        let refuse = |why: String| Refusal::Unreadable { file: file.to_owned(), why };
        let profile: Self =
            toml::from_str(text).map_err(|e| refuse(e.to_string().trim().replace('\n', " ")))?;
        profile.fault().map_or(Ok(()), |why| Err(refuse(why)))?;
        for (name, own) in &profile.files {
            let why = match FILES.contains(&name.as_str()) {
                true => own.fault(name == "attendance").or_else(|| Form::of(&profile, name).profile.fault()),
                false => Some(format!("there is no such file; {} are expected", FILES.join(", "))),
            };
            if let Some(why) = why {
                return Err(refuse(format!("[files.{name}]: {why}")));
            }
        }
        Ok(profile)
    }

    /// What is wrong with what is said of all files, in words.
    fn fault(&self) -> Option<String> {
        let marks = [Some(self.delimiter), Some(self.quote), self.escape];
        if let Some(wide) = marks.into_iter().flatten().find(|c| !c.is_ascii() || matches!(c, '\n' | '\r')) {
            return Some(format!("delimiter, quote and escape are one ASCII character each; found {wide:?}"));
        }
        if self.delimiter == self.quote {
            return Some("delimiter and quote are the same character".to_owned());
        }
        // Strips count from 1 May of the year in which a school year begins.
        if let Some(month) = self.first_month.filter(|month| !(5..=12).contains(month)) {
            return Some(format!("first_month is 5 (May) to 12; found {month}"));
        }
        if let Some(sessions) = self.sessions.filter(|sessions| !matches!(sessions, 1 | 2)) {
            return Some(format!("sessions is 1 or 2 marks a day; found {sessions}"));
        }
        let whole = |form: &&String| {
            let years = form.replacen("YYYY", "YY", 1);
            years.matches('Y').count() == 2
                && ["YY", "MM", "DD"].iter().all(|part| years.matches(part).count() == 1)
        };
        if let Some(form) = self.dates.iter().find(|form| !whole(form)) {
            return Some(format!("a form of dates has YYYY (or YY), MM and DD; found {form:?}"));
        }
        if self.dates.is_empty() {
            return Some("dates names no form; YYYY-MM-DD is the usual one".to_owned());
        }
        None
    }

    /// Whether a file is named as one that it says something of.
    pub(crate) fn names(&self, own: &str) -> bool {
        let names = |file: &FileProfile| {
            let joined = file.join.iter().any(|join| is_named(&join.name, own));
            joined || file.name.as_ref().is_some_and(|name| is_named(name, own))
        };
        self.files.values().any(names)
    }

    /// What categories mean: those of the profile, else the Ed-Fi names.
    pub fn codes(&self) -> CodeMap {
        if self.code_map.is_empty() {
            return CodeMap::default();
        }
        let mut codes = CodeMap::empty();
        for (category, meaning) in &self.code_map {
            codes.set(category, *meaning);
        }
        codes
    }

    /// The month in which a school year begins where nobody names it.
    pub(crate) fn year_begins(&self) -> u32 {
        self.first_month.unwrap_or(7)
    }

    /// Marks a day where the calendar does not say.
    pub(crate) fn usual_sessions(&self) -> u8 {
        self.sessions.unwrap_or(1)
    }

    /// How fields are parted and quoted.
    pub(crate) fn dialect(&self) -> Dialect {
        // ASCII was checked when the profile was read.
        let byte = |c: char| c as u8;
        Dialect { delimiter: byte(self.delimiter), quote: byte(self.quote), escape: self.escape.map(byte) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_changes_what_it_names_and_nothing_else() {
        let text = r#"
            delimiter = "\t"
            escape = "\\"
            nulls = ["NULL"]
            dates = ["MM/DD/YYYY"]
            exit_day_enrolled = true
            [code_map]
            A = "unexcused"
            AE = "excused"
            [columns]
            student_id = "local_id"
        "#;
        let profile = Profile::from_toml("aspen.toml", text).unwrap();
        assert_eq!(profile.delimiter, '\t');
        assert_eq!(profile.quote, '"');
        assert!(profile.exit_day_enrolled);
        assert_eq!(profile.codes().meaning("ae"), Some(Meaning::Excused));
        assert_eq!(profile.codes().meaning("Excused Absence"), None);
    }

    #[test]
    fn a_profile_with_a_mistake_is_refused_with_the_place() {
        for (text, part) in [
            ("delimeter = ';'", "line 1"),
            ("dates = ['MM/DD']", "YYYY (or YY), MM and DD"),
            ("first_month = 13", "5 (May) to 12"),
            ("sessions = 3", "1 or 2 marks a day"),
            ("[code_map]\nA = 'absent'", "absent"),
            ("delimiter = '→'", "ASCII"),
            ("encoding = 'ebcdic'", "windows-1252"),
            ("[files.absences]", "[files.absences]: there is no such file; attendance, bells"),
            ("[files.roll]\nmode = 'incremental'", "[files.roll]: mode, window, only"),
            ("[files.roll]\nheader = false", "[files.roll]: without a header"),
            ("[files.roll]\ncolumns = ['date']", "[files.roll]: a list of columns"),
            ("[files.roll]\ncolumns = 3", "line 2"),
            ("[files.roll]\nquote = ','", "[files.roll]: delimiter and quote"),
            ("[files.attendance]\nwindow = 9", "[files.attendance]: a window is for"),
            ("[files.attendance]\nmode = 'incremental'\nwindow = 0", "1 to 366 days"),
            ("[files.attendance]\nname = '/home/a.csv'", "without a folder"),
            ("[files.attendance]\nname = '*'", "name is that of a file"),
            ("[files.attendance]\ncategory = [{ is = 'A', when = {} }]", "must not be empty"),
            ("[files.attendance]\ncategory = [{ is = 'A', if = {} }]", "category is a list of columns"),
        ] {
            let refusal = Profile::from_toml("p.toml", text).unwrap_err().to_string();
            assert!(refusal.starts_with("p.toml: ") && refusal.contains(part), "{refusal}");
        }
    }

    #[test]
    fn what_is_said_of_one_file_is_said_of_no_other() {
        let text = r#"
            nulls = ["none"]
            [columns]
            date = "day"
            [files.attendance]
            name = "ATT_*.txt"
            delimiter = "|"
            nulls = ["NULL"]
            header = false
            columns = ["student_id", "", "date"]
        "#;
        let profile = Profile::from_toml("p.toml", text).unwrap();
        let [attendance, calendar] = ["attendance", "calendar"].map(|name| Form::of(&profile, name));
        assert_eq!((attendance.profile.delimiter, calendar.profile.delimiter), ('|', ','));
        assert_eq!(
            (&attendance.profile.nulls[..], &calendar.profile.nulls[..]),
            (&["NULL".to_owned()][..], &["none".to_owned()][..])
        );
        assert_eq!(attendance.header.map(|names| names.len()), Some(3));
        assert_eq!((calendar.header, calendar.profile.columns["date"].as_str()), (None, "day"));
        assert!(profile.names("att_1.TXT") && !profile.names("attendance.csv"));
    }
}
