//! Student: who, the year day by day, the rate, each signal opened, and why the reader may see it.

mod signals;

use crate::AppError;
use crate::components::{
    ChartPoint, card_head, day_id, day_legend, day_strip, day_table, download, failure_note, failure_title,
    line_chart, loaded, missed_table, page_head_opening, pane, standing_badge,
};
use crate::pages::signal_code;
use crate::words::{
    Language, because, capital, day, day_of_month, day_year, grade, number, percent, use_language,
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::ids::StudentId;
use model::page::{EnrollmentLine, GuardianView, Standing, StudentPage as Page, WeekPoint};
use serde::{Deserialize, Serialize};

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
    let rule = signal_code(&use_query_map().read_untracked());
    let page = Resource::new(move || params.get().get("id").unwrap_or_default(), load_student);
    loaded(page, move |page| student_view(&page, rule.as_deref()))
}

/// What is open beside a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opened {
    /// A student.
    Student(Box<Page>),
    /// Nothing, and why.
    Failed(AppError),
}

impl Opened {
    /// Whose record it is.
    pub fn student(&self) -> Option<StudentId> {
        match self {
            Self::Student(page) => Some(page.student),
            Self::Failed(_) => None,
        }
    }
}

/// Where a student is shown: that decides how deep the headings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On a page of their own, under its title.
    Page,
    /// Beside a list, under the heading of the part.
    Pane,
}

impl Place {
    /// The heading of a card.
    fn heading(self, id: &'static str, text: &'static str) -> AnyView {
        match self {
            Self::Page => view! { <h2 id=id>{text}</h2> }.into_any(),
            Self::Pane => view! { <h3 id=id>{text}</h3> }.into_any(),
        }
    }

    /// A heading within a card.
    fn subheading(self, text: String) -> AnyView {
        match self {
            Self::Page => view! { <h3>{text}</h3> }.into_any(),
            Self::Pane => view! { <h4>{text}</h4> }.into_any(),
        }
    }
}

/// The page of a student; the days of the signals of `rule` are shown at once.
pub fn student_view(page: &Page, rule: Option<&str>) -> AnyView {
    let t = use_language();
    view! {
        <div class="page page-student">
            <p class="back"><a href="/students">{t.student_back()}</a></p>
            {page_head_opening(t.student_title(), page.name.clone(), summary(t, page), Some(&page.freshness))}
            {record(t, page, Place::Page, rule)}
        </div>
    }
    .into_any()
}

/// What is open beside a list whose own address is `list`.
pub fn opened_view(opened: &Opened, list: &str, text: Option<&str>) -> AnyView {
    let t = use_language();
    match opened {
        Opened::Student(page) => {
            let content = view! {
                <div class="page page-student">
                    <p class="page-summary">{summary(t, page)}</p>
                    {record(t, page, Place::Pane, None)}
                </div>
            };
            pane(page.name.clone(), Some(page.student), list, text, content.into_any())
        }
        Opened::Failed(error) => {
            pane(failure_title(*error).to_owned(), None, list, text, failure_note(*error))
        }
    }
}

/// Days missed of days known, in a sentence that leads to the dates.
fn summary(t: Language, page: &Page) -> AnyView {
    if page.days == 0 {
        return t.student_summary_none().into_any();
    }
    let said =
        t.student_summary(u64::from(page.missed), u64::from(page.days), &percent(page.missed, page.days));
    match page.missed {
        0 => said.into_any(),
        _ => view! { <a class="opens" href="#missed">{said}</a> }.into_any(),
    }
}

fn record(t: Language, page: &Page, place: Place, rule: Option<&str>) -> AnyView {
    let unknown = (page.unknown_days > 0)
        .then(|| view! { <p class="quiet">{t.student_unknown_days(u64::from(page.unknown_days))}</p> });
    let why = page.because.iter().map(|b| view! { <li>{because(t, b)}</li> }).collect_view();
    let take = |table: &str, of| download(format!("/download/students/{}/{table}", page.student), of, None);
    let take_days =
        if page.strip.is_empty() { ().into_any() } else { take("days", t.student_year_heading()) };
    let take_signals =
        if page.signals.is_empty() { ().into_any() } else { take("signals", t.student_signals_heading()) };
    view! {
        {identity(t, page)}
        <section class="card card-year" aria-labelledby="year">
            {card_head(place.heading("year", t.student_year_heading()), take_days)}
            {day_strip(&page.strip)}
            {day_legend(&page.strip)}
            <div class="folds">{missed_table(&page.strip)} {day_table(&page.strip, "")}</div>
            {unknown}
        </section>
        <div class="columns">
            <section class="card" aria-labelledby="signals">
                {card_head(place.heading("signals", t.student_signals_heading()), take_signals)}
                {signals::signals(t, &page.signals, place, rule)}
            </section>
            <div class="column">
                {trend(t, page, place)}
                {page.guardians.as_ref().map(|list| guardians(t, list, place))}
                {enrollment(t, &page.enrollments, place)}
                <section class="card" aria-labelledby="why">
                    {place.heading("why", t.student_why_heading())}
                    <ul class="plain">{why}</ul>
                </section>
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

fn trend(t: Language, page: &Page, place: Place) -> Option<AnyView> {
    let weeks: &[WeekPoint] = &page.trend;
    let (first, last) = (weeks.first()?, weeks.last()?);
    let points: Vec<_> =
        weeks.iter().map(|w| ChartPoint { share: (w.days > 0).then_some((w.missed, w.days)) }).collect();
    let said = t.trend_week_of_days(u64::from(last.missed), u64::from(last.days));
    let label = t.trend_label(weeks.len() as u64, &said);
    let rows = weeks
        .iter()
        .map(|w| {
            // The figure opens to the days of its week.
            let first = page.strip.iter().find(|of| of.date >= w.week);
            let missed = match first.filter(|_| w.missed > 0) {
                Some(of) => {
                    view! { <a class="opens" href=format!("#{}", day_id(of.date))>{w.missed}</a> }.into_any()
                }
                None => w.missed.into_any(),
            };
            view! {
                <tr>
                    <th scope="row">{day(t, w.week)}</th>
                    <td class="figure">{missed}</td>
                    <td class="figure">{w.days}</td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card" aria-labelledby="trend">
                {card_head(
                    place.heading("trend", t.student_trend_heading()),
                    download(format!("/download/students/{}/weeks", page.student), t.student_trend_heading(), None),
                )}
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

fn enrollment(t: Language, lines: &[EnrollmentLine], place: Place) -> AnyView {
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
            {place.heading("enrollment", t.student_enrollment_heading())}
            <ul class="plain">{lines}</ul>
        </section>
    }
    .into_any()
}

fn guardians(t: Language, list: &[GuardianView], place: Place) -> AnyView {
    let none = list.is_empty().then(|| view! { <p class="quiet">{t.student_no_guardians()}</p> });
    let people = list.iter().map(|g| guardian(t, g, place)).collect_view();
    view! {
        <section class="card" aria-labelledby="guardians">
            {place.heading("guardians", t.student_guardians_heading())}
            {none}
            {people}
        </section>
    }
    .into_any()
}

fn guardian(t: Language, of: &GuardianView, place: Place) -> AnyView {
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
            {place.subheading(of.name.clone())}
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
