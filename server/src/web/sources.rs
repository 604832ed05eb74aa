//! The forms of a source: each says what is to be done with it. What was done is said on the page it leads to.

use super::{Site, pages};
use app::pages::SourceAnswer;
use axum::body::Body;
use axum::extract::{Form, Path, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use model::ids::SourceId;
use model::page::Failure;
use model::source::{Done, SourceOrder};
use services::Visit;
use services::sources::page::{self, Ordered};
use std::collections::HashMap;

/// What the Data page's own forms say of where they stand.
const LIST: &str = "list";

/// `POST /data/sources/{id}`: does what `do` says and goes on to the page that says so, or shows why not.
pub(super) async fn form(
    State(site): State<Site>,
    Path(id): Path<String>,
    mut parts: Parts,
    Form(mut fields): Form<HashMap<String, String>>,
) -> Response {
    let visit = parts.extensions.get::<Visit>().cloned();
    if let Some(visit) = visit {
        let from_list = fields.get("from").is_some_and(|from| from == LIST);
        match ordered(&site, &visit, &id, &mut fields).await {
            Ok(Ordered::Done(done)) => {
                let place = match done {
                    Done::Ended => "/data".to_owned(),
                    _ if from_list => "/data".to_owned(),
                    _ => format!("/data/sources/{id}"),
                };
                return Redirect::to(&format!("{place}?done={}", done.code())).into_response();
            }
            Ok(Ordered::Page(page)) => parts.extensions.insert(SourceAnswer(Ok(*page))),
            Err(failure) => parts.extensions.insert(SourceAnswer(Err(failure.into()))),
        };
    }
    pages::render(site, Request::from_parts(parts, Body::empty())).await
}

async fn ordered(
    site: &Site,
    visit: &Visit,
    id: &str,
    fields: &mut HashMap<String, String>,
) -> Result<Ordered, Failure> {
    let id: SourceId = id.parse().map_err(|_| Failure::NotFound)?;
    match order(fields) {
        Some(order) => page::order(visit, id, order, &site.data).await,
        None => page::page(visit, id).await.and(Err(Failure::BadInput)),
    }
}

/// What a form asks for.
fn order(fields: &mut HashMap<String, String>) -> Option<SourceOrder> {
    let act = fields.remove("do")?;
    let mut field = |key: &str| fields.remove(key).unwrap_or_default();
    Some(match act.as_str() {
        "run" => match field("last").as_str() {
            "" => SourceOrder::Run { last: None },
            last => SourceOrder::Run { last: Some(last.parse().ok()?) },
        },
        "pause" => SourceOrder::Pause,
        "resume" => SourceOrder::Resume,
        "look" => SourceOrder::Look { fields: field("fields") },
        "schedule" => SourceOrder::Schedule { fields: field("fields") },
        "unschedule" => SourceOrder::Unschedule,
        "approve" => SourceOrder::Approve { digest: field("digest"), reason: field("reason") },
        "end" => SourceOrder::End,
        _ => return None,
    })
}
