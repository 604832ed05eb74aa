//! What stands around each page: the rail (a bar at the foot of a phone's screen), and the foot.

use crate::components::{Icon, icon};
use crate::pages::load_viewer;
use crate::words::{Language, role, use_language};
use crate::{Density, use_density};
use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use model::page::Viewer;
use model::role::Capability;

/// The frame with the page in it.
#[component]
pub fn Frame() -> impl IntoView {
    framed(view! { <Outlet/> }.into_any())
}

/// The frame around anything; without its rail where nobody is signed in.
pub fn framed(content: AnyView) -> AnyView {
    let t = use_language();
    let viewer = Resource::new(|| (), |()| load_viewer());
    view! {
        <a class="skip" href="#content" rel="external">{t.frame_skip()}</a>
        <div class="frame">
            <Transition>
                {move || Suspend::new(async move { viewer.await.ok().map(|viewer| rail_view(&viewer)) })}
            </Transition>
            <main id="content" tabindex="-1">
                {content}
            </main>
            {footer_view()}
        </div>
    }
    .into_any()
}

fn way(href: String, picture: Icon, words: &'static str) -> AnyView {
    let exact = href == "/";
    view! {
        <li>
            <A href=href exact=exact attr:class="rail-way">
                {icon(picture)}
                <span>{words}</span>
            </A>
        </li>
    }
    .into_any()
}

/// Who reads, and where they may go.
pub fn rail_view(viewer: &Viewer) -> AnyView {
    let t = use_language();
    let may = |what: Capability| viewer.capabilities.contains(&what);
    let staff = may(Capability::Worklist);
    let mut ways = Vec::new();
    if staff {
        ways.push(way("/".to_owned(), Icon::Today, t.frame_today()));
        ways.push(way("/students".to_owned(), Icon::Students, t.frame_students()));
    }
    if let Some(school) = viewer.schools.first().filter(|_| may(Capability::SchoolFigures)) {
        ways.push(way(format!("/schools/{}", school.id), Icon::School, t.frame_school()));
    }
    if staff {
        ways.push(way("/policies".to_owned(), Icon::Rules, t.frame_policies()));
    }
    if may(Capability::RuleLab) {
        ways.push(way("/lab".to_owned(), Icon::Lab, t.frame_lab()));
    }
    if may(Capability::DataStatus) {
        ways.push(way("/data".to_owned(), Icon::Data, t.frame_data()));
    }
    if may(Capability::Family) {
        // For a family `/` is the family page; a person who is also staff has it beside the others.
        let href = if staff { "/family" } else { "/" };
        ways.push(way(href.to_owned(), Icon::Family, t.frame_family()));
    }
    let roles = viewer.roles.iter().map(|r| role(t, *r)).collect::<Vec<_>>().join(", ");
    let class = if staff { "rail" } else { "rail rail-plain" };
    let demo = viewer.demo.then(|| view! { <p class="rail-demo">{t.frame_demo()}</p> });
    view! {
        <header class=class>
            <div class="rail-brand">
                {icon(Icon::Mark)}
                <div>
                    <strong>{t.frame_product()}</strong>
                    <span>{viewer.district.clone()}</span>
                </div>
            </div>
            <nav aria-label=t.frame_navigation()>
                <ul class="rail-ways">{ways}</ul>
            </nav>
            <div class="rail-person">
                {demo}
                <p>
                    <strong>{viewer.name.clone()}</strong>
                    <span>{roles}</span>
                </p>
                <form method="post" action="/sign-out">
                    <button class="button button-quiet">{icon(Icon::Out)}{t.frame_sign_out()}</button>
                </form>
            </div>
        </header>
    }
    .into_any()
}

/// The foot of each page: the language, and how close together rows stand.
pub fn footer_view() -> AnyView {
    let now = use_language();
    view! {
        <footer class="foot">
            {density_switch(now)}
            <form method="post" action="/language" class="foot-choice" aria-label=now.language_choose()>
                {Language::ALL
                    .into_iter()
                    .map(|language| {
                        let current = (language == now).then_some("true");
                        view! {
                            <button
                                name="language"
                                value=language.code()
                                lang=language.code()
                                aria-current=current
                            >
                                {language.language_name()}
                            </button>
                        }
                    })
                    .collect_view()}
            </form>
        </footer>
    }
    .into_any()
}

fn density_switch(t: Language) -> AnyView {
    let now = use_density();
    let choices = Density::ALL
        .into_iter()
        .map(|density| {
            let words = match density {
                Density::Automatic => t.density_automatic(),
                Density::Roomy => t.density_roomy(),
                Density::Close => t.density_close(),
            };
            let current = (density == now).then_some("true");
            view! { <button name="density" value=density.code() aria-current=current>{words}</button> }
        })
        .collect_view();
    view! {
        <form method="post" action="/density" class="foot-choice" aria-labelledby="density">
            <span id="density">{t.density_label()}</span>
            {choices}
        </form>
    }
    .into_any()
}
