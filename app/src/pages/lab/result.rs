//! What a rule would mean, drawn: the same on the server and in the browser.

use crate::words::{Language, capital, grade, month, number, percent};
use leptos::prelude::*;
use model::lab::{DivisionBy, LabGroup, LabMonth, LabName, LabResult, Part};
use model::page::Share;

/// The heading of a division.
fn division_title(t: Language, by: DivisionBy) -> &'static str {
    match by {
        DivisionBy::EnglishLearner => t.lab_by_english_learner(),
        DivisionBy::SpecialEducation => t.lab_by_special_education(),
        DivisionBy::Plan504 => t.lab_by_plan_504(),
        DivisionBy::LowIncome => t.lab_by_low_income(),
        DivisionBy::RaceEthnicity => t.lab_by_race_ethnicity(),
        DivisionBy::Sex => t.lab_by_sex(),
    }
}

fn part_words(t: Language, part: &Part) -> String {
    match part {
        Part::Yes => t.lab_part_yes().to_owned(),
        Part::No => t.lab_part_no().to_owned(),
        Part::Unknown => t.lab_part_unknown().to_owned(),
        Part::Named(word) => word.clone(),
    }
}

/// The one figure: how many students, and what share.
pub(super) fn figure(t: Language, total: Share) -> AnyView {
    match total {
        Share::Of { count, group } => view! {
            <p class="lab-figure">
                <strong>{number(u64::from(count))}</strong>
                <span>{t.lab_of_students(&number(u64::from(group)), &percent(count, group))}</span>
            </p>
        }
        .into_any(),
        Share::Hidden => view! {
            <p class="lab-figure">
                <strong>{t.lab_few()}</strong>
                <span>{t.lab_few_note()}</span>
            </p>
        }
        .into_any(),
    }
}

fn row(t: Language, name: String, share: Share) -> AnyView {
    let cells = match share {
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
    };
    view! { <tr><th scope="row">{name}</th>{cells}</tr> }.into_any()
}

fn shares(t: Language, title: &'static str, rows: Vec<(String, Share)>) -> AnyView {
    view! {
        <table class="table">
            <caption>{title}</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col" class="figure">{t.school_students()}</th>
                    <th scope="col" class="figure">{t.lab_flagged()}</th>
                    <th scope="col" class="figure">{t.school_share()}</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(|(name, share)| row(t, name, share)).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn months(t: Language, of: &[LabMonth]) -> AnyView {
    let count = |n: Option<u32>| n.map_or_else(|| t.lab_few().to_owned(), |n| number(u64::from(n)));
    let rows = of
        .iter()
        .map(|m| {
            view! {
                <tr>
                    <th scope="row">{capital(month(t, m.month))}</th>
                    <td class="figure">{count(m.letters)}</td>
                    <td class="figure">{count(m.meetings)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <caption>{t.lab_months()}</caption>
            <thead>
                <tr>
                    <th scope="col">{t.lab_month()}</th>
                    <th scope="col" class="figure">{t.lab_letters()}</th>
                    <th scope="col" class="figure">{t.lab_meetings()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Everything but the lists of students and the groups.
pub(super) fn tables(t: Language, of: &LabResult) -> AnyView {
    let grades = of.grades.iter().map(|(code, share)| (grade(t, code), *share)).collect();
    view! {
        <div class="columns-even">
            <section class="card" aria-labelledby="lab-work">
                <h2 id="lab-work">{t.lab_work_heading()}</h2>
                {months(t, &of.months)}
                <p class="quiet">{t.lab_work_note()}</p>
            </section>
            <section class="card" aria-labelledby="lab-grades">
                <h2 id="lab-grades">{t.lab_grades_heading()}</h2>
                {shares(t, t.lab_grades(), grades)}
            </section>
        </div>
    }
    .into_any()
}

/// The figures by group; `None` while the server is yet to be asked, nothing where the data has changed.
pub(super) fn groups(t: Language, of: Option<&[LabGroup]>) -> AnyView {
    let body = match of {
        None => view! { <p class="quiet">{t.lab_groups_rest()}</p> }.into_any(),
        Some([]) => view! { <p class="quiet">{t.lab_changed()}</p> }.into_any(),
        Some(groups) => {
            let tables = groups.iter().map(|group| division(t, group)).collect_view();
            view! { <div class="lab-groups">{tables}</div> }.into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="lab-groups">
            <h2 id="lab-groups">{t.lab_groups_heading()}</h2>
            {body}
            <p class="quiet">{t.school_hidden_note()}</p>
        </section>
    }
    .into_any()
}

fn division(t: Language, of: &LabGroup) -> AnyView {
    let title = division_title(t, of.by);
    match &of.parts {
        Some(parts) => {
            let rows = parts.iter().map(|(part, share)| (part_words(t, part), *share)).collect();
            shares(t, title, rows)
        }
        None => view! {
            <div>
                <h3>{title}</h3>
                <p class="quiet">{t.lab_groups_too_few()}</p>
            </div>
        }
        .into_any(),
    }
}

/// A list of names, each a way to the student.
pub(super) fn names(t: Language, of: &[LabName], all: usize) -> AnyView {
    let more = all.saturating_sub(of.len());
    let more = (more > 0).then(|| view! { <p class="quiet">{t.lab_more(more as u64)}</p> });
    view! {
        <ul class="lab-names">
            {of
                .iter()
                .map(|n| {
                    view! {
                        <li>
                            <a href=format!("/students/{}", n.student)>{n.name.clone()}</a>
                            " "
                            <span class="quiet">{grade(t, &n.grade)}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        {more}
    }
    .into_any()
}
