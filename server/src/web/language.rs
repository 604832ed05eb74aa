//! `POST /language`: the language somebody chose, kept by their browser. Nobody need be signed in.

use super::Site;
use app::Language;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// The form at each page's foot.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    language: String,
}

/// Keeps the choice for a year and goes back to the page it was made on.
pub(super) async fn choose(
    State(site): State<Site>,
    headers: HeaderMap,
    Form(form): Form<Choice>,
) -> Response {
    let Some(language) = Language::read(&form.language) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    remember(&site, &headers, "language", language.code())
}

/// Keeps a choice in a cookie for a year and goes back to the page it was made on.
pub(super) fn remember(site: &Site, headers: &HeaderMap, name: &str, code: &str) -> Response {
    let mut answer = Redirect::to(&page_before(headers)).into_response();
    let secure = if site.over_tls { "; Secure" } else { "" };
    let cookie = format!("{name}={code}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}

/// The path of the page the form was on; `/` where that is not known. Only a path of ours: never another host.
fn page_before(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let path = text(header::REFERER).zip(text(header::HOST)).and_then(|(referrer, host)| {
        let rest = referrer.strip_prefix("http://").or_else(|| referrer.strip_prefix("https://"))?;
        rest.strip_prefix(host)
    });
    match path {
        Some(path) if path.starts_with('/') && !path.starts_with("//") => path.to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_leads_back_to_our_own_page_and_nowhere_else() {
        for (referrer, path) in [
            ("http://127.0.0.1:3000/students?grade=03", "/students?grade=03"),
            ("http://127.0.0.1:3000", "/"),
            ("http://evil.example/students", "/"),
            ("http://127.0.0.1:3000.evil.example/x", "/"),
            ("http://127.0.0.1:3000//evil.example", "/"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "127.0.0.1:3000".parse().unwrap());
            headers.insert(header::REFERER, referrer.parse().unwrap());
            assert_eq!(page_before(&headers), path, "{referrer}");
        }
    }
}
