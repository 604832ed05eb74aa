//! Every word a person reads. Sentences live in `translations/`, one file a language; `build.rs` makes one method of
//! [`Language`] of each, so a key that is missing in any language does not compile.

mod alerts;
mod codes;
mod dates;
mod language;
mod reason;
mod schedule;
mod sources;

pub use alerts::{MailWords, alert_mail, alert_words, test_mail};
pub use codes::{
    because, capital, day_meaning, day_symbol, demo_why, grade, role, rule_choice, rule_title,
    set_aside_reason, standing, why_not, why_not_asked,
};
pub use dates::{day, day_of_month, day_year, month, stamp};
pub use language::{Language, use_language};
pub use reason::{amount, percent, reason_counted, reason_sentence, reason_stands};
pub use schedule::schedule_words;
pub use sources::{brake_cause, carries_words, done_words, job_words, kind_words, run_words};

mod generated {
    use super::number;
    include!(concat!(env!("OUT_DIR"), "/translations.rs"));
}

/// A whole number with a comma at each thousand, as both languages write it in the United States.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(value), text);
        }
    }
}
