//! Fields of the filters above a list. They work as a plain form; with script a choice
//! shows at once: [`super::Live`] sends the form of a field marked `data-sends`.

use crate::words::use_language;
use leptos::prelude::*;

/// A choice of a field: its code in the address, and its words.
pub type Choice = (String, String);

/// A list to choose from; the first choice leaves all.
pub fn select_field(
    name: &'static str,
    label: &'static str,
    any: &'static str,
    choices: Vec<Choice>,
    chosen: Option<String>,
) -> AnyView {
    let nothing = chosen.is_none();
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <select name=name data-sends="">
                <option value="" selected=nothing>{any}</option>
                {choices
                    .into_iter()
                    .map(|(code, words)| {
                        let selected = chosen.as_deref() == Some(code.as_str());
                        view! { <option value=code selected=selected>{words}</option> }
                    })
                    .collect_view()}
            </select>
        </label>
    }
    .into_any()
}

/// The button for those without script.
pub fn show_button() -> AnyView {
    let t = use_language();
    view! { <button class="button plain-only">{t.filter_show()}</button> }.into_any()
}
