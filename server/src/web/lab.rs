//! What the rule lab in the browser asks for: a school's marks without names, names for some places, and what a rule
//! would mean by group.

use axum::extract::{Extension, Form, Path};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::lab::{LabGroup, LabName, LabQuestion};
use model::page::Failure;
use serde::Deserialize;
use services::Visit;

/// `GET /api/lab-data/{school}`.
pub(super) async fn data(Extension(visit): Extension<Visit>, Path(school): Path<String>) -> Response {
    let answer = match school.parse() {
        Ok(school) => services::lab::data(&visit, school).await,
        Err(_) => Err(Failure::NotFound),
    };
    answer.map_or_else(failed, |data| bytes(data.to_bytes()))
}

/// The form of a question.
#[derive(Deserialize)]
pub(super) struct Question {
    school: String,
    stamp: String,
    /// Parted by commas.
    places: String,
}

/// `POST /api/lab-names`.
pub(super) async fn names(Extension(visit): Extension<Visit>, Form(form): Form<Question>) -> Response {
    let places: Option<Vec<u32>> = form.places.split(',').map(|place| place.parse().ok()).collect();
    let answer = match (form.school.parse(), places) {
        (Ok(school), Some(places)) => {
            services::lab::names(&visit, LabQuestion { school, stamp: form.stamp, places }).await
        }
        (Err(_), _) => Err(Failure::NotFound),
        (_, None) => Err(Failure::BadInput),
    };
    answer.map_or_else(failed, |names| bytes(LabName::to_bytes(&names)))
}

/// `POST /api/lab-groups`: the school, the stamp, and the codes of a setting.
pub(super) async fn groups(
    Extension(visit): Extension<Visit>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let field = |key: &str| fields.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone());
    let answer = match field("school").unwrap_or_default().parse() {
        Ok(school) => {
            let stamp = field("stamp").unwrap_or_default();
            services::lab::groups(&visit, school, &stamp, &fields).await
        }
        Err(_) => Err(Failure::NotFound),
    };
    answer.map_or_else(failed, |groups| bytes(LabGroup::to_bytes(&groups)))
}

fn bytes(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], body).into_response()
}

fn failed(failure: Failure) -> Response {
    let error = app::AppError(failure);
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, format!("\"{}\"", error.code())).into_response()
}
