//! The document around every page, the routes, and what the server tells the pages through the context.

#[cfg(feature = "ssr")]
use crate::components::Live;
use crate::components::{Frame, failure_view, framed};
use crate::pages::{
    DataPage, FamilyPage, HomePage, LabPage, PoliciesPage, PolicyPage, ReconciliationPage, SchoolPage,
    SignInPage, SourcePage, StudentPage, StudentsPage,
};
use crate::words::use_language;
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::{HashedStylesheet, MetaTags};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
#[cfg(feature = "ssr")]
use leptos_router::location::RequestUrl;
use leptos_router::{ParamSegment, SsrMode, StaticSegment};
use model::page::Failure;
use std::sync::Arc;

/// The field of the search form on `/students`.
pub const SEARCH_FIELD: &str = "text";

/// Sets the HTTP status of the page being answered. The server provides it; in the browser there is none.
#[derive(Clone)]
pub struct StatusHook(pub Arc<dyn Fn(u16) + Send + Sync>);

/// The text searched for, which came by POST and is in no address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchText(pub String);

/// Says that the page being drawn goes out without script: the server provides it for `/` where the person has only
/// family roles. [`is_plain`] says it for addresses.
#[derive(Debug, Clone, Copy)]
pub struct PlainPage;

/// Whether the page of this path goes out without script, whoever reads it.
pub fn is_plain(path: &str) -> bool {
    matches!(path.trim_end_matches('/'), "/family" | "/sign-in")
}

#[cfg(feature = "ssr")]
fn request_is_plain() -> bool {
    // The server names the request by its whole address.
    let by_address =
        use_context::<RequestUrl>().and_then(|url| url.parse().ok()).is_some_and(|url| is_plain(url.path()));
    by_address || use_context::<PlainPage>().is_some()
}

/// The whole document, drawn on the server only.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let t = use_language();
    if let Some(shared) = Owner::current_shared_context() {
        // Only islands are taken over, and they carry their own properties: the page's data need not be in it twice.
        shared.set_is_hydrating(false);
    }
    let with_script = !request_is_plain();
    let scripts = with_script.then(|| view! { <HydrationScripts options=options.clone() islands=true/> });
    let live = with_script.then(|| view! { <Live/> });
    view! {
        <!DOCTYPE html>
        <html lang=t.code() dir="ltr" data-density=crate::use_density().code()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#0f5e66"/>
                <meta name="robots" content="noindex"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link
                    rel="preload"
                    href="/fonts/atkinson-hyperlegible-next-latin-400.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <HashedStylesheet options=options.clone() id="style"/>
                {scripts}
                <MetaTags/>
            </head>
            <body>
                <App/>
                {live}
            </body>
        </html>
    }
}

/// Every page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let t = use_language();
    let formatter = move |title: String| match title.as_str() {
        "" => t.frame_product().to_owned(),
        title => format!("{title} · {}", t.frame_product()),
    };
    view! {
        <Title formatter/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=StaticSegment("sign-in") view=SignInPage ssr=SsrMode::Async/>
                <ParentRoute path=StaticSegment("") view=Frame ssr=SsrMode::Async>
                    <Route path=StaticSegment("") view=HomePage ssr=SsrMode::Async/>
                    <Route path=StaticSegment("students") view=StudentsPage ssr=SsrMode::Async/>
                    <Route
                        path=(StaticSegment("students"), ParamSegment("id"))
                        view=StudentPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=(StaticSegment("schools"), ParamSegment("id"))
                        view=SchoolPage
                        ssr=SsrMode::Async
                    />
                    <Route path=StaticSegment("lab") view=LabPage ssr=SsrMode::Async/>
                    <Route path=StaticSegment("policies") view=PoliciesPage ssr=SsrMode::Async/>
                    <Route
                        path=(StaticSegment("policies"), ParamSegment("id"))
                        view=PolicyPage
                        ssr=SsrMode::Async
                    />
                    <Route path=StaticSegment("data") view=DataPage ssr=SsrMode::Async/>
                    <Route
                        path=(StaticSegment("data"), StaticSegment("sources"), ParamSegment("id"))
                        view=SourcePage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=(StaticSegment("data"), StaticSegment("reconciliation"))
                        view=ReconciliationPage
                        ssr=SsrMode::Async
                    />
                    <Route path=StaticSegment("family") view=FamilyPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The page of an address that leads nowhere.
#[component]
fn NotFound() -> impl IntoView {
    if let Some(StatusHook(set)) = use_context::<StatusHook>() {
        set(404);
    }
    framed(failure_view(Failure::NotFound.into()))
}
