//! Sign-in: how to get in; in the demo, whom to step into. Goes out without script.

use crate::AppError;
use crate::components::{Icon, footer_view, icon, loaded};
use crate::words::{Language, demo_why, role, use_language};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::page::{DemoPerson, SignInPage as Page};

/// What an anonymous visitor may know. Public.
#[server(prefix = "/api", endpoint = "sign-in", input = Json)]
pub async fn load_sign_in() -> Result<Page, AppError> {
    crate::server_side::answer_anyone(|front| async move { services::sign_in::page(&front).await }).await
}

/// `/sign-in`.
#[component]
pub fn SignInPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| load_sign_in());
    let notice =
        use_query_map().read_untracked().get("notice").and_then(|code| Notice::read(&code)).map(notice_view);
    view! {
        <div class="entry">
            <main id="content">{notice} {loaded(page, |page| sign_in_view(&page))}</main>
            {footer_view()}
        </div>
    }
    .into_any()
}

/// Why somebody who came to sign in is here again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Their one-time link is unknown, used or expired.
    UsedLink,
    /// There is no record they may see.
    NoAccess,
}

impl Notice {
    /// Reads the code in the address.
    pub fn read(code: &str) -> Option<Self> {
        match code {
            "invitation" => Some(Self::UsedLink),
            "no-access" => Some(Self::NoAccess),
            _ => None,
        }
    }
}

/// Why the page is shown again, in words.
pub fn notice_view(notice: Notice) -> AnyView {
    let t = use_language();
    let text = match notice {
        Notice::UsedLink => t.sign_in_used_link(),
        Notice::NoAccess => t.sign_in_no_access(),
    };
    view! { <p class="notice notice-watch" role="alert">{text}</p> }.into_any()
}

/// The sign-in page.
pub fn sign_in_view(page: &Page) -> AnyView {
    let t = use_language();
    let demo = (!page.demo_people.is_empty()).then(|| people(t, &page.demo_people));
    let how = page.demo_people.is_empty().then(|| {
        view! {
            <section class="card">
                <h2>{t.sign_in_how()}</h2>
                <p>{t.sign_in_how_note()}</p>
            </section>
        }
    });
    view! {
        <Title text=t.sign_in_title()/>
        <div class="page page-sign-in">
            <div class="entry-brand">{icon(Icon::Mark)} <strong>{t.frame_product()}</strong></div>
            <h1>{t.sign_in_title()}</h1>
            <p class="page-summary">{t.sign_in_summary()}</p>
            {demo}
            {how}
        </div>
    }
    .into_any()
}

fn people(t: Language, all: &[DemoPerson]) -> AnyView {
    let people = all
        .iter()
        .map(|p| {
            let roles = p.roles.iter().map(|r| role(t, *r)).collect::<Vec<_>>().join(", ");
            let place = (!p.place.is_empty()).then(|| format!(", {}", p.place));
            view! {
                <li>
                    <button class="person" name="person" value=p.person.to_string()>
                        <strong>{p.name.clone()}</strong>
                        <span>{roles}{place}</span>
                        <span class="quiet">{demo_why(t, &p.why)}</span>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section>
            <h2>{t.sign_in_demo_heading()}</h2>
            <p class="quiet">{t.sign_in_demo_note()}</p>
            <form method="post" action="/demo/sign-in">
                <ul class="people">{people}</ul>
            </form>
        </section>
    }
    .into_any()
}
