//! How one district writes its files, where it differs from the usual. A TOML file, given with `--profile`.

use crate::records::Dialect;
use model::attendance::{CodeMap, Meaning};
use model::report::Refusal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

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
    /// Words that stand for an empty value, such as `NULL`. None unless said otherwise: there are families called
    /// Null.
    pub nulls: Vec<String>,
    /// The forms of dates, the first that fits: `YYYY-MM-DD` unless said otherwise. Midnight behind a date is let
    /// through.
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
}

impl Default for Profile {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        Self {
            delimiter: ',',
            quote: '"',
            escape: None,
            nulls: Vec::new(),
            dates: words(&["YYYY-MM-DD"]),
            true_words: words(&["true", "1", "yes", "y", "t"]),
            false_words: words(&["false", "0", "no", "n", "f"]),
            exit_day_enrolled: false,
            first_month: None,
            sessions: None,
            code_map: BTreeMap::new(),
            columns: BTreeMap::new(),
        }
    }
}

impl Profile {
    /// Reads a profile's file.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] with the line and what was expected there.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_toml(&file, &text),
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
        let marks = [Some(profile.delimiter), Some(profile.quote), profile.escape];
        if let Some(wide) = marks.into_iter().flatten().find(|c| !c.is_ascii() || matches!(c, '\n' | '\r')) {
            return Err(refuse(format!(
                "delimiter, quote and escape are one ASCII character each; found {wide:?}"
            )));
        }
        if profile.delimiter == profile.quote {
            return Err(refuse("delimiter and quote are the same character".to_owned()));
        }
        // Strips count from 1 May of the year in which a school year begins.
        if let Some(month) = profile.first_month.filter(|month| !(5..=12).contains(month)) {
            return Err(refuse(format!("first_month is 5 (May) to 12; found {month}")));
        }
        if let Some(sessions) = profile.sessions.filter(|sessions| !matches!(sessions, 1 | 2)) {
            return Err(refuse(format!("sessions is 1 or 2 marks a day; found {sessions}")));
        }
        let whole = |form: &&String| ["YYYY", "MM", "DD"].iter().all(|part| form.matches(part).count() == 1);
        if let Some(form) = profile.dates.iter().find(|form| !whole(form)) {
            return Err(refuse(format!("a form of dates has YYYY, MM and DD; found {form:?}")));
        }
        if profile.dates.is_empty() {
            return Err(refuse("dates names no form; YYYY-MM-DD is the usual one".to_owned()));
        }
        Ok(profile)
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
            ("dates = ['MM/DD']", "YYYY, MM and DD"),
            ("first_month = 13", "5 (May) to 12"),
            ("sessions = 3", "1 or 2 marks a day"),
            ("[code_map]\nA = 'absent'", "absent"),
            ("delimiter = '→'", "ASCII"),
        ] {
            let refusal = Profile::from_toml("p.toml", text).unwrap_err().to_string();
            assert!(refusal.starts_with("p.toml: ") && refusal.contains(part), "{refusal}");
        }
    }
}
