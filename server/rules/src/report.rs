//! Findings in the JSON shape that outside programs read.

mod iso;
mod text;

use model::signal::{Extent, Finding, Outcome, WhyNot};
use model::time::{Date, SchoolYear};
use serde::Serialize;

/// One student, rule, school year and scope on whom the rule was met. Field names and order are a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignalRow {
    /// The student's id, as plain files use it.
    pub student_id: String,
    /// The school's id; null for all schools of the year together.
    pub school_id: Option<String>,
    /// `school`, or `district` for all schools of the year together.
    pub scope: &'static str,
    /// The pack's id.
    pub pack: String,
    /// The version of the pack that judged.
    pub pack_version: String,
    /// The rule's id.
    pub rule: String,
    /// The school year, such as `2021-2022`.
    pub school_year: SchoolYear,
    /// First date the rule was met.
    #[serde(serialize_with = "iso::date")]
    pub met_on: Date,
    /// Whether it is met on the as-of date.
    pub standing: bool,
    /// First instructional day of the unbroken run that includes the as-of date.
    #[serde(serialize_with = "iso::date_or_null")]
    pub standing_since: Option<Date>,
    /// The date for which this is said.
    #[serde(serialize_with = "iso::date")]
    pub as_of: Date,
    /// What counted.
    pub numerator: u32,
    /// Out of how much; null for a count.
    pub denominator: Option<u32>,
    /// What is counted.
    pub unit: String,
    /// The days that counted.
    pub evidence: Vec<EvidenceRow>,
    /// The dates that counted on `met_on`; twice the same date where two schools counted it.
    #[serde(serialize_with = "iso::dates")]
    pub met_evidence: Vec<Date>,
    /// First and last instructional day of each run; no last day while it lasts.
    #[serde(serialize_with = "iso::runs")]
    pub episodes: Vec<(Date, Option<Date>)>,
    /// The clause of law or policy.
    pub citation: String,
    /// The rule's title in plain words.
    pub title: String,
    /// What would meet the rule; null where it stands, where the year is over, and where nothing that may happen on the
    /// next school day would.
    pub next: Option<NextRow>,
    /// The days of the year with a mark that did not count.
    pub not_counted: Vec<NotCountedRow>,
    /// Enrolled days of the year whose attendance is unknown: in neither count.
    pub unknown_days: u32,
    /// Whether something of the rule is not checked against its source yet; `packs show` says what.
    pub to_verify: bool,
}

/// What would meet a rule that does not stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextRow {
    /// How many more, in the row's unit.
    pub more: u32,
    /// The first date on which that would no longer suffice; null where the window does not move on by itself.
    pub before: Option<Date>,
}

/// A day with a mark that did not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCountedRow {
    /// The day.
    #[serde(serialize_with = "iso::date")]
    pub date: Date,
    /// The category as the source wrote it.
    pub category: String,
    /// Why: `other_category`, `part_too_small`, `unusable`, `roll_not_taken`, `not_counted`, `outside_window` or
    /// `excluded`.
    pub why: WhyNot,
}

/// A day that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// The day.
    #[serde(serialize_with = "iso::date")]
    pub date: Date,
    /// The category as the source wrote it.
    pub category: String,
    /// What it adds to the numerator.
    pub counts: u32,
}

/// The findings that were met, sorted by student, rule, school year, scope and school. The two functions give the
/// plain-file ids of a student's and a school's place in the history.
pub fn rows<'a>(
    findings: impl IntoIterator<Item = Finding>,
    student_id: impl Fn(u32) -> &'a str,
    school_id: impl Fn(u32) -> &'a str,
) -> Vec<SignalRow> {
    let mut rows: Vec<SignalRow> =
        findings.into_iter().filter_map(|finding| row(finding, &student_id, &school_id)).collect();
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows
}

/// The rows as one JSON array, one object a line.
///
/// # Errors
/// None in practice: every field is text, a number or a date.
pub fn json(rows: &[SignalRow]) -> serde_json::Result<String> {
    let objects: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(if objects.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", objects.join(",\n")) })
}

/// The objects of [`json`] for some of the rows, a line each: all but the last end in a comma.
///
/// # Errors
/// None in practice: every field is text, a number or a date.
pub fn json_lines(rows: &[SignalRow], out: &mut Vec<u8>) -> serde_json::Result<()> {
    for (place, row) in rows.iter().enumerate() {
        out.extend_from_slice(if place == 0 { b"" } else { b",\n" });
        text::row(row, out)?;
    }
    if !rows.is_empty() {
        out.push(b'\n');
    }
    Ok(())
}

fn key(row: &SignalRow) -> (&str, &str, SchoolYear, &str, Option<&str>) {
    (&row.student_id, &row.rule, row.school_year, row.scope, row.school_id.as_deref())
}

fn row<'a>(
    finding: Finding,
    student_id: &impl Fn(u32) -> &'a str,
    school_id: &impl Fn(u32) -> &'a str,
) -> Option<SignalRow> {
    let Outcome::Met { met_on, standing, standing_since, episodes, met_evidence, .. } = finding.outcome
    else {
        return None;
    };
    let (school_id, scope) = match finding.extent {
        Extent::School(school) => (Some(school_id(school).to_owned()), "school"),
        Extent::District => (None, "district"),
    };
    Some(SignalRow {
        student_id: student_id(finding.student).to_owned(),
        school_id,
        scope,
        pack: finding.rule.pack,
        pack_version: finding.rule.pack_version,
        rule: finding.rule.rule,
        school_year: finding.year,
        met_on,
        standing,
        standing_since,
        as_of: finding.as_of,
        numerator: finding.numerator,
        denominator: finding.denominator,
        unit: finding.unit,
        evidence: finding
            .evidence
            .into_iter()
            .map(|e| EvidenceRow { date: e.date, category: e.category, counts: e.counts })
            .collect(),
        met_evidence,
        episodes: episodes.iter().map(|e| (e.from, e.to)).collect(),
        citation: finding.citation,
        title: finding.title,
        next: finding.next.map(|next| NextRow { more: next.more, before: next.before }),
        not_counted: finding
            .near_misses
            .into_iter()
            .map(|near| NotCountedRow {
                date: near.evidence.date,
                category: near.evidence.category,
                why: near.why,
            })
            .collect(),
        unknown_days: finding.unknown_days,
        to_verify: finding.to_verify,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs;

    #[test]
    fn the_fields_and_the_order_of_the_rows_are_those_of_the_contract() {
        let example = crate::pack::Example {
            name: String::new(),
            days: vec!["9. U -".to_owned(), "10- U".to_owned()],
            ..crate::pack::Example::default()
        };
        let mut history = packs::read_example(&example).unwrap();
        let twin = history.students[0].clone();
        history.students.push(twin);
        let federal = packs::find("us-federal").unwrap();
        let as_of = history.schools[0].calendars[0].days.last().unwrap().date;
        let mut findings = crate::evaluate(&history, &[federal], as_of).findings;
        findings.reverse();
        let rows = rows(findings, |s| ["20", "10"][s as usize], |s| ["A", "B"][s as usize]);
        let keys: Vec<String> =
            rows.iter().map(|r| format!("{} {} {}", r.student_id, r.rule, r.scope)).collect();
        let expected = [
            "10 US-CHRONIC district",
            "10 US-CHRONIC school",
            "20 US-CHRONIC district",
            "20 US-CHRONIC school",
        ];
        assert_eq!(keys, expected);
        let SignalRow { citation, title, .. } = &rows[1];
        let expected = format!(
            "{}{}{}{citation}\",\"title\":\"{title}\",\"next\":null,\"not_counted\":[],\"unknown_days\":0,\"to_verify\":false}}",
            r#"{"student_id":"10","school_id":"A","scope":"school","pack":"us-federal","pack_version":"1","rule":"US-CHRONIC","school_year":"2025-2026","#,
            r#""met_on":"2025-09-05","standing":true,"standing_since":"2025-09-05","as_of":"2025-09-08","numerator":1,"denominator":10,"unit":"day","#,
            r#""evidence":[{"date":"2025-09-05","category":"Unexcused Absence","counts":1}],"met_evidence":["2025-09-05"],"episodes":[["2025-09-05",null]],"citation":""#,
        );
        assert_eq!(serde_json::to_string(&rows[1]).unwrap(), expected);
        assert_eq!(rows[0].school_id, None);
        assert_eq!(json(&[]).unwrap(), "[]\n");
    }
}
