//! The mark of a rule of which something is not checked against the text of the law yet.

use crate::words::Language;
use leptos::prelude::*;

/// The mark beside a rule's title, which leads to the points that are open; nothing for a rule that is checked.
pub fn verify_mark(t: Language, rule: &str, to_verify: bool) -> Option<AnyView> {
    to_verify.then(|| {
        view! { <a class="tag verify-mark" href=format!("/policies#{rule}")>{t.verify_mark()}</a> }.into_any()
    })
}
