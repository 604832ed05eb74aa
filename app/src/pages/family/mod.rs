//! Family: days missed, which, what they mean, and the next helpful step. Goes out without script.

use crate::AppError;
use crate::components::{
    card_head, day_legend, day_strip, day_table, download, empty_view, loaded, page_head,
};
use crate::words::{Language, day, day_meaning, use_language, why_not};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::page::{ChildView, FamilyDay, FamilyPage as Page};

/// The reader's own children.
#[server(prefix = "/api", endpoint = "family", input = Json)]
pub async fn load_family() -> Result<Page, AppError> {
    crate::server_side::answer(|visit| async move { services::family::page(&visit).await }).await
}

/// `/family`.
#[component]
pub fn FamilyPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| load_family());
    loaded(page, |page| family_view(&page))
}

/// The family page.
pub fn family_view(page: &Page) -> AnyView {
    let t = use_language();
    let own = page.children.iter().all(|c| c.own);
    let summary = match (page.children.is_empty(), own) {
        (true, _) => String::new(),
        (false, true) => t.family_summary_own().to_owned(),
        (false, false) => t.family_summary(page.children.len() as u64),
    };
    let children = if page.children.is_empty() {
        empty_view(t.family_empty(), t.family_empty_note())
    } else {
        page.children.iter().map(|c| child(t, c)).collect_view().into_any()
    };
    view! {
        <div class="page page-family">
            {page_head(t.family_title(), t.family_title().to_owned(), summary, Some(&page.freshness))}
            {children}
        </div>
    }
    .into_any()
}

fn missed(t: Language, of: &ChildView) -> String {
    match (of.missed, of.own) {
        (0, true) => t.family_missed_none_own().to_owned(),
        (0, false) => t.family_missed_none(&of.given_name),
        (count, true) => t.family_missed_own(u64::from(count)),
        (count, false) => t.family_missed(u64::from(count), &of.given_name),
    }
}

/// What the days mean, and what helps next.
fn meaning(t: Language, of: &ChildView) -> (String, &'static str) {
    let means = match (of.often_missed, of.days_to_often, of.own) {
        (true, _, _) => t.family_often().to_owned(),
        (false, Some(more), true) if more <= 5 => t.family_days_to_own(u64::from(more)),
        (false, Some(more), false) if more <= 5 => t.family_days_to(u64::from(more), &of.given_name),
        _ => t.family_well().to_owned(),
    };
    let next = if of.often_missed {
        t.family_next_often()
    } else if of.excused < of.missed {
        t.family_next_unexcused()
    } else {
        t.family_next_well()
    };
    (means, next)
}

fn child(t: Language, of: &ChildView) -> AnyView {
    let out_of =
        if of.days == 0 { t.family_no_days().to_owned() } else { t.family_out_of(u64::from(of.days)) };
    let excused = (of.excused > 0).then(|| view! { <p>{t.family_excused(u64::from(of.excused))}</p> });
    let (means, next) = meaning(t, of);
    let class = if of.often_missed { "card child child-often" } else { "card child" };
    view! {
        <article class=class>
            <header class="child-head">
                <h2>{missed(t, of)}</h2>
                <p class="quiet">{format!("{} {}", of.given_name, t.family_school(&of.school))}</p>
            </header>
            <p>{out_of}</p>
            {excused}
            <div class="child-help">
                <h3>{t.family_means()}</h3>
                <p>{means}</p>
                <h3>{t.family_next()}</h3>
                <p>{next}</p>
            </div>
            {dates(t, of)}
            {how_counted(t, of)}
            <h3>{t.family_year()}</h3>
            {day_strip(&of.strip)}
            {day_legend(&of.strip)}
            {day_table(&of.strip, &of.given_name)}
        </article>
    }
    .into_any()
}

/// What counts as a day missed, the days with a mark that do not, and the rule behind one day in ten.
fn how_counted(t: Language, of: &ChildView) -> Option<AnyView> {
    let clause = of.clause.as_ref()?;
    let rows = of
        .not_counted
        .iter()
        .map(|(of, why)| {
            view! {
                <tr>
                    <th scope="row">{day(t, of.date)}</th>
                    <td>{noted(t, of)}</td>
                    <td>{why_not(t, *why)}</td>
                </tr>
            }
        })
        .collect_view();
    let not_counted = (!of.not_counted.is_empty()).then(|| {
        view! {
            <table class="table">
                <caption>{t.family_not_counted()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t.family_date()}</th>
                        <th scope="col">{t.family_category()}</th>
                        <th scope="col">{t.signal_why_not()}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    let source = clause.source.starts_with("https://").then(|| {
        view! { " " <a href=clause.source.clone() rel="external noreferrer">{t.signal_read_source()}</a> }
    });
    Some(
        view! {
            <details class="counted">
                <summary>{t.family_counted()}</summary>
                <p>{t.family_counted_note()}</p>
                {not_counted}
                <p class="quiet">{t.family_clause(&clause.citation, &clause.pack)} {source}</p>
            </details>
        }
        .into_any(),
    )
}

/// What the school noted. Its words are English as a rule: elsewhere the meaning goes before them.
fn noted(t: Language, of: &FamilyDay) -> AnyView {
    let own = of.category.clone();
    if t == Language::En || own.is_empty() {
        return own.into_any();
    }
    view! { {day_meaning(t, of.kind)} <span class="quiet noted">{own}</span> }.into_any()
}

fn dates(t: Language, of: &ChildView) -> Option<AnyView> {
    let rows = of
        .dates
        .iter()
        .map(|d| {
            let reason = d.reason.clone().filter(|r| !r.is_empty());
            view! {
                <tr>
                    <th scope="row">{day(t, d.date)}</th>
                    <td>{noted(t, d)}</td>
                    <td>{reason.unwrap_or_else(|| t.family_no_reason().to_owned())}</td>
                </tr>
            }
        })
        .collect_view();
    (!of.dates.is_empty()).then(|| {
        view! {
            {card_head(
                view! { <h3>{t.family_dates()}</h3> }.into_any(),
                download("/download/family".to_owned(), t.family_dates(), None),
            )}
            <table class="table">
                <caption class="visually-hidden">{t.family_dates()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t.family_date()}</th>
                        <th scope="col">{t.family_category()}</th>
                        <th scope="col">{t.family_reason()}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    })
}
