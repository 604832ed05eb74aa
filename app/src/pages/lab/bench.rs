//! The bench: the fields and what comes of them. The server draws it for the address; in the browser it asks the rules
//! by itself, of marks without names.

use super::result::{figure, groups, names, tables};
use super::sliders::{drag, sliders};
use crate::components::{setting_fields, setting_sentence};
use crate::words::Language;
use leptos::html::Form;
use leptos::prelude::*;
use model::history::History;
use model::ids::SchoolId;
use model::lab::{LabData, LabGroup, LabName, LabQuestion, LabResult};
use rules::lab::{Answer, ask, result as result_of};
use rules::setting::Setting;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::Uint8Array;
use web_sys::{FormData, HtmlFormElement, RequestInit, Response, UrlSearchParams};

/// How long the fields must rest before the server is asked for the figures by group.
const REST: Duration = Duration::from_millis(600);

/// What the bench begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabSetup {
    /// The school.
    pub school: SchoolId,
    /// The stamp of the data behind the names.
    pub stamp: String,
    /// The rule.
    pub setting: Setting,
    /// The rule compared with.
    pub base: Setting,
    /// Its id; empty where no rule of the district can be compared with.
    pub compared: String,
    /// Its title.
    pub compared_title: String,
    /// Grades to choose from, as CEDS codes.
    pub grades: Vec<String>,
}

/// The marks, ready to be asked.
struct Marks {
    data: LabData,
    history: History,
    base: Answer,
}

impl Marks {
    fn ask(&self, setting: &Setting) -> LabResult {
        let answer = ask(&self.data, &self.history, setting).unwrap_or_default();
        result_of(&self.data, &answer, &self.base)
    }
}

/// The bench.
#[island]
pub fn LabBench(
    language: Language,
    setup: LabSetup,
    result: LabResult,
    enter: Vec<LabName>,
    leave: Vec<LabName>,
    by_group: Vec<LabGroup>,
) -> impl IntoView {
    let t = language;
    let form = NodeRef::<Form>::new();
    let setting = RwSignal::new(setup.setting);
    let stamp = RwSignal::new(setup.stamp.clone());
    let enter_places = RwSignal::new(result.enter.clone());
    let leave_places = RwSignal::new(result.leave.clone());
    let enter_names = RwSignal::new(Some(enter));
    let leave_names = RwSignal::new(Some(leave));
    let result = RwSignal::new(result);
    let divided = !by_group.is_empty();
    let by_group = RwSignal::new(Some(by_group));
    let resting = StoredValue::new(None::<TimeoutHandle>);
    let unreachable = RwSignal::new(false);
    let marks = StoredValue::new(None::<Marks>);
    let (school, base, first) = (setup.school, setup.base, setup.setting);

    let ask_groups = move || {
        let asked = setting.get_untracked();
        let stamp = stamp.get_untracked();
        leptos::task::spawn_local(async move {
            let found = fetch_groups(school, &stamp, &asked).await;
            unreachable.set(found.is_err());
            // What comes late, for a rule that has moved on, is not shown.
            if let (Ok(found), true) = (found, setting.get_untracked() == asked) {
                by_group.set(Some(found));
            }
        });
    };
    let ask_groups_at_rest = move || {
        if !divided {
            return;
        }
        by_group.set(None);
        if let Some(before) = resting.get_value() {
            before.clear();
        }
        resting.set_value(set_timeout_with_handle(ask_groups, REST).ok());
    };
    let show = move || {
        marks.with_value(|marks| {
            if let Some(marks) = marks {
                let new = marks.ask(&setting.get_untracked());
                enter_places.set(new.enter.clone());
                leave_places.set(new.leave.clone());
                enter_names.set(None);
                leave_names.set(None);
                result.set(new);
                ask_groups_at_rest();
            }
        });
    };
    Effect::new(move |_| {
        leptos::task::spawn_local(async move {
            match fetch_marks(school, base).await {
                Ok(found) => {
                    stamp.set(found.data.stamp.clone());
                    marks.set_value(Some(found));
                    // The fields may have been moved while the marks were on their way.
                    if let Some(form) = form.get_untracked() {
                        setting.set(read(&form));
                    }
                    if setting.get_untracked() != first {
                        show();
                    }
                }
                Err(_) => unreachable.set(true),
            }
        });
    });
    let compared = StoredValue::new(setup.compared.clone());
    let moved = move |_: leptos::ev::Event| {
        let Some(form) = form.get_untracked() else { return };
        let new = read(&form);
        if new != setting.get_untracked() {
            setting.set(new);
            write_address(school, &compared.get_value(), &new);
            show();
        }
    };
    let name_them = move |places: RwSignal<Vec<u32>>, list: RwSignal<Option<Vec<LabName>>>| {
        let question = LabQuestion {
            school,
            stamp: stamp.get_untracked(),
            places: places.get_untracked().into_iter().take(LabQuestion::MOST).collect(),
        };
        leptos::task::spawn_local(async move {
            match fetch_names(&question).await {
                Ok(names) => {
                    unreachable.set(false);
                    list.set(Some(names));
                }
                Err(_) => unreachable.set(true),
            }
        });
    };
    let list = move |places: RwSignal<Vec<u32>>, list: RwSignal<Option<Vec<LabName>>>| {
        move || {
            let all = places.read().len();
            match list.get() {
                _ if all == 0 => view! { <p class="quiet">{t.lab_nobody()}</p> }.into_any(),
                Some(found) if found.is_empty() => {
                    view! { <p class="quiet">{t.lab_changed()}</p> }.into_any()
                }
                Some(found) => names(t, &found, all),
                None => view! {
                    <button type="button" class="button" on:click=move |_| name_them(places, list)>
                        {t.lab_show_who()}
                    </button>
                }
                .into_any(),
            }
        }
    };
    let fields = setting_fields(t, &setup.setting, &setup.grades, &[]);
    let compared_title = setup.compared_title.clone();
    let form_view = view! {
            <form
                class="card lab-form"
                method="get"
                action="/lab"
                aria-label=t.lab_rule()
                node_ref=form
                on:input=move |event| {
                    drag(&event);
                    moved(event);
                }
                on:submit=move |event| {
                    if marks.with_value(Option::is_some) {
                        event.prevent_default();
                    }
                }
            >
                <input type="hidden" name="school" value=school.to_string()/>
                <input type="hidden" name="compared" value=setup.compared.clone()/>
                {sliders(t, setting, &setup.grades)}
                {fields}
                <button class="button plain-only">{t.lab_show()}</button>
            </form>
    }
    .into_any();
    let said = view! {
                <section class="card lab-said" aria-label=t.lab_outcome()>
                    <p class="lab-sentence">{move || setting_sentence(t, &setting.get())}</p>
                    <div role="status">{move || figure(t, result.read().total)}</div>
                    <p class="search-offline">{move || unreachable.get().then(|| t.failure_offline_note())}</p>
                </section>
    }
    .into_any();
    let change = (!setup.compared.is_empty()).then(|| {
        view! {
                    <section class="card" aria-labelledby="lab-change">
                        <h2 id="lab-change">{t.lab_change_heading()}</h2>
                        <p class="quiet">{t.lab_change_note(&compared_title)}</p>
                        <div class="lab-changes">
                            <div>
                                <h3>{move || t.lab_enter(enter_places.read().len() as u64)}</h3>
                                {list(enter_places, enter_names)}
                            </div>
                            <div>
                                <h3>{move || t.lab_leave(leave_places.read().len() as u64)}</h3>
                                {list(leave_places, leave_names)}
                            </div>
                        </div>
                    </section>
        }
        .into_any()
    });
    let grouped = divided.then(|| view! { {move || by_group.with(|of| groups(t, of.as_deref()))} });
    view! {
        <div class="lab">
            {form_view}
            <div class="lab-outcome">
                {said} {change} {move || tables(t, &result.read())} {grouped}
            </div>
        </div>
    }
}

/// The rule as the fields have it.
fn read(form: &HtmlFormElement) -> Setting {
    let fields = FormData::new_with_form(form).ok();
    Setting::from_codes(|key| fields.as_ref()?.get(key).as_string().filter(|text| !text.is_empty()))
}

/// Keeps the address true, so that it can be passed on.
fn write_address(school: SchoolId, compared: &str, setting: &Setting) {
    let mut address = format!("/lab?school={school}&compared={compared}");
    for (key, code) in setting.codes() {
        address.push_str(&format!("&{key}={code}"));
    }
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        // Refused only where an address is written very often; the next change writes it again.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

async fn bytes(response: JsValue) -> Result<Vec<u8>, JsValue> {
    let response: Response = response.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::NULL);
    }
    Ok(Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?).to_vec())
}

async fn fetch_marks(school: SchoolId, base: Setting) -> Result<Marks, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let answer = JsFuture::from(window.fetch_with_str(&format!("/api/lab-data/{school}"))).await?;
    let data = LabData::from_bytes(&bytes(answer).await?).map_err(|_| JsValue::NULL)?;
    let history = data.history();
    let base = ask(&data, &history, &base).unwrap_or_default();
    Ok(Marks { data, history, base })
}

async fn fetch_groups(school: SchoolId, stamp: &str, setting: &Setting) -> Result<Vec<LabGroup>, JsValue> {
    let body = UrlSearchParams::new()?;
    body.append("school", &school.to_string());
    body.append("stamp", stamp);
    for (key, code) in setting.codes() {
        body.append(key, &code);
    }
    LabGroup::from_bytes(&post("/api/lab-groups", &body).await?).map_err(|_| JsValue::NULL)
}

async fn post(address: &str, body: &UrlSearchParams) -> Result<Vec<u8>, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(body);
    bytes(JsFuture::from(window.fetch_with_str_and_init(address, &request)).await?).await
}

async fn fetch_names(question: &LabQuestion) -> Result<Vec<LabName>, JsValue> {
    let body = UrlSearchParams::new()?;
    body.append("school", &question.school.to_string());
    body.append("stamp", &question.stamp);
    let places: Vec<String> = question.places.iter().map(u32::to_string).collect();
    body.append("places", &places.join(","));
    LabName::from_bytes(&post("/api/lab-names", &body).await?).map_err(|_| JsValue::NULL)
}
