//! `/`: the worklist for staff, the family page for a person with only family roles.

use crate::AppError;
use crate::components::loaded;
use crate::pages::{family_view, today_view, worklist_filter};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::use_query_map;
use model::page::{FamilyPage, Viewer, Worklist, WorklistFilter};
use serde::{Deserialize, Serialize};

/// What `/` shows to this person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Home {
    /// The worklist, and the filter that made it.
    Work(Worklist, WorklistFilter),
    /// The family page.
    Family(FamilyPage),
}

/// Who is signed in.
#[server(prefix = "/api", endpoint = "viewer", input = Json)]
pub async fn load_viewer() -> Result<Viewer, AppError> {
    crate::server_side::answer(|visit| async move { services::frame::viewer(&visit).await }).await
}

/// The start page of whoever is signed in.
#[server(prefix = "/api", endpoint = "home", input = Json)]
pub async fn load_home(filter: WorklistFilter) -> Result<Home, AppError> {
    crate::server_side::answer(|visit| async move { crate::server_side::home(&visit, filter).await }).await
}

/// `/`.
#[component]
pub fn HomePage() -> impl IntoView {
    let query = use_query_map();
    let home = Resource::new(move || worklist_filter(&query.get()), load_home);
    loaded(home, |home| match home {
        Home::Work(list, filter) => today_view(&list, &filter),
        Home::Family(page) => family_view(&page),
    })
}
