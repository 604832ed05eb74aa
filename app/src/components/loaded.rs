//! Waits for a page's data and shows it, or says why not.

use crate::AppError;
use crate::components::{failure_view, loading_view};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Shows what a resource brings. While newer data is on its way, the older stays on the screen.
pub fn loaded<T, S>(data: Resource<Result<T, AppError>>, show: S) -> AnyView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    S: Fn(T) -> AnyView + Clone + Send + Sync + 'static,
{
    view! {
        <Transition fallback=loading_view>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match data.await {
                        Ok(page) => show(page),
                        Err(error) => failure_view(error),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}
