//! The form of a rule of the district's own: looked at first, then kept. It travels by POST, for it carries free text.

use super::{Site, pages};
use app::pages::PolicyAnswer;
use axum::body::Body;
use axum::extract::{Form, Path, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use model::policy::PolicyDraft;

/// The id that stands for a rule that is yet to be made.
const NEW: &str = "new";

/// The fields of free text; the others are the codes of the setting.
const WORDS: [&str; 9] =
    ["token", "edition", "previewed", "title", "action", "letter", "from_day", "reason", "do"];

/// `POST /policies/{id}`: shows whom the rule would flag, or keeps it (`do=save`) and goes to its page.
pub(super) async fn form(
    State(site): State<Site>,
    Path(id): Path<String>,
    mut parts: Parts,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let id = if id == NEW { String::new() } else { id };
    let save = fields.iter().any(|(key, value)| key == "do" && value == "save");
    let draft = draft(&fields);
    let visit = parts.extensions.get::<services::Visit>().cloned();
    if let Some(visit) = visit {
        let answer = if save {
            services::policies::save(&visit, &id, draft).await
        } else {
            services::policies::page(&visit, &id, Some(draft)).await
        };
        match answer {
            Ok(page) if page.saved => {
                return Redirect::to(&format!("/policies/{}?saved=1", page.id)).into_response();
            }
            answer => {
                parts.extensions.insert(PolicyAnswer(answer.map_err(app::AppError)));
            }
        }
    }
    pages::render(site, Request::from_parts(parts, Body::empty())).await
}

/// What a person filled in.
fn draft(fields: &[(String, String)]) -> PolicyDraft {
    let field =
        |key: &str| fields.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()).unwrap_or_default();
    PolicyDraft {
        token: field("token"),
        edition: field("edition").parse().unwrap_or_default(),
        previewed: field("previewed"),
        title: field("title"),
        action: field("action"),
        letter: field("letter").replace("\r\n", "\n"),
        from: field("from_day"),
        reason: field("reason"),
        codes: fields.iter().filter(|(key, _)| !WORDS.contains(&key.as_str())).cloned().collect(),
    }
}
