//! Rules of a district's own, its school's figures and the rule lab, as the people of a demo district meet them.
#![allow(clippy::unwrap_used, reason = "a test")]

use chrono::{DateTime, Utc};
use model::lab::LabGroup;
use model::page::{DataPage, DemoPerson, Failure, Share, Wanted, WhyNotAsked, WorklistFilter};
use model::policy::{PolicyDraft, PolicyNumber, PolicyPage, PolicyProblem};
use model::role::Role;
use rules::setting::Setting;
use services::{Chance, Clock, Context, Error, Home, Silent, Visit};
use services::{data, demo, lab, packs, policies, school, sign_in, today};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Directory, Location};
use tempfile::TempDir;

/// The day it is.
const TODAY: &str = "2026-03-20";

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-03-20T16:00:00Z".parse().unwrap()
    }
}

/// Numbers that are no chance.
struct Counted(AtomicU64);

impl Chance for Counted {
    fn bits(&self) -> u64 {
        let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (n ^ (n >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }
}

/// A demo district and its people.
struct World {
    context: Context,
    people: Vec<DemoPerson>,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::Folder { path: folder.path().join("data") };
        let context =
            Context::open(home, Arc::new(Noon), Arc::new(Counted(AtomicU64::new(1)))).await.unwrap();
        let order = demo::Order { students: 400, seed: 1, today: Some(TODAY.parse().unwrap()), out: None };
        let made = demo::make(&context, &order, &Silent).await.unwrap();
        let context = context.as_demo(made.district, Some(TODAY.parse().unwrap()), made.people.clone());
        Self { context, people: made.people, folder }
    }

    /// A visit of the first person with a role.
    async fn visit(&self, role: Role) -> Visit {
        let person = self.people.iter().find(|person| person.roles == [role]).unwrap().person;
        let token = sign_in::step_into(&self.context, person).await.unwrap().unwrap();
        sign_in::identify(&self.context, &token.reveal()).await.unwrap().unwrap()
    }

    /// What the audit says of packs that were kept.
    async fn kept_in_audit(&self) -> Vec<String> {
        let directory = Directory::open(Location::Folder(self.folder.path().join("data"))).await.unwrap();
        let district = directory.district(&"demo".parse().unwrap()).await.unwrap();
        let rows = district.audit_rows_after(0).await.unwrap();
        rows.into_iter().filter(|row| row.kind == "pack_kept").map(|row| row.event).collect()
    }

    /// Keeps a pack written as a file.
    async fn add(&self, text: &str) -> Result<i64, Error> {
        let file = self.folder.path().join("own.toml");
        std::fs::write(&file, text).unwrap();
        packs::add(&self.context, &"demo".parse().unwrap(), &file, "The board decided so").await
    }
}

/// A pack of two rules, written as a file.
const PACK: &str = r#"
id = "town"
title = "Days missed in our town"
jurisdiction = "Our town"
source = "Board policy 7.01"
reviewed_on = "2026-01-05"

[[version]]
version = "1"

[[version.rule]]
id = "TOWN-5"
title = "Has missed 5 days without an excuse"
citation = "Board policy 7.01, 1"
unit = "day"
counts = "unexcused"
when = [{ missed = "at_least_half", window = "school_year", test = { op = "gte", count = 5 } }]
action = "Call the family."
deadline = { days = 5, kind = "school" }
reading = "A late arrival is no absence."
to_verify = ["Whether half days count."]

[[version.rule]]
id = "TOWN-9"
title = "Has missed 9 days"
citation = "Board policy 7.01, 2"
unit = "day"
counts = "all"
when = [{ missed = "at_least_half", window = "school_year", test = { op = "gte", count = 9 } }]
action = "Meet the family."
"#;

fn codes(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(key, code)| ((*key).to_owned(), (*code).to_owned())).collect()
}

/// At least so many days missed for any reason, over the school year.
fn days(count: &str) -> Vec<(String, String)> {
    codes(&[("unit", "day"), ("counts", "all"), ("test", "count"), ("value", count)])
}

/// A form, filled in as it should be.
fn filled(page: &PolicyPage, value: &str) -> PolicyDraft {
    PolicyDraft {
        title: format!("Has missed {value} days"),
        codes: days(value),
        action: "Call the family.".to_owned(),
        from: "2026-01-10".to_owned(),
        reason: "The board decided so.".to_owned(),
        ..page.draft.clone()
    }
}

async fn preview(visit: &Visit, id: &str, draft: PolicyDraft) -> PolicyPage {
    policies::page(visit, id, Some(draft)).await.unwrap()
}

/// Looks at a new rule and keeps it; the id of its pack.
async fn keep(visit: &Visit, value: &str) -> String {
    let page = policies::page(visit, "", None).await.unwrap();
    let page = preview(visit, "", filled(&page, value)).await;
    let kept = policies::save(visit, "", page.draft).await.unwrap();
    assert!(kept.saved, "{:?}", kept.problems);
    kept.id
}

#[tokio::test]
async fn a_rule_is_kept_only_as_it_was_shown() {
    let world = World::new().await;
    let visit = world.visit(Role::DistrictAdministrator).await;
    let page = policies::page(&visit, "", None).await.unwrap();
    // Never shown.
    let unseen = policies::save(&visit, "", filled(&page, "8")).await.unwrap();
    assert_eq!((unseen.saved, unseen.problems.as_slice()), (false, [PolicyProblem::Unseen].as_slice()));
    assert!(unseen.preview.is_some());
    // Shown, then changed.
    let changed = PolicyDraft { codes: days("9"), ..unseen.draft };
    let changed = policies::save(&visit, "", changed).await.unwrap();
    assert_eq!((changed.saved, changed.problems.as_slice()), (false, [PolicyProblem::Unseen].as_slice()));
    // As it was shown just now.
    assert!(policies::save(&visit, "", changed.draft).await.unwrap().saved);
    assert_eq!(policies::list(&visit).await.unwrap().own.len(), 1);
}

#[tokio::test]
async fn a_number_that_no_rule_may_have_is_said_and_not_changed_in_silence() {
    let world = World::new().await;
    let visit = world.visit(Role::DistrictAdministrator).await;
    let page = policies::page(&visit, "", None).await.unwrap();
    let wrong = [PolicyProblem::Number(PolicyNumber::Value)];
    for slip in ["99999999", "0", "-3", "1.5", "many", ""] {
        let shown = preview(&visit, "", filled(&page, slip)).await;
        assert_eq!(shown.problems, wrong, "{slip:?}");
        let kept = policies::save(&visit, "", shown.draft).await.unwrap();
        assert_eq!((kept.saved, kept.problems.as_slice()), (false, wrong.as_slice()), "{slip:?}");
    }
    let with = |codes: &[(&str, &str)]| {
        let mut draft = filled(&page, "8");
        draft.codes.retain(|(key, _)| codes.iter().all(|(k, _)| k != key));
        draft.codes.extend(codes.iter().map(|(key, code)| ((*key).to_owned(), (*code).to_owned())));
        draft
    };
    for (number, slip) in [
        (PolicyNumber::Length, with(&[("window", "weeks"), ("length", "9999")])),
        (PolicyNumber::Minutes, with(&[("unit", "event"), ("minutes", "9999")])),
        (PolicyNumber::Least, with(&[("least", "9999")])),
    ] {
        let shown = preview(&visit, "", slip).await;
        assert_eq!(shown.problems, [PolicyProblem::Number(number)], "{number:?}");
    }
    assert!(preview(&visit, "", filled(&page, "10000")).await.problems.is_empty());
    assert!(policies::list(&visit).await.unwrap().own.is_empty());
}

#[tokio::test]
async fn a_principal_keeps_no_rule_and_each_rule_kept_stands_in_the_audit() {
    let world = World::new().await;
    let principal = world.visit(Role::SchoolAdministrator).await;
    let administrator = world.visit(Role::DistrictAdministrator).await;
    let page = policies::page(&administrator, "", None).await.unwrap();
    let page = preview(&administrator, "", filled(&page, "8")).await;
    let refused = policies::save(&principal, "", page.draft.clone()).await;
    assert_eq!(refused.unwrap_err(), Failure::Refused);
    assert!(policies::list(&principal).await.unwrap().own.is_empty());
    assert_eq!(world.kept_in_audit().await, [""; 0]);
    let kept = policies::save(&administrator, "", page.draft).await.unwrap();
    assert!(kept.saved);
    let events = world.kept_in_audit().await;
    assert_eq!(events.len(), 1);
    assert!(events[0].contains(&format!("\"{}\"", kept.id)), "{events:?}");
}

#[tokio::test]
async fn who_began_before_somebody_elses_change_is_told_and_overwrites_nothing() {
    let world = World::new().await;
    let visit = world.visit(Role::DistrictAdministrator).await;
    let id = keep(&visit, "8").await;
    let (mine, theirs) =
        (policies::page(&visit, &id, None).await.unwrap(), policies::page(&visit, &id, None).await.unwrap());
    let mine = preview(&visit, &id, filled(&mine, "6")).await;
    let theirs = preview(&visit, &id, filled(&theirs, "7")).await;
    assert!(policies::save(&visit, &id, theirs.draft).await.unwrap().saved);
    let overtaken = policies::save(&visit, &id, mine.draft).await.unwrap();
    assert_eq!(
        (overtaken.saved, overtaken.problems.as_slice()),
        (false, [PolicyProblem::Overtaken].as_slice())
    );
    assert_eq!(overtaken.versions.len(), 2);
    // Having seen the newest version, one may go on.
    assert!(policies::save(&visit, &id, overtaken.draft).await.unwrap().saved);
}

#[tokio::test]
async fn the_preview_counts_exactly_those_whom_the_list_then_shows() {
    let world = World::new().await;
    let visit = world.visit(Role::DistrictAdministrator).await;
    for value in ["3", "8", "15"] {
        let page = policies::page(&visit, "", None).await.unwrap();
        let page = preview(&visit, "", filled(&page, value)).await;
        let shown = page.preview.unwrap();
        let kept = policies::save(&visit, "", page.draft).await.unwrap();
        assert!(kept.saved);
        let listed = listed(&visit, &kept.id.to_uppercase(), None, None).await;
        assert!(shown.standing > 0, "{value}: there is something to count");
        assert_eq!(shown.standing as usize, listed, "{value} days");
    }
}

/// The students on whom a rule stands, by the list.
async fn listed(
    visit: &Visit,
    rule: &str,
    school: Option<model::ids::SchoolId>,
    grade: Option<&str>,
) -> usize {
    let mut found = BTreeSet::new();
    let mut page = 1;
    loop {
        let filter = WorklistFilter {
            school,
            grade: grade.map(str::to_owned),
            rule: Some(rule.to_owned()),
            standing: Some(Wanted::Standing),
            page,
        };
        let list = today::worklist(visit, filter).await.unwrap();
        found.extend(list.items.iter().map(|item| item.student));
        if page >= list.pages {
            return found.len();
        }
        page += 1;
    }
}

#[tokio::test]
async fn a_pack_from_a_file_is_shown_whole_and_no_form_overwrites_it() {
    let world = World::new().await;
    let visit = world.visit(Role::DistrictAdministrator).await;
    assert_eq!(world.add(PACK).await.unwrap(), 1);
    let page = policies::page(&visit, "town", None).await.unwrap();
    assert!(page.as_file);
    let rules: Vec<&str> = page.versions[0].rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(rules, ["TOWN-5", "TOWN-9"]);
    assert_eq!(page.versions[0].rules[0].to_verify, ["Whether half days count."]);
    let line = policies::list(&visit).await.unwrap().own.remove(0);
    assert_eq!(line.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["TOWN-5", "TOWN-9"]);

    let looked = preview(&visit, "town", filled(&page, "5")).await;
    assert!(looked.as_file && looked.preview.is_none());
    let setting =
        Setting::from_codes(|key| days("5").into_iter().find(|(k, _)| k == key).map(|(_, code)| code));
    let shown =
        setting.codes().iter().map(|(key, code)| format!("{key}={code}")).collect::<Vec<_>>().join("&");
    let sent = PolicyDraft { previewed: shown, ..filled(&page, "5") };
    let kept = policies::save(&visit, "town", sent).await.unwrap();
    assert!(kept.as_file && !kept.saved);
    assert_eq!(policies::page(&visit, "town", None).await.unwrap().versions, page.versions);
}

#[tokio::test]
async fn a_pack_of_one_plain_rule_whose_words_no_field_shows_is_kept_as_a_file_too() {
    let world = World::new().await;
    let visit = world.visit(Role::DistrictAdministrator).await;
    let second = PACK.find("[[version.rule]]\nid = \"TOWN-9\"").unwrap();
    assert_eq!(world.add(&PACK[..second]).await.unwrap(), 1);
    assert!(policies::page(&visit, "town", None).await.unwrap().as_file);
    // What the form wrote itself it takes again, version by version.
    let id = keep(&visit, "8").await;
    let page = policies::page(&visit, &id, None).await.unwrap();
    assert!(!page.as_file);
    let page =
        preview(&visit, &id, PolicyDraft { from: "2026-02-10".to_owned(), ..filled(&page, "6") }).await;
    let kept = policies::save(&visit, &id, page.draft).await.unwrap();
    assert!(kept.saved && !kept.as_file);
    assert_eq!(kept.versions.len(), 2);
}

#[tokio::test]
async fn a_rule_that_cannot_be_asked_says_so_on_the_pages_of_data_and_rules() {
    let world = World::new().await;
    let visit = world.visit(Role::SchoolAdministrator).await;
    let of_town = |page: &DataPage| {
        let lines = page.not_asked.iter().filter(|line| line.rule.id.starts_with("TOWN"));
        lines.map(|line| (line.rule.id.clone(), line.why)).collect::<Vec<_>>()
    };
    assert_eq!(world.add(PACK).await.unwrap(), 1);
    assert_eq!(of_town(&data::page(&visit).await.unwrap()), []);
    let rules = &PACK[PACK.find("[[version.rule]]").unwrap()..];
    let needs = "counts = \"all\"\nfacts = [{ fact = \"conference_effort\", at_least = 1 }]";
    let next = format!(
        "{}\n[[version]]\nversion = \"2\"\neffective_from = \"2026-03-01\"\n\n{}",
        PACK.replace("version = \"1\"", "version = \"1\"\neffective_to = \"2026-02-28\""),
        rules.replace("counts = \"all\"", needs),
    );
    assert_eq!(world.add(&next).await.unwrap(), 2);
    let expected = [("TOWN-9".to_owned(), WhyNotAsked::NoFacts)];
    assert_eq!(of_town(&data::page(&visit).await.unwrap()), expected);
    let line = policies::list(&visit).await.unwrap().own.remove(0);
    let told: Vec<_> = line.rules.iter().map(|rule| rule.not_asked.as_slice()).collect();
    assert_eq!(told, [&[][..], &[WhyNotAsked::NoFacts][..]]);
}

#[tokio::test]
async fn what_a_version_says_never_changes_but_it_may_end() {
    let world = World::new().await;
    assert_eq!(world.add(PACK).await.unwrap(), 1);
    let refused = world.add(&PACK.replace("count = 5", "count = 4")).await.unwrap_err().to_string();
    assert!(refused.contains("version 1 says something else than in edition 1"), "{refused}");
    let rules = &PACK[PACK.find("[[version.rule]]").unwrap()..];
    let next = format!(
        "{}\n[[version]]\nversion = \"2\"\neffective_from = \"2026-03-01\"\n\n{}",
        PACK.replace("version = \"1\"", "version = \"1\"\neffective_to = \"2026-02-28\""),
        rules.replace("count = 5", "count = 4"),
    );
    assert_eq!(world.add(&next).await.unwrap(), 2);
    let visit = world.visit(Role::SchoolAdministrator).await;
    let versions = policies::page(&visit, "town", None).await.unwrap().versions;
    assert_eq!(versions.iter().map(|v| v.version.as_str()).collect::<Vec<_>>(), ["2", "1"]);
    assert_eq!(versions[1].to, Some("2026-02-28".parse().unwrap()));
}

#[tokio::test]
async fn the_list_behind_a_schools_figure_holds_as_many_students_as_the_figure_says() {
    let world = World::new().await;
    let visit = world.visit(Role::DistrictAdministrator).await;
    let schools = lab::page(&visit, None, None, None).await.unwrap().schools;
    let mut figures = 0;
    for of in schools {
        let page = school::page(&visit, of.id).await.unwrap();
        let rule = page.chronic.unwrap().id;
        if let Share::Of { count, .. } = page.total {
            assert_eq!(listed(&visit, &rule, Some(of.id), None).await, count as usize, "{}", of.name);
            figures += 1;
        }
        for grade in page.grades {
            if let Share::Of { count, .. } = grade.chronic {
                assert_eq!(listed(&visit, &rule, Some(of.id), Some(&grade.grade)).await, count as usize);
                figures += 1;
            }
        }
    }
    assert!(figures > 2, "{figures} figures are shown");
}

#[tokio::test]
async fn what_the_lab_sends_tells_no_trait_of_any_student_and_no_period_by_its_name() {
    let world = World::new().await;
    let visit = world.visit(Role::SchoolAdministrator).await;
    let page = lab::page(&visit, None, None, None).await.unwrap();
    assert!(!page.groups.is_empty(), "the demo tells groups");
    let data = lab::data(&visit, page.school.id).await.unwrap();
    assert_eq!(data.stamp, page.stamp);
    let periods = data.shapes.iter().filter_map(|shape| shape.period.as_deref());
    let periods = periods.chain(data.bells.iter().map(|bell| bell.period.as_str()));
    assert!(periods.into_iter().all(|period| period.bytes().all(|byte| byte.is_ascii_digit())));
    // A part that is named in a table is named nowhere in the marks.
    let sent = String::from_utf8_lossy(&data.to_bytes()).into_owned();
    for part in page.groups.iter().filter_map(|group| group.parts.as_ref()).flatten() {
        if let model::lab::Part::Named(word) = &part.0 {
            assert!(word.len() < 4 || !sent.contains(word.as_str()), "{word}");
        }
    }
}

#[tokio::test]
async fn no_two_settings_tell_the_groups_of_the_few_by_whom_they_differ() {
    let world = World::new().await;
    let visit = world.visit(Role::SchoolAdministrator).await;
    let page = lab::page(&visit, None, None, None).await.unwrap();
    let (school, stamp) = (page.school.id, page.stamp.as_str());
    let mut shown: Vec<LabGroup> = page.groups;
    let mut hidden = 0;
    // One drags the threshold from one end to the other and subtracts what one was shown.
    for value in (1..=40).rev() {
        let groups = lab::groups(&visit, school, stamp, &days(&value.to_string())).await.unwrap();
        hidden += groups.iter().filter(|group| group.parts.is_none()).count();
        shown.extend(groups);
    }
    assert!(hidden > 0, "neighbouring thresholds differ by few");
    let count = |share: &Share| match share {
        Share::Of { count, .. } => Some(*count),
        Share::Hidden => None,
    };
    for one in &shown {
        for other in shown.iter().filter(|other| other.by == one.by) {
            let (Some(a), Some(b)) = (&one.parts, &other.parts) else { continue };
            for ((_, a), (_, b)) in a.iter().zip(b) {
                if let (Some(a), Some(b)) = (count(a), count(b)) {
                    assert!(a == b || a.abs_diff(b) >= 10, "{:?}: {a} and {b}", one.by);
                }
            }
        }
    }
    // The data as it was before tells nothing.
    assert_eq!(lab::groups(&visit, school, "before", &days("10")).await.unwrap(), []);
}
