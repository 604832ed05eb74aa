//! Requests that change something are taken from our own pages only.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses unsafe methods unless the browser says that the request comes from our own origin: `Sec-Fetch-Site:
/// same-origin`, or, where that header is absent, an `Origin` equal to the address it was sent to.
pub(super) async fn require(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        (
            StatusCode::FORBIDDEN,
            "This form was not sent from our own page. Open the page again and try once more.\n",
        )
            .into_response()
    }
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text(header::ORIGIN.as_str()), text(header::HOST.as_str())) else {
        return false;
    };
    origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")) == Some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        let host = ("host", "127.0.0.1:3000");
        for (ours, pairs) in [
            (true, vec![("sec-fetch-site", "same-origin"), host]),
            (false, vec![("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:3000"), host]),
            (false, vec![("sec-fetch-site", "same-site"), host]),
            (false, vec![("sec-fetch-site", "none"), host]),
            (true, vec![("origin", "http://127.0.0.1:3000"), host]),
            (false, vec![("origin", "http://127.0.0.1:3001"), host]),
            (false, vec![("origin", "null"), host]),
            (false, vec![host]),
        ] {
            assert_eq!(is_same_origin(&headers(&pairs)), ours, "{pairs:?}");
        }
    }
}
