//! The pages of `app`, rendered on the server: what each rendering is given, and the search that travels by POST.

use super::Site;
use super::headers::content_security_policy;
use app::pages::{PolicyAnswer, SourceAnswer};
use app::{Density, Language, PlainPage, SEARCH_FIELD, SearchText, StatusHook};
use axum::Form;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;
use std::collections::HashMap;
use std::sync::Arc;

/// Gives one rendering (or one server function) what belongs to its request: the visit, the status it may set, the
/// policy with its own nonce.
pub(super) fn provide(site: &Site) {
    provide_context(site.context.front());
    let Some(parts) = use_context::<Parts>() else { return };
    provide_context(language(&parts.headers));
    provide_context(
        super::cookie::value(&parts.headers, "density").and_then(Density::read).unwrap_or_default(),
    );
    let visit = parts.extensions.get::<services::Visit>();
    let plain = goes_without_script(parts.uri.path(), visit);
    if plain {
        provide_context(PlainPage);
    }
    if let Some(visit) = visit {
        provide_context(visit.clone());
    }
    if let Some(answer) = parts.extensions.get::<PolicyAnswer>() {
        provide_context(answer.clone());
    }
    if let Some(answer) = parts.extensions.get::<SourceAnswer>() {
        provide_context(answer.clone());
    }
    if let Some(search) = parts.extensions.get::<SearchText>() {
        provide_context(search.clone());
    }
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let status = response.clone();
    provide_context(StatusHook(Arc::new(move |code| {
        if let Ok(code) = StatusCode::from_u16(code) {
            status.set_status(code);
        }
    })));
    let nonce = leptos::nonce::use_nonce().filter(|_| !plain);
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(nonce.as_deref())) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The language of a request.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::choose(super::cookie::value(headers, "language"), accepted)
}

/// The text searched for, from the form it came in.
pub(super) fn search_text(mut form: HashMap<String, String>) -> String {
    form.remove(SEARCH_FIELD).unwrap_or_default()
}

/// Families read on old phones: their pages and the way in go out without script.
fn goes_without_script(path: &str, visit: Option<&services::Visit>) -> bool {
    app::is_plain(path) || (path == "/" && visit.is_some_and(|visit| !visit.is_staff()))
}

/// Cuts off what the framework adds behind the document for scripts to go on from, where there are none.
pub(super) async fn cut_scripts(request: Request, next: Next) -> Response {
    let plain = goes_without_script(request.uri().path(), request.extensions().get::<services::Visit>());
    let response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !plain || !is_page {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(mut document) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Some(end) = document.windows(END.len()).position(|window| window == END) {
        document.truncate(end + END.len());
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.extensions.insert(Plain);
    Response::from_parts(parts, Body::from(document))
}

/// A page without script. It has neither search nor filters: nothing of what somebody else could put into its address is
/// in it.
#[derive(Debug, Clone, Copy)]
struct Plain;

/// Whether an answer may be made smaller on its way. Where a page repeats something of its address beside names, its
/// length would tell whether the two are alike (CVE-2013-3587, "BREACH"): such pages go as they are.
pub(super) fn may_shrink(_: StatusCode, _: Version, _: &HeaderMap, of: &Extensions) -> bool {
    of.get::<Plain>().is_some()
}

/// The end of a document.
const END: &[u8] = b"</html>";

/// Renders whatever page the address names.
pub(super) async fn render(site: Site, request: Request<Body>) -> Response {
    let options = site.options.clone();
    let handler = leptos_axum::render_app_async_with_context(
        move || provide(&site),
        move || app::shell(options.clone()),
    );
    handler(request).await
}

/// `POST /students`: the same page as `GET`, for the text in the form. A name searched for stays out of addresses,
/// histories and logs.
pub(super) async fn search_students(
    State(site): State<Site>,
    mut parts: Parts,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    parts.extensions.insert(SearchText(search_text(form)));
    render(site, Request::from_parts(parts, Body::empty())).await
}
