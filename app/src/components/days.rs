//! The year strip: one small square per school day, weeks as columns, months named; and the same as a table.

use crate::words::{Language, capital, day, day_meaning, day_symbol, month, number, use_language};
use chrono::{Datelike, Days};
use leptos::prelude::*;
use model::page::{DayKind, StripDay};
use model::time::Date;

const KINDS: [DayKind; 8] = [
    DayKind::Attended,
    DayKind::Excused,
    DayKind::Unexcused,
    DayKind::ReasonUnknown,
    DayKind::Part,
    DayKind::Unknown,
    DayKind::RollNotTaken,
    DayKind::NotEnrolled,
];

const fn look(kind: DayKind) -> &'static str {
    match kind {
        DayKind::Attended => "day-attended",
        DayKind::Excused => "day-excused",
        DayKind::Unexcused => "day-unexcused",
        DayKind::ReasonUnknown => "day-open",
        DayKind::Part => "day-part",
        DayKind::Unknown => "day-unknown",
        DayKind::RollNotTaken => "day-no-roll",
        DayKind::NotEnrolled => "day-away",
    }
}

fn monday(date: Date) -> Date {
    date - Days::new(u64::from(date.weekday().num_days_from_monday()))
}

/// A day in words: date, meaning, category.
fn words(t: Language, of: &StripDay) -> String {
    let (date, meaning) = (day(t, of.date), day_meaning(t, of.kind));
    if of.category.is_empty() {
        t.strip_day(&date, meaning)
    } else {
        t.strip_day_category(&date, meaning, &of.category)
    }
}

/// A week's column: the month's name where it begins, whether weeks without school lie before it, and its days.
struct Week<'a> {
    month: &'static str,
    after_break: bool,
    days: Vec<&'a StripDay>,
}

fn weeks(t: Language, days: &[StripDay]) -> Vec<Week<'_>> {
    let mut named = None;
    let mut before: Option<Date> = None;
    let mut weeks: Vec<Week<'_>> = days
        .chunk_by(|a, b| monday(a.date) == monday(b.date))
        .map(|of_week| {
            let last = of_week[of_week.len() - 1].date;
            let this = monday(last);
            let key = (last.year(), last.month());
            let begins = named != Some(key);
            named = Some(key);
            let after_break = before.is_some_and(|b| this - b > chrono::TimeDelta::days(7));
            before = Some(this);
            Week {
                month: if begins { month(t, last) } else { "" },
                after_break,
                days: of_week.iter().collect(),
            }
        })
        .collect();
    for i in 1..weeks.len() {
        if !weeks[i].month.is_empty() {
            // Two names side by side would run into each other: a month of one week goes unnamed.
            weeks[i - 1].month = "";
        }
    }
    weeks
}

fn square(t: Language, of: &StripDay) -> AnyView {
    let class = format!("day {} on-{}", look(of.kind), of.date.weekday().number_from_monday());
    view! {
        <span class=class title=words(t, of)>{day_symbol(of.kind)}</span>
    }
    .into_any()
}

/// The squares. With script, hover, tap or the arrow keys read a day out in the line below ([`super::Live`]).
pub fn day_strip(days: &[StripDay]) -> AnyView {
    let t = use_language();
    if days.is_empty() {
        return view! { <p class="quiet">{t.strip_empty()}</p> }.into_any();
    }
    let columns = weeks(t, days)
        .into_iter()
        .map(|week| {
            let class = if week.after_break { "week week-after-break" } else { "week" };
            view! {
                <div class=class>
                    <span class="week-month">{week.month}</span>
                    {week.days.into_iter().map(|of| square(t, of)).collect_view()}
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="strip">
            <div class="strip-weeks" role="group" aria-label=t.strip_label()>
                <div class="strip-columns" aria-hidden="true">{columns}</div>
            </div>
            <p class="strip-reading live-only" aria-live="polite">{t.strip_help()}</p>
        </div>
    }
    .into_any()
}

/// What each kind of square means, and how many there are; only kinds that occur.
pub fn day_legend(days: &[StripDay]) -> AnyView {
    let t = use_language();
    let entries = KINDS
        .into_iter()
        .filter_map(|kind| {
            let count = days.iter().filter(|d| d.kind == kind).count();
            (count > 0).then(|| {
                view! {
                    <li>
                        <span class=format!("day {}", look(kind)) aria-hidden="true">{day_symbol(kind)}</span>
                        {capital(day_meaning(t, kind))}
                        <span class="legend-count">{number(count as u64)}</span>
                    </li>
                }
            })
        })
        .collect_view();
    view! { <ul class="legend" aria-label=t.strip_legend()>{entries}</ul> }.into_any()
}

/// The `id` of a day's row in [`day_table`], for a page with one year on it.
pub fn day_id(date: Date) -> String {
    format!("day-{date}")
}

/// The days missed alone, as a table: what opens behind the figure of days missed.
pub fn missed_table(days: &[StripDay]) -> Option<AnyView> {
    let t = use_language();
    let rows = days
        .iter()
        .rev()
        .filter(|of| of.missed)
        .map(|of| {
            view! {
                <tr>
                    <th scope="row">{day(t, of.date)}</th>
                    <td>{day_meaning(t, of.kind)}</td>
                    <td>{of.category.clone()}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let count = rows.len() as u64;
    (count > 0).then(|| {
        view! {
            <details class="missed-days" id="missed">
                <summary>{t.strip_missed(count)}</summary>
                <p class="quiet">{t.strip_missed_note()}</p>
                <table class="table">
                    <caption class="visually-hidden">{t.strip_missed_caption()}</caption>
                    {day_heads(t)}
                    <tbody>{rows}</tbody>
                </table>
            </details>
        }
        .into_any()
    })
}

fn day_heads(t: Language) -> AnyView {
    view! {
        <thead>
            <tr>
                <th scope="col">{t.strip_date()}</th>
                <th scope="col">{t.strip_meaning()}</th>
                <th scope="col">{t.strip_category()}</th>
            </tr>
        </thead>
    }
    .into_any()
}

/// The same days as a table, for those who do not see the squares; `whose` tells several on one page apart.
pub fn day_table(days: &[StripDay], whose: &str) -> Option<AnyView> {
    let t = use_language();
    let label = if whose.is_empty() {
        t.strip_caption().to_owned()
    } else {
        format!("{whose}: {}", t.strip_caption())
    };
    if days.is_empty() {
        return None;
    }
    let rows = days
        .iter()
        .map(|of| {
            let id = whose.is_empty().then(|| day_id(of.date));
            view! {
                <tr id=id>
                    <th scope="row">{day(t, of.date)}</th>
                    <td>{day_meaning(t, of.kind)}</td>
                    <td>{of.category.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    let table = view! {
        <details class="day-table">
            <summary>{t.strip_table()}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=label>
                <table class="table">
                    <caption class="visually-hidden">{t.strip_caption()}</caption>
                    {day_heads(t)}
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any();
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_a_column_and_a_month_is_named_once() {
        let date = |text: &str| StripDay {
            date: text.parse().unwrap(),
            kind: DayKind::Attended,
            missed: false,
            category: String::new(),
        };
        let days: Vec<_> = [
            "2025-08-21",
            "2025-08-28",
            "2025-08-29",
            "2025-09-02",
            "2025-09-08",
            "2025-09-22",
            "2025-09-30",
        ]
        .map(date)
        .to_vec();
        let shape: Vec<_> =
            weeks(Language::En, &days).iter().map(|w| (w.month, w.after_break, w.days.len())).collect();
        assert_eq!(
            shape,
            [
                ("Aug", false, 1),
                ("", false, 2),
                ("Sep", false, 1),
                ("", false, 1),
                ("", true, 1),
                ("", false, 1),
            ]
        );
    }
}
