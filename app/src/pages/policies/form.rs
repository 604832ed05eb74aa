//! The form of a rule, and whom it would flag.

use super::{figure, setting_of};
use crate::components::{setting_fields, setting_sentence, text_area};
use crate::words::{Language, day, day_year, percent};
use leptos::prelude::*;
use model::policy::{PolicyNumber, PolicyPage, PolicyPreview, PolicyProblem, PolicyStudent};

/// What is wrong with what was sent, whom it would flag, and the form. Of the first two, whichever comes first takes
/// the focus: the answer to a form begins where one goes on.
pub(super) fn view(t: Language, page: &PolicyPage) -> AnyView {
    let draft = &page.draft;
    let new = page.id.is_empty();
    let action = format!("/policies/{}", if new { "new" } else { &page.id });
    let heading = if new { t.policy_form_new() } else { t.policy_form_change() };
    let wrong: Vec<&str> = page.problems.iter().filter_map(|problem| field(*problem)).collect();
    let aria = |name: &'static str| {
        let wrong = wrong.contains(&name);
        (wrong.then_some("true"), wrong.then(|| format!("problem-{name}")))
    };
    let text = |name: &'static str, label: &'static str, note: &'static str, value: &str| {
        let (invalid, described) = aria(name);
        view! {
            <label class="field">
                <span class="field-label">{label}</span>
                <span class="quiet">{note}</span>
                <input
                    type="text"
                    name=name
                    id=format!("field-{name}")
                    value=value.to_owned()
                    maxlength="300"
                    required=true
                    aria-invalid=invalid
                    aria-describedby=described
                />
            </label>
        }
        .into_any()
    };
    let letter = wrong.contains(&"letter");
    let letter =
        text_area("letter", t.policy_letter(), t.policy_letter_note(), &draft.letter, 5, 4000, letter);
    let (invalid, described) = aria("from_day");
    let body = view! {
        <section class="card" aria-labelledby="rule">
            <h2 id="rule">{heading}</h2>
            <form method="post" action=action class="policy-form">
                <input type="hidden" name="token" value=draft.token.clone()/>
                <input type="hidden" name="edition" value=draft.edition.to_string()/>
                <input type="hidden" name="previewed" value=draft.previewed.clone()/>
                {text("title", t.policy_field_title(), t.policy_field_title_note(), &draft.title)}
                {setting_fields(t, &setting_of(&draft.codes), &page.grades, &wrong)}
                {text("action", t.policy_action(), t.policy_action_note(), &draft.action)}
                {letter}
                <label class="field">
                    <span class="field-label">{t.policy_field_from()}</span>
                    <input
                        type="date"
                        name="from_day"
                        id="field-from_day"
                        value=draft.from.clone()
                        required=true
                        aria-invalid=invalid
                        aria-describedby=described
                    />
                </label>
                {text("reason", t.policy_reason(), t.policy_reason_note(), &draft.reason)}
                <p class="buttons">
                    <button class="button button-quiet" name="do" value="preview" formnovalidate=true>
                        {t.policy_preview()}
                    </button>
                    {page
                        .preview
                        .is_some()
                        .then(|| {
                            view! {
                                <button class="button" name="do" value="save">
                                    {t.policy_save()}
                                </button>
                            }
                        })}
                </p>
            </form>
        </section>
    }
    .into_any();
    let shown = page.preview.as_ref().map(|p| preview(t, page, p));
    view! { {problems(t, &page.problems)} {shown} {body} }.into_any()
}

fn problem(t: Language, of: PolicyProblem) -> String {
    let said = match of {
        PolicyProblem::Title => t.policy_problem_title(),
        PolicyProblem::Action => t.policy_problem_action(),
        PolicyProblem::Letter => t.policy_problem_letter(),
        PolicyProblem::Number(number) => {
            let label = match number {
                PolicyNumber::Value => t.setting_value(),
                PolicyNumber::Length => t.setting_length(),
                PolicyNumber::Minutes => t.setting_minutes(),
                PolicyNumber::Least => t.setting_least(),
            };
            return t.policy_problem_number(label);
        }
        PolicyProblem::From => t.policy_problem_from(),
        PolicyProblem::FromTooEarly => t.policy_problem_from_too_early(),
        PolicyProblem::Reason => t.policy_problem_reason(),
        PolicyProblem::Overtaken => t.policy_problem_overtaken(),
        PolicyProblem::Unseen => t.policy_problem_unseen(),
    };
    said.to_owned()
}

/// The name of the field that is to be put right.
fn field(of: PolicyProblem) -> Option<&'static str> {
    match of {
        PolicyProblem::Title => Some("title"),
        PolicyProblem::Action => Some("action"),
        PolicyProblem::Letter => Some("letter"),
        PolicyProblem::Number(number) => Some(number.field()),
        PolicyProblem::From | PolicyProblem::FromTooEarly => Some("from_day"),
        PolicyProblem::Reason => Some("reason"),
        PolicyProblem::Overtaken | PolicyProblem::Unseen => None,
    }
}

fn problems(t: Language, of: &[PolicyProblem]) -> Option<AnyView> {
    if of.is_empty() {
        return None;
    }
    let item = |of: PolicyProblem| {
        let (id, href) = match (field(of), of) {
            (Some(name), _) => (Some(format!("problem-{name}")), format!("#field-{name}")),
            (None, PolicyProblem::Overtaken) => (None, "#versions".to_owned()),
            (None, _) => (None, "#preview".to_owned()),
        };
        view! { <li id=id><a href=href rel="external">{problem(t, of)}</a></li> }
    };
    let items = of.iter().map(|p| item(*p)).collect_view();
    Some(
        view! {
            <section class="problems" aria-labelledby="problems" tabindex="-1" autofocus=true>
                <h2 id="problems">{t.policy_problems()}</h2>
                <ul>{items}</ul>
            </section>
        }
        .into_any(),
    )
}

fn preview(t: Language, page: &PolicyPage, of: &PolicyPreview) -> AnyView {
    let rows = of.students.iter().map(|s| row(t, s)).collect_view();
    let more = (of.standing as usize).saturating_sub(of.students.len());
    let more = (more > 0).then(|| view! { <p class="quiet">{t.lab_more(more as u64)}</p> });
    let few = of.students.len() <= 15;
    let table = (!of.students.is_empty()).then(|| {
        view! {
            <details open=few>
            <summary>{t.policy_show_students()}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=t.policy_preview_caption()>
                <table class="table">
                    <caption class="visually-hidden">{t.policy_preview_caption()}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{t.policy_student()}</th>
                            <th scope="col">{t.filter_school()}</th>
                            <th scope="col" class="figure">{t.policy_counted()}</th>
                            <th scope="col">{t.policy_stands_since()}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
            </details>
        }
    });
    view! {
        <section class="card" aria-labelledby="preview">
            <h2 id="preview" tabindex="-1" autofocus=page.problems.is_empty()>
                {t.policy_preview_heading()}
            </h2>
            <p class="lab-sentence">{setting_sentence(t, &setting_of(&page.draft.codes))}</p>
            <p role="status">
                {t.policy_preview_said(&figure(of.standing), &figure(of.met), &day_year(t, of.as_of))}
            </p>
            {table}
        </section>
    }
    .into_any()
}

fn row(t: Language, of: &PolicyStudent) -> AnyView {
    let counted = match of.denominator {
        Some(d) => format!("{} / {} ({})", figure(of.numerator), figure(d), percent(of.numerator, d)),
        None => figure(of.numerator),
    };
    view! {
        <tr>
            <th scope="row"><a href=format!("/students/{}", of.student)>{of.name.clone()}</a></th>
            <td>{of.school.clone()}</td>
            <td class="figure">{counted}</td>
            <td>{of.since.map(|d| day(t, d)).unwrap_or_default()}</td>
        </tr>
    }
    .into_any()
}
