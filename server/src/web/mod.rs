//! The web server: routes, and the layers every request passes.

mod cookie;
mod density;
mod download;
mod headers;
mod health;
mod identify;
mod lab;
mod language;
mod pages;
mod policies;
mod push;
mod same_origin;
mod sign_in;
mod sources;
mod trace;

use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use leptos::config::{LeptosOptions, get_configuration};
use leptos_axum::{LeptosRoutes, generate_route_list};
use services::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;

/// What every handler knows.
#[derive(Clone)]
pub struct Site {
    /// The services.
    pub context: Context,
    /// Where the pages' scripts and styles are.
    pub options: LeptosOptions,
    /// Whether browsers reach the site over TLS.
    pub over_tls: bool,
    /// The folder of the data, in which what is pushed waits, and what is kept of fetches lies.
    pub data: PathBuf,
}

impl FromRef<Site> for LeptosOptions {
    fn from_ref(site: &Site) -> Self {
        site.options.clone()
    }
}

impl FromRef<Site> for Context {
    fn from_ref(site: &Site) -> Self {
        site.context.clone()
    }
}

/// Forms are short; a longer body is not one of ours.
const LARGEST_BODY: usize = 64 * 1024;
/// No page takes as long.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// Options for the pages: `site` is the folder that holds the browser's files. Under `cargo leptos watch` they are what
/// it says in the environment.
pub fn leptos_options(site: &Path) -> LeptosOptions {
    let watched = std::env::var_os("LEPTOS_OUTPUT_NAME").and_then(|_| get_configuration(None).ok());
    if let Some(watched) = watched {
        return watched.leptos_options;
    }
    // A relative name would be looked for beside the program.
    let site = std::path::absolute(site).unwrap_or_else(|_| site.to_owned());
    let hashes = site.join("hash.txt");
    LeptosOptions::builder()
        .output_name("everpresent")
        .site_root(site.to_string_lossy().into_owned())
        .hash_files(hashes.exists())
        .hash_file(Arc::from(hashes.to_string_lossy()))
        .build()
}

/// What is logged where `RUST_LOG` says nothing: a line a request, warnings and errors.
pub const LOGGED: &str = "warn,server=info,services=info,store=info";

/// All routes, with their layers.
pub fn router(site: Site) -> Router {
    let files = ServeDir::new(site.options.site_root.as_ref())
        .precompressed_br()
        .append_index_html_on_directories(false);
    let for_pages = site.clone();
    let mut signed_in = Router::new()
        .leptos_routes_with_context(
            &site,
            generate_route_list(app::App),
            move || pages::provide(&for_pages),
            {
                let options = site.options.clone();
                move || app::shell(options.clone())
            },
        )
        .route("/students", post(pages::search_students))
        .route("/download/worklist", post(download::worklist))
        .route("/download/students", post(download::students))
        .route("/download/students/{id}/days", post(download::student_days))
        .route("/download/students/{id}/weeks", post(download::student_weeks))
        .route("/download/students/{id}/signals", post(download::student_signals))
        .route("/download/schools/{id}/grades", post(download::school_grades))
        .route("/download/schools/{id}/weeks", post(download::school_weeks))
        .route("/download/data/schools", post(download::data_schools))
        .route("/download/data/set-aside", post(download::data_set_aside))
        .route("/download/data/runs", post(download::data_runs))
        .route("/download/family", post(download::family))
        .route("/policies/{id}", post(policies::form))
        .route("/data/sources/{id}", post(sources::form))
        .route("/api/lab-data/{school}", get(lab::data))
        .route("/api/lab-names", post(lab::names))
        .route("/api/lab-groups", post(lab::groups))
        .layer(from_fn(pages::cut_scripts))
        .layer(CompressionLayer::new().compress_when(pages::may_shrink))
        .layer(from_fn(identify::require_visit));
    signed_in = signed_in.layer(from_fn_with_state(site.clone(), identify::visit));

    let mut open = Router::new()
        .route("/healthz", get(health::up))
        .route("/readyz", get(health::ready))
        .route("/invitation/{token}", get(sign_in::invitation))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(language::choose))
        .route("/density", post(density::choose));
    if site.context.is_demo() {
        open = open.route("/demo/sign-in", post(sign_in::step_into));
    }

    let over_tls = headers::OverTls(site.over_tls);
    let context = site.context.clone();
    open.merge(signed_in)
        .fallback(move |State(site): State<Site>, request: Request| {
            file_or_not_found(files.clone(), site, request)
        })
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(from_fn(same_origin::require))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::GATEWAY_TIMEOUT, LONGEST_ANSWER))
        // A program sends it, with a token and no cookie; it is large, and takes its time.
        .route("/push", post(push::receive))
        .layer(from_fn_with_state(over_tls, headers::add))
        .layer(from_fn_with_state(context, trace::log))
        .with_state(site)
}

/// A file of the site, or the page that says there is none.
async fn file_or_not_found(files: ServeDir, site: Site, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut again = Request::from_parts(parts.clone(), axum::body::Body::empty());
    match files.oneshot(Request::from_parts(parts, body)).await {
        Ok(answer) if answer.status().is_success() || answer.status().is_redirection() => {
            answer.map(axum::body::Body::new)
        }
        _ => {
            // Who is signed in keeps their ways on.
            if let Err(unreachable) = identify::look_up(&site, &mut again).await {
                return unreachable;
            }
            let mut answer = pages::render(site, again).await;
            *answer.status_mut() = axum::http::StatusCode::NOT_FOUND;
            answer
        }
    }
}
