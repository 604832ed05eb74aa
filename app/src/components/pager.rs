//! From page to page of a long list.

use crate::SEARCH_FIELD;
use crate::words::use_language;
use leptos::prelude::*;

/// A way to an address of this list. A link; or, where a text was searched for, a button that posts the text again,
/// for it must not stand in the address.
pub fn go(class: &'static str, href: String, label: AnyView, text: Option<&str>) -> AnyView {
    match text.filter(|text| !text.is_empty()) {
        None => view! { <a class=class href=href>{label}</a> }.into_any(),
        Some(text) => view! {
            <form method="post" action=href class="go">
                <input type="hidden" name=SEARCH_FIELD value=text.to_owned()/>
                <button class=class>{label}</button>
            </form>
        }
        .into_any(),
    }
}

/// Previous and next, and where one is; nothing for a single page.
pub fn pager(page: u32, pages: u32, address: impl Fn(u32) -> String, text: Option<&str>) -> Option<AnyView> {
    let t = use_language();
    (pages > 1).then(|| {
        let previous = (page > 1)
            .then(|| go("button button-quiet", address(page - 1), t.pager_previous().into_any(), text));
        let next = (page < pages)
            .then(|| go("button button-quiet", address(page + 1), t.pager_next().into_any(), text));
        view! {
            <nav class="pager" aria-label=t.pager_label()>
                {previous}
                <span>{t.pager_at(u64::from(page), u64::from(pages))}</span>
                {next}
            </nav>
        }
        .into_any()
    })
}
