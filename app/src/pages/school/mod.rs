//! School: attendance by week, chronic absence by grade. Small groups are hidden.

use crate::AppError;
use crate::components::{ChartPoint, card_head, download, line_chart, loaded, page_head, verify_mark};
use crate::pages::{students_address, worklist_address};
use crate::words::{Language, day_of_month, grade, number, percent, rule_title, use_language};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::use_params_map;
use model::page::{
    GradeShare, RuleChoice, SchoolPage as Page, SchoolWeek, Share, StudentFilter, Wanted, WorklistFilter,
};

/// A school's page; `id` as it stands in the address.
#[server(prefix = "/api", endpoint = "school", input = Json)]
pub async fn load_school(id: String) -> Result<Page, AppError> {
    crate::server_side::answer(|visit| async move {
        services::school::page(&visit, crate::server_side::id(&id)?).await
    })
    .await
}

/// `/schools/{id}`.
#[component]
pub fn SchoolPage() -> impl IntoView {
    let params = use_params_map();
    let page = Resource::new(move || params.get().get("id").unwrap_or_default(), load_school);
    loaded(page, |page| school_view(&page))
}

/// The page of a school.
pub fn school_view(page: &Page) -> AnyView {
    let t = use_language();
    let summary = match (&page.chronic, page.total) {
        (None, _) => t.school_no_rule().to_owned(),
        (Some(_), Share::Of { group: 0, .. }) => t.school_summary_none().to_owned(),
        (Some(rule), Share::Of { count, group }) => {
            t.school_summary(&rule_title(t, &rule.id, &rule.title), &percent(count, group))
        }
        (Some(rule), Share::Hidden) => t.school_summary_hidden(&rule_title(t, &rule.id, &rule.title)),
    };
    let any_hidden = page.weeks.iter().any(|w| w.attended == Share::Hidden)
        || page.grades.iter().any(|g| g.chronic == Share::Hidden)
        || (page.chronic.is_some() && page.total == Share::Hidden);
    let figures = match &page.chronic {
        None => view! {
            <h2 id="grades">{t.school_grades_heading()}</h2>
            <p class="quiet">{t.school_no_rule()} " " <a href="/policies">{t.policy_title()}</a></p>
        }
        .into_any(),
        Some(rule) => view! {
            {card_head(
                view! { <h2 id="grades">{t.school_grades_heading()}</h2> }.into_any(),
                download(
                    format!("/download/schools/{}/grades", page.school),
                    t.school_grades_heading(),
                    None,
                ),
            )}
            <p>{rule_title(t, &rule.id, &rule.title)} " " {verify_mark(t, &rule.id, rule.to_verify)}</p>
            {grades(t, page, rule)}
            {counted(t)}
        }
        .into_any(),
    };
    let hidden = any_hidden.then(|| view! { <p class="quiet">{t.school_hidden_note()}</p> });
    view! {
        <div class="page page-school">
            {page_head(t.school_title(), page.name.clone(), summary, Some(&page.freshness))}
            {others(t, page)}
            <div class="columns">
                <section class="card" aria-labelledby="grades">
                    {figures}
                    {hidden}
                </section>
                <section class="card" aria-labelledby="weeks">
                    {card_head(
                        view! { <h2 id="weeks">{t.school_weeks_heading()}</h2> }.into_any(),
                        download(
                            format!("/download/schools/{}/weeks", page.school),
                            t.school_weeks_heading(),
                            None,
                        ),
                    )}
                    {weeks(t, &page.weeks)}
                </section>
            </div>
        </div>
    }
    .into_any()
}

/// Other schools the reader may turn to; folded where there are many.
fn others(t: Language, page: &Page) -> Option<AnyView> {
    const IN_SIGHT: usize = 6;
    let ways = page
        .schools
        .iter()
        .filter(|school| school.id != page.school)
        .map(|school| view! { <li><a href=format!("/schools/{}", school.id)>{school.name.clone()}</a></li> })
        .collect::<Vec<_>>();
    if ways.is_empty() {
        return None;
    }
    let many = ways.len() > IN_SIGHT;
    let list = view! { <nav class="tabs" aria-label=t.school_other()><ul>{ways}</ul></nav> }.into_any();
    Some(if many {
        view! { <details><summary>{t.school_other()}</summary>{list}</details> }.into_any()
    } else {
        list
    })
}

/// How the figures come about: the days, the clause, and where it is shown student by student.
fn counted(t: Language) -> AnyView {
    view! {
        <details class="counted">
            <summary>{t.school_counted()}</summary>
            <p>{t.school_counted_note()}</p>
            <p>{t.school_counted_open()}</p>
        </details>
    }
    .into_any()
}

/// The cells of a share of students, each figure the way to those students; a hidden one leads nowhere.
fn opening_cells(t: Language, page: &Page, rule: &RuleChoice, grade: Option<&str>, share: Share) -> AnyView {
    let Share::Of { count, group } = share else { return cells(t, share) };
    let (school, grade) = (Some(page.school), grade.filter(|g| !g.is_empty()).map(str::to_owned));
    let everybody =
        students_address(&StudentFilter { school, grade: grade.clone(), ..StudentFilter::default() });
    let (rule, standing) = (Some(rule.id.clone()), Some(Wanted::Standing));
    let chronic =
        worklist_address(&WorklistFilter { school, grade, rule, standing, ..WorklistFilter::default() });
    let figure = |value: u32, href: String| match value {
        0 => number(0).into_any(),
        _ => view! { <a class="opens" href=href>{number(u64::from(value))}</a> }.into_any(),
    };
    view! {
        <td class="figure">{figure(group, everybody)}</td>
        <td class="figure">{figure(count, chronic)}</td>
        <td class="figure">{percent(count, group)}</td>
    }
    .into_any()
}

/// The cells of a share: how many, of how many, percent; or the word `hidden`.
fn cells(t: Language, share: Share) -> AnyView {
    match share {
        Share::Of { count, group } => view! {
            <td class="figure">{number(u64::from(group))}</td>
            <td class="figure">{number(u64::from(count))}</td>
            <td class="figure">{percent(count, group)}</td>
        }
        .into_any(),
        Share::Hidden => {
            let hidden = || view! { <td class="figure hidden-figure">{t.school_hidden()}</td> };
            view! { {hidden()} {hidden()} {hidden()} }.into_any()
        }
    }
}

/// A bar as long as the share; 40 % and more fill it.
fn bar(share: Share) -> AnyView {
    let width = match share {
        Share::Of { count, group } if group > 0 => {
            (f64::from(count) / f64::from(group) * 250.0).clamp(0.0, 100.0)
        }
        _ => 0.0,
    };
    view! {
        <td class="bar-cell" aria-hidden="true">
            <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none">
                <rect class="bar-track" width="100" height="8"></rect>
                <rect class="bar-fill" width=format!("{width:.1}") height="8"></rect>
                <rect class="bar-mark" x="24.800" width="0.600" height="8"></rect>
            </svg>
        </td>
    }
    .into_any()
}

fn grades(t: Language, page: &Page, rule: &RuleChoice) -> AnyView {
    let (of, total): (&[GradeShare], Share) = (&page.grades, page.total);
    let rows = of
        .iter()
        .map(|g| {
            view! {
                <tr>
                    <th scope="row">{grade(t, &g.grade)}</th>
                    {opening_cells(t, page, rule, Some(&g.grade), g.chronic)}
                    {bar(g.chronic)}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <caption class="visually-hidden">{t.school_grades_caption()}</caption>
            <thead>
                <tr>
                    <th scope="col">{t.grade_label()}</th>
                    <th scope="col" class="figure">{t.school_students()}</th>
                    <th scope="col" class="figure">{t.school_chronic()}</th>
                    <th scope="col" class="figure">{t.school_share()}</th>
                    <td class="bar-cell" aria-hidden="true"></td>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
            <tfoot>
                <tr>
                    <th scope="row">{t.school_all_grades()}</th>
                    {opening_cells(t, page, rule, None, total)}
                    {bar(total)}
                </tr>
            </tfoot>
        </table>
    }
    .into_any()
}

/// The lower end of the weeks' scale: a round figure below the lowest week, so that small changes can be seen; it is
/// written beside the line.
fn floor(weeks: &[SchoolWeek]) -> u32 {
    let lowest = weeks
        .iter()
        .filter_map(|w| match w.attended {
            Share::Of { count, group } if group > 0 => {
                u32::try_from(u64::from(count) * 1000 / u64::from(group)).ok()
            }
            _ => None,
        })
        .min()
        .unwrap_or(0);
    lowest.saturating_sub(20) / 100 * 100
}

fn weeks(t: Language, of: &[SchoolWeek]) -> AnyView {
    let (Some(first), Some(last)) = (of.first(), of.last()) else {
        return view! { <p class="quiet">{t.school_empty_weeks()}</p> }.into_any();
    };
    let said = match last.attended {
        Share::Of { count, group } => percent(count, group),
        Share::Hidden => t.school_hidden().to_owned(),
    };
    let points: Vec<_> = of
        .iter()
        .map(|w| ChartPoint {
            share: match w.attended {
                Share::Of { count, group } => Some((count, group)),
                Share::Hidden => None,
            },
        })
        .collect();
    let rows = of
        .iter()
        .map(|w| view! { <tr><th scope="row">{day_of_month(t, w.week)}</th>{cells(t, w.attended)}</tr> })
        .collect_view();
    let label = format!("{}. {}: {said}", t.school_weeks_caption(), t.trend_last_week());
    view! {
        {line_chart(&points, label, (floor(of), 1000), None, day_of_month(t, first.week), day_of_month(t, last.week))}
        <p class="chart-said"><strong>{said}</strong> " " {t.trend_last_week()}</p>
        <details>
            <summary>{t.trend_table()}</summary>
            <table class="table">
                <caption class="visually-hidden">{t.school_weeks_caption()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t.trend_week()}</th>
                        <th scope="col" class="figure">{t.school_student_days()}</th>
                        <th scope="col" class="figure">{t.school_attended()}</th>
                        <th scope="col" class="figure">{t.school_share()}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
    .into_any()
}
