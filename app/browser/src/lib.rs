//! `hydrate()` and nothing else.

// The islands are exports of `app`; without a mention the linker would leave them out.
#[allow(unused_imports)]
use app::components::{Live, SearchBox};
#[allow(unused_imports)]
use app::pages::LabBench;
use wasm_bindgen::prelude::wasm_bindgen;

/// Makes ready for the islands of the page that the server drew; the page's script then wakes each of them.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
