//! Rules: those of law that the district goes by, and its own, which its administrators make here.

mod form;

use crate::components::{empty_view, failure_view, loaded, page_head, setting_sentence};
use crate::pages::address::worklist_address;
use crate::words::{Language, day_year, number, rule_title, use_language, why_not_asked};
use crate::{AppError, StatusHook};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::page::{Wanted, WhyNotAsked, WorklistFilter};
use model::policy::{
    Codes, LawPack, PoliciesPage as Page, PolicyLine, PolicyPage as One, PolicyRule, PolicyRuleLine,
    PolicyVersion,
};
use rules::setting::Setting;

/// The answer to a form that was sent, or why it was not taken; the server provides it.
#[derive(Debug, Clone)]
pub struct PolicyAnswer(pub Result<One, AppError>);

/// All rules in force.
#[server(prefix = "/api", endpoint = "policies", input = Json)]
pub async fn load_policies() -> Result<Page, AppError> {
    crate::server_side::answer(|visit| async move { services::policies::list(&visit).await }).await
}

/// One rule of the district's own; `new` for one that is yet to be made.
#[server(prefix = "/api", endpoint = "policy", input = Json)]
pub async fn load_policy(id: String) -> Result<One, AppError> {
    crate::server_side::answer(|visit| async move {
        let id = if id == "new" { String::new() } else { id };
        services::policies::page(&visit, &id, None).await
    })
    .await
}

/// `/policies`.
#[component]
pub fn PoliciesPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| load_policies());
    loaded(page, |page| policies_view(&page))
}

/// `/policies/{id}`.
#[component]
pub fn PolicyPage() -> impl IntoView {
    if let Some(PolicyAnswer(answer)) = use_context::<PolicyAnswer>() {
        return answer.map_or_else(refused, |page| policy_view(&page));
    }
    let params = use_params_map();
    let saved = use_query_map().read_untracked().get("saved").is_some();
    let page = Resource::new(move || params.get().get("id").unwrap_or_default(), load_policy);
    loaded(page, move |page| policy_view(&One { saved, ..page }))
}

/// A form that was not taken never looks like the page that one may read.
fn refused(why: AppError) -> AnyView {
    if let Some(StatusHook(set)) = use_context::<StatusHook>() {
        set(why.status());
    }
    failure_view(why)
}

pub(super) fn setting_of(codes: &Codes) -> Setting {
    Setting::from_codes(|key| codes.iter().find(|(k, _)| k == key).map(|(_, code)| code.clone()))
}

/// The page of all rules.
pub fn policies_view(page: &Page) -> AnyView {
    let t = use_language();
    let make = page
        .may_change
        .then(|| view! { <p><a class="button" href="/policies/new">{t.policy_make()}</a></p> });
    let own = if page.own.is_empty() {
        empty_view(t.policy_none(), t.policy_none_note())
    } else {
        view! { <ul class="policies">{page.own.iter().map(|p| line(t, p)).collect_view()}</ul> }.into_any()
    };
    view! {
        <div class="page page-policies">
            {page_head(t.policy_title(), t.policy_title().to_owned(), t.policy_summary().to_owned(), None)}
            <section class="card" aria-labelledby="own">
                <h2 id="own">{t.policy_own()}</h2>
                {own}
                {make}
            </section>
            {page.law.iter().map(|pack| law(t, pack)).collect_view()}
        </div>
    }
    .into_any()
}

fn line(t: Language, of: &PolicyLine) -> AnyView {
    let since = match (of.from, of.in_force) {
        (Some(from), true) => t.policy_since(&of.version, &day_year(t, from)),
        (Some(from), false) => t.policy_begins(&of.version, &day_year(t, from)),
        (None, _) => t.policy_version(&of.version),
    };
    let several = of.rules.len() > 1;
    let rules = of.rules.iter().map(|rule| own_rule(t, rule, several)).collect_view();
    view! {
        <li>
            <h3><a href=format!("/policies/{}", of.id)>{of.title.clone()}</a></h3>
            <p class="quiet">{since}</p>
            {rules}
        </li>
    }
    .into_any()
}

/// A rule of a pack of the district's own; its title only where the pack has several.
fn own_rule(t: Language, of: &PolicyRuleLine, several: bool) -> AnyView {
    let title = several.then(|| view! { <h4>{of.title.clone()}</h4> });
    let sentence =
        (!of.codes.is_empty()).then(|| view! { <p>{setting_sentence(t, &setting_of(&of.codes))}</p> });
    let (rule, standing) = (Some(of.id.clone()), Some(Wanted::Standing));
    let list = worklist_address(&WorklistFilter { rule, standing, page: 1, ..WorklistFilter::default() });
    view! {
        <div id=of.id.clone()>
            {title}
            {sentence}
            {not_asked(t, &of.not_asked)}
            {verify_list(t, &of.to_verify)}
            <p class="quiet"><a href=list>{t.policy_on_list(u64::from(of.on_list))}</a></p>
        </div>
    }
    .into_any()
}

/// Why a rule could not be asked everywhere.
fn not_asked(t: Language, of: &[WhyNotAsked]) -> AnyView {
    of.iter()
        .map(|why| view! { <p class="notice">{t.not_asked_mark()} " " {why_not_asked(t, *why)}</p> })
        .collect_view()
        .into_any()
}

/// What nobody has checked yet, point by point.
fn verify_list(t: Language, of: &[String]) -> Option<AnyView> {
    if of.is_empty() {
        return None;
    }
    let items = of.iter().map(|point| view! { <li lang="en">{point.clone()}</li> }).collect_view();
    Some(
        view! {
            <div class="to-verify">
                <p>{t.policy_to_verify()}</p>
                <ul class="plain">{items}</ul>
            </div>
        }
        .into_any(),
    )
}

fn law(t: Language, of: &LawPack) -> AnyView {
    let rules = of
        .rules
        .iter()
        .map(|rule| {
            let reading = (!rule.reading.is_empty())
                .then(|| view! { <p class="quiet">{t.policy_reading(&rule.reading)}</p> });
            view! {
                <li id=rule.id.clone()>
                    <h3>
                        <a href=format!("/?rule={}", rule.id)>{rule_title(t, &rule.id, &rule.title)}</a>
                    </h3>
                    <p class="quiet">{format!("{} · {}", rule.id, rule.citation)}</p>
                    {not_asked(t, &rule.not_asked)}
                    {reading}
                    {verify_list(t, &rule.to_verify)}
                </li>
            }
        })
        .collect_view();
    let heading = format!("law-{}", of.id);
    view! {
        <section class="card" aria-labelledby=heading.clone()>
            <h2 id=heading.clone()>{of.title.clone()}</h2>
            <p class="quiet">{of.source.clone()} " · " {t.policy_checked(&day_year(t, of.reviewed_on))}</p>
            <ul class="policies">{rules}</ul>
        </section>
    }
    .into_any()
}

/// The page of one rule of the district's own.
pub fn policy_view(page: &One) -> AnyView {
    let t = use_language();
    let new = page.id.is_empty();
    let title = if new { t.policy_new().to_owned() } else { page.title.clone() };
    let summary = match page.versions.first() {
        None => t.policy_new_summary().to_owned(),
        Some(version) => match version.rules.as_slice() {
            [rule] if !rule.codes.is_empty() => setting_sentence(t, &setting_of(&rule.codes)),
            _ => String::new(),
        },
    };
    let saved = page.saved.then(
        || view! { <p class="notice" role="status" tabindex="-1" autofocus=true>{t.policy_saved()}</p> },
    );
    let versions = (!page.versions.is_empty()).then(|| {
        view! {
            <section class="card" aria-labelledby="versions">
                <h2 id="versions">{t.policy_versions()}</h2>
                <ol class="policies">{page.versions.iter().map(|v| version(t, v)).collect_view()}</ol>
            </section>
        }
    });
    let form = page.may_change.then(|| {
        if page.as_file {
            view! { <p class="notice">{t.policy_as_file()}</p> }.into_any()
        } else {
            form::view(t, page)
        }
    });
    view! {
        <div class="page page-policy">
            <p class="back"><a href="/policies">{t.policy_back()}</a></p>
            {page_head(t.policy_title(), title, summary, None)}
            {saved}
            {form}
            {versions}
        </div>
    }
    .into_any()
}

fn version(t: Language, of: &PolicyVersion) -> AnyView {
    let day = |date: Option<model::time::Date>| date.map(|d| day_year(t, d)).unwrap_or_default();
    let span = match of.to {
        Some(_) => t.policy_from_to(&day(of.from), &day(of.to)),
        None => t.policy_from(&day(of.from)),
    };
    let title = match of.rules.as_slice() {
        [rule] => format!("{}: {}", t.policy_version(&of.version), rule.title),
        _ => t.policy_version(&of.version),
    };
    let several = of.rules.len() > 1;
    let rules = of.rules.iter().map(|rule| rule_of_version(t, rule, several)).collect_view();
    let made_by = if of.made_by.is_empty() { t.policy_operator().to_owned() } else { of.made_by.clone() };
    view! {
        <li>
            <h3>{title}</h3>
            <p class="quiet">{span}</p>
            {rules}
            <dl class="facts">
                <div>
                    <dt>{t.policy_reason()}</dt>
                    <dd>{of.reason.clone()}</dd>
                </div>
                <div>
                    <dt>{t.policy_made_by()}</dt>
                    <dd>{t.policy_made(&made_by, &of.made_at)}</dd>
                </div>
            </dl>
        </li>
    }
    .into_any()
}

/// A rule of a version; its title only where the version has several.
fn rule_of_version(t: Language, of: &PolicyRule, several: bool) -> AnyView {
    let title = several.then(|| view! { <h4>{of.title.clone()}</h4> });
    let said = if of.codes.is_empty() {
        view! { <p class="quiet">{format!("{} · {}", of.id, of.citation)}</p> }.into_any()
    } else {
        view! { <p>{setting_sentence(t, &setting_of(&of.codes))}</p> }.into_any()
    };
    let reading =
        (!of.reading.is_empty()).then(|| view! { <p class="quiet">{t.policy_reading(&of.reading)}</p> });
    let letter = (!of.letter.is_empty()).then(|| {
        let lines = of.letter.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
        view! {
            <div>
                <dt>{t.policy_letter()}</dt>
                <dd><ul class="plain">{lines}</ul></dd>
            </div>
        }
    });
    view! {
        {title}
        {said}
        {reading}
        {verify_list(t, &of.to_verify)}
        <dl class="facts">
            <div>
                <dt>{t.policy_action()}</dt>
                <dd>{of.action.clone()}</dd>
            </div>
            {letter}
        </dl>
    }
    .into_any()
}

/// A whole number, as the preview writes it.
pub(super) fn figure(value: u32) -> String {
    number(u64::from(value))
}
