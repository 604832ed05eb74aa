//! How old the data is: on every page.

use crate::components::{Icon, icon};
use crate::words::{Language, day, day_year, stamp, use_language};
use leptos::prelude::*;
use model::page::Freshness;

/// The parts of the stamp, in the order in which they are said.
fn parts(t: Language, fresh: &Freshness) -> Vec<String> {
    let Some(when) = &fresh.synced_local else { return vec![t.fresh_never().to_owned()] };
    let mut said = vec![t.fresh_synced(&stamp(t, when))];
    if let Some(date) = fresh.data_through {
        let date = if is_past(fresh) { day_year(t, date) } else { day(t, date) };
        said.push(t.fresh_through(&date));
    }
    if fresh.sources_late > 0 {
        said.push(t.fresh_late(u64::from(fresh.sources_late)));
    }
    if is_past(fresh) && fresh.days_behind == 0 && fresh.schools_unknown == 0 {
        said.push(t.fresh_past().to_owned());
        return said;
    }
    if fresh.schools > 1 {
        said.push(if fresh.schools_current == fresh.schools {
            t.fresh_current().to_owned()
        } else {
            t.fresh_schools(u64::from(fresh.schools_current), u64::from(fresh.schools))
        });
    }
    if fresh.schools_unknown > 0 {
        said.push(t.fresh_no_calendar(u64::from(fresh.schools_unknown)));
    }
    if fresh.days_behind > 0 {
        said.push(t.fresh_behind(u64::from(fresh.days_behind)));
    }
    said
}

/// No break between two terms is as long: the year that is shown is over.
fn is_past(fresh: &Freshness) -> bool {
    fresh.days_since > 21
}

/// One line: when the data came and how far it goes.
pub fn freshness_stamp(fresh: &Freshness) -> AnyView {
    let t = use_language();
    let behind =
        fresh.days_behind > 0 || fresh.sources_late > 0 || fresh.schools_unknown > 0 || is_past(fresh);
    let class = if behind { "fresh fresh-behind" } else { "fresh" };
    let said = parts(t, fresh);
    view! {
        <p class=class>
            {icon(Icon::Clock)}
            {said.into_iter().map(|part| view! { <span>{part}</span> }).collect_view()}
        </p>
    }
    .into_any()
}

/// A note across the page where attendance is two or more school days behind.
pub fn stale_note(fresh: &Freshness) -> Option<AnyView> {
    let t = use_language();
    let through = fresh.data_through.filter(|_| fresh.days_behind >= 2)?;
    let note = t.fresh_stale_note(u64::from(fresh.days_behind), &day(t, through));
    Some(
        view! {
            <div class="notice notice-watch" role="note">
                <strong>{t.fresh_stale()}</strong>
                <p>{note}</p>
            </div>
        }
        .into_any(),
    )
}
