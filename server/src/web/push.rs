//! `POST /push`: a district's files as one zip, sent by a program with the token of its source.

use super::Site;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use services::sources::push::{self, LARGEST, Unfit};
use services::{Error, sources::Fault};
use std::time::Duration;

/// How long the next piece may take.
const SILENCE: Duration = Duration::from_secs(60);

/// Takes the zip piece by piece, queues a run, and answers 202. What is wrong is said in one line.
pub(super) async fn receive(State(site): State<Site>, headers: HeaderMap, body: Body) -> Response {
    match taken(&site, &headers, body).await {
        Ok(answer) => answer,
        Err(Error::Source(Fault::EndedMeanwhile(_))) => nobody(),
        Err(error) => {
            tracing::error!(%error, "what was pushed could not be kept");
            let said = "What was sent was not kept: a fault on our side. Send it again later.\n";
            (StatusCode::SERVICE_UNAVAILABLE, said).into_response()
        }
    }
}

async fn taken(site: &Site, headers: &HeaderMap, body: Body) -> Result<Response, Error> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|given| given.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(mut incoming) = push::receive(&site.context, &site.data, token).await? else {
        return Ok(nobody());
    };
    let mut pieces = body.into_data_stream();
    loop {
        match tokio::time::timeout(SILENCE, pieces.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(piece))) => {
                if let Err(unfit) = incoming.take(&piece)? {
                    return Ok(refused(unfit));
                }
            }
            Ok(Some(Err(_))) | Err(_) => {
                let said = "The zip did not come whole, so nothing was kept. Send it again.\n";
                return Ok((StatusCode::BAD_REQUEST, said).into_response());
            }
        }
    }
    Ok(match incoming.finish().await? {
        Ok(()) => (StatusCode::ACCEPTED, "Taken; it is synced now.\n").into_response(),
        Err(unfit) => refused(unfit),
    })
}

/// The same answer for a token that never was, one that was replaced, and one whose source ended.
fn nobody() -> Response {
    let said = "This token is not known. `everpresent source token` makes a new one.\n";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], said).into_response()
}

fn refused(unfit: Unfit) -> Response {
    match unfit {
        Unfit::TooLarge => {
            let said = format!("The zip is larger than {} MB, so nothing was kept.\n", LARGEST >> 20);
            (StatusCode::PAYLOAD_TOO_LARGE, said).into_response()
        }
        Unfit::Busy => {
            let said = "A run of this source is under way, so nothing was kept. Send it again in a minute.\n";
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")], said).into_response()
        }
        Unfit::NoZip => {
            let said = "This is no zip, so nothing was kept. Send the files in one zip.\n";
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, said).into_response()
        }
    }
}
