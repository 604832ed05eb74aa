//! Who is asking: from the session cookie to a visit, before anything else is done.

use super::{Site, cookie};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

/// Looks the session up and hands the visit on in the request's extensions.
pub(super) async fn visit(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    match look_up(&site, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(unreachable) => unreachable,
    }
}

/// Puts the visit, if there is one, into the request's extensions. A broken store answers 503, never an anonymous page:
/// failing closed must not look like being signed out.
pub(super) async fn look_up(site: &Site, request: &mut Request) -> Result<(), Response> {
    let Some(token) = cookie::read(request.headers(), site.over_tls) else { return Ok(()) };
    match services::sign_in::identify(&site.context, token).await {
        Ok(visit) => {
            if let Some(visit) = visit {
                request.extensions_mut().insert(visit);
            }
            Ok(())
        }
        Err(error) => {
            tracing::error!(%error, "the session could not be looked up");
            let said = "The records cannot be reached just now. Try again soon.\n";
            Err((StatusCode::SERVICE_UNAVAILABLE, said).into_response())
        }
    }
}

/// Lets only signed-in people through: a page sends others to `/sign-in`, a server function answers 401.
pub(super) async fn require_visit(request: Request, next: Next) -> Response {
    if request.extensions().get::<services::Visit>().is_some() || is_public(request.uri().path()) {
        return next.run(request).await;
    }
    if request.uri().path().starts_with("/api/") {
        return (StatusCode::UNAUTHORIZED, "\"not_signed_in\"").into_response();
    }
    let mut answer = Redirect::to("/sign-in").into_response();
    *answer.status_mut() = StatusCode::FOUND;
    answer
}

/// The pages for people who are not signed in.
fn is_public(path: &str) -> bool {
    path == "/sign-in" || path == "/api/sign-in"
}
