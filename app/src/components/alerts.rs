//! What somebody has to do about a source: at the top of Today and Data, for those who may.

use crate::words::{Language, alert_words};
use leptos::prelude::*;
use model::alert::OpenAlert;

/// A note for each alert, with the way to its source; none where none is open.
pub fn alert_notes(t: Language, open: &[OpenAlert]) -> Option<AnyView> {
    let note = |alert: &OpenAlert| {
        let address = format!("/data/sources/{}", alert.source);
        view! {
            <p class="notice notice-met" role="note">
                {alert_words(t, alert)} " " <a href=address>{t.alert_open(&alert.name)}</a>
            </p>
        }
    };
    (!open.is_empty()).then(|| open.iter().map(note).collect_view().into_any())
}
