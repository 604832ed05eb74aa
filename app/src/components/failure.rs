//! What a page says when there is nothing, nothing yet, or no way to tell.

use crate::AppError;
use crate::components::{Icon, icon};
use crate::words::{Language, use_language};
use leptos::prelude::*;
use leptos_meta::Title;
use model::page::Failure;

/// What happened, and what to do.
const fn said(t: Language, error: AppError) -> (&'static str, &'static str) {
    match error.0 {
        Failure::NotFound => (t.failure_not_found(), t.failure_not_found_note()),
        Failure::Refused => (t.failure_refused(), t.failure_refused_note()),
        Failure::NotSignedIn => (t.failure_not_signed_in(), t.failure_not_signed_in_note()),
        Failure::BadInput => (t.failure_bad_input(), t.failure_bad_input_note()),
        Failure::Broken => (t.failure_broken(), t.failure_broken_note()),
        Failure::Offline => (t.failure_offline(), t.failure_offline_note()),
    }
}

/// A failure of a part of a page, whose heading says what happened; see [`failure_title`].
pub fn failure_note(error: AppError) -> AnyView {
    let t = use_language();
    let (_, note) = said(t, error);
    view! {
        <p>{note}</p>
        <p class="state-code">{t.failure_code(error.code())}</p>
    }
    .into_any()
}

/// What happened, for a heading.
pub fn failure_title(error: AppError) -> &'static str {
    said(use_language(), error).0
}

/// A failure in words: what happened, what to do, and a code to read out.
pub fn failure_view(error: AppError) -> AnyView {
    let t = use_language();
    let (title, note) = said(t, error);
    let (href, way) = match error.0 {
        Failure::NotSignedIn => ("/sign-in", t.frame_sign_in()),
        _ => ("/", t.failure_home()),
    };
    view! {
        <Title text=title/>
        <section class="state" role="status">
            {icon(Icon::Lost)}
            <h1>{title}</h1>
            <p>{note}</p>
            <p class="state-code">{t.failure_code(error.code())}</p>
            <a class="button" href=href rel="external">{way}</a>
        </section>
    }
    .into_any()
}

/// Nothing here: what would appear, and how.
pub fn empty_view(title: &'static str, note: &'static str) -> AnyView {
    view! {
        <section class="state">
            {icon(Icon::Empty)}
            <h2>{title}</h2>
            <p>{note}</p>
        </section>
    }
    .into_any()
}

/// The shape of a page whose content is on its way.
pub fn loading_view() -> AnyView {
    let t = use_language();
    view! {
        <div class="loading" role="status">
            <span class="visually-hidden">{t.failure_loading()}</span>
            <div class="loading-line loading-title"></div>
            <div class="loading-line"></div>
            <div class="loading-line"></div>
            <div class="loading-line"></div>
        </div>
    }
    .into_any()
}
