//! The head of a page: title, one sentence, how old the data is.

use crate::components::{freshness_stamp, stale_note};
use leptos::prelude::*;
use leptos_meta::Title;
use model::page::Freshness;

/// The head of a page with a sentence as its summary. The window's title is the screen's name, never a person's: it goes into the history.
pub fn page_head(
    window_title: &'static str,
    heading: String,
    summary: String,
    fresh: Option<&Freshness>,
) -> AnyView {
    page_head_opening(window_title, heading, summary.into_any(), fresh)
}

/// The same, with a summary that leads somewhere.
pub fn page_head_opening(
    window_title: &'static str,
    heading: String,
    summary: AnyView,
    fresh: Option<&Freshness>,
) -> AnyView {
    let stale = fresh.and_then(stale_note);
    let stamp = fresh.map(freshness_stamp);
    view! {
        <Title text=window_title/>
        <header class="page-head">
            <h1>{heading}</h1>
            <p class="page-summary">{summary}</p>
            {stamp}
        </header>
        {stale}
    }
    .into_any()
}
