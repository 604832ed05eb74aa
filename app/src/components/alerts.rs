//! What somebody has to know of a source: at the top of the pages from which something is done about it.

use crate::words::{Language, alert_words};
use leptos::prelude::*;
use model::alert::{Alerts, OpenAlert};

/// A note for each alert, with the way to the source for those who may manage it; none where none is open.
pub fn alert_notes(t: Language, alerts: &Alerts) -> Option<AnyView> {
    let note = |alert: &OpenAlert| {
        let way = alerts.may_manage.then(|| {
            let address = format!("/data/sources/{}", alert.source);
            view! { " " <a href=address>{t.alert_open(&alert.name)}</a> }
        });
        view! { <p class="notice notice-met" role="note">{alert_words(t, alert)} {way}</p> }
    };
    (!alerts.open.is_empty()).then(|| alerts.open.iter().map(note).collect_view().into_any())
}
