//! Headers that every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// The content security policy of a page whose scripts carry `nonce`; without one, no script runs at all.
pub(super) fn content_security_policy(nonce: Option<&str>) -> String {
    let scripts = nonce.map_or_else(
        || "'none'".to_owned(),
        |nonce| format!("'strict-dynamic' 'nonce-{nonce}' 'wasm-unsafe-eval'"),
    );
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Whether the site is reached over TLS (behind a proxy); then cookies are `Secure` and browsers are told to stay on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OverTls(pub(super) bool);

/// Adds what is the same for every answer. A page sets its own policy with its nonce first.
pub(super) async fn add(State(OverTls(over_tls)): State<OverTls>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Hashed names never change their content; fonts and icons seldom do.
    let cache = if path.starts_with("/pkg/") {
        "public, max-age=31536000, immutable"
    } else if path.starts_with("/fonts/") || path.starts_with("/icons/") {
        "public, max-age=86400"
    } else {
        "no-store"
    };
    let mut response = next.run(request).await;
    let status = response.status();
    // 304 renews what a browser already keeps.
    let failed = !status.is_success() && status != StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set(header::CACHE_CONTROL, if failed { "no-store" } else { cache });
    set(header::CONTENT_SECURITY_POLICY, &content_security_policy(None));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    set(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    if over_tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_a_nonce_runs_no_script() {
        assert!(content_security_policy(None).contains("script-src 'none'"));
        assert!(content_security_policy(Some("abc")).contains("'nonce-abc'"));
        assert!(!content_security_policy(Some("abc")).contains("unsafe-inline"));
    }
}
