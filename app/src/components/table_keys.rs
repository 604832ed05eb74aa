//! The keyboard in lists: arrows move from row to row, Enter opens (each row is a link), `/` jumps to the search.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The link of a row.
const ROW: &str = "a.row-link";
/// The field that `/` jumps to.
const SEARCH: &str = "input[type=search]";

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyboard {
    /// To the next row.
    Down,
    /// To the row before.
    Up,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To the search field.
    Search,
}

impl Keyboard {
    /// What a key asks for; in a field only arrow down means anything to the list.
    pub fn read(key: &str, in_field: bool) -> Option<Self> {
        match (key, in_field) {
            ("ArrowDown", _) => Some(Self::Down),
            ("ArrowUp", false) => Some(Self::Up),
            ("Home", false) => Some(Self::First),
            ("End", false) => Some(Self::Last),
            ("/", false) => Some(Self::Search),
            _ => None,
        }
    }

    /// The row to go to, from the one that has the focus.
    pub fn target(self, at: Option<u32>, rows: u32) -> Option<u32> {
        let last = rows.checked_sub(1)?;
        match self {
            Self::Down => Some(at.map_or(0, |row| (row + 1).min(last))),
            Self::Up => at.map(|row| row.saturating_sub(1)),
            Self::First => at.map(|_| 0),
            Self::Last => at.map(|_| last),
            Self::Search => None,
        }
    }
}

fn focus(element: Option<Element>) -> bool {
    element.and_then(|e| e.dyn_into::<HtmlElement>().ok()).is_some_and(|e| e.focus().is_ok())
}

fn handle(event: &KeyboardEvent) -> Option<()> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let document = web_sys::window()?.document()?;
    let active = document.active_element();
    let tag = active.as_ref().map(Element::tag_name).unwrap_or_default();
    let on_row = active.as_ref().is_some_and(|a| a.matches(ROW).unwrap_or(false));
    let on_search = active.as_ref().is_some_and(|a| a.matches(SEARCH).unwrap_or(false));
    let in_field = matches!(tag.as_str(), "INPUT" | "SELECT" | "TEXTAREA");
    let asked = Keyboard::read(&event.key(), in_field)?;
    let moved = if asked == Keyboard::Search {
        focus(document.query_selector(SEARCH).ok().flatten())
    } else if on_row || on_search {
        let rows = document.query_selector_all(ROW).ok()?;
        let at = (0..rows.length()).find(|i| {
            let row = rows.item(*i).and_then(|n| n.dyn_into::<Element>().ok());
            row.is_some() && row == active
        });
        let row = asked.target(at, rows.length())?;
        focus(rows.item(row).and_then(|n| n.dyn_into::<Element>().ok()))
    } else {
        false
    };
    moved.then(|| event.prevent_default())
}

/// Listens for the keys while the page is on the screen.
pub fn use_list_keys() {
    Effect::new(|_| {
        let listener = window_event_listener(leptos::ev::keydown, |event| {
            handle(&event);
        });
        on_cleanup(move || listener.remove());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_move_within_the_rows_and_stop_at_the_ends() {
        assert_eq!(Keyboard::Down.target(None, 3), Some(0));
        assert_eq!(Keyboard::Down.target(Some(2), 3), Some(2));
        assert_eq!(Keyboard::Up.target(Some(0), 3), Some(0));
        assert_eq!(Keyboard::Last.target(Some(0), 3), Some(2));
        assert_eq!(Keyboard::Down.target(None, 0), None);
    }

    #[test]
    fn a_slash_typed_into_a_field_is_a_slash() {
        assert_eq!(Keyboard::read("/", true), None);
        assert_eq!(Keyboard::read("/", false), Some(Keyboard::Search));
    }
}
