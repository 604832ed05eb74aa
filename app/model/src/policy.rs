//! Rules of a district's own, as their pages show and take them.

use crate::ids::StudentId;
use crate::page::{Freshness, WhyNotAsked};
use crate::time::Date;
use serde::{Deserialize, Serialize};

/// The page of all rules in force: those of the packs that come with the program, and the district's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesPage {
    /// How old the data is.
    pub freshness: Freshness,
    /// Whether the reader may make and change rules.
    pub may_change: bool,
    /// The district's own rules, by title.
    pub own: Vec<PolicyLine>,
    /// The packs of law that the district has chosen.
    pub law: Vec<LawPack>,
}

/// A pack of the district's own, in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyLine {
    /// The pack's id, which stands in its address.
    pub id: String,
    /// Title.
    pub title: String,
    /// The version in force today, or the next one.
    pub version: String,
    /// Since when, or from when.
    pub from: Option<Date>,
    /// Whether a version is in force today.
    pub in_force: bool,
    /// The rules of that version.
    pub rules: Vec<PolicyRuleLine>,
}

/// A rule of the district's own, in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRuleLine {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its setting, as codes; empty for a rule that is more than a setting.
    pub codes: Codes,
    /// What nobody has checked yet.
    pub to_verify: Vec<String>,
    /// Students on whom it stands today, whom the reader may see.
    pub on_list: u32,
    /// Why it could not be asked everywhere.
    pub not_asked: Vec<WhyNotAsked>,
}

/// A pack of law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawPack {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where its text can be read.
    pub source: String,
    /// When people last checked it.
    pub reviewed_on: Date,
    /// Its rules in force.
    pub rules: Vec<LawRule>,
}

/// A rule of a pack of law, as the page of policies shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawRule {
    /// Its id.
    pub id: String,
    /// Its title in plain words.
    pub title: String,
    /// The clause.
    pub citation: String,
    /// Our reading, where the law leaves a gap.
    pub reading: String,
    /// What nobody has checked against the text of the law yet.
    pub to_verify: Vec<String>,
    /// Why it could not be asked everywhere.
    pub not_asked: Vec<WhyNotAsked>,
}

/// A setting as codes of a form or an address.
pub type Codes = Vec<(String, String)>;

/// The page of one rule of the district's own, or of a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyPage {
    /// The pack's id; empty for a new rule.
    pub id: String,
    /// Title of the newest version.
    pub title: String,
    /// Whether the reader may change it.
    pub may_change: bool,
    /// The pack came from a file and says what the form cannot; it changes by a file only.
    pub as_file: bool,
    /// Every version ever kept, newest first.
    pub versions: Vec<PolicyVersion>,
    /// The form, as it was sent or as the newest version has it.
    pub draft: PolicyDraft,
    /// What is wrong with what was sent.
    pub problems: Vec<PolicyProblem>,
    /// Whom the rule of the form would flag this year, where that was asked.
    pub preview: Option<PolicyPreview>,
    /// Grades to choose from, as CEDS codes.
    pub grades: Vec<String>,
    /// Today, by the district's clock.
    pub today: Date,
    /// A version has just been kept.
    pub saved: bool,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Its name, such as `2`.
    pub version: String,
    /// First day.
    pub from: Option<Date>,
    /// Last day; `None` while it lasts.
    pub to: Option<Date>,
    /// Its rules.
    pub rules: Vec<PolicyRule>,
    /// Why it was made.
    pub reason: String,
    /// Who made it; empty for the command line.
    pub made_by: String,
    /// When, by the district's clock.
    pub made_at: String,
}

/// One rule of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRule {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Its setting, as codes; empty for a rule that is more than a setting.
    pub codes: Codes,
    /// The clause.
    pub citation: String,
    /// What it asks of the school.
    pub action: String,
    /// What its letter must say.
    pub letter: Vec<String>,
    /// How a gap is read; empty for none.
    pub reading: String,
    /// What nobody has checked yet.
    pub to_verify: Vec<String>,
}

/// What a person fills in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDraft {
    /// Names this filling-in, so that a form sent twice is kept once.
    pub token: String,
    /// The edition of the pack that the form began with; 0 for a new rule.
    pub edition: i64,
    /// The setting whose preview was shown with the form; empty before any was.
    pub previewed: String,
    /// Title in plain words.
    pub title: String,
    /// The setting, as codes.
    pub codes: Codes,
    /// What it asks of the school.
    pub action: String,
    /// What its letter must say, a line each.
    pub letter: String,
    /// First day.
    pub from: String,
    /// Why.
    pub reason: String,
}

/// What is wrong with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyProblem {
    /// No title, or a very long one.
    Title,
    /// No action, or a very long one.
    Action,
    /// A very long letter.
    Letter,
    /// A number that the form does not take: the nearest one it takes was put in its place, to be looked at.
    Number(PolicyNumber),
    /// No first day that can be read.
    From,
    /// The first day is before that of the version before.
    FromTooEarly,
    /// No reason, or a very long one.
    Reason,
    /// Somebody else has changed the rule meanwhile.
    Overtaken,
    /// The rule is another than the one whose students were shown, or none were.
    Unseen,
}

/// A number of a rule's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyNumber {
    /// The threshold.
    Value,
    /// The length of a rolling window.
    Length,
    /// The minutes of an event.
    Minutes,
    /// The least enrollment, in instructional days.
    Least,
}

impl PolicyNumber {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Minutes, Self::Value, Self::Length, Self::Least];

    /// The name of its field.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Length => "length",
            Self::Minutes => "minutes",
            Self::Least => "least",
        }
    }
}

/// Whom a rule would flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyPreview {
    /// The date for which is asked.
    pub as_of: Date,
    /// Students on whom it would stand.
    pub standing: u32,
    /// Students on whom it was met this year, whether or not it stands.
    pub met: u32,
    /// The first of those on whom it would stand, by school, then name.
    pub students: Vec<PolicyStudent>,
}

/// A student whom a rule would flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStudent {
    /// Who.
    pub student: StudentId,
    /// Their name.
    pub name: String,
    /// Their school.
    pub school: String,
    /// Since when it would stand.
    pub since: Option<Date>,
    /// What counted.
    pub numerator: u32,
    /// Out of how much, for a rate.
    pub denominator: Option<u32>,
}
