//! What script adds to every page, by listening on the whole document, so that nothing on the page need be drawn twice:
//! the keyboard in lists, fields that show their choice at once, and the day under the pointer read out.

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlFormElement};

/// The link of a row, and the row that is open beside its list.
const ROW: &str = ".row-link";
const OPEN_ROW: &str = "#at .row-link";
/// The way to close what is open beside a list.
const CLOSE: &str = ".pane-close";
/// The field that `/` jumps to.
const SEARCH: &str = "input[type=search]";
/// A year strip's part that takes the keyboard, and one of its squares.
const STRIP: &str = ".strip-weeks";
const DAY: &str = ".strip-weeks .day";

/// The island without a face: it listens while the page is on the screen.
#[island]
pub fn Live() -> impl IntoView {
    Effect::new(|_| {
        if let Some(document) = document() {
            make_ready(&document);
        }
        let keys = window_event_listener(leptos::ev::keydown, |event| {
            on_key(&event);
        });
        let changes = window_event_listener(leptos::ev::change, |event| {
            send_form(&event);
        });
        let points = window_event_listener(leptos::ev::pointerover, |event| {
            read_pointed(&event);
        });
        let taps = window_event_listener(leptos::ev::click, |event| {
            read_pointed(&event);
        });
        let places = window_event_listener(leptos::ev::hashchange, |_| {
            unfold_target();
        });
        on_cleanup(move || {
            places.remove();
            keys.remove();
            changes.remove();
            points.remove();
            taps.remove();
        });
    });
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Says that script is there (buttons for those without it go), and lets the strips take the keyboard.
fn make_ready(document: &Document) -> Option<()> {
    document.document_element()?.set_attribute("data-live", "").ok()?;
    for strip in elements(document, STRIP)? {
        strip.set_attribute("tabindex", "0").ok()?;
    }
    unfold_target();
    // The keyboard goes on in the list where it was when the row was opened.
    if let Some(row) = elements(document, OPEN_ROW)?.into_iter().find(is_shown) {
        focus(row)?;
    }
    Some(())
}

/// Unfolds what an address within the page names: the days behind a figure.
fn unfold_target() -> Option<()> {
    let hash = web_sys::window()?.location().hash().ok()?;
    let id = hash.strip_prefix('#').filter(|id| !id.is_empty())?;
    let target = document()?.get_element_by_id(id)?;
    let mut folded = target.closest("details").ok()?;
    while let Some(details) = folded {
        details.set_attribute("open", "").ok()?;
        folded = details.parent_element().and_then(|parent| parent.closest("details").ok()?);
    }
    target.scroll_into_view();
    Some(())
}

/// Whether an element is on the page at this width: of a row's two links only one is.
fn is_shown(element: &Element) -> bool {
    element.get_client_rects().length() > 0
}

fn elements(document: &Document, selector: &str) -> Option<Vec<Element>> {
    let found = document.query_selector_all(selector).ok()?;
    Some((0..found.length()).filter_map(|i| found.item(i)?.dyn_into().ok()).collect())
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Sends the form of a field that shows its choice at once.
fn send_form(event: &Event) -> Option<()> {
    let field = target(event)?;
    field.get_attribute("data-sends")?;
    field.closest("form").ok()??.dyn_into::<HtmlFormElement>().ok()?.request_submit().ok()
}

fn read_pointed(event: &Event) -> Option<()> {
    let day = target(event)?.closest(DAY).ok()??;
    read_out(&day)
}

/// Writes the day of a square in the line below its strip, and outlines the square.
fn read_out(day: &Element) -> Option<()> {
    let strip = day.closest(".strip").ok()??;
    if let Some(before) = strip.query_selector(".day-at").ok()? {
        before.class_list().remove_1("day-at").ok()?;
    }
    day.class_list().add_1("day-at").ok()?;
    strip.query_selector(".strip-reading").ok()??.set_text_content(Some(&day.get_attribute("title")?));
    Some(())
}

/// Where a key leads from a day: left and right a week, up and down a day. Begins at the last day.
fn day_after(key: &str, at: Option<usize>, days: usize) -> Option<usize> {
    let last = days.checked_sub(1)?;
    let Some(at) = at else { return key.starts_with("Arrow").then_some(last) };
    match key {
        "ArrowDown" => Some((at + 1).min(last)),
        "ArrowUp" => Some(at.saturating_sub(1)),
        "ArrowRight" => Some((at + 5).min(last)),
        "ArrowLeft" => Some(at.saturating_sub(5)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// Where a key leads from a row.
fn row_after(key: &str, at: Option<usize>, rows: usize) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    match (key, at) {
        ("ArrowDown", None) => Some(0),
        ("ArrowDown", Some(row)) => Some((row + 1).min(last)),
        ("ArrowUp", Some(row)) => Some(row.saturating_sub(1)),
        ("Home", Some(_)) => Some(0),
        ("End", Some(_)) => Some(last),
        _ => None,
    }
}

fn focus(element: Element) -> Option<()> {
    element.dyn_into::<HtmlElement>().ok()?.focus().ok()
}

fn on_key(event: &KeyboardEvent) -> Option<()> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let document = document()?;
    let active = document.active_element()?;
    let key = event.key();
    let is = |selector: &str| active.matches(selector).unwrap_or(false);
    if key == "Escape" && !is("input, select, textarea") {
        document.query_selector(CLOSE).ok()??.dyn_into::<HtmlElement>().ok()?.click();
    } else if is(STRIP) {
        let days: Vec<Element> =
            elements(&document, DAY)?.into_iter().filter(|d| active.contains(Some(d))).collect();
        let at = days.iter().position(|d| d.class_list().contains("day-at"));
        read_out(&days[day_after(&key, at, days.len())?])?;
    } else if is(ROW) || (is(SEARCH) && key == "ArrowDown") {
        let rows: Vec<Element> = elements(&document, ROW)?.into_iter().filter(is_shown).collect();
        let at = rows.iter().position(|row| *row == active);
        let row = row_after(&key, at, rows.len())?;
        focus(rows.into_iter().nth(row)?)?;
    } else if key == "/" && !is("input, select, textarea") {
        focus(document.query_selector(SEARCH).ok()??)?;
    } else {
        return None;
    }
    event.prevent_default();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_stay_within_the_year() {
        assert_eq!(day_after("ArrowRight", None, 180), Some(179));
        assert_eq!(day_after("ArrowRight", Some(178), 180), Some(179));
        assert_eq!(day_after("ArrowLeft", Some(3), 180), Some(0));
        assert_eq!(day_after("a", Some(3), 180), None);
        assert_eq!(day_after("ArrowDown", None, 0), None);
    }

    #[test]
    fn arrows_move_within_the_rows_and_stop_at_the_ends() {
        assert_eq!(row_after("ArrowDown", None, 3), Some(0));
        assert_eq!(row_after("ArrowDown", Some(2), 3), Some(2));
        assert_eq!(row_after("ArrowUp", Some(0), 3), Some(0));
        assert_eq!(row_after("End", Some(0), 3), Some(2));
        assert_eq!(row_after("ArrowDown", None, 0), None);
        assert_eq!(row_after("x", Some(1), 3), None);
    }
}
