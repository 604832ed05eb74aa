//! Today: the worklist, by school; what to do next is first.

use crate::components::{
    Choice, alert_notes, download, empty_view, page_head, pager, row_link, row_marks, select_field,
    show_button, standing_badge, verify_mark,
};
use crate::pages::{Opened, signal_address, wanted_code, worklist_address, worklist_download};
use crate::words::{Language, because, grade, reason_counted, reason_stands, rule_choice, use_language};
use leptos::prelude::*;
use model::ids::StudentId;
use model::page::{Standing, Wanted, WorkItem, Worklist, WorklistFilter};

/// The worklist as the filter left it; the lines of the student who is open are marked.
pub fn today_view(list: &Worklist, filter: &WorklistFilter, opened: Option<&Opened>) -> AnyView {
    let t = use_language();
    let everybody = list.newly_met + list.still_open + list.close;
    let filtered = *filter != WorklistFilter { page: filter.page, ..WorklistFilter::default() };
    let summary = if everybody == 0 {
        t.today_summary_none().to_owned()
    } else {
        t.today_summary(u64::from(list.newly_met), u64::from(list.still_open), u64::from(list.close))
    };
    let work = match (list.items.is_empty(), filtered) {
        (true, true) => empty_view(t.today_empty_filtered(), t.today_empty_filtered_note()),
        (true, false) => empty_view(t.today_empty(), t.today_empty_note()),
        (false, _) => schools(t, &list.items, &worklist_address(filter), opened.and_then(Opened::student)),
    };
    let address = |page| worklist_address(&WorklistFilter { page, ..filter.clone() });
    view! {
        <div class="page page-today">
            {page_head(t.today_title(), t.today_title().to_owned(), summary, Some(&list.freshness))}
            {alert_notes(t, &list.alerts)}
            {tiles(t, list, filter)}
            {filters(t, list, filter, filtered)}
            {tools(t, list, filter)}
            {work}
            {pager(list.page, list.pages, address, None)}
        </div>
    }
    .into_any()
}

/// How many lines are left, and the way to take them along.
fn tools(t: Language, list: &Worklist, filter: &WorklistFilter) -> AnyView {
    let download = (list.total > 0).then(|| download(worklist_download(filter), t.today_list(), None));
    view! {
        <div class="list-tools">
            <p class="quiet" role="status">{t.today_left(u64::from(list.total))}</p>
            {download}
        </div>
    }
    .into_any()
}

/// One tile a standing: a figure that is also the way to those students.
fn tiles(t: Language, list: &Worklist, filter: &WorklistFilter) -> AnyView {
    let tile =
        |standing: Option<Standing>, count: u32, title: &'static str, note: &'static str, look: &str| {
            let standing = standing.map(Wanted::Only);
            let href = worklist_address(&WorklistFilter { standing, page: 1, ..filter.clone() });
            let current = (filter.standing == standing).then_some("true");
            view! {
                <li>
                    <a href=href class=format!("tile {look}") aria-current=current>
                        <span class="tile-figure">{crate::words::number(u64::from(count))}</span>
                        <span class="tile-title">{title}</span>
                        <span class="tile-note">{note}</span>
                    </a>
                </li>
            }
        };
    let everybody = list.newly_met + list.still_open + list.close;
    view! {
        <ul class="tiles">
            {tile(Some(Standing::NewlyMet), list.newly_met, t.today_newly_met(), t.today_newly_met_note(), "tile-new")}
            {tile(Some(Standing::StillOpen), list.still_open, t.today_still_open(), t.today_still_open_note(), "tile-met")}
            {tile(Some(Standing::Close), list.close, t.today_close(), t.today_close_note(), "tile-watch")}
            {tile(None, everybody, t.today_all(), "", "tile-all")}
        </ul>
    }
    .into_any()
}

fn filters(t: Language, list: &Worklist, filter: &WorklistFilter, filtered: bool) -> AnyView {
    let schools: Vec<Choice> = list.schools.iter().map(|s| (s.id.to_string(), s.name.clone())).collect();
    let grades: Vec<Choice> = list.grades.iter().map(|g| (g.clone(), grade(t, g))).collect();
    let rules: Vec<Choice> =
        list.rules.iter().map(|r| (r.id.clone(), rule_choice(t, &r.id, &r.title, r.to_verify))).collect();
    let standing =
        filter.standing.map(|s| view! { <input type="hidden" name="standing" value=wanted_code(s)/> });
    let clear = filtered.then(|| view! { <a class="clear" href="/">{t.filter_clear()}</a> });
    let school = (schools.len() > 1).then(|| {
        select_field(
            "school",
            t.filter_school(),
            t.filter_any_school(),
            schools,
            filter.school.map(|id| id.to_string()),
        )
    });
    let grade = select_field("grade", t.grade_label(), t.grade_any(), grades, filter.grade.clone());
    let rule = select_field("rule", t.filter_rule(), t.rule_all(), rules, filter.rule.clone());
    view! {
        <form method="get" action="/" class="filters" aria-label=t.filter_label()>
            {standing}
            {school}
            {grade}
            {rule}
            {show_button()}
            {clear}
        </form>
    }
    .into_any()
}

fn schools(t: Language, items: &[WorkItem], list: &str, open: Option<StudentId>) -> AnyView {
    // A student may have several lines: the first of them is the place to return to.
    let first = items.iter().position(|item| Some(item.student) == open);
    let mut at = 0..;
    items
        .chunk_by(|a, b| a.school == b.school)
        .map(|of_school| {
            let lines = of_school
                .iter()
                .map(|item| {
                    let marks = row_marks(Some(item.student) == open, at.next() == first);
                    line(t, item, list, marks)
                })
                .collect_view();
            view! {
                <section class="work-school">
                    <h2>{of_school[0].school.clone()}</h2>
                    <ul class="work">{lines}</ul>
                </section>
            }
        })
        .collect_view()
        .into_any()
}

/// One line. The name opens the student; the reason opens the days behind it.
fn line(
    t: Language,
    item: &WorkItem,
    list: &str,
    (id, current): (Option<&'static str>, Option<&'static str>),
) -> AnyView {
    let behind = signal_address(item.student, &item.reason.rule);
    view! {
        <li class="work-item" id=id aria-current=current>
            <div class="work-who">
                {row_link(item.student, &item.name, list, current.is_some(), None)}
                <span class="quiet">{grade(t, &item.grade)}</span>
            </div>
            <p class="work-reason">
                <a class="opens" href=behind>{reason_counted(t, &item.reason)}</a>
                " "
                {reason_stands(t, &item.reason)}
                " "
                {verify_mark(t, &item.reason.rule, item.reason.to_verify)}
            </p>
            <div class="work-standing">{standing_badge(Some(item.reason.standing))}</div>
            <p class="work-why quiet">{because(t, &item.because)}</p>
        </li>
    }
    .into_any()
}
