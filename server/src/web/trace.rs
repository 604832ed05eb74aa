//! One line a request, with an id and without anything personal: no query, no body, no id of a person.

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use services::Context;
use tracing::Instrument;

/// Logs method, route pattern (never the address itself), status and milliseconds, and answers with `x-request-id`.
pub(super) async fn log(State(context): State<Context>, request: Request, next: Next) -> Response {
    let id = format!("{:016x}", context.chance().bits());
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %id, %method, route = %route);
    let begun = context.now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let milliseconds = (context.now() - begun).num_milliseconds();
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), milliseconds, "answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
