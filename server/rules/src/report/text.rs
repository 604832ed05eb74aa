//! A row as JSON text. A district's signals are a hundred megabytes of dates and categories, in each byte of which serde
//! looks for what must be escaped; here that is looked for in many bytes at once, and in dates and names of fields not at
//! all. What is written is what serde writes of the row: a test holds the two together.

use super::{EvidenceRow, NextRow, NotCountedRow, SignalRow, iso};
use model::time::Date;
use serde::Serialize;

/// Adds a row, as one object.
///
/// # Errors
/// None in practice: every field is text, a number or a date.
pub(super) fn row(row: &SignalRow, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let mut to = Text(out);
    to.raw(r#"{"student_id":"#).text(&row.student_id)?;
    to.raw(r#","school_id":"#).or_null(row.school_id.as_deref(), Text::text)?;
    to.raw(r#","scope":"#).text(row.scope)?;
    to.raw(r#","pack":"#).text(&row.pack)?;
    to.raw(r#","pack_version":"#).text(&row.pack_version)?;
    to.raw(r#","rule":"#).text(&row.rule)?;
    to.raw(r#","school_year":"#).value(&row.school_year)?;
    to.raw(r#","met_on":"#).date(row.met_on)?;
    to.raw(r#","standing":"#).value(&row.standing)?;
    to.raw(r#","standing_since":"#).or_null(row.standing_since, Text::date)?;
    to.raw(r#","as_of":"#).date(row.as_of)?;
    to.raw(r#","numerator":"#).value(&row.numerator)?;
    to.raw(r#","denominator":"#).value(&row.denominator)?;
    to.raw(r#","unit":"#).text(&row.unit)?;
    to.raw(r#","evidence":"#).list(&row.evidence, Text::evidence)?;
    to.raw(r#","met_evidence":"#).list(&row.met_evidence, |to, date| to.date(*date))?;
    to.raw(r#","episodes":"#).list(&row.episodes, Text::episode)?;
    to.raw(r#","citation":"#).text(&row.citation)?;
    to.raw(r#","title":"#).text(&row.title)?;
    to.raw(r#","next":"#).or_null(row.next.as_ref(), Text::next)?;
    to.raw(r#","not_counted":"#).list(&row.not_counted, Text::not_counted)?;
    to.raw(r#","unknown_days":"#).value(&row.unknown_days)?;
    to.raw(r#","to_verify":"#).value(&row.to_verify)?;
    to.raw("}");
    Ok(())
}

struct Text<'a>(&'a mut Vec<u8>);

impl Text<'_> {
    fn raw(&mut self, json: &str) -> &mut Self {
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    fn value(&mut self, value: &impl Serialize) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *self.0, value)
    }

    fn text(&mut self, text: &str) -> serde_json::Result<()> {
        let escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        // Without a way out of the loop several bytes are looked at together.
        if text.bytes().fold(false, |any, byte| any | escaped(byte)) {
            return self.value(&text);
        }
        self.raw("\"").raw(text).raw("\"");
        Ok(())
    }

    fn date(&mut self, date: Date) -> serde_json::Result<()> {
        let Some(digits) = iso::digits(date) else { return self.value(&date) };
        self.raw("\"").0.extend_from_slice(&digits);
        self.raw("\"");
        Ok(())
    }

    fn or_null<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> serde_json::Result<()>,
    ) -> serde_json::Result<()> {
        match value {
            Some(value) => write(self, value),
            None => self.value(&()),
        }
    }

    fn list<T>(
        &mut self,
        items: &[T],
        write: impl Fn(&mut Self, &T) -> serde_json::Result<()>,
    ) -> serde_json::Result<()> {
        self.raw("[");
        for (place, item) in items.iter().enumerate() {
            self.raw(if place == 0 { "" } else { "," });
            write(self, item)?;
        }
        self.raw("]");
        Ok(())
    }

    fn evidence(&mut self, day: &EvidenceRow) -> serde_json::Result<()> {
        self.raw(r#"{"date":"#).date(day.date)?;
        self.raw(r#","category":"#).text(&day.category)?;
        self.raw(r#","counts":"#).value(&day.counts)?;
        self.raw("}");
        Ok(())
    }

    fn episode(&mut self, (first, last): &(Date, Option<Date>)) -> serde_json::Result<()> {
        self.raw("[").date(*first)?;
        self.raw(",").or_null(*last, Self::date)?;
        self.raw("]");
        Ok(())
    }

    fn next(&mut self, next: &NextRow) -> serde_json::Result<()> {
        self.raw(r#"{"more":"#).value(&next.more)?;
        self.raw(r#","before":"#).or_null(next.before, Self::date)?;
        self.raw("}");
        Ok(())
    }

    fn not_counted(&mut self, day: &NotCountedRow) -> serde_json::Result<()> {
        self.raw(r#"{"date":"#).date(day.date)?;
        self.raw(r#","category":"#).text(&day.category)?;
        self.raw(r#","why":"#).value(&day.why)?;
        self.raw("}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::signal::WhyNot;
    use model::time::SchoolYear;
    use proptest::prelude::*;

    fn date() -> impl Strategy<Value = Date> {
        // Years before 0 and after 9999 are written otherwise.
        (-800_000_i32..4_500_000).prop_filter_map("no such date", Date::from_num_days_from_ce_opt)
    }

    fn any_text() -> impl Strategy<Value = String> {
        "[a-c \"\\\\\x00-\x1f\x7fé]{0,12}"
    }

    prop_compose! {
        fn rows()(
            texts in prop::collection::vec(any_text(), 7),
            school in prop::option::of(any_text()),
            dates in prop::collection::vec(date(), 3),
            perhaps in prop::collection::vec(prop::option::of(date()), 2),
            numbers in any::<(u32, Option<u32>, u32, bool, bool)>(),
            days in prop::collection::vec((date(), any_text(), any::<u32>()), 0..3),
            next in any::<Option<u32>>(),
            why in prop::sample::select(vec![WhyNot::OtherCategory, WhyNot::RollNotTaken]),
        ) -> SignalRow {
            let [student_id, pack, pack_version, rule, unit, citation, title] = texts.as_slice() else { unreachable!() };
            SignalRow {
                student_id: student_id.clone(),
                school_id: school,
                scope: "school",
                pack: pack.clone(),
                pack_version: pack_version.clone(),
                rule: rule.clone(),
                school_year: SchoolYear(2025),
                met_on: dates[0],
                standing: numbers.3,
                standing_since: perhaps[0],
                as_of: dates[1],
                numerator: numbers.0,
                denominator: numbers.1,
                unit: unit.clone(),
                evidence: days
                    .iter()
                    .map(|(date, category, counts)| EvidenceRow { date: *date, category: category.clone(), counts: *counts })
                    .collect(),
                met_evidence: days.iter().map(|day| day.0).collect(),
                episodes: days.iter().map(|day| (day.0, perhaps[1])).collect(),
                citation: citation.clone(),
                title: title.clone(),
                next: next.map(|more| NextRow { more, before: perhaps[1] }),
                not_counted: days
                    .iter()
                    .map(|(date, category, _)| NotCountedRow { date: *date, category: category.clone(), why })
                    .collect(),
                unknown_days: numbers.2,
                to_verify: numbers.4,
            }
        }
    }

    proptest! {
        #[test]
        fn a_row_is_written_as_serde_writes_it(of in rows()) {
            let mut out = Vec::new();
            row(&of, &mut out).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&of).unwrap());
        }
    }
}
