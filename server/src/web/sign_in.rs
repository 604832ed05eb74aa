//! Opening and ending a session: invitations, the demo's people, sign-out. Plain routes, no scripts.

use super::{Site, cookie};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use model::ids::PersonId;
use serde::Deserialize;
use services::sign_in::SessionToken;

/// `GET /invitation/{token}`: uses a one-time link up and opens the first session, as an identity provider's callback
/// would. A prefetch or a mere look at its head never uses it up; an unknown, used or expired one says what to do.
pub(super) async fn invitation(
    State(site): State<Site>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let prefetch = ["sec-purpose", "purpose", "x-moz"]
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok())
        .any(|value| value.contains("prefetch"));
    if prefetch || method == Method::HEAD {
        return StatusCode::NO_CONTENT.into_response();
    }
    match services::sign_in::redeem(&site.context, &token).await {
        Ok(Some(session)) => opened(&site, &session),
        Ok(None) => Redirect::to("/sign-in?notice=invitation").into_response(),
        Err(error) => broken(&error),
    }
}

/// The form of the demo's sign-in page.
#[derive(Debug, Deserialize)]
pub(super) struct StepInto {
    person: PersonId,
}

/// `POST /demo/sign-in`: steps into a person of the demo district. The route exists in the demo only.
pub(super) async fn step_into(State(site): State<Site>, Form(form): Form<StepInto>) -> Response {
    match services::sign_in::step_into(&site.context, form.person).await {
        Ok(Some(session)) => opened(&site, &session),
        Ok(None) => Redirect::to("/sign-in?notice=no-access").into_response(),
        Err(error) => broken(&error),
    }
}

/// `POST /sign-out`: ends the session here and in the browser.
pub(super) async fn sign_out(State(site): State<Site>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie::read(&headers, site.over_tls)
        && let Err(error) = services::sign_in::sign_out(&site.context, token).await
    {
        return broken(&error);
    }
    let mut answer = Redirect::to("/sign-in").into_response();
    if let Some(value) = cookie::clear(site.over_tls) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    answer
        .headers_mut()
        .insert("clear-site-data", header::HeaderValue::from_static("\"cache\", \"storage\""));
    answer
}

fn opened(site: &Site, session: &SessionToken) -> Response {
    let mut answer = Redirect::to("/").into_response();
    if let Some(value) = cookie::set(&session.reveal(), site.over_tls) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    answer
}

fn broken(error: &services::Error) -> Response {
    tracing::error!(%error, "a session could not be opened or ended");
    (StatusCode::SERVICE_UNAVAILABLE, "The records cannot be reached just now. Try again soon.\n")
        .into_response()
}
