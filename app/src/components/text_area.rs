//! The one place where a `<textarea>` stands: on the server its children are not escaped by the framework.

use leptos::prelude::*;

/// A field of several lines; one that is wrong says where it is said what is.
pub fn text_area(
    name: &'static str,
    label: &'static str,
    note: &'static str,
    value: &str,
    rows: u32,
    longest: u32,
    wrong: bool,
) -> AnyView {
    // A line break at the very beginning is not part of the text to a browser, so one of ours goes first.
    let text = format!("\n{}", escaped(value));
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <span class="quiet">{note}</span>
            <textarea
                name=name
                id=format!("field-{name}")
                rows=rows.to_string()
                maxlength=longest.to_string()
                aria-invalid=wrong.then_some("true")
                aria-describedby=wrong.then(|| format!("problem-{name}"))
                inner_html=text
            ></textarea>
        </label>
    }
    .into_any()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_note_that_looks_like_markup_stays_text() {
        assert_eq!(escaped("</textarea><script>&"), "&lt;/textarea&gt;&lt;script&gt;&amp;");
    }
}
