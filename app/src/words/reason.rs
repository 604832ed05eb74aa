//! The reason sentence: what counted, out of how much, and since when.

use super::{Language, day, rule_title};
use model::page::{ReasonLine, Standing};

/// A share in percent with one decimal, cut and never rounded up: 9.96 % must not read as the 10 % that a rule asks.
pub fn percent(part: u32, of: u32) -> String {
    let tenths = (u64::from(part) * 1000).checked_div(u64::from(of)).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// One or two sentences for a reason, such as `Missed 17 of 169 days (10.0 %). Met since Fri 11 Feb: chronic absence.`
pub fn reason_sentence(t: Language, line: &ReasonLine) -> String {
    let count = u64::from(line.numerator);
    let counted = match (line.denominator, line.counts.as_str()) {
        (Some(of), "unexcused") => {
            t.reason_rate_unexcused(count, u64::from(of), &percent(line.numerator, of))
        }
        (Some(of), "excused") => t.reason_rate_excused(count, u64::from(of), &percent(line.numerator, of)),
        (Some(of), _) => t.reason_rate(count, u64::from(of), &percent(line.numerator, of)),
        (None, "unexcused") => t.reason_days_unexcused(count),
        (None, "excused") => t.reason_days_excused(count),
        (None, _) => t.reason_days(count),
    };
    let rule = rule_title(t, &line.rule, &line.rule_title);
    let stands = match (line.standing, line.standing_since) {
        (Standing::NewlyMet | Standing::StillOpen, Some(since)) => t.reason_since(&day(t, since), &rule),
        (Standing::NewlyMet | Standing::StillOpen, None) => t.reason_met(&rule),
        (Standing::Close, _) => t.reason_close(&rule),
        (Standing::Recovered, _) => t.reason_recovered(&rule),
    };
    if line.district_wide {
        format!("{counted} {stands} {}", t.reason_all_schools())
    } else {
        format!("{counted} {stands}")
    }
}
