//! Students: search, filters, sort; one table.

use crate::components::{
    Choice, SearchBox, download, empty_view, freshness_stamp, go, loaded, pager, row_link, row_marks,
    select_field, show_button, stale_note, standing_badge, with_pane,
};
use crate::pages::student::{Opened, opened_view};
use crate::pages::{open_code, standing_code, students_address, students_download, students_filter};
use crate::words::{Language, because, grade, rule_choice, standing, use_language};
use crate::{AppError, SearchText};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::ids::StudentId;
use model::page::{Standing, StudentFilter, StudentList, StudentOrder, StudentRow};
use serde::{Deserialize, Serialize};

/// The list with what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The list.
    pub list: StudentList,
    /// The filter that made it.
    pub filter: StudentFilter,
    /// The text searched for.
    pub text: String,
    /// What is open beside the list.
    pub opened: Option<Opened>,
}

/// The students a person may see, as filtered, and with the text searched for (empty for none). `open` is the id of a
/// student to show beside them, as it stands in the address.
#[server(prefix = "/api", endpoint = "students", input = Json)]
pub async fn load_students(
    filter: StudentFilter,
    text: String,
    open: Option<String>,
) -> Result<Found, AppError> {
    crate::server_side::answer(|visit| async move {
        let list = services::students::list(&visit, filter.clone(), text.clone()).await?;
        let opened = crate::server_side::open(&visit, open).await;
        Ok(Found { list, filter, text, opened })
    })
    .await
}

/// `/students`.
#[component]
pub fn StudentsPage() -> impl IntoView {
    let query = use_query_map();
    let text = use_context::<SearchText>().map(|s| s.0).unwrap_or_default();
    let asked = {
        let text = text.clone();
        move || {
            let query = query.get();
            (students_filter(&query), text.clone(), open_code(&query))
        }
    };
    let found = Resource::new(asked.clone(), |(filter, text, open)| load_students(filter, text, open));
    let action = students_address(&StudentFilter { page: 1, ..untrack(asked).0 });
    loaded(found, move |found| {
        let t = use_language();
        let list = view! {
            <div class="page page-students">
                {students_head(t)}
                {search_form(t, text.clone(), action.clone())}
                {students_view(&found.list, &found.filter, &found.text, found.opened.as_ref())}
            </div>
        };
        let way_back = students_address(&found.filter);
        let pane = found.opened.as_ref().map(|opened| opened_view(opened, &way_back, Some(&found.text)));
        with_pane(list.into_any(), pane)
    })
}

/// The head, outside of what a search replaces.
pub fn students_head(t: Language) -> AnyView {
    view! {
        <Title text=t.students_title()/>
        <header class="page-head"><h1>{t.students_title()}</h1></header>
    }
    .into_any()
}

/// The search: a form that posts to `action`, so the text is in no address; with script it searches while one types.
pub fn search_form(t: Language, text: String, action: String) -> AnyView {
    view! {
        <SearchBox
            action
            text
            label=t.students_search().to_owned()
            button=t.students_search_button().to_owned()
            offline=t.failure_offline_note().to_owned()
        />
    }
    .into_any()
}

/// The list as filter and text left it; the row that is open is marked.
pub fn students_view(
    list: &StudentList,
    filter: &StudentFilter,
    text: &str,
    opened: Option<&Opened>,
) -> AnyView {
    let t = use_language();
    let searched = !text.is_empty();
    let filtered = searched
        || StudentFilter { page: 0, order: StudentOrder::Name, descending: false, ..filter.clone() }
            != StudentFilter::default();
    let count = u64::from(list.total);
    let summary = if filtered { t.students_summary_found(count) } else { t.students_summary(count) };
    let body = match (list.rows.is_empty(), filtered) {
        (true, true) => empty_view(t.students_none_found(), t.students_none_found_note()),
        (true, false) => empty_view(t.students_empty(), t.students_empty_note()),
        (false, _) => table(t, list, filter, text, opened.and_then(Opened::student)),
    };
    let address = |page| students_address(&StudentFilter { page, ..filter.clone() });
    let hint = searched.then(|| view! { <p class="quiet">{t.students_searching()}</p> });
    let tools = (!list.rows.is_empty()).then(|| {
        view! {
            <div class="list-tools">
                <p class="quiet live-only keys-only">{t.students_search_hint()}</p>
                {download(students_download(filter), t.students_title(), Some(text))}
            </div>
        }
    });
    view! {
        <div class="found">
            <header class="page-head">
                <p class="page-summary" role="status">{summary}</p>
                {freshness_stamp(&list.freshness)}
            </header>
            {stale_note(&list.freshness)}
            {filters(t, list, filter, filtered)}
            {hint}
            {tools}
            {body}
            {pager(list.page, list.pages, address, Some(text))}
        </div>
    }
    .into_any()
}

fn filters(t: Language, list: &StudentList, filter: &StudentFilter, filtered: bool) -> AnyView {
    let schools: Vec<Choice> = list.schools.iter().map(|s| (s.id.to_string(), s.name.clone())).collect();
    let grades: Vec<Choice> = list.grades.iter().map(|g| (g.clone(), grade(t, g))).collect();
    let standings: Vec<Choice> =
        [Standing::NewlyMet, Standing::StillOpen, Standing::Close, Standing::Recovered]
            .map(|s| (standing_code(s).to_owned(), standing(t, Some(s)).to_owned()))
            .to_vec();
    let school = (schools.len() > 1).then(|| {
        select_field(
            "school",
            t.filter_school(),
            t.filter_any_school(),
            schools,
            filter.school.map(|id| id.to_string()),
        )
    });
    let clear =
        filtered.then(|| view! { <a class="clear" href="/students" rel="external">{t.filter_clear()}</a> });
    let grade = select_field("grade", t.grade_label(), t.grade_any(), grades, filter.grade.clone());
    let standing = select_field(
        "standing",
        t.filter_standing(),
        t.filter_any_standing(),
        standings,
        filter.standing.map(|s| standing_code(s).to_owned()),
    );
    let rules: Vec<Choice> =
        list.rules.iter().map(|r| (r.id.clone(), rule_choice(t, &r.id, &r.title, r.to_verify))).collect();
    let rule = select_field("rule", t.filter_rule(), t.rule_all(), rules, filter.rule.clone());
    let former = filter.former;
    view! {
        <form method="get" action="/students" class="filters" aria-label=t.filter_label()>
            {school}
            {grade}
            {rule}
            {standing}
            <label class="field field-check">
                <input type="checkbox" name="former" value="1" checked=former data-sends=""/>
                <span>{t.filter_former()}</span>
            </label>
            {show_button()}
            {clear}
        </form>
    }
    .into_any()
}

/// The head of a column: the way to the list in its order, or turned around where it has it already.
fn sort_head(
    t: Language,
    label: &'static str,
    order: StudentOrder,
    class: &'static str,
    filter: &StudentFilter,
    text: &str,
) -> AnyView {
    let current = filter.order == order;
    // A figure is wanted with the most first.
    let first_down = order == StudentOrder::Missed;
    let descending = if current { !filter.descending } else { first_down };
    let href = students_address(&StudentFilter { order, descending, page: 1, ..filter.clone() });
    let (sort, arrow, said) = match (current, filter.descending) {
        (false, _) => (None, "", ""),
        (true, false) => (Some("ascending"), "↑", t.students_sorted_up()),
        (true, true) => (Some("descending"), "↓", t.students_sorted_down()),
    };
    let words = view! {
        {label}
        <span class="sort-arrow" aria-hidden="true">{arrow}</span>
        <span class="visually-hidden">{said}</span>
    }
    .into_any();
    view! { <th scope="col" class=class aria-sort=sort>{go("sort", href, words, Some(text))}</th> }.into_any()
}

fn table(
    t: Language,
    list: &StudentList,
    filter: &StudentFilter,
    text: &str,
    open: Option<StudentId>,
) -> AnyView {
    let address = students_address(filter);
    let rows = list.rows.iter().map(|row| student_row(t, row, &address, open, text)).collect_view();
    let head = |label, order, class| sort_head(t, label, order, class, filter, text);
    view! {
        <table class="table table-rows table-students">
            <caption class="visually-hidden">{t.students_caption()}</caption>
            <thead>
                <tr>
                    {head(t.students_name(), StudentOrder::Name, "")}
                    {head(t.students_grade(), StudentOrder::Grade, "wide")}
                    {head(t.students_school(), StudentOrder::School, "wide")}
                    {head(t.students_missed(), StudentOrder::Missed, "figure")}
                    <th scope="col" class="middle">{t.students_standing()}</th>
                    <th scope="col" class="widest">{t.students_why()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn student_row(t: Language, row: &StudentRow, list: &str, open: Option<StudentId>, text: &str) -> AnyView {
    let open = open == Some(row.student);
    let (id, current) = row_marks(open, true);
    let left = (!row.enrolled).then(|| view! { <span class="tag">{t.students_left()}</span> });
    let grade = grade(t, &row.grade);
    let missed = t.students_missed_of(u64::from(row.missed), u64::from(row.days));
    // A figure opens to the dates behind it.
    let missed = match row.missed {
        0 => missed.into_any(),
        _ => view! { <a class="opens" href=format!("/students/{}#missed", row.student)>{missed}</a> }
            .into_any(),
    };
    view! {
        <tr id=id aria-current=current>
            <th scope="row">
                {row_link(row.student, &row.name, list, open, Some(text))}
                <span class="quiet">{row.local_id.clone()}</span>
                {left}
                <span class="quiet narrow-only">{format!("{grade}, {}", row.school)}</span>
                <span class="narrowest-only">{standing_badge(row.standing)}</span>
            </th>
            <td class="wide">{grade.clone()}</td>
            <td class="wide">{row.school.clone()}</td>
            <td class="figure">{missed}</td>
            <td class="middle">{standing_badge(row.standing)}</td>
            <td class="quiet widest">{because(t, &row.because)}</td>
        </tr>
    }
    .into_any()
}
