//! One source: how it stands, what a run of it that stopped would have taken away, its schedule, its end.

use super::sources::{address, facts, figure, marks, pause_button, run_button, said};
use crate::components::{failure_view, loaded, page_head, text_area};
use crate::words::{
    Language, brake_cause, capital, carries_words, kind_words, schedule_words, stamp, use_language,
};
use crate::{AppError, StatusHook};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::source::{Done, GoingLine, SourcePage as One, SourceProblem, StoppedRun};

/// The answer to a form that was not done, or why it was not taken; the server provides it.
#[derive(Debug, Clone)]
pub struct SourceAnswer(pub Result<One, AppError>);

/// One source, for those who may manage it.
#[server(prefix = "/api", endpoint = "source", input = Json)]
pub async fn load_source(id: String) -> Result<One, AppError> {
    crate::server_side::answer(|visit| async move {
        services::sources::page::page(&visit, crate::server_side::id(&id)?).await
    })
    .await
}

/// `/data/sources/{id}`.
#[component]
pub fn SourcePage() -> impl IntoView {
    if let Some(SourceAnswer(answer)) = use_context::<SourceAnswer>() {
        return answer.map_or_else(refused, |page| source_view(&page));
    }
    let params = use_params_map();
    let done = done();
    let page = Resource::new(move || params.get().get("id").unwrap_or_default(), load_source);
    loaded(page, move |page| source_view(&One { done, ..page }))
}

/// What was done, as the address says it.
pub(super) fn done() -> Option<Done> {
    use_query_map().read_untracked().get("done").and_then(|code| Done::read(&code))
}

/// A form that was not taken never looks like the page that one may read.
fn refused(why: AppError) -> AnyView {
    if let Some(StatusHook(set)) = use_context::<StatusHook>() {
        set(why.status());
    }
    failure_view(why)
}

/// The page of one source.
pub fn source_view(page: &One) -> AnyView {
    let t = use_language();
    let source = &page.source;
    let summary = t.sources_summary(&kind_words(t, &source.kind), carries_words(t, source.carries));
    let stopped = page.stopped.as_ref().map(|stopped| going(t, page, stopped));
    view! {
        <div class="page page-source">
            <p class="back"><a href="/data">{t.sources_back()}</a></p>
            {page_head(t.sources_title(), source.name.clone(), summary, None)}
            {page.done.map(|done| said(t, done))}
            {problem(t, page)}
            <section class="card" aria-labelledby="state">
                <h2 id="state">{t.sources_state()}</h2>
                {marks(t, source, None)}
                {facts(t, source)}
                <div class="buttons">
                    {run_button(t, source, false)}
                    {pause_button(t, source, false)}
                </div>
            </section>
            {stopped}
            {schedule(t, page)}
            {end(t, page)}
        </div>
    }
    .into_any()
}

/// What is wrong and belongs to no field. It takes the focus: the answer to a form begins where one goes on.
fn problem(t: Language, page: &One) -> Option<AnyView> {
    let said = match page.problem? {
        SourceProblem::Schedule | SourceProblem::Reason => return None,
        SourceProblem::Changed => t.sources_problem_changed(),
        SourceProblem::NothingWaits => t.sources_problem_nothing(),
        SourceProblem::TooMany => t.sources_problem_too_many(),
        SourceProblem::RanMeanwhile => t.sources_problem_ran(),
    };
    Some(view! { <p class="problems" role="alert" tabindex="-1" autofocus=true>{said}</p> }.into_any())
}

/// What is wrong with a field, beside it.
fn beside(id: &'static str, said: &'static str) -> AnyView {
    view! { <p class="problems" id=id role="alert">{said}</p> }.into_any()
}

fn going(t: Language, page: &One, of: &StoppedRun) -> AnyView {
    let causes = of.causes.iter().map(|cause| view! { <li>{brake_cause(t, cause)}</li> }).collect_view();
    let rows = of.rows();
    let table = if of.going.is_empty() {
        view! { <p>{t.sources_going_none()}</p> }.into_any()
    } else {
        going_table(t, of)
    };
    let form = if of.approvable {
        let wrong = page.problem == Some(SourceProblem::Reason);
        let words = if rows == 0 { t.sources_approve_none().to_owned() } else { t.sources_approve(rows) };
        view! {
            <p>{t.sources_going_promise()}</p>
            <form method="post" action=address(&page.source) class="policy-form">
                <input type="hidden" name="digest" value=of.digest.clone()/>
                {wrong.then(|| beside("problem-reason", t.sources_problem_reason()))}
                {text_area("reason", t.sources_reason(), t.sources_reason_note(), &page.reason, 3, 500, wrong)}
                <p class="buttons"><button class="button" name="do" value="approve">{words}</button></p>
            </form>
        }
        .into_any()
    } else {
        view! { <p class="notice notice-watch">{t.sources_too_many()}</p> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="going">
            <h2 id="going">{t.sources_going_heading()}</h2>
            <p>{t.sources_going_note()}</p>
            <h3>{t.sources_going_why()}</h3>
            <ul class="marked">{causes}</ul>
            {table}
            {form}
        </section>
    }
    .into_any()
}

fn going_table(t: Language, of: &StoppedRun) -> AnyView {
    let lines = of.going.iter().map(going_line).collect_view();
    let caption = t.sources_going_rows(of.rows());
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=caption.clone()>
            <table class="table">
                <caption>{caption.clone()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t.sources_going_table()}</th>
                        <th scope="col">{t.sources_going_school()}</th>
                        <th scope="col" class="figure">{t.sources_going_count()}</th>
                        <th scope="col">{t.sources_going_such_as()}</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn going_line(of: &GoingLine) -> AnyView {
    let examples =
        of.examples.iter().map(|key| view! { <li class="value">{key.clone()}</li> }).collect_view();
    view! {
        <tr>
            <th scope="row">{capital(&of.table.replace('_', " "))}</th>
            <td>{of.school.clone()}</td>
            {figure(of.rows)}
            <td><ul class="plain">{examples}</ul></td>
        </tr>
    }
    .into_any()
}

fn schedule(t: Language, page: &One) -> AnyView {
    let wrong = page.problem == Some(SourceProblem::Schedule);
    let said = (!wrong && !page.fields.is_empty()).then(|| {
        let times: Vec<String> = page.upcoming.iter().map(|at| stamp(t, at)).collect();
        let upcoming = (!times.is_empty())
            .then(|| view! { <span class="quiet">{t.sources_upcoming(&times.join(", "))}</span> });
        view! { <p role="status"><strong>{schedule_words(t, &page.fields)}</strong> " " {upcoming}</p> }
    });
    let none = (!page.source.fields.is_empty()).then(|| {
        view! {
            <button class="button button-quiet" name="do" value="unschedule">
                {t.sources_unschedule()}
            </button>
        }
    });
    view! {
        <section class="card" aria-labelledby="schedule">
            <h2 id="schedule">{t.sources_schedule()}</h2>
            <form method="post" action=address(&page.source) class="policy-form">
                {wrong.then(|| beside("problem-fields", t.sources_problem_schedule()))}
                <label class="field">
                    <span class="field-label">{t.sources_schedule()}</span>
                    <span class="quiet">{t.sources_field_note()}</span>
                    <input
                        type="text"
                        name="fields"
                        id="field-fields"
                        value=page.fields.clone()
                        maxlength="100"
                        spellcheck="false"
                        autocomplete="off"
                        aria-invalid=wrong.then_some("true")
                        aria-describedby=wrong.then_some("problem-fields")
                    />
                </label>
                {said}
                <p class="buttons">
                    <button class="button button-quiet" name="do" value="look">{t.sources_look()}</button>
                    <button class="button" name="do" value="schedule">{t.sources_save()}</button>
                    {none}
                </p>
            </form>
        </section>
    }
    .into_any()
}

/// What goes and what stays, and then a button with the source's name: there is no way back.
fn end(t: Language, page: &One) -> AnyView {
    view! {
        <section class="card" aria-labelledby="end">
            <h2 id="end">{t.sources_end_heading()}</h2>
            <details>
                <summary>{t.sources_end_show()}</summary>
                <p>{t.sources_end_wiped()}</p>
                <p>{t.sources_end_stays()}</p>
                <form method="post" action=address(&page.source)>
                    <button class="button" name="do" value="end">
                        {t.sources_end_button(&page.source.name)}
                    </button>
                </form>
            </details>
        </section>
    }
    .into_any()
}
