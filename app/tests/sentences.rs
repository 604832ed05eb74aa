//! Reason sentences as people read them, for every standing and both languages: `golden/sentences.txt`.

// A helper that cannot go on fails its test.
#![allow(clippy::unwrap_used)]

use app::Language;
use app::words::{percent, reason_sentence};
use model::page::{ReasonLine, Standing};
use std::fmt::Write as _;

fn line(
    rule: &str,
    numerator: u32,
    denominator: Option<u32>,
    counts: &str,
    standing: Standing,
) -> ReasonLine {
    ReasonLine {
        rule: rule.to_owned(),
        rule_title: "A rule of the district.".to_owned(),
        numerator,
        denominator,
        unit: "day".to_owned(),
        counts: counts.to_owned(),
        more: None,
        standing,
        standing_since: matches!(standing, Standing::NewlyMet | Standing::StillOpen)
            .then(|| "2022-02-11".parse().unwrap()),
        district_wide: rule == "US-CHRONIC" && standing == Standing::StillOpen,
        to_verify: false,
    }
}

#[test]
fn reason_sentences_read_as_in_the_golden_file() {
    let lines = [
        line("US-CHRONIC", 17, Some(169), "all", Standing::NewlyMet),
        line("US-CHRONIC", 17, Some(169), "all", Standing::StillOpen),
        line("US-CHRONIC", 16, Some(169), "all", Standing::Close),
        line("US-CHRONIC", 12, Some(169), "all", Standing::Recovered),
        line("US-CHRONIC", 1, Some(1), "all", Standing::Close),
        line("PA-TRUANT", 3, None, "unexcused", Standing::NewlyMet),
        line("PA-HABITUAL", 6, None, "unexcused", Standing::StillOpen),
        line("PA-TRUANT", 2, None, "unexcused", Standing::Close),
        line("PA-TRUANT", 1, None, "unexcused", Standing::Recovered),
        line("WA-EXCUSED-5", 5, None, "excused", Standing::NewlyMet),
        line("DISTRICT-1", 1_250, Some(9_000), "unexcused", Standing::StillOpen),
    ];
    let other = |unit: &str, numerator, denominator, counts: &str, standing, more| ReasonLine {
        unit: unit.to_owned(),
        more,
        ..line("DISTRICT-1", numerator, denominator, counts, standing)
    };
    let others = [
        other("minute", 1_860, None, "unexcused", Standing::NewlyMet, None),
        other("minute", 5_500, Some(54_600), "all", Standing::StillOpen, None),
        other("session", 38, Some(370), "all", Standing::StillOpen, None),
        other("session", 9, None, "unexcused", Standing::Close, Some(1)),
        other("half_day", 12, None, "unexcused", Standing::Close, Some(2)),
        other("period", 1, None, "unexcused_or_tardy", Standing::Recovered, None),
        other("event", 3, None, "unexcused_or_tardy", Standing::NewlyMet, None),
        other("report", 3, None, "", Standing::NewlyMet, None),
        other("day", 8, None, "unexcused_or_unknown", Standing::Close, Some(2)),
        other("day", 2, None, "unexcused", Standing::Close, Some(1)),
    ];
    let mut said = String::new();
    for language in Language::ALL {
        for line in lines.iter().chain(&others) {
            writeln!(said, "{} {}", language.code(), reason_sentence(language, line)).unwrap();
        }
    }
    assert_eq!(said, include_str!("golden/sentences.txt"));
}

#[test]
fn a_share_below_the_threshold_never_reads_as_the_threshold() {
    assert_eq!(percent(999, 10_000), "9.9\u{a0}%");
    assert_eq!(percent(17, 169), "10.0\u{a0}%");
    assert_eq!(percent(0, 0), "0.0\u{a0}%");
    for enrolled in 10..2_000 {
        for absent in 0..=enrolled / 9 {
            let reads_as_ten =
                percent(absent, enrolled).trim_end_matches("\u{a0}%").parse::<f64>().unwrap() >= 10.0;
            assert_eq!(reads_as_ten, 10 * absent >= enrolled, "{absent} of {enrolled}");
        }
    }
}
