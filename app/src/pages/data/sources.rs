//! Where the data comes from, as a section of the Data page, and the parts it shares with a source's own page.

use crate::words::{
    Language, carries_words, done_words, job_words, kind_words, number, run_words, schedule_words, stamp,
};
use leptos::prelude::*;
use model::source::{AlsoBegins, Done, SourceJob, SourceView, Sources};

/// The section; none for those who could do nothing about there being no source.
pub(super) fn section(t: Language, of: &Sources) -> Option<AnyView> {
    if of.list.is_empty() && !of.may_manage {
        return None;
    }
    let body = if of.list.is_empty() {
        view! { <p class="quiet">{t.sources_none()}</p> }.into_any()
    } else {
        let items = of.list.iter().map(|source| item(t, source, of.may_manage)).collect_view();
        view! {
            <p class="quiet">{t.sources_note()}</p>
            <ul class="sources">{items}</ul>
        }
        .into_any()
    };
    Some(
        view! {
            <section class="card" aria-labelledby="sources">
                <h2 id="sources">{t.sources_heading()}</h2>
                {of.done.map(|done| said(t, done))}
                {body}
            </section>
        }
        .into_any(),
    )
}

fn item(t: Language, of: &SourceView, may_manage: bool) -> AnyView {
    let address = address(of);
    let name = if may_manage {
        view! { <a href=address.clone()>{of.name.clone()}</a> }.into_any()
    } else {
        of.name.clone().into_any()
    };
    let waits = of.waiting.filter(|waiting| !waiting.approved).map(|_| {
        if may_manage {
            let name = of.name.clone();
            view! {
                <a href=address>{t.sources_see_going()} <span class="visually-hidden">" " {name}</span></a>
            }
            .into_any()
        } else {
            t.sources_stopped_decides().into_any()
        }
    });
    let buttons = may_manage.then(|| {
        view! {
            <div class="buttons">
                {run_button(t, of, true)}
                {pause_button(t, of, true)}
            </div>
        }
    });
    view! {
        <li>
            <h3>{name}</h3>
            {marks(t, of, waits)}
            {facts(t, of)}
            {buttons}
        </li>
    }
    .into_any()
}

/// The address of a source's own page, to which its forms are sent too.
pub(super) fn address(of: &SourceView) -> String {
    format!("/data/sources/{}", of.id)
}

/// What was done.
pub(super) fn said(t: Language, done: Done) -> AnyView {
    view! { <p class="notice" role="status" tabindex="-1" autofocus=true>{done_words(t, done)}</p> }
        .into_any()
}

/// What a person should know of a source now; `way` follows what is said of a run that stopped.
pub(super) fn marks(t: Language, of: &SourceView, way: Option<AnyView>) -> AnyView {
    let stopped = of.waiting.map(|waiting| {
        let (class, said) = match (waiting.approved, waiting.rows) {
            (true, _) => ("notice notice-watch", t.sources_approved().to_owned()),
            (false, 0) => ("notice notice-met", t.sources_stopped().to_owned()),
            (false, rows) => ("notice notice-met", t.sources_stopped_rows(rows)),
        };
        view! { <p class=class>{said} " " {way}</p> }
    });
    let job = of.job.as_ref().map(|job| {
        let class = match job {
            SourceJob::AtWork | SourceJob::Queued => "notice",
            SourceJob::Again { .. } => "notice notice-watch",
            SourceJob::GivenUp => "notice notice-met",
        };
        view! { <p class=class>{job_words(t, job)}</p> }
    });
    let late = of.late.then(|| view! { <p class="notice notice-watch">{t.sources_late()}</p> });
    let paused = of
        .paused_local
        .as_ref()
        .map(|since| view! { <p class="notice notice-watch">{t.sources_paused(&stamp(t, since))}</p> });
    view! { {stopped} {job} {late} {paused} }.into_any()
}

/// What a source is, when it runs, and how it ran last.
pub(super) fn facts(t: Language, of: &SourceView) -> AnyView {
    let schedule = match (of.fields.as_str(), of.also) {
        ("", None) => t.sources_schedule_none().into_any(),
        ("", Some(AlsoBegins::FilesDropped)) => t.sources_schedule_none_dropped().into_any(),
        ("", Some(AlsoBegins::ZipPushed)) => t.sources_schedule_none_pushed().into_any(),
        (fields, also) => {
            let also = also.map(|also| match also {
                AlsoBegins::FilesDropped => t.sources_also_dropped(),
                AlsoBegins::ZipPushed => t.sources_also_pushed(),
            });
            let said = schedule_words(t, fields);
            view! { {said} " " <code class="value">{fields.to_owned()}</code> " " {also} }.into_any()
        }
    };
    let next = of.next_local.as_ref().map(|next| {
        view! {
            <div>
                <dt>{t.sources_next()}</dt>
                <dd>{stamp(t, next)}</dd>
            </div>
        }
    });
    let last = match &of.last_run {
        None => t.sources_last_never().into_any(),
        Some(run) => {
            let line = t.sources_run_line(&stamp(t, &run.started_local), &run_words(t, run));
            // Of any other run nothing was counted, for nothing was changed.
            let counts = matches!(run.outcome.as_str(), "applied" | "unchanged").then(|| {
                let said = t.sources_counts(run.read, run.added, run.changed, run.removed, run.set_aside);
                view! { <br/> <span class="quiet">{said}</span> }
            });
            view! { {line} {counts} }.into_any()
        }
    };
    let what = t.sources_summary(&kind_words(t, &of.kind), carries_words(t, of.carries));
    let profile = of.profile.as_ref().map(|profile| {
        view! {
            <div>
                <dt>{t.sources_profile()}</dt>
                <dd><code class="value">{profile.clone()}</code></dd>
            </div>
        }
    });
    view! {
        <dl class="facts">
            <div>
                <dt>{t.sources_what()}</dt>
                <dd>{what}</dd>
            </div>
            {profile}
            <div>
                <dt>{t.sources_schedule()}</dt>
                <dd>{schedule}</dd>
            </div>
            {next}
            <div>
                <dt>{t.sources_last()}</dt>
                <dd>{last}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// Asks for a run. It says which run was the last one the page showed, so that a double click asks for one.
pub(super) fn run_button(t: Language, of: &SourceView, on_list: bool) -> AnyView {
    let last = of.last_run.as_ref().map(|run| run.id.to_string()).unwrap_or_default();
    let last = view! { <input type="hidden" name="last" value=last/> }.into_any();
    button(of, "run", t.sources_run_now(), on_list, last)
}

/// Pauses it, or lets its schedule hold again.
pub(super) fn pause_button(t: Language, of: &SourceView, on_list: bool) -> AnyView {
    let (act, words) =
        if of.paused_local.is_some() { ("resume", t.sources_resume()) } else { ("pause", t.sources_pause()) };
    button(of, act, words, on_list, ().into_any())
}

fn button(
    of: &SourceView,
    act: &'static str,
    words: &'static str,
    on_list: bool,
    fields: AnyView,
) -> AnyView {
    let from = on_list.then(|| view! { <input type="hidden" name="from" value="list"/> });
    view! {
        <form method="post" action=address(of)>
            {from}
            {fields}
            <button class="button button-quiet" name="do" value=act>
                {words}
                <span class="visually-hidden">" " {of.name.clone()}</span>
            </button>
        </form>
    }
    .into_any()
}

/// A count in a table.
pub(super) fn figure(rows: u64) -> AnyView {
    view! { <td class="figure">{number(rows)}</td> }.into_any()
}
