//! Student: who, the year day by day, the rate, each signal opened, and why the reader may see it.

mod signals;

use crate::AppError;
use crate::components::{
    ChartPoint, day_legend, day_strip, day_table, line_chart, loaded, page_head, standing_badge,
};
use crate::words::{
    Language, because, capital, day, day_of_month, day_year, grade, number, percent, use_language,
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::use_params_map;
use model::page::{EnrollmentLine, GuardianView, Standing, StudentPage as Page, WeekPoint};

/// A student's page; `id` as it stands in the address.
#[server(prefix = "/api", endpoint = "student", input = Json)]
pub async fn load_student(id: String) -> Result<Page, AppError> {
    crate::server_side::answer(|visit| async move {
        services::student::page(&visit, crate::server_side::id(&id)?).await
    })
    .await
}

/// `/students/{id}`.
#[component]
pub fn StudentPage() -> impl IntoView {
    let params = use_params_map();
    let page = Resource::new(move || params.get().get("id").unwrap_or_default(), load_student);
    loaded(page, |page| student_view(&page))
}

/// The page of a student.
pub fn student_view(page: &Page) -> AnyView {
    let t = use_language();
    let summary = if page.days == 0 {
        t.student_summary_none().to_owned()
    } else {
        t.student_summary(u64::from(page.missed), u64::from(page.days), &percent(page.missed, page.days))
    };
    let unknown = (page.unknown_days > 0)
        .then(|| view! { <p class="quiet">{t.student_unknown_days(u64::from(page.unknown_days))}</p> });
    let why = page.because.iter().map(|b| view! { <li>{because(t, b)}</li> }).collect_view();
    view! {
        <div class="page page-student">
            <p class="back"><a href="/students">{t.student_back()}</a></p>
            {page_head(t.student_title(), page.name.clone(), summary, Some(&page.freshness))}
            {identity(t, page)}
            <section class="card card-year" aria-labelledby="year">
                <h2 id="year">{t.student_year_heading()}</h2>
                {day_strip(&page.strip)}
                {day_legend(&page.strip)}
                {day_table(&page.strip, "")}
                {unknown}
            </section>
            <div class="columns">
                <section class="card" aria-labelledby="signals">
                    <h2 id="signals">{t.student_signals_heading()}</h2>
                    {signals::signals(t, &page.signals)}
                </section>
                <div class="column">
                    {trend(t, &page.trend)}
                    {page.guardians.as_ref().map(|list| guardians(t, list))}
                    {enrollment(t, &page.enrollments)}
                    <section class="card" aria-labelledby="why">
                        <h2 id="why">{t.student_why_heading()}</h2>
                        <ul class="plain">{why}</ul>
                    </section>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// The most pressing standing among the signals.
fn pressing(page: &Page) -> Option<Standing> {
    page.signals.iter().map(|s| s.line.standing).min()
}

fn identity(t: Language, page: &Page) -> AnyView {
    // Of somebody without a known day nothing can be said, not even that they are on track.
    let left =
        page.left_on.map(|date| view! { <span class="tag">{t.student_left(&day_year(t, date))}</span> });
    let year = page.year.map(|year| view! { <span>{t.student_year(&year.to_string())}</span> });
    view! {
        <div class="identity">
            {(page.days > 0).then(|| standing_badge(pressing(page)))}
            <span>{page.school.clone()}</span>
            <span>{grade(t, &page.grade)}</span>
            <span>{format!("{} {}", t.students_id(), page.local_id)}</span>
            {year}
            {left}
        </div>
    }
    .into_any()
}

fn trend(t: Language, weeks: &[WeekPoint]) -> Option<AnyView> {
    let (first, last) = (weeks.first()?, weeks.last()?);
    let points: Vec<_> =
        weeks.iter().map(|w| ChartPoint { share: (w.days > 0).then_some((w.missed, w.days)) }).collect();
    let said = t.trend_week_of_days(u64::from(last.missed), u64::from(last.days));
    let label = t.trend_label(weeks.len() as u64, &said);
    let rows = weeks
        .iter()
        .map(|w| {
            view! {
                <tr>
                    <th scope="row">{day(t, w.week)}</th>
                    <td class="figure">{w.missed}</td>
                    <td class="figure">{w.days}</td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card" aria-labelledby="trend">
                <h2 id="trend">{t.student_trend_heading()}</h2>
                {line_chart(
                    &points,
                    label,
                    (0, 1000),
                    None,
                    day_of_month(t, first.week),
                    day_of_month(t, last.week),
                )}
                <p class="chart-said"><strong>{said}</strong> " " {t.trend_last_week()}</p>
                <details>
                    <summary>{t.trend_table()}</summary>
                    <table class="table">
                        <caption class="visually-hidden">{t.trend_caption()}</caption>
                        <thead>
                            <tr>
                                <th scope="col">{t.trend_week()}</th>
                                <th scope="col" class="figure">{t.trend_missed()}</th>
                                <th scope="col" class="figure">{t.trend_days()}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </details>
            </section>
        }
        .into_any(),
    )
}

fn enrollment(t: Language, lines: &[EnrollmentLine]) -> AnyView {
    let lines = lines
        .iter()
        .map(|line| {
            let span = match line.end {
                Some(end) => t.student_enrolled_to(&day_year(t, line.entry), &day_year(t, end)),
                None => t.student_enrolled_from(&day_year(t, line.entry)),
            };
            view! {
                <li>
                    <strong>{line.school.clone()}</strong>
                    <span class="quiet">{format!("{}, {span}", grade(t, &line.grade))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="enrollment">
            <h2 id="enrollment">{t.student_enrollment_heading()}</h2>
            <ul class="plain">{lines}</ul>
        </section>
    }
    .into_any()
}

fn guardians(t: Language, list: &[GuardianView]) -> AnyView {
    let none = list.is_empty().then(|| view! { <p class="quiet">{t.student_no_guardians()}</p> });
    let people = list.iter().map(|g| guardian(t, g)).collect_view();
    view! {
        <section class="card" aria-labelledby="guardians">
            <h2 id="guardians">{t.student_guardians_heading()}</h2>
            {none}
            {people}
        </section>
    }
    .into_any()
}

fn guardian(t: Language, of: &GuardianView) -> AnyView {
    let fact = |term: &'static str, value: AnyView| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let or_none = |text: &str| if text.is_empty() { t.guardian_none().to_owned() } else { text.to_owned() };
    // Digits only: a telephone does not understand the brackets people write.
    let dial: String = of.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let phone = if dial.is_empty() {
        t.guardian_none().into_any()
    } else {
        view! { <a href=format!("tel:{dial}")>{of.phone.clone()}</a> }.into_any()
    };
    let restricted =
        of.legal_restriction.then(|| view! { <p class="notice notice-watch">{t.guardian_restricted()}</p> });
    let marks = [(of.primary, t.guardian_primary()), (of.lives_with, t.guardian_lives_with())]
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, words)| view! { <span class="tag">{words}</span> })
        .collect_view();
    let address =
        (!of.address.is_empty()).then(|| fact(t.guardian_address(), of.address.join(", ").into_any()));
    view! {
        <article class="guardian">
            <h3>{of.name.clone()}</h3>
            <p class="guardian-marks"><span>{capital(&of.relation)}</span> {marks}</p>
            {restricted}
            <dl class="facts">
                {fact(t.guardian_phone(), phone)}
                {fact(t.guardian_email(), or_none(&of.email).into_any())}
                {address}
                {fact(t.guardian_language(), or_none(&of.language).into_any())}
            </dl>
        </article>
    }
    .into_any()
}

/// A figure with thousands set apart, for the signals.
fn figure(value: u32) -> String {
    number(u64::from(value))
}
