//! The reason sentence: what counted, out of how much, and since when.

use super::{Language, day, rule_title};
use model::page::{ReasonLine, Standing};

/// A share in percent with one decimal, cut and never rounded up: 9.96 % must not read as the 10 % that a rule asks.
/// Figure and sign stay on one line.
pub fn percent(part: u32, of: u32) -> String {
    let tenths = (u64::from(part) * 1000).checked_div(u64::from(of)).unwrap_or(0);
    format!("{}.{}\u{a0}%", tenths / 10, tenths % 10)
}

/// So many of a rule's unit: `3 days`, `1,860 minutes`.
pub fn amount(t: Language, unit: &str, count: u32) -> String {
    let count = u64::from(count);
    match unit {
        "event" => t.amount_event(count),
        "half_day" => t.amount_half_day(count),
        "session" => t.amount_session(count),
        "minute" => t.amount_minute(count),
        "period" => t.amount_period(count),
        "report" => t.amount_report(count),
        _ => t.amount_day(count),
    }
}

/// What was missed, such as `Missed 17 of 169 days (10.0 %).`
pub fn reason_counted(t: Language, line: &ReasonLine) -> String {
    let with = match line.counts.as_str() {
        // Of times missed or late the lateness is said already.
        "unexcused_or_tardy" if line.unit == "event" => t.reason_with_unexcused(),
        "unexcused" => t.reason_with_unexcused(),
        "unexcused_or_unknown" => t.reason_with_unexcused_or_unknown(),
        "unexcused_or_tardy" => t.reason_with_unexcused_or_tardy(),
        "excused" => t.reason_with_excused(),
        _ => "",
    };
    match (line.unit.as_str(), line.denominator) {
        ("report", _) => t.reason_reports(&amount(t, "report", line.numerator)),
        ("event", _) => t.reason_events(&amount(t, "event", line.numerator), with),
        (unit, Some(of)) => {
            let share = percent(line.numerator, of);
            t.reason_rate(u64::from(line.numerator), &amount(t, unit, of), with, &share)
        }
        (unit, None) => t.reason_count(&amount(t, unit, line.numerator), with),
    }
}

/// One or two sentences for a reason, such as `Missed 17 of 169 days (10.0 %). Met since Fri 11 Feb: chronic absence.`
pub fn reason_sentence(t: Language, line: &ReasonLine) -> String {
    format!("{} {}", reason_counted(t, line), reason_stands(t, line))
}

/// Where that puts the student, such as `Met since Fri 11 Feb: chronic absence.`
pub fn reason_stands(t: Language, line: &ReasonLine) -> String {
    let rule = rule_title(t, &line.rule, &line.rule_title);
    let stands = match (line.standing, line.standing_since) {
        (Standing::NewlyMet | Standing::StillOpen, Some(since)) => t.reason_since(&day(t, since), &rule),
        (Standing::NewlyMet | Standing::StillOpen, None) => t.reason_met(&rule),
        (Standing::Close, _) => match (line.unit.as_str(), line.more) {
            ("day", None | Some(1)) | (_, None) => t.reason_close(&rule),
            (unit, Some(more)) => t.reason_close_by(&amount(t, unit, more), &rule),
        },
        (Standing::Recovered, _) => t.reason_recovered(&rule),
    };
    if line.district_wide { format!("{stands} {}", t.reason_all_schools()) } else { stands }
}
