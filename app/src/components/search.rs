//! The search box: a form that posts; with script it posts while one types and puts the answer's results on the page.

use crate::SEARCH_FIELD;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomParser, RequestInit, Response, SupportedType, UrlSearchParams};

/// How long typing rests before the search goes out.
const REST: Duration = Duration::from_millis(200);
/// The part of the page that holds the results.
const RESULTS: &str = ".found";

/// What became of a search.
enum Answer {
    /// The document with the results.
    Page(String),
    /// The visit has ended, or the server refuses: the page itself says so when it is loaded again.
    LoadAgain,
}

/// The box. `action` is the address of the list with its filters; the words come from the server.
#[island]
pub fn SearchBox(
    action: String,
    text: String,
    label: String,
    button: String,
    offline: String,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let unreachable = RwSignal::new(false);
    // Counts the searches: an answer that comes after a newer question is dropped.
    let asked = StoredValue::new(0_u32);
    let address = StoredValue::new(action.clone());
    let search = move || {
        let Some(typed) = field.get_untracked().map(|f| f.value()) else { return };
        asked.update_value(|n| *n += 1);
        let mine = asked.get_value();
        leptos::task::spawn_local(async move {
            let answer = post(&address.get_value(), &typed).await;
            if asked.get_value() != mine {
                return;
            }
            unreachable.set(answer.is_err());
            match answer {
                Ok(Answer::Page(page)) => {
                    show(&page);
                }
                Ok(Answer::LoadAgain) => load_again(),
                Err(_) => {}
            }
        });
    };
    let mut rested = debounce(REST, move |()| search());
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        search();
    };
    view! {
        <form class="search" method="post" action=action role="search" on:submit=on_submit>
            <label class="field">
                <span class="field-label">{label}</span>
                <input
                    type="search"
                    name=SEARCH_FIELD
                    value=text
                    maxlength="80"
                    autocomplete="off"
                    spellcheck="false"
                    node_ref=field
                    on:input=move |_| rested(())
                />
            </label>
            <button class="button">{button}</button>
            <p class="search-offline" role="status">{move || unreachable.get().then(|| offline.clone())}</p>
        </form>
    }
}

/// Posts the text to the list's address, as the form does.
async fn post(action: &str, typed: &str) -> Result<Answer, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let body = UrlSearchParams::new()?;
    body.append(SEARCH_FIELD, typed);
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&body);
    let response: Response =
        JsFuture::from(window.fetch_with_str_and_init(action, &request)).await?.dyn_into()?;
    if !response.ok() || response.redirected() {
        return Ok(Answer::LoadAgain);
    }
    let page = JsFuture::from(response.text()?).await?;
    Ok(Answer::Page(page.as_string().unwrap_or_default()))
}

/// Puts the results of a document in the place of those on the page. Parsed as a document of its own, no script of it
/// runs.
fn show(page: &str) -> Option<()> {
    let here = web_sys::window()?.document()?;
    let there = DomParser::new().ok()?.parse_from_string(page, SupportedType::TextHtml).ok()?;
    let results = there.query_selector(RESULTS).ok()??;
    here.query_selector(RESULTS).ok()??.replace_with_with_node_1(&results).ok()
}

fn load_again() {
    if let Some(window) = web_sys::window() {
        // Refused only while the page is being left anyway.
        let _ = window.location().reload();
    }
}
