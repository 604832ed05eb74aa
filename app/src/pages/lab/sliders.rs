//! The sliders of the bench: one each for the threshold, the length of the window and both ends of the grades. Each
//! moves the field below it, so the form alone holds the rule; arrow keys move it too, and its value is said in words.

use crate::components::{setting_amount, window_words};
use crate::words::{Language, grade};
use leptos::prelude::*;
use model::grade::Grade;
use rules::pack::{Unit, Window};
use rules::setting::{Setting, length};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};

/// The attribute that names the field which a slider moves.
const MOVES: &str = "data-moves";

/// The most of a threshold within reach of the slider; the field takes more.
fn most(setting: &Setting) -> u32 {
    match (setting.test.is_rate(), setting.unit) {
        (true, _) => 50,
        (false, Unit::Minute) => 5_000,
        (false, _) => 40,
    }
}

/// The longest window within reach of the slider.
fn longest(window: Window) -> u32 {
    match window {
        Window::Weeks(_) => 52,
        Window::Months(_) => 12,
        Window::SchoolWeeks(_) => 40,
        Window::InstructionalDays(_) => 200,
        _ => 366,
    }
}

/// One slider: what it is called, which field it moves, its range, its value, and the value in words.
fn slider(
    label: &'static str,
    moves: &'static str,
    least: u32,
    most: impl Fn() -> u32 + Copy + Send + Sync + 'static,
    value: impl Fn() -> u32 + Copy + Send + Sync + 'static,
    words: impl Fn() -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input
                type="range"
                data-moves=moves
                min=least.to_string()
                max=move || most().to_string()
                value=value().to_string()
                prop:value=move || value().to_string()
                aria-valuetext=words
            />
            <span class="quiet" aria-hidden="true">{words}</span>
        </label>
    }
    .into_any()
}

/// The sliders of a rule; only a rule of a rolling window has a length to drag.
pub(super) fn sliders(t: Language, setting: RwSignal<Setting>, grades: &[String]) -> AnyView {
    let value = move || setting.with(Setting::value);
    let said = move || setting.with(|of| setting_amount(t, of));
    let window = move || setting.with(|of| of.window);
    let codes = StoredValue::new(grades.to_vec());
    let end = move |of: fn(&Setting) -> Option<Grade>| {
        let code = setting.with(of).map(Grade::code);
        code.and_then(|code| codes.with_value(|codes| codes.iter().position(|known| *known == code)))
    };
    let place = move |of| end(of).map_or(0, |at| at as u32 + 1);
    let name = move |of| {
        let code = end(of).and_then(|at| codes.with_value(|codes| codes.get(at).cloned()));
        code.map_or_else(|| t.setting_any_grade().to_owned(), |code| grade(t, &code))
    };
    let from: fn(&Setting) -> Option<Grade> = |of| of.grades.from;
    let to: fn(&Setting) -> Option<Grade> = |of| of.grades.to;
    let last = grades.len() as u32;
    let of_grades = (last > 1).then(|| {
        view! {
            {slider(t.setting_from(), "from", 0, move || last, move || place(from), move || name(from))}
            {slider(t.setting_to(), "to", 0, move || last, move || place(to), move || name(to))}
        }
    });
    view! {
        <fieldset class="live-only lab-sliders">
            <legend>{t.lab_drag()}</legend>
            {slider(t.setting_value(), "value", 1, move || setting.with(most), value, said)}
            <div hidden=move || length(window()).is_none()>
                {slider(
                    t.setting_length(),
                    "length",
                    1,
                    move || longest(window()),
                    move || length(window()).unwrap_or(1),
                    move || window_words(t, window()),
                )}
            </div>
            {of_grades}
        </fieldset>
    }
    .into_any()
}

/// Moves the field of a slider that was dragged.
pub(super) fn drag(event: &leptos::ev::Event) {
    let Some(slider) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let (Some(moves), Some(form)) = (slider.get_attribute(MOVES), slider.form()) else { return };
    let field = |name: &str| form.query_selector(&format!("[name={name}]")).ok().flatten();
    let Some(moved) = field(&moves) else { return };
    match moved.dyn_into::<HtmlSelectElement>() {
        Ok(choice) => {
            choice.set_selected_index(slider.value().parse().unwrap_or_default());
            let ends = ["from", "to"].map(|name| field(name)?.dyn_into::<HtmlSelectElement>().ok());
            if let [Some(from), Some(to)] = ends {
                keep_in_order(&from, &to, moves == "from");
            }
        }
        Err(moved) => {
            if let Ok(field) = moved.dyn_into::<HtmlInputElement>() {
                field.set_value(&slider.value());
            }
        }
    }
}

/// An end of the grades that is dragged past the other takes it along; the first choice is any grade.
fn keep_in_order(from: &HtmlSelectElement, to: &HtmlSelectElement, from_moved: bool) {
    let (first, last) = (from.selected_index(), to.selected_index());
    if last > 0 && first > last {
        if from_moved { to.set_selected_index(first) } else { from.set_selected_index(last) }
    }
}
