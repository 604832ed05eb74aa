//! Data: what came, what was set aside and why, and what is missing.

mod reconciliation;
mod source;
mod sources;

pub use reconciliation::{LoadReconciliation, ReconciliationPage, reconciliation_view};
pub use source::{LoadSource, SourceAnswer, SourcePage, source_view};

use crate::AppError;
use crate::components::{alert_notes, card_head, download, empty_view, loaded, page_head, verify_mark};
use crate::words::{
    Language, day_year, number, rule_title, set_aside_reason, stamp, use_language, why_not_asked,
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::page::{DataPage as Page, NotAskedLine, RunView, SchoolFreshness, SetAsideGroup};
use model::report::TableCount;

/// Where the data stands.
#[server(prefix = "/api", endpoint = "data", input = Json)]
pub async fn load_data() -> Result<Page, AppError> {
    crate::server_side::answer(|visit| async move { services::data::page(&visit).await }).await
}

/// `/data`.
#[component]
pub fn DataPage() -> impl IntoView {
    let done = source::done();
    let page = Resource::new(|| (), |()| load_data());
    loaded(page, move |mut page: Page| {
        page.sources.done = done;
        data_view(&page)
    })
}

/// Where the data stands.
pub fn data_view(page: &Page) -> AnyView {
    let t = use_language();
    let summary = match (page.runs.is_empty(), page.set_aside_count) {
        (true, _) => t.data_summary_never().to_owned(),
        (false, 0) => t.data_summary_clean().to_owned(),
        (false, count) => t.data_summary_set_aside(u64::from(count)),
    };
    let runs = if page.runs.is_empty() {
        empty_view(t.data_summary_never(), t.data_never_note())
    } else {
        let all = page.runs.iter().enumerate().map(|(i, run)| run_view(t, run, i == 0)).collect_view();
        view! {
            <section class="card" aria-labelledby="runs">
                {card_head(
                    view! { <h2 id="runs">{t.data_runs_heading()}</h2> }.into_any(),
                    download("/download/data/runs".to_owned(), t.data_runs_heading(), None),
                )}
                {all}
            </section>
        }
        .into_any()
    };
    let missing = (!page.schools.is_empty()).then(|| schools(t, &page.schools));
    let aside = (!page.runs.is_empty()).then(|| set_aside(t, page));
    view! {
        <div class="page page-data">
            {page_head(t.data_title(), t.data_title().to_owned(), summary, Some(&page.freshness))}
            {alert_notes(t, &page.alerts)}
            {sources::section(t, &page.sources)}
            {missing}
            {not_asked(t, &page.not_asked)}
            {aside}
            {runs}
        </div>
    }
    .into_any()
}

/// The rules that could not be asked, and why.
fn not_asked(t: Language, of: &[NotAskedLine]) -> Option<AnyView> {
    if of.is_empty() {
        return None;
    }
    let lines = of
        .iter()
        .map(|line| {
            let title = rule_title(t, &line.rule.id, &line.rule.title);
            let open = verify_mark(t, &line.rule.id, line.rule.to_verify);
            view! { <li><strong>{title}</strong> " " {open} " " {why_not_asked(t, line.why)}</li> }
        })
        .collect_view();
    Some(
        view! {
            <section class="card" aria-labelledby="not-asked">
                <h2 id="not-asked">{t.not_asked_heading()}</h2>
                <p class="quiet">{t.not_asked_note()}</p>
                <ul class="marked">{lines}</ul>
            </section>
        }
        .into_any(),
    )
}

fn run_view(t: Language, run: &RunView, open: bool) -> AnyView {
    let adds_up = run.tables.iter().all(TableCount::reconciles);
    let (class, said) =
        if adds_up { ("quiet", t.data_reconciles()) } else { ("notice notice-met", t.data_does_not()) };
    let rows = run
        .tables
        .iter()
        .map(|c| {
            let figures = [c.read, c.added, c.changed, c.unchanged, c.removed]
                .map(|f| view! { <td class="figure">{number(f)}</td> })
                .collect_view();
            // Of the last run the rows themselves are on this page.
            let aside = if open && c.set_aside > 0 {
                view! { <a class="opens" href="#aside">{number(c.set_aside)}</a> }.into_any()
            } else {
                number(c.set_aside).into_any()
            };
            view! {
                <tr>
                    <th scope="row">{c.table.replace('_', " ")} <span class="quiet">{c.file.clone()}</span></th>
                    {figures}
                    <td class="figure">{aside}</td>
                </tr>
            }
        })
        .collect_view();
    let heads = [
        t.data_read(),
        t.data_added(),
        t.data_changed(),
        t.data_unchanged(),
        t.data_removed(),
        t.data_set_aside(),
    ]
    .map(|h| view! { <th scope="col" class="figure">{h}</th> })
    .collect_view();
    let caption = t.data_run_caption(&stamp(t, &run.ended_local));
    view! {
        <details class="run" open=open>
            <summary>{caption.clone()}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=caption.clone()>
                <table class="table">
                    <caption class="visually-hidden">{caption.clone()}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{t.data_table()}</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class=class>{said}</p>
        </details>
    }
    .into_any()
}

fn set_aside(t: Language, page: &Page) -> AnyView {
    let body = match &page.set_aside {
        None if page.set_aside_count == 0 => {
            view! { <p class="quiet">{t.data_set_aside_none()}</p> }.into_any()
        }
        None => view! { <p class="quiet">{t.data_set_aside_refused()}</p> }.into_any(),
        Some(groups) if groups.is_empty() => {
            view! { <p class="quiet">{t.data_set_aside_none()}</p> }.into_any()
        }
        Some(groups) => groups.iter().map(|group| set_aside_group(t, group)).collect_view().into_any(),
    };
    let take = match &page.set_aside {
        Some(groups) if !groups.is_empty() => {
            download("/download/data/set-aside".to_owned(), t.data_set_aside_heading(), None)
        }
        _ => ().into_any(),
    };
    // Who may read the rows may also see them day by day.
    let way = page.set_aside.as_ref().map(|_| {
        view! { <p><a href="/data/reconciliation">{t.reconciliation_open()}</a></p> }
    });
    view! {
        <section class="card" aria-labelledby="aside">
            {card_head(view! { <h2 id="aside">{t.data_set_aside_heading()}</h2> }.into_any(), take)}
            {way}
            {body}
        </section>
    }
    .into_any()
}

/// Rows of one file with one reason: said once, the first of the rows below it.
fn set_aside_group(t: Language, of: &SetAsideGroup) -> AnyView {
    let rows = of
        .first
        .iter()
        .map(|(line, value)| {
            view! {
                <tr>
                    <td class="figure">{number(*line)}</td>
                    <td class="value">{value.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    let more = u64::from(of.count).saturating_sub(of.first.len() as u64);
    let more = (more > 0).then(|| view! { <p class="quiet">{t.data_set_aside_more(more)}</p> });
    let place = match &of.column {
        Some(column) => t.data_set_aside_place(&of.file, column),
        None => of.file.clone(),
    };
    let caption = format!("{place}: {}", set_aside_reason(t, of.reason));
    let few = of.count as usize <= of.first.len();
    view! {
        <div class="run aside-rows">
        <h3>{place}": "{t.data_set_aside_rows(u64::from(of.count))}</h3>
        <p>{set_aside_reason(t, of.reason)}</p>
        <details open=few>
            <summary>{t.data_set_aside_show()}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=caption.clone()>
                <table class="table">
                    <caption class="visually-hidden">{caption.clone()}</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="figure">{t.data_line()}</th>
                            <th scope="col">{t.data_value()}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        </details>
        </div>
    }
    .into_any()
}

fn schools(t: Language, of: &[SchoolFreshness]) -> AnyView {
    let rows = of
        .iter()
        .map(|s| {
            let behind = match s.days_behind {
                None => t.data_no_calendar().to_owned(),
                Some(0) => t.data_up_to_date().to_owned(),
                Some(days) => number(u64::from(days)),
            };
            view! {
                <tr>
                    <th scope="row">{s.name.clone()}</th>
                    <td>{s.last_row.map_or_else(|| t.data_none_yet().to_owned(), |d| day_year(t, d))}</td>
                    <td class="figure">{behind}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="missing">
            {card_head(
                view! { <h2 id="missing">{t.data_missing_heading()}</h2> }.into_any(),
                download("/download/data/schools".to_owned(), t.data_missing_heading(), None),
            )}
            <table class="table">
                <caption class="visually-hidden">{t.data_missing_caption()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t.filter_school()}</th>
                        <th scope="col">{t.data_last_row()}</th>
                        <th scope="col" class="figure">{t.data_missing()}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}
