//! Detail beside its list: on a wide screen a row opens next to the list (`?open=…`), on a narrow one as its own page.
//! Both are plain addresses; the style sheet shows the link that fits the width.

use crate::SEARCH_FIELD;
use crate::components::{Icon, go, icon};
use crate::words::use_language;
use leptos::prelude::*;
use model::ids::StudentId;

/// The place on the page to which a list returns: the row that is open.
const AT: &str = "at";

/// The address of a list with a student open beside it. `list` is the list's own address.
pub fn beside_address(list: &str, student: StudentId) -> String {
    let sign = if list.contains('?') { '&' } else { '?' };
    format!("{list}{sign}open={student}#{AT}")
}

/// The `id` and `aria-current` of a row: the first that is open is the place to return to.
pub fn row_marks(open: bool, first: bool) -> (Option<&'static str>, Option<&'static str>) {
    ((open && first).then_some(AT), open.then_some("true"))
}

/// The link of a row: to the student's own page, and on a wide screen to the student beside the list. Where a text was
/// searched for, the latter posts it again, for it must not stand in the address.
pub fn row_link(student: StudentId, name: &str, list: &str, open: bool, text: Option<&str>) -> AnyView {
    let current = open.then_some("true");
    let beside = beside_address(list, student);
    let to_pane = match text.filter(|text| !text.is_empty()) {
        None => view! { <a class="row-link to-pane" href=beside aria-current=current>{name.to_owned()}</a> }
            .into_any(),
        Some(text) => view! {
            <form method="post" action=beside class="go to-pane">
                <input type="hidden" name=SEARCH_FIELD value=text.to_owned()/>
                <button class="row-link" aria-current=current>{name.to_owned()}</button>
            </form>
        }
        .into_any(),
    };
    view! {
        <a class="row-link to-page" href=format!("/students/{student}")>{name.to_owned()}</a>
        {to_pane}
    }
    .into_any()
}

/// A list, and what is open beside it.
pub fn with_pane(list: AnyView, pane: Option<AnyView>) -> AnyView {
    let class = if pane.is_some() { "beside beside-open" } else { "beside" };
    view! {
        <div class=class>
            <div class="beside-list">{list}</div>
            {pane}
        </div>
    }
    .into_any()
}

/// What is open beside a list: a head with the ways to its own page and back to the list alone, and the content.
/// `list` is the list's own address; `student` is missing where there is nothing to open.
pub fn pane(
    heading: String,
    student: Option<StudentId>,
    list: &str,
    text: Option<&str>,
    content: AnyView,
) -> AnyView {
    let t = use_language();
    let close = view! { {icon(Icon::Close)} {t.pane_close()} }.into_any();
    let own_page = student.map(|id| {
        view! { <a class="pane-way" href=format!("/students/{id}")>{icon(Icon::Out)}{t.pane_own_page()}</a> }
    });
    view! {
        <section class="pane" aria-labelledby="pane">
            <div class="pane-inside">
                <header class="pane-head">
                    <h2 id="pane">{heading}</h2>
                    <div class="pane-ways">{own_page} {go("pane-way pane-close", list.to_owned(), close, text)}</div>
                </header>
                {content}
            </div>
        </section>
    }
    .into_any()
}
