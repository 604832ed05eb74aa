//! What a supervisor asks.

use axum::extract::State;
use axum::http::StatusCode;
use services::Context;

/// `/healthz`: the process is up.
pub(super) async fn up() -> &'static str {
    "ok\n"
}

/// `/readyz`: every district's store can be reached and its migrations are done.
pub(super) async fn ready(State(context): State<Context>) -> (StatusCode, &'static str) {
    match context.is_ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}
