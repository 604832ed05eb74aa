//! Where a student stands: colour, shape and word.

use crate::words::{standing, use_language};
use leptos::prelude::*;
use model::page::Standing;

/// The class that carries the colour, and the shape.
const fn look(standing: Option<Standing>) -> (&'static str, &'static str) {
    match standing {
        Some(Standing::NewlyMet) => ("badge badge-met badge-new", "M8 1l7 7-7 7-7-7z"),
        Some(Standing::StillOpen) => ("badge badge-met", "M2 2h12v12H2z"),
        Some(Standing::Close) => ("badge badge-watch", "M8 1.500L15 14H1z"),
        Some(Standing::Recovered) => {
            ("badge badge-track", "M8 15A7 7 0 1 0 8 1a7 7 0 0 0 0 14M5 8.200l2 2L11.500 6")
        }
        None => ("badge badge-track", "M8 15A7 7 0 1 0 8 1a7 7 0 0 0 0 14"),
    }
}

/// The badge of a standing; `None` is on track.
pub fn standing_badge(of: Option<Standing>) -> AnyView {
    let t = use_language();
    let (class, shape) = look(of);
    view! {
        <span class=class>
            <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                <path d=shape></path>
            </svg>
            {standing(t, of)}
        </span>
    }
    .into_any()
}
