//! `/`: the worklist for staff, the family page for a person with only family roles.

use crate::AppError;
use crate::components::{loaded, with_pane};
use crate::pages::{
    Opened, family_view, open_code, opened_view, today_view, worklist_address, worklist_filter,
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::use_query_map;
use model::page::{FamilyPage, Viewer, Worklist, WorklistFilter};
use serde::{Deserialize, Serialize};

/// What `/` shows to this person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Home {
    /// The worklist.
    Work {
        /// The list.
        list: Box<Worklist>,
        /// The filter that made it.
        filter: WorklistFilter,
        /// What is open beside the list.
        opened: Option<Opened>,
    },
    /// The family page.
    Family(FamilyPage),
}

/// Who is signed in.
#[server(prefix = "/api", endpoint = "viewer", input = Json)]
pub async fn load_viewer() -> Result<Viewer, AppError> {
    crate::server_side::answer(|visit| async move { services::frame::viewer(&visit).await }).await
}

/// The start page of whoever is signed in; `open` is the id of a student to show beside a worklist, as it stands in the
/// address.
#[server(prefix = "/api", endpoint = "home", input = Json)]
pub async fn load_home(filter: WorklistFilter, open: Option<String>) -> Result<Home, AppError> {
    crate::server_side::answer(|visit| async move { crate::server_side::home(&visit, filter, open).await })
        .await
}

/// `/`.
#[component]
pub fn HomePage() -> impl IntoView {
    let query = use_query_map();
    let asked = move || {
        let query = query.get();
        (worklist_filter(&query), open_code(&query))
    };
    let home = Resource::new(asked, |(filter, open)| load_home(filter, open));
    loaded(home, |home| match home {
        Home::Work { list, filter, opened } => {
            let way_back = worklist_address(&filter);
            let pane = opened.as_ref().map(|opened| opened_view(opened, &way_back, None));
            with_pane(today_view(&list, &filter, opened.as_ref()), pane)
        }
        Home::Family(page) => family_view(&page),
    })
}
