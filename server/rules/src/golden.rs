//! A table that a principal could read: a dozen students' days, and all that the packs say of them.

use crate::pack::{Example, Pack};
use crate::packs;
use model::signal::{Extent, Finding, Outcome};
use std::fmt::Write;

/// The packs whose words are shown.
const PACKS: [&str; 2] = ["us-federal", "us-pa"];

/// What it shows, the days by school in the words of worked examples, and the length of the school day.
const STUDENTS: [(&str, &[&str], Option<u16>); 14] = [
    ("Never missed a day", &["60."], None),
    ("One absence in the first ten days, then none", &["4. E 55."], None),
    ("Missed two weeks, then recovered, then missed some more", &["20. 10E 80. 5U 5."], None),
    ("Two days without an excuse", &["20. U 20. U 18."], None),
    ("Three days without an excuse", &["20. U 20. U 17. U"], None),
    ("Six days without an excuse, two of them excused later", &["20. 4U 20. 2E 14."], None),
    ("Nobody has said why yet", &["24. 6?"], None),
    ("Late each Monday, without minutes", &["T 4. T 4. T 4. T 4."], None),
    ("Late each Monday by half of the day", &["T=180m 4. T=180m 4. T=180m 4. T=180m 4."], Some(360)),
    ("Two marks on one day, and a morning and an afternoon", &["18. E+P U=AM+U=PM 5."], None),
    ("Rows that cannot be used, an event, and days without roll", &["9. 2! N U 3x 5."], None),
    ("Moved in the middle of the year", &["20. 2U 22-", "22- 18. U 2. U"], None),
    ("Left in October", &["25. 5U 30-"], None),
    ("Came nine days ago", &["50- 8. U"], None),
];

fn table() -> String {
    let packs: Vec<&Pack> = PACKS.iter().map(|id| packs::find(id).unwrap()).collect();
    let mut out = String::new();
    for (name, days, minutes) in STUDENTS {
        let example = Example {
            name: name.to_owned(),
            days: days.iter().map(ToString::to_string).collect(),
            minutes,
            ..Example::default()
        };
        let history = packs::read_example(&example).unwrap();
        let as_of = history.schools[0].calendars[0].days.last().unwrap().date;
        writeln!(out, "{name}\n  days: {}", days.join(" | ")).unwrap();
        let findings = crate::evaluate(&history, &packs, as_of).findings;
        if findings.is_empty() {
            writeln!(out, "  nothing").unwrap();
        }
        for finding in &findings {
            finding_lines(&mut out, finding);
        }
        let facts = crate::days::of(&history, 0, as_of);
        let year = history.schools[0].calendars[0].year;
        let totals = crate::days::totals(&history, 0, year, as_of);
        writeln!(
            out,
            "  in sum: missed {} ({} excused) of {} days, {} unknown; last day: {:?}\n",
            totals.missed,
            totals.excused,
            totals.days,
            totals.unknown,
            facts.last().unwrap().kind
        )
        .unwrap();
    }
    out
}

fn finding_lines(out: &mut String, finding: &Finding) {
    let place = match finding.extent {
        Extent::School(school) => format!("school {}", school + 1),
        Extent::District => "all schools".to_owned(),
    };
    let of = finding.denominator.map_or(String::new(), |of| format!(" of {of}"));
    writeln!(out, "  {}, {place}: {}{of} {}s", finding.rule.rule, finding.numerator, finding.unit).unwrap();
    match &finding.outcome {
        Outcome::Close => writeln!(out, "    close: one more would meet it").unwrap(),
        Outcome::Met { met_on, standing_since, standing_days, episodes, .. } => {
            let since = standing_since.map_or("stands no longer".to_owned(), |s| {
                format!("stands since {s} ({standing_days} school days)")
            });
            let more = if finding.one_more_meets { ", one more would meet it again" } else { "" };
            writeln!(out, "    first met on {met_on}; {since}{more}").unwrap();
            for run in episodes {
                let to = run.to.map_or("now".to_owned(), |to| to.to_string());
                writeln!(out, "    met from {} to {to}", run.from).unwrap();
            }
        }
    }
    for day in &finding.evidence {
        writeln!(out, "    counts: {} {}", day.date, day.category).unwrap();
    }
    for near in &finding.near_misses {
        writeln!(out, "    does not: {} {} ({:?})", near.evidence.date, near.evidence.category, near.why)
            .unwrap();
    }
}

#[test]
fn what_the_packs_say_of_a_dozen_students_stays_the_same() {
    insta::assert_snapshot!("outcomes", table());
}
