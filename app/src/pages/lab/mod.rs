//! The rule lab: what a rule of one's own making would mean at a school. The address holds the rule as codes; with
//! script the browser asks the rules by itself while one drags.

mod bench;
mod result;
mod sliders;

pub use bench::{LabBench, LabSetup};

use crate::AppError;
use crate::components::{loaded, page_head, select_field, show_button, verify_mark};
use crate::words::{Language, rule_choice, rule_title, use_language};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::hooks::use_query_map;
use model::lab::LabPage as Page;
use rules::setting::Setting;
use serde::{Deserialize, Serialize};

/// The lab with the rule that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The page.
    pub page: Page,
    /// The rule; the one compared with, where the address names none.
    pub setting: Setting,
    /// The rule compared with.
    pub base: Setting,
}

/// The lab of a school (its id as it stands in the address; the first, where there is none).
#[server(prefix = "/api", endpoint = "lab", input = Json)]
pub async fn load_lab(
    school: Option<String>,
    setting: Option<Setting>,
    compared: Option<String>,
) -> Result<Tried, AppError> {
    crate::server_side::answer(|visit| async move {
        let school = match school {
            Some(text) => Some(crate::server_side::id(&text)?),
            None => None,
        };
        let page = services::lab::page(&visit, school, setting, compared).await?;
        let rule = page.rules.iter().find(|rule| rule.id == page.compared);
        let code = |key: &str| {
            let codes = rule.map(|rule| rule.codes.as_slice()).unwrap_or_default();
            codes.iter().find(|(k, _)| k == key).map(|(_, code)| code.clone())
        };
        let base = Setting::from_codes(code);
        Ok(Tried { setting: setting.unwrap_or(base), base, page })
    })
    .await
}

/// `/lab`.
#[component]
pub fn LabPage() -> impl IntoView {
    let query = use_query_map();
    let asked = move || {
        let query = query.get();
        let setting = query.get("unit").map(|_| Setting::from_codes(|key| query.get(key)));
        (query.get("school").filter(|id| !id.is_empty()), setting, query.get("compared"))
    };
    let tried = Resource::new(asked, |(school, setting, compared)| load_lab(school, setting, compared));
    loaded(tried, |tried| lab_view(&tried))
}

/// The page of the lab.
pub fn lab_view(tried: &Tried) -> AnyView {
    let t = use_language();
    let page = &tried.page;
    let setup = LabSetup {
        school: page.school.id,
        stamp: page.stamp.clone(),
        setting: tried.setting,
        base: tried.base,
        compared: page.compared.clone(),
        compared_title: page
            .rules
            .iter()
            .find(|rule| rule.id == page.compared)
            .map(|rule| rule_title(t, &rule.id, &rule.title))
            .unwrap_or_default(),
        grades: page.grades.clone(),
    };
    view! {
        <div class="page page-lab">
            {page_head(t.lab_title(), t.lab_title().to_owned(), t.lab_summary(&page.school.name), Some(&page.freshness))}
            {choices(t, page)}
            <LabBench
                language=t
                setup
                result=page.result.clone()
                enter=page.enter.clone()
                leave=page.leave.clone()
                by_group=page.groups.clone()
            />
        </div>
    }
    .into_any()
}

/// Which school, and which rule in force to start from.
fn choices(t: Language, page: &Page) -> AnyView {
    let schools: Vec<_> = page.schools.iter().map(|s| (s.id.to_string(), s.name.clone())).collect();
    let rules: Vec<_> =
        page.rules.iter().map(|r| (r.id.clone(), rule_choice(t, &r.id, &r.title, r.to_verify))).collect();
    let school = (schools.len() > 1).then(|| {
        select_field(
            "school",
            t.filter_school(),
            t.lab_first_school(),
            schools,
            Some(page.school.id.to_string()),
        )
    });
    let unchecked = page
        .rules
        .iter()
        .find(|rule| rule.id == page.compared)
        .and_then(|rule| verify_mark(t, &rule.id, rule.to_verify));
    let rule = (!rules.is_empty()).then(|| {
        select_field("compared", t.lab_compared(), t.lab_first_rule(), rules, Some(page.compared.clone()))
    });
    view! {
        <form method="get" action="/lab" class="filters" aria-label=t.lab_choose()>
            {school}
            {rule}
            {show_button()}
            {unchecked}
        </form>
    }
    .into_any()
}
