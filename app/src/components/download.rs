//! The way to take a table along as a file.

use crate::SEARCH_FIELD;
use crate::components::{Icon, icon};
use crate::words::use_language;
use leptos::prelude::*;

/// A button that downloads the table `of` (said to screen readers, which meet several such buttons on a page) from
/// `/download/…`. A form that posts: taking records along is never a mere look at an address.
pub fn download(action: String, of: &'static str, text: Option<&str>) -> AnyView {
    let t = use_language();
    let text = text
        .filter(|text| !text.is_empty())
        .map(|text| view! { <input type="hidden" name=SEARCH_FIELD value=text.to_owned()/> });
    view! {
        <form method="post" action=action class="download">
            {text}
            <button class="download-button" title=t.download_button()>
                {icon(Icon::Download)}
                <span class="download-word">{t.download_button()}</span>
                <span class="visually-hidden">{format!(": {of} (CSV)")}</span>
            </button>
        </form>
    }
    .into_any()
}

/// The heading of a card with its download beside it.
pub fn card_head(heading: AnyView, download: AnyView) -> AnyView {
    view! { <header class="card-head">{heading} {download}</header> }.into_any()
}
