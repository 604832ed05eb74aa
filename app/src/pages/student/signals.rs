//! Signals, opened: the dated marks that counted, those that did not and why, the clause, the pack.

use super::{Place, figure};
use crate::components::{standing_badge, verify_mark};
use crate::pages::signal_id;
use crate::words::{Language, amount, day, day_year, percent, reason_sentence, rule_title, why_not};
use leptos::prelude::*;
use model::page::{EvidenceView, SignalView};

/// Every signal, in the order in which they came: what stands first.
pub(super) fn signals(t: Language, all: &[SignalView], place: Place, rule: Option<&str>) -> AnyView {
    if all.is_empty() {
        return view! {
            <p><strong>{t.student_no_signals()}</strong></p>
            <p class="quiet">{t.student_no_signals_note()}</p>
        }
        .into_any();
    }
    all.iter()
        .enumerate()
        .map(|(i, s)| {
            // A rule may have several signals, one a school or year: the first is where an address leads.
            let first = all[..i].iter().all(|before| before.line.rule != s.line.rule);
            let id = first.then(|| signal_id(&s.line.rule));
            signal(t, s, place, id, rule == Some(s.line.rule.as_str()))
        })
        .collect_view()
        .into_any()
}

fn signal(t: Language, of: &SignalView, place: Place, id: Option<String>, open: bool) -> AnyView {
    let line = &of.line;
    let share =
        line.denominator.map(|d| view! { <span class="signal-share">{percent(line.numerator, d)}</span> });
    let value = match line.denominator {
        Some(d) => format!("{} / {}", figure(line.numerator), figure(d)),
        None => amount(t, &line.unit, line.numerator),
    };
    let year = t.student_year(&of.year.to_string());
    let counted_at = if of.school.is_empty() { year } else { format!("{} · {year}", of.school) };
    view! {
        <article class="signal" id=id>
            <header class="signal-head">
                {place.subheading(rule_title(t, &line.rule, &line.rule_title))}
                {verify_mark(t, &line.rule, line.to_verify)}
                {standing_badge(Some(line.standing))}
                <p class="signal-value">{value} {share}</p>
            </header>
            <p>{reason_sentence(t, line)}</p>
            <p class="quiet">{counted_at}</p>
            <details class="signal-days" open=open>
                <summary>{t.signal_open()}</summary>
                {counted(t, of)}
                {near_misses(t, of)}
            </details>
            {facts(t, of)}
        </article>
    }
    .into_any()
}

/// The columns beside day and category: each only where it says something.
#[derive(Debug, Clone, Copy)]
struct Columns<'a> {
    /// A day carries a reason.
    reasons: bool,
    /// More than one school occurs.
    schools: bool,
    /// What each day contributes, in this unit: where it is not one day each.
    counts: Option<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(days: impl Iterator<Item = &'a EvidenceView> + Clone, unit: &'a str) -> Self {
        let mut schools = days.clone().map(|d| d.school.as_str());
        let first = schools.next();
        Self {
            reasons: days.clone().any(|d| d.reason.as_ref().is_some_and(|r| !r.is_empty())),
            schools: schools.any(|s| Some(s) != first),
            counts: (unit != "day" || days.clone().any(|d| d.counts > 1)).then_some(unit),
        }
    }
}

fn cells(t: Language, of: &EvidenceView, columns: Columns) -> AnyView {
    view! {
        <th scope="row">{day(t, of.date)}</th>
        <td>{of.category.clone()}</td>
        {columns.counts.map(|unit| view! { <td class="figure">{amount(t, unit, of.counts)}</td> })}
        {columns.reasons.then(|| view! { <td>{of.reason.clone().unwrap_or_default()}</td> })}
        {columns.schools.then(|| view! { <td>{of.school.clone()}</td> })}
    }
    .into_any()
}

fn heads(t: Language, columns: Columns) -> AnyView {
    view! {
        <th scope="col">{t.signal_date()}</th>
        <th scope="col">{t.signal_category()}</th>
        {columns.counts.map(|_| view! { <th scope="col" class="figure">{t.signal_counts()}</th> })}
        {columns.reasons.then(|| view! { <th scope="col">{t.signal_reason()}</th> })}
        {columns.schools.then(|| view! { <th scope="col">{t.signal_school()}</th> })}
    }
    .into_any()
}

fn counted(t: Language, of: &SignalView) -> AnyView {
    let days = &of.evidence;
    if days.is_empty() {
        return view! { <p class="quiet">{t.signal_counted_none()}</p> }.into_any();
    }
    let columns = Columns::of(days.iter(), &of.line.unit);
    let rows = days.iter().map(|d| view! { <tr>{cells(t, d, columns)}</tr> }).collect_view();
    view! {
        <table class="table">
            <caption>{t.signal_counted(days.len() as u64)}</caption>
            <thead>
                <tr>{heads(t, columns)}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn near_misses(t: Language, of: &SignalView) -> Option<AnyView> {
    if of.near_misses.is_empty() {
        return None;
    }
    // What did not count adds nothing, so what it adds is no column.
    let columns = Columns { counts: None, ..Columns::of(of.near_misses.iter().map(|n| &n.day), "day") };
    let rows = of
        .near_misses
        .iter()
        .map(|n| view! { <tr>{cells(t, &n.day, columns)} <td>{why_not(t, n.why)}</td></tr> })
        .collect_view();
    Some(
        view! {
            <table class="table">
                <caption>{t.signal_near(of.near_misses.len() as u64)}</caption>
                <thead>
                    <tr>{heads(t, columns)} <th scope="col">{t.signal_why_not()}</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any(),
    )
}

fn facts(t: Language, of: &SignalView) -> AnyView {
    let line = &of.line;
    let fact = |term: &'static str, value: AnyView| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let runs = of
        .episodes
        .iter()
        .map(|(from, to)| match to {
            Some(to) => t.signal_run(&day(t, *from), &day(t, *to)),
            None => t.signal_run_open(&day(t, *from)),
        })
        .collect::<Vec<_>>()
        .join("; ");
    let first_met =
        of.met_on.map(|date| view! { <p class="quiet">{t.signal_first_met(&day_year(t, date))}</p> });
    let pack = match of.reviewed_on {
        Some(date) => format!("{}, {}", of.pack, t.signal_reviewed(&day_year(t, date))),
        None => of.pack.clone(),
    };
    let source = of.source.starts_with("https://").then(|| {
        view! { " " <a href=of.source.clone() rel="external noreferrer">{t.signal_read_source()}</a> }
    });
    let clause = view! { {of.citation.clone()} {source} }.into_any();
    let unknown = (of.unknown_days > 0)
        .then(|| view! { <p class="quiet">{t.signal_unknown(u64::from(of.unknown_days))}</p> });
    let next = line.more.map(|more| {
        let more = amount(t, &line.unit, more);
        let said = match of.next_before {
            Some(date) => t.signal_next_before(&more, &day(t, date)),
            None => t.signal_next(&more),
        };
        view! { <p>{said}</p> }
    });
    let deadline = of.deadline.map(|by| {
        let days = u64::from(by.days);
        let said = if by.school_days { t.signal_deadline_school(days) } else { t.signal_deadline(days) };
        view! { " " <span>{said}</span> }
    });
    let to_verify =
        of.to_verify.iter().map(|what| view! { <li lang="en">{what.clone()}</li> }).collect_view();
    // Titles, actions and readings come from the pack, whose words are English.
    let english = |text: &str| view! { <span lang="en">{text.to_owned()}</span> }.into_any();
    view! {
        {next}
        {first_met}
        {unknown}
        <dl class="facts">
            {(!runs.is_empty()).then(|| fact(t.signal_runs(), runs.into_any()))}
            {(!of.action.is_empty()).then(|| fact(t.signal_action(), view! { {english(&of.action)} {deadline} }.into_any()))}
            {fact(t.signal_clause(), clause)}
            {(!of.reading.is_empty()).then(|| fact(t.signal_reading(), english(&of.reading)))}
            {fact(t.signal_pack(), pack.into_any())}
            {(!of.to_verify.is_empty())
                .then(|| fact(t.signal_to_verify(), view! { <ul class="marked">{to_verify}</ul> }.into_any()))}
        </dl>
    }
    .into_any()
}
