//! What the source says of attendance beside what is held: the schools, one of them by day, and the rows of a day.

use crate::AppError;
use crate::components::{loaded, page_head};
use crate::words::{Language, day_year, number, set_aside_reason, use_language};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::use_query_map;
use model::ids::SchoolId;
use model::page::{DayBalance, DayRows, HeldMark, ReconciliationPage as Page, SchoolBalance, SchoolDays};
use model::report::SetAside;

/// The schools, the one that the address opens, and its day that the address opens.
#[server(prefix = "/api", endpoint = "reconciliation", input = Json)]
pub async fn load_reconciliation(school: Option<String>, day: Option<String>) -> Result<Page, AppError> {
    crate::server_side::answer(|visit| async move {
        let school = school.map(|id| crate::server_side::id(&id)).transpose()?;
        let day = day.map(|day| day.parse().map_err(|_| model::page::Failure::NotFound)).transpose()?;
        services::reconciliation::page(&visit, school, day).await
    })
    .await
}

/// `/data/reconciliation`.
#[component]
pub fn ReconciliationPage() -> impl IntoView {
    let query = use_query_map();
    let asked = move || {
        let query = query.get();
        (query.get("school"), query.get("day"))
    };
    let page = Resource::new(asked, |(school, day)| load_reconciliation(school, day));
    loaded(page, |page| reconciliation_view(&page))
}

/// What the source says beside what is held.
pub fn reconciliation_view(page: &Page) -> AnyView {
    let t = use_language();
    let compared: u32 = page.schools.iter().map(|school| school.compared).sum();
    let differing: u32 = page.schools.iter().map(|school| school.differing).sum();
    let summary = match (compared, differing) {
        (0, _) => t.reconciliation_summary_none().to_owned(),
        (_, 0) => t.reconciliation_summary_same().to_owned(),
        (_, days) => t.reconciliation_summary_differ(u64::from(days)),
    };
    let open_school = page.open.as_ref().map(|open| open.school);
    let schools = (!page.schools.is_empty()).then(|| schools(t, &page.schools, open_school));
    let open = page.open.as_ref().map(|open| {
        let day = open.open.as_ref().map(|rows| day_rows(t, open, rows));
        view! { {day} {school_days(t, open)} }
    });
    view! {
        <div class="page page-data">
            <p class="back"><a href="/data">{t.sources_back()}</a></p>
            {page_head(
                t.reconciliation_title(),
                t.reconciliation_title().to_owned(),
                summary,
                Some(&page.freshness),
            )}
            <p class="quiet">{t.reconciliation_note()}</p>
            {open}
            {schools}
        </div>
    }
    .into_any()
}

fn address(school: SchoolId, day: Option<&DayBalance>) -> String {
    let day = day.map(|day| format!("&day={}#rows", day.date)).unwrap_or_default();
    format!("/data/reconciliation?school={school}{day}")
}

/// A table with the words of its heads, and whether figures stand below them.
fn table(caption: &'static str, heads: &[(&'static str, bool)], rows: AnyView) -> AnyView {
    let head = |(words, figure): &(&'static str, bool)| {
        view! { <th scope="col" class=figure.then_some("figure")>{*words}</th> }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=caption>
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{heads.iter().map(head).collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A figure that is wrong where it is not 0, in more than its colour.
fn wrong(figure: u32) -> AnyView {
    if figure == 0 {
        number(0).into_any()
    } else {
        view! { <strong class="differs">{number(u64::from(figure))}</strong> }.into_any()
    }
}

fn schools(t: Language, of: &[SchoolBalance], open: Option<SchoolId>) -> AnyView {
    let rows = of
        .iter()
        .map(|school| {
            let current = (Some(school.school) == open).then_some("true");
            view! {
                <tr>
                    <th scope="row">
                        <a href=address(school.school, None) aria-current=current>{school.name.clone()}</a>
                    </th>
                    <td class="figure">{wrong(school.differing)}</td>
                    <td class="figure">{number(u64::from(school.compared))}</td>
                    <td class="figure">{number(u64::from(school.untold))}</td>
                    <td>{school.year.to_string()}</td>
                </tr>
            }
        })
        .collect_view();
    let untold = of.iter().any(|school| school.untold > 0);
    let caption = t.reconciliation_schools_caption();
    view! {
        <section class="card" aria-labelledby="schools">
            <h2 id="schools">{t.reconciliation_schools_heading()}</h2>
            {table(caption, &[(t.filter_school(), false), (t.reconciliation_differing(), true), (t.reconciliation_compared(), true), (t.reconciliation_untold(), true), (t.reconciliation_year(), false)], rows.into_any())}
            {untold.then(|| view! { <p class="quiet">{t.reconciliation_untold_note()}</p> })}
        </section>
    }
    .into_any()
}

fn school_days(t: Language, of: &SchoolDays) -> AnyView {
    // The newest first: what went wrong last is looked for first.
    let differing: Vec<&DayBalance> = of.days.iter().rev().filter(|day| day.differs()).collect();
    let all: Vec<&DayBalance> = of.days.iter().rev().collect();
    let wrong = if differing.is_empty() {
        view! { <p>{t.reconciliation_days_none()}</p> }.into_any()
    } else {
        days_table(t, of, &differing, t.reconciliation_days_heading())
    };
    view! {
        <section class="card" aria-labelledby="days">
            <h2 id="days">{of.name.clone()}": "{t.reconciliation_days_heading()}</h2>
            {wrong}
            <details class="run">
                <summary>{t.reconciliation_all_days()}</summary>
                {days_table(t, of, &all, t.reconciliation_all_days_caption())}
            </details>
        </section>
    }
    .into_any()
}

fn days_table(t: Language, of: &SchoolDays, days: &[&DayBalance], caption: &'static str) -> AnyView {
    let rows = days
        .iter()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row"><a href=address(of.school, Some(day))>{day_year(t, day.date)}</a></th>
                    <td class="figure">{difference(t, day)}</td>
                    <td class="figure">{told(t, day)}</td>
                    <td class="figure">{number(u64::from(day.held))}</td>
                </tr>
            }
        })
        .collect_view();
    table(
        caption,
        &[
            (t.reconciliation_day(), false),
            (t.reconciliation_difference(), true),
            (t.reconciliation_told(), true),
            (t.reconciliation_held(), true),
        ],
        rows.into_any(),
    )
}

/// The rows of a day in words.
fn told(t: Language, day: &DayBalance) -> String {
    day.told.map_or_else(|| t.reconciliation_not_told().to_owned(), |rows| number(u64::from(rows)))
}

fn difference(t: Language, day: &DayBalance) -> AnyView {
    let said = match day.told {
        None => return view! { <span class="quiet">"–"</span> }.into_any(),
        Some(told) if told == day.held => {
            return view! { <span class="quiet">{t.reconciliation_same()}</span> }.into_any();
        }
        Some(told) if told > day.held => t.reconciliation_more_told(u64::from(told - day.held)),
        Some(told) => t.reconciliation_more_held(u64::from(day.held - told)),
    };
    view! { <strong class="differs">{said}</strong> }.into_any()
}

fn day_rows(t: Language, of: &SchoolDays, rows: &DayRows) -> AnyView {
    let too_many = rows.day.told.is_some_and(|told| told < rows.day.held);
    let unlisted = rows.day.told.is_some_and(|told| told > rows.day.held) && rows.set_aside.is_empty();
    view! {
        <section class="card" aria-labelledby="rows">
            <h2 id="rows" tabindex="-1">
                {t.reconciliation_day_heading(&of.name, &day_year(t, rows.day.date))}
            </h2>
            <p>
                {t.reconciliation_told()}": "{told(t, &rows.day)}". "
                {t.reconciliation_held()}": "{number(u64::from(rows.day.held))}". "
                {rows.day.differs().then(|| difference(t, &rows.day))}
            </p>
            <h3>{t.reconciliation_aside_heading()}</h3>
            {aside(t, &rows.set_aside)}
            {unlisted.then(|| view! { <p class="quiet">{t.reconciliation_aside_more()}</p> })}
            <h3>{t.reconciliation_held_heading()}</h3>
            {too_many.then(|| view! { <p class="notice notice-met">{t.reconciliation_held_more()}</p> })}
            {held(t, &rows.held)}
            <p><a href=address(of.school, None)>{t.reconciliation_close()}</a></p>
        </section>
    }
    .into_any()
}

fn aside(t: Language, of: &[SetAside]) -> AnyView {
    if of.is_empty() {
        return view! { <p class="quiet">{t.reconciliation_aside_none()}</p> }.into_any();
    }
    let rows = of
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{t.reconciliation_aside_place(&row.file, &number(row.line))}</th>
                    <td>{row.column.clone()}</td>
                    <td class="value">{row.value.clone()}</td>
                    <td>{set_aside_reason(t, row.reason)}</td>
                </tr>
            }
        })
        .collect_view();
    let caption = t.reconciliation_aside_caption();
    table(
        caption,
        &[(t.data_file(), false), (t.data_column(), false), (t.data_value(), false), (t.data_why(), false)],
        rows.into_any(),
    )
}

fn held(t: Language, of: &[HeldMark]) -> AnyView {
    if of.is_empty() {
        return view! { <p class="quiet">{t.reconciliation_held_none()}</p> }.into_any();
    }
    let rows = of
        .iter()
        .map(|mark| {
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/students/{}", mark.student)>{mark.local_id.clone()}</a>
                    </th>
                    <td>{mark.category.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    let caption = t.reconciliation_held_caption();
    table(
        caption,
        &[(t.reconciliation_student_id(), false), (t.reconciliation_category(), false)],
        rows.into_any(),
    )
}
