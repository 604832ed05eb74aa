//! Signals, opened: the dated marks that counted, those that did not and why, the clause, the pack.

use super::figure;
use crate::components::standing_badge;
use crate::words::{Language, day, day_year, percent, reason_sentence, rule_title, why_not};
use leptos::prelude::*;
use model::page::{EvidenceView, SignalView};

/// Every signal, in the order in which they came: what stands first.
pub(super) fn signals(t: Language, all: &[SignalView]) -> AnyView {
    if all.is_empty() {
        return view! {
            <p><strong>{t.student_no_signals()}</strong></p>
            <p class="quiet">{t.student_no_signals_note()}</p>
        }
        .into_any();
    }
    all.iter().map(|s| signal(t, s)).collect_view().into_any()
}

fn signal(t: Language, of: &SignalView) -> AnyView {
    let line = &of.line;
    let share =
        line.denominator.map(|d| view! { <span class="signal-share">{percent(line.numerator, d)}</span> });
    let value = match line.denominator {
        Some(d) => format!("{} / {}", figure(line.numerator), figure(d)),
        None => figure(line.numerator),
    };
    let year = t.student_year(&of.year.to_string());
    let place = if of.school.is_empty() { year } else { format!("{} · {year}", of.school) };
    view! {
        <article class="signal">
            <header class="signal-head">
                <h3>{rule_title(t, &line.rule, &line.rule_title)}</h3>
                {standing_badge(Some(line.standing))}
                <p class="signal-value">{value} {share}</p>
            </header>
            <p>{reason_sentence(t, line)}</p>
            <p class="quiet">{place}</p>
            <details class="signal-days">
                <summary>{t.signal_open()}</summary>
                {counted(t, &of.evidence)}
                {near_misses(t, of)}
            </details>
            {facts(t, of)}
        </article>
    }
    .into_any()
}

/// Whether any of the days carries a reason, and whether more than one school occurs: columns only where they say something.
fn columns<'a>(days: impl Iterator<Item = &'a EvidenceView> + Clone) -> (bool, bool) {
    let reasons = days.clone().any(|d| d.reason.as_ref().is_some_and(|r| !r.is_empty()));
    let mut schools = days.map(|d| d.school.as_str());
    let first = schools.next();
    (reasons, schools.any(|s| Some(s) != first))
}

fn cells(t: Language, of: &EvidenceView, reasons: bool, schools: bool) -> AnyView {
    view! {
        <th scope="row">{day(t, of.date)}</th>
        <td>{of.category.clone()}</td>
        {reasons.then(|| view! { <td>{of.reason.clone().unwrap_or_default()}</td> })}
        {schools.then(|| view! { <td>{of.school.clone()}</td> })}
    }
    .into_any()
}

fn heads(t: Language, reasons: bool, schools: bool) -> AnyView {
    view! {
        <th scope="col">{t.signal_date()}</th>
        <th scope="col">{t.signal_category()}</th>
        {reasons.then(|| view! { <th scope="col">{t.signal_reason()}</th> })}
        {schools.then(|| view! { <th scope="col">{t.signal_school()}</th> })}
    }
    .into_any()
}

fn counted(t: Language, days: &[EvidenceView]) -> AnyView {
    if days.is_empty() {
        return view! { <p class="quiet">{t.signal_counted_none()}</p> }.into_any();
    }
    let (reasons, schools) = columns(days.iter());
    let rows = days.iter().map(|d| view! { <tr>{cells(t, d, reasons, schools)}</tr> }).collect_view();
    view! {
        <table class="table">
            <caption>{t.signal_counted(days.len() as u64)}</caption>
            <thead>
                <tr>{heads(t, reasons, schools)}</tr>
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
    let (reasons, schools) = columns(of.near_misses.iter().map(|n| &n.day));
    let rows = of
        .near_misses
        .iter()
        .map(|n| view! { <tr>{cells(t, &n.day, reasons, schools)} <td>{why_not(t, n.why)}</td></tr> })
        .collect_view();
    Some(
        view! {
            <table class="table">
                <caption>{t.signal_near(of.near_misses.len() as u64)}</caption>
                <thead>
                    <tr>{heads(t, reasons, schools)} <th scope="col">{t.signal_why_not()}</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any(),
    )
}

fn facts(t: Language, of: &SignalView) -> AnyView {
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
    // Titles, actions and readings come from the pack, whose words are English.
    let english = |text: &str| view! { <span lang="en">{text.to_owned()}</span> }.into_any();
    view! {
        {first_met}
        {unknown}
        <dl class="facts">
            {(!runs.is_empty()).then(|| fact(t.signal_runs(), runs.into_any()))}
            {(!of.action.is_empty()).then(|| fact(t.signal_action(), english(&of.action)))}
            {fact(t.signal_clause(), clause)}
            {(!of.reading.is_empty()).then(|| fact(t.signal_reading(), english(&of.reading)))}
            {fact(t.signal_pack(), pack.into_any())}
        </dl>
    }
    .into_any()
}
