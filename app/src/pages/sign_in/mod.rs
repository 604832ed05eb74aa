//! Sign-in: how to get in; in the demo, whom to step into. Goes out without script.

use crate::AppError;
use crate::components::{Icon, footer_view, icon, loaded};
use crate::words::{Language, demo_why, role, use_language};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
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
    view! {
        <div class="entry">
            <main id="content">{loaded(page, |page| sign_in_view(&page))}</main>
            {footer_view()}
        </div>
    }
    .into_any()
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
