//! A rule as a person sets it on one screen: in the rule lab, and where a district writes a policy of its own. Its
//! codes stand in addresses and forms.

use crate::pack::{Counts, Criterion, GradeRange, Missed, Op, Rule, Test, Unit, Window};
use model::grade::Grade;
use serde::{Deserialize, Serialize};

/// What can be set: one criterion, without facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// What is counted.
    pub unit: Unit,
    /// Which categories count.
    pub counts: Counts,
    /// How much of a day must be missed; `None` for units other than day and event.
    pub missed: Option<Missed>,
    /// Over which time.
    pub window: Window,
    /// How many, or what share.
    pub test: Test,
    /// The least number of known enrolled days before it is tested.
    pub least_enrolled: u32,
    /// For which grades.
    pub grades: GradeRange,
}

impl Default for Setting {
    /// Chronic absence as the federal file specification has it (FS195): 10 % of the days, any reason.
    fn default() -> Self {
        Self {
            unit: Unit::Day,
            counts: Counts::All,
            missed: Some(Missed::AtLeastHalf),
            window: Window::SchoolYear,
            test: Test::Rate { op: Op::Gte, percent: 10 },
            least_enrolled: 10,
            grades: GradeRange::default(),
        }
    }
}

/// The units that can be set.
pub const UNITS: [Unit; 6] =
    [Unit::Day, Unit::HalfDay, Unit::Session, Unit::Period, Unit::Event, Unit::Minute];
/// The categories that can be set.
pub const COUNTS: [Counts; 5] =
    [Counts::All, Counts::Unexcused, Counts::UnexcusedOrUnknown, Counts::UnexcusedOrTardy, Counts::Excused];
/// The kinds of window that can be set, with the length that each begins with.
pub const WINDOWS: [Window; 10] = [
    Window::SchoolYear,
    Window::CalendarMonth,
    Window::SchoolMonth,
    Window::Consecutive,
    Window::OneClass,
    Window::Days(28),
    Window::Weeks(10),
    Window::Months(6),
    Window::SchoolWeeks(10),
    Window::InstructionalDays(20),
];
/// The minutes beyond which a late arrival is an event, where nobody says otherwise (Cal. Ed. Code 48260).
const EVENT_MINUTES: u16 = 30;

impl Setting {
    /// The setting of a rule, where the rule is no more than that.
    pub fn of(rule: &Rule) -> Option<Self> {
        let [criterion] = rule.when.as_slice() else { return None };
        let setting = Self {
            unit: rule.unit,
            counts: rule.counts?,
            missed: criterion.missed,
            window: criterion.window,
            test: criterion.test,
            least_enrolled: rule.least_enrolled,
            grades: rule.grades.unwrap_or_default(),
        };
        let whole = Criterion { missed: setting.missed, ..setting.criterion() };
        let plain = rule.facts.is_empty()
            && rule.less.is_none()
            && rule.ages.is_none()
            && rule.least_present == 0
            && UNITS.contains(&rule.unit)
            && !matches!(criterion.test, Test::Count { at_most: Some(_), .. })
            && *criterion == whole;
        (plain && Self::from_codes(|key| setting.code(key)) == setting).then_some(setting)
    }

    fn criterion(&self) -> Criterion {
        Criterion {
            missed: self.missed,
            window: self.window,
            test: self.test,
            within_year: false,
            required_hours: Vec::new(),
            fact: None,
        }
    }

    /// A rule of this setting, without words.
    ///
    /// # Errors
    /// Why its parts make no sense together.
    pub fn rule(&self, id: &str) -> Result<Rule, String> {
        let rule = Rule {
            id: id.to_owned(),
            title: String::new(),
            citation: String::new(),
            effective_from: None,
            effective_to: None,
            source: None,
            reviewed_on: None,
            unit: self.unit,
            counts: Some(self.counts),
            when: vec![self.criterion()],
            least_enrolled: self.least_enrolled,
            least_present: 0,
            grades: (self.grades != GradeRange::default()).then_some(self.grades),
            ages: None,
            facts: Vec::new(),
            less: None,
            action: String::new(),
            deadline: None,
            clauses: Vec::new(),
            reading: String::new(),
            to_verify: Vec::new(),
            examples: Vec::new(),
        };
        rule.check().map(|()| rule)
    }

    /// The codes of every field, as they stand in addresses and forms.
    pub fn codes(&self) -> Vec<(&'static str, String)> {
        KEYS.into_iter().filter_map(|key| Some((key, self.code(key)?))).collect()
    }

    /// The code of one field; `None` where it says nothing.
    pub fn code(&self, key: &str) -> Option<String> {
        let grade = |grade: Option<Grade>| grade.map(Grade::code);
        match key {
            "unit" => Some(self.unit.name().replace('_', "-")),
            "counts" => Some(self.counts.name().replace('_', "-")),
            "missed" => self.missed.map(|missed| missed_code(missed).to_owned()),
            "minutes" => match self.missed {
                Some(Missed::OverMinutes(minutes)) => Some(minutes.to_string()),
                _ => None,
            },
            "window" => Some(window_code(self.window).to_owned()),
            "length" => length(self.window).map(|n| n.to_string()),
            "test" => Some(if self.test.is_rate() { "percent" } else { "count" }.to_owned()),
            "op" => Some(if self.op() == Op::Gt { "gt" } else { "gte" }.to_owned()),
            "value" => Some(self.value().to_string()),
            "least" => (self.least_enrolled > 0).then(|| self.least_enrolled.to_string()),
            "from" => grade(self.grades.from),
            "to" => grade(self.grades.to),
            _ => None,
        }
    }

    /// Reads codes; what is missing or makes no sense is as in [`Self::default`], and a number out of range is brought
    /// into it, so that an old link and a slip of the hand still answer.
    pub fn from_codes(get: impl Fn(&str) -> Option<String>) -> Self {
        let default = Self::default();
        let number = |key: &str| get(key).and_then(|text| text.trim().parse::<u32>().ok());
        let unit = get("unit").and_then(|code| read(&UNITS, |u| u.name(), &code)).unwrap_or(default.unit);
        let counts =
            get("counts").and_then(|code| read(&COUNTS, |c| c.name(), &code)).unwrap_or(default.counts);
        let missed = match unit {
            Unit::Day => Some(match get("missed").as_deref() {
                Some("any") => Missed::Any,
                Some("more-than-half") => Missed::MoreThanHalf,
                Some("whole") => Missed::Whole,
                _ => Missed::AtLeastHalf,
            }),
            Unit::Event => Some(Missed::OverMinutes(
                number("minutes")
                    .and_then(|n| u16::try_from(n).ok())
                    .filter(|n| *n <= 600)
                    .unwrap_or(EVENT_MINUTES),
            )),
            _ => None,
        };
        let window = get("window")
            .and_then(|code| WINDOWS.into_iter().find(|w| window_code(*w) == code))
            .map(|window| match number("length") {
                Some(n) => with_length(window, n),
                None => window,
            })
            .filter(|window| match window {
                Window::Consecutive => matches!(unit, Unit::Day | Unit::Minute),
                Window::OneClass => unit == Unit::Period,
                _ => true,
            })
            .unwrap_or(default.window);
        let op = if get("op").as_deref() == Some("gt") { Op::Gt } else { Op::Gte };
        let percent = matches!(unit, Unit::Day | Unit::Session)
            && window != Window::Consecutive
            && get("test").as_deref() != Some("count");
        let test = if percent {
            Test::Rate { op, percent: number("value").unwrap_or(10).clamp(1, 100) }
        } else {
            Test::Count { op, count: number("value").unwrap_or(10).clamp(1, 10_000), at_most: None }
        };
        let grade = |key: &str| get(key).and_then(|code| Grade::read(&code));
        let (from, to) = match (grade("from"), grade("to")) {
            (Some(from), Some(to)) if to < from => (Some(to), Some(from)),
            range => range,
        };
        let least = match get("least") {
            Some(_) => number("least").unwrap_or(0).min(200),
            None => u32::from(get("unit").is_none()) * default.least_enrolled,
        };
        Self { unit, counts, missed, window, test, least_enrolled: least, grades: GradeRange { from, to } }
    }

    /// How the number is compared.
    pub fn op(&self) -> Op {
        match self.test {
            Test::Count { op, .. } | Test::Rate { op, .. } => op,
        }
    }

    /// The number: a count, or a percentage.
    pub fn value(&self) -> u32 {
        match self.test {
            Test::Count { count, .. } => count,
            Test::Rate { percent, .. } => percent,
        }
    }
}

/// The fields of the form, in order.
const KEYS: [&str; 12] =
    ["unit", "counts", "missed", "minutes", "window", "length", "test", "op", "value", "least", "from", "to"];

fn read<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, code: &str) -> Option<T> {
    all.iter().copied().find(|item| name(*item).replace('_', "-") == code)
}

/// The code of how much must be missed.
pub fn missed_code(missed: Missed) -> &'static str {
    match missed {
        Missed::Any => "any",
        Missed::AtLeastHalf => "at-least-half",
        Missed::MoreThanHalf => "more-than-half",
        Missed::Whole => "whole",
        Missed::Periods(_) => "periods",
        Missed::OverMinutes(_) => "over-minutes",
    }
}

/// The code of a kind of window, its length apart.
pub fn window_code(window: Window) -> &'static str {
    match window {
        Window::SchoolYear => "school-year",
        Window::CalendarMonth => "calendar-month",
        Window::SchoolMonth => "school-month",
        Window::Consecutive => "consecutive",
        Window::OneClass => "one-class",
        Window::Days(_) => "days",
        Window::Weeks(_) => "weeks",
        Window::Months(_) => "months",
        Window::SchoolWeeks(_) => "school-weeks",
        Window::InstructionalDays(_) => "instructional-days",
    }
}

/// The length of a rolling window, in its own unit.
pub fn length(window: Window) -> Option<u32> {
    match window {
        Window::Days(n)
        | Window::Weeks(n)
        | Window::Months(n)
        | Window::SchoolWeeks(n)
        | Window::InstructionalDays(n) => Some(n),
        _ => None,
    }
}

fn with_length(window: Window, n: u32) -> Window {
    match window {
        Window::Days(_) => Window::Days(n.clamp(1, 366)),
        Window::Weeks(_) => Window::Weeks(n.clamp(1, 52)),
        Window::Months(_) => Window::Months(n.clamp(1, 12)),
        Window::SchoolWeeks(_) => Window::SchoolWeeks(n.clamp(1, 40)),
        Window::InstructionalDays(_) => Window::InstructionalDays(n.clamp(1, 200)),
        fixed => fixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn get(codes: &[(&'static str, String)]) -> impl Fn(&str) -> Option<String> {
        move |key| codes.iter().find(|(k, _)| *k == key).map(|(_, value)| value.clone())
    }

    #[test]
    fn an_empty_address_sets_chronic_absence() {
        assert_eq!(Setting::from_codes(|_| None), Setting::default());
    }

    #[cfg(feature = "packs")]
    #[test]
    fn every_rule_of_england_can_be_set_and_set_back() {
        let pack = crate::packs::find("england").map(|pack| pack.versions.iter().flat_map(|v| &v.rules));
        for rule in pack.into_iter().flatten() {
            let setting = Setting::of(rule);
            let again = setting.and_then(|setting| setting.rule("X").ok());
            let same = again.is_some_and(|again| {
                (again.unit, again.counts, again.when) == (rule.unit, rule.counts, rule.when.clone())
            });
            assert!(same, "{}: {setting:?}", rule.id);
        }
    }

    proptest! {
        #[test]
        fn whatever_an_address_says_makes_a_rule_and_comes_back_from_its_codes(
            fields in prop::collection::hash_map(
                prop::sample::select(KEYS.to_vec()),
                prop::sample::select(vec![
                    "day", "half-day", "event", "minute", "session", "period", "one-class", "all", "unexcused", "excused", "any", "whole",
                    "days", "months", "consecutive", "school-year", "count", "percent", "gt", "0", "3", "10", "999999",
                    "KG", "05", "12", "x", "",
                ]),
                0..12,
            ),
        ) {
            let setting = Setting::from_codes(|key| fields.get(key).map(|value| (*value).to_owned()));
            let rule = setting.rule("X");
            prop_assert!(rule.is_ok(), "{setting:?}: {rule:?}");
            let codes = setting.codes();
            prop_assert_eq!(Setting::from_codes(get(&codes)), setting);
            prop_assert_eq!(rule.ok().as_ref().and_then(Setting::of), Some(setting));
        }
    }
}
