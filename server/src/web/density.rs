//! `POST /density`: how close together somebody wants the rows, kept by their browser. Nobody need be signed in.

use super::Site;
use super::language::remember;
use app::Density;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// The form at each page's foot.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    density: String,
}

/// Keeps the choice for a year and goes back to the page it was made on.
pub(super) async fn choose(
    State(site): State<Site>,
    headers: HeaderMap,
    Form(form): Form<Choice>,
) -> Response {
    match Density::read(&form.density) {
        Some(density) => remember(&site, &headers, "density", density.code()),
        None => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    }
}
