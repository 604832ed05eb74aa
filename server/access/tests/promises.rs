//! What access promises.
#![allow(clippy::unwrap_used, reason = "a test")]

use access::roster::{HeldRole, Roster, SectionStaff, grants};
use access::scope::SchoolReach;
use access::{Grant, GrantScope, Scope, SealedGrants, SealedReasons, SeenReason, may};
use chrono::NaiveDate;
use model::ids::{PersonId, SchoolId, SectionId, StudentId};
use model::role::{Capability, Role, SeenBecause};
use std::path::Path;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn each_role_may_do_what_the_table_says() {
    let names = [
        "worklist",
        "attendance",
        "absence reason",
        "contacts",
        "school figures",
        "rule lab",
        "policies",
        "data status",
        "sources",
        "set-aside rows",
        "family",
    ];
    let mut table = format!("{:22}", "");
    names.iter().for_each(|n| table.push_str(&format!(" | {n}")));
    for role in Role::ALL {
        table.push_str(&format!("\n{:22}", role.name()));
        for (capability, name) in Capability::ALL.into_iter().zip(names) {
            let cell = if may(role, capability) { "yes" } else { "-" };
            table.push_str(&format!(" | {cell:width$}", width = name.len()));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    let golden = include_str!("role_by_capability.txt");
    assert_eq!(table, golden.lines().collect::<Vec<_>>(), "\n{}", table.join("\n"));
}

fn grant(role: Role, scope: GrantScope) -> Grant {
    Grant { role, scope, from: None, to: None }
}

#[test]
fn nobody_without_a_grant_in_force_has_a_scope() {
    let today = day("2026-01-10");
    let of =
        |grants| Scope::of_person(SealedGrants::from_store(PersonId(1), grants), today, day("2025-12-19"));
    assert!(of(Vec::new()).is_none());
    let lead = grant(Role::SchoolAdministrator, GrantScope::School(SchoolId(1)));
    assert!(of(vec![Grant { to: Some(day("2026-01-09")), ..lead }]).is_none(), "over");
    assert!(of(vec![Grant { from: Some(day("2026-01-11")), ..lead }]).is_none(), "not begun");
    assert!(of(vec![Grant { to: Some(today), ..lead }]).is_some(), "the last day counts");
    let class = grant(Role::Teacher, GrantScope::Section(SectionId(1)));
    assert!(of(vec![Grant { to: Some(day("2025-12-19")), ..class }]).is_some(), "holds over a break");
}

#[test]
fn figures_are_for_the_schools_one_leads() {
    let of = |grants| {
        Scope::of_person(SealedGrants::from_store(PersonId(1), grants), day("2026-01-10"), day("2026-01-10"))
            .unwrap()
            .schools_with_figures()
    };
    let lead = grant(Role::SchoolAdministrator, GrantScope::School(SchoolId(7)));
    let teach = grant(Role::Teacher, GrantScope::Section(SectionId(1)));
    assert_eq!(of(vec![lead, teach]), SchoolReach::Only(vec![SchoolId(7)]));
    assert_eq!(of(vec![teach]), SchoolReach::Only(Vec::new()));
    assert_eq!(of(vec![grant(Role::DistrictAdministrator, GrantScope::District), lead]), SchoolReach::All);
}

#[test]
fn a_teacher_sees_their_own_child_of_another_class_only_as_a_parent() {
    let scope = Scope::of_person(
        SealedGrants::from_store(
            PersonId(1),
            vec![
                grant(Role::Teacher, GrantScope::Section(SectionId(1))),
                grant(Role::Guardian, GrantScope::Child(StudentId(5))),
            ],
        ),
        day("2026-01-10"),
        day("2026-01-10"),
    )
    .unwrap();
    let child = SeenReason { role: Role::Guardian, because: SeenBecause::Child };
    let seen = scope.see(StudentId(5), SealedReasons::from_store(vec![child])).unwrap();
    assert!(scope.may(Capability::Attendance) && !seen.may(Capability::Attendance));
    assert!(seen.may(Capability::Family));
    assert!(scope.see(StudentId(6), SealedReasons::from_store(Vec::new())).is_none());
}

#[test]
fn a_roster_gives_what_the_contract_says() {
    let (parent, child, other) = (PersonId(1), PersonId(2), PersonId(3));
    let held =
        |person, role: &str, school| HeldRole { person, role: role.into(), school, from: None, to: None };
    let mut roster = Roster {
        people: [parent, child, other].into(),
        roles: vec![
            held(parent, "parent", Some(SchoolId(9))),
            held(other, "proctor", Some(SchoolId(9))),
            held(other, "systemAdministrator", None),
            held(other, "relative", None),
            // A principal of no school: of nothing, not of everything.
            held(other, "principal", None),
        ],
        section_staff: vec![SectionStaff {
            person: other,
            section: SectionId(4),
            role: "proctor".into(),
            from: None,
            to: None,
        }],
        links: vec![(child, parent), (child, other)],
        students: [child.student()].into(),
        births: [(child, day("2008-02-29"))].into(),
        ..Roster::default()
    };
    let own =
        Grant { role: Role::AdultStudent, scope: GrantScope::Own, from: Some(day("2026-03-01")), to: None };
    let guard = Grant {
        role: Role::Guardian,
        scope: GrantScope::Child(child.student()),
        from: None,
        to: Some(day("2026-02-28")),
    };
    let given: Vec<_> = grants(&roster).into_iter().collect();
    assert_eq!(given, [(parent, guard), (child, own)]);
    roster.restricted.insert((child.student(), parent));
    assert_eq!(grants(&roster).into_iter().collect::<Vec<_>>(), [(child, own)]);
    roster.restricted.clear();
    roster.people.remove(&parent);
    assert_eq!(grants(&roster).into_iter().collect::<Vec<_>>(), [(child, own)], "not enabled: nothing");
}

/// Every Rust file below a folder.
fn sources(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn only_the_store_makes_sealed_grants_and_reasons() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut files = Vec::new();
    sources(&root.join("app"), &mut files);
    sources(&root.join("server"), &mut files);
    let offenders: Vec<_> = files
        .iter()
        .filter(|f| !f.starts_with(root.join("server/store")) && !f.starts_with(root.join("server/access")))
        .filter(|f| std::fs::read_to_string(f).is_ok_and(|text| text.contains("::from_store")))
        .collect();
    assert!(offenders.is_empty(), "these make keys of their own: {offenders:?}");
}
