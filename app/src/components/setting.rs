//! The fields of a rule that a person sets, and the same rule in a sentence. Plain form fields: they work without
//! script; fields that say nothing for the choices made are put away by the style sheet.

use crate::components::Choice;
use crate::words::{Language, grade};
use leptos::prelude::*;
use rules::pack::{Counts, Missed, Op, Unit, Window};
use rules::setting::{COUNTS, Setting, UNITS, WINDOWS, length, missed_code, window_code};
use std::ops::RangeInclusive;

/// What is counted, in words.
pub fn unit_words(t: Language, unit: Unit) -> &'static str {
    match unit {
        Unit::HalfDay => t.setting_unit_half_day(),
        Unit::Event => t.setting_unit_event(),
        Unit::Minute => t.setting_unit_minute(),
        Unit::Session => t.setting_unit_session(),
        Unit::Period => t.setting_unit_period(),
        Unit::Report => t.setting_unit_report(),
        Unit::Day => t.setting_unit_day(),
    }
}

/// Which absences count, in words.
pub fn counts_words(t: Language, counts: Counts) -> &'static str {
    match counts {
        Counts::All => t.setting_counts_all(),
        Counts::Unexcused => t.setting_counts_unexcused(),
        Counts::UnexcusedOrUnknown => t.setting_counts_unexcused_or_unknown(),
        Counts::UnexcusedOrTardy => t.setting_counts_unexcused_or_tardy(),
        Counts::Excused => t.setting_counts_excused(),
    }
}

fn missed_words(t: Language, missed: Missed) -> String {
    match missed {
        Missed::Any => t.setting_missed_any().to_owned(),
        Missed::AtLeastHalf => t.setting_missed_at_least_half().to_owned(),
        Missed::MoreThanHalf => t.setting_missed_more_than_half().to_owned(),
        Missed::Whole => t.setting_missed_whole().to_owned(),
        Missed::Periods(n) => t.setting_missed_periods(u64::from(n)),
        Missed::OverMinutes(n) => t.setting_missed_over_minutes(u64::from(n)),
    }
}

/// Over which time, in words; a rolling window with its length.
pub fn window_words(t: Language, window: Window) -> String {
    match window {
        Window::SchoolYear => t.setting_window_school_year().to_owned(),
        Window::CalendarMonth => t.setting_window_calendar_month().to_owned(),
        Window::SchoolMonth => t.setting_window_school_month().to_owned(),
        Window::Consecutive => t.setting_window_consecutive().to_owned(),
        Window::OneClass => t.setting_window_one_class().to_owned(),
        Window::Days(n) => t.setting_window_days(u64::from(n)),
        Window::Weeks(n) => t.setting_window_weeks(u64::from(n)),
        Window::Months(n) => t.setting_window_months(u64::from(n)),
        Window::SchoolWeeks(n) => t.setting_window_school_weeks(u64::from(n)),
        Window::InstructionalDays(n) => t.setting_window_instructional_days(u64::from(n)),
    }
}

/// A window as a choice, its length apart.
fn window_choice(t: Language, window: Window) -> String {
    match window {
        Window::Days(_) => t.setting_choice_days().to_owned(),
        Window::Weeks(_) => t.setting_choice_weeks().to_owned(),
        Window::Months(_) => t.setting_choice_months().to_owned(),
        Window::SchoolWeeks(_) => t.setting_choice_school_weeks().to_owned(),
        Window::InstructionalDays(_) => t.setting_choice_instructional_days().to_owned(),
        fixed => window_words(t, fixed),
    }
}

/// The threshold with its unit, such as `At least 10 % of the school days`.
pub fn setting_amount(t: Language, of: &Setting) -> String {
    let value = u64::from(of.value());
    let amount = match (of.test.is_rate(), of.op()) {
        (true, Op::Gte) => t.setting_amount_percent(value),
        (true, Op::Gt) => t.setting_amount_over_percent(value),
        (false, Op::Gte) => t.setting_amount_count(value),
        (false, Op::Gt) => t.setting_amount_over_count(value),
    };
    let unit = match (of.test.is_rate(), of.unit) {
        (true, Unit::Session) => t.setting_of_sessions(),
        (true, _) => t.setting_of_days(),
        (false, unit) => unit_words(t, unit),
    };
    format!("{amount} {unit}")
}

/// The rule in one sentence.
pub fn setting_sentence(t: Language, of: &Setting) -> String {
    let what = counts_words(t, of.counts);
    let mut said = t.setting_sentence(&setting_amount(t, of), what, &window_words(t, of.window));
    if let Some(missed) = of.missed {
        said.push(' ');
        said.push_str(&t.setting_sentence_missed(&missed_words(t, missed)));
    }
    let name = |g: Option<model::grade::Grade>| g.map(|g| grade(t, &g.code()));
    match (name(of.grades.from), name(of.grades.to)) {
        (None, None) => {}
        (from, to) => {
            let any = || t.setting_any_grade().to_owned();
            said.push(' ');
            said.push_str(&t.setting_sentence_grades(&from.unwrap_or_else(any), &to.unwrap_or_else(any)));
        }
    }
    said
}

fn select(name: &'static str, label: &'static str, choices: Vec<Choice>, chosen: &str) -> AnyView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <select name=name id=format!("field-{name}")>
                {choices
                    .into_iter()
                    .map(|(code, words)| {
                        let selected = code == chosen;
                        view! { <option value=code selected=selected>{words}</option> }
                    })
                    .collect_view()}
            </select>
        </label>
    }
    .into_any()
}

/// A field for a number within a range; one that is wrong says so, and where it is said what is.
fn number_field(
    field: (&'static str, &'static str),
    value: Option<u32>,
    range: RangeInclusive<u32>,
    class: &'static str,
    wrong: &[&str],
) -> AnyView {
    let (name, label) = field;
    let wrong = wrong.contains(&name);
    let (least, most) = (*range.start(), *range.end());
    view! {
        <label class=format!("field {class}")>
            <span class="field-label">{label}</span>
            <input
                type="number"
                inputmode="numeric"
                name=name
                id=format!("field-{name}")
                min=least.to_string()
                max=most.to_string()
                required={least > 0}
                value=value.map(|n| n.to_string())
                aria-invalid=wrong.then_some("true")
                aria-describedby=wrong.then(|| format!("problem-{name}"))
            />
        </label>
    }
    .into_any()
}

/// The fields. `grades` are the codes to choose from, `wrong` the names of fields with which something is wrong.
pub fn setting_fields(t: Language, of: &Setting, grades: &[String], wrong: &[&str]) -> AnyView {
    let own = |text: &'static str| text.to_owned();
    let code = |key: &str| of.code(key).unwrap_or_default();
    let slug = |name: &str| name.replace('_', "-");
    let units = UNITS.iter().map(|u| (slug(u.name()), own(unit_words(t, *u)))).collect();
    let counts = COUNTS.iter().map(|c| (slug(c.name()), own(counts_words(t, *c)))).collect();
    let missed = [Missed::AtLeastHalf, Missed::MoreThanHalf, Missed::Whole, Missed::Any]
        .map(|m| (missed_code(m).to_owned(), missed_words(t, m)))
        .to_vec();
    let windows = WINDOWS.iter().map(|w| (window_code(*w).to_owned(), window_choice(t, *w))).collect();
    let tests =
        vec![(own("percent"), own(t.setting_test_percent())), (own("count"), own(t.setting_test_count()))];
    let ops = vec![(own("gte"), own(t.setting_op_gte())), (own("gt"), own(t.setting_op_gt()))];
    let grades: Vec<Choice> = grades.iter().map(|g| (g.clone(), grade(t, g))).collect();
    let bound = |name: &'static str, label: &'static str| {
        let mut choices = vec![(String::new(), own(t.setting_any_grade()))];
        choices.extend(grades.iter().cloned());
        select(name, label, choices, &code(name))
    };
    let minutes = match of.missed {
        Some(Missed::OverMinutes(n)) => Some(u32::from(n)),
        _ => None,
    };
    let least = (of.least_enrolled > 0).then_some(of.least_enrolled);
    view! {
        <div class="setting">
            <fieldset>
                <legend>{t.setting_legend_what()}</legend>
                {select("unit", t.setting_unit(), units, &code("unit"))}
                {select("counts", t.setting_counts(), counts, &code("counts"))}
                <div class="only-day">{select("missed", t.setting_missed(), missed, &code("missed"))}</div>
                {number_field(("minutes", t.setting_minutes()), minutes, 0..=600, "only-event", wrong)}
            </fieldset>
            <fieldset>
                <legend>{t.setting_legend_when()}</legend>
                <div class="only-share">{select("test", t.setting_test(), tests, &code("test"))}</div>
                {select("op", t.setting_op(), ops, &code("op"))}
                {number_field(("value", t.setting_value()), Some(of.value()), 1..=10_000, "", wrong)}
                {select("window", t.setting_window(), windows, &code("window"))}
                {number_field(("length", t.setting_length()), length(of.window), 0..=366, "only-rolling", wrong)}
            </fieldset>
            <fieldset>
                <legend>{t.setting_legend_who()}</legend>
                {bound("from", t.setting_from())}
                {bound("to", t.setting_to())}
                {number_field(("least", t.setting_least()), least, 0..=200, "", wrong)}
            </fieldset>
        </div>
    }
    .into_any()
}
