//! A town small enough to reason about: two schools, a few of everybody.
#![allow(dead_code, reason = "each test file uses its part")]

use access::Scope;
use chrono::{DateTime, Utc};
use model::attendance::{CodeMap, Mark, Shape, Shapes, Strip, day_number};
use model::canonical::*;
use model::grade::Grade;
use model::ids::{PersonId, RunId, StudentId};
use model::report::TableCount;
use model::time::{Date, SchoolYear};
use store::testing::TestStore;
use store::{District, Limits, Settings};

pub(crate) const YEAR: SchoolYear = SchoolYear(2021);

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_640_000_000 + second, 0).unwrap()
}

/// Numbers that look random and are the same in each run.
pub(crate) fn ids() -> impl FnMut() -> u64 + Send {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

pub(crate) fn settings(id: &str) -> Settings {
    Settings {
        id: id.parse().unwrap(),
        name: format!("District {id}"),
        time_zone: "America/Chicago".into(),
        packs: vec!["us-federal".into()],
        demo: false,
    }
}

pub(crate) async fn district(store: &TestStore, id: &str) -> District {
    store.directory.add(&settings(id), at(0)).await.unwrap()
}

pub(crate) fn table<T>(file: &str, rows: Vec<T>) -> Option<Table<T>> {
    Some(Table { file: file.into(), read: rows.len() as u64, set_aside: 0, rows })
}

pub(crate) fn person(id: &str, given: &str, family: &str) -> Person {
    Person {
        key: format!("k-{id}"),
        id: id.into(),
        enabled: true,
        username: String::new(),
        given_name: given.into(),
        middle_name: String::new(),
        family_name: family.into(),
        email: String::new(),
        phone: String::new(),
        grade: None,
        agent_keys: Vec::new(),
    }
}

pub(crate) fn role(id: &str, role: &str, org: &str) -> RoleHeld {
    RoleHeld {
        key: format!("{id}-{role}-{org}"),
        person_key: format!("k-{id}"),
        org_key: org.into(),
        role: role.into(),
        begin: None,
        end: None,
    }
}

pub(crate) fn member(id: &str, section: &str, role: &str) -> SectionMember {
    SectionMember {
        key: format!("{section}-{id}-{role}"),
        section_key: section.into(),
        person_key: format!("k-{id}"),
        role: role.into(),
        begin: Some(day("2021-08-23")),
        end: Some(day("2022-05-27")),
    }
}

pub(crate) fn span(student: &str, school: &str, entry: &str, end: Option<&str>) -> EnrollmentSpan {
    let entry = day(entry);
    EnrollmentSpan {
        student_id: student.into(),
        school_id: school.into(),
        grade: Grade::read("03"),
        entry,
        end: end.map(day),
        year: SchoolYear::of(entry, 7),
    }
}

pub(crate) fn contact(student: &str, contact: &str, restricted: bool) -> Contact {
    Contact {
        student_id: student.into(),
        contact_id: contact.into(),
        given_name: "Pat".into(),
        family_name: "Parent".into(),
        relation: "Mother".into(),
        primary: true,
        street: "1 Main Street".into(),
        city: "Town".into(),
        phone: "555 0100".into(),
        legal_restriction: restricted,
        ..Contact::default()
    }
}

/// Ten school days, Monday to Friday, from 23 August 2021, at a school.
pub(crate) fn calendar(school: &str, year: SchoolYear, first: &str) -> Vec<CalendarDay> {
    (0..14)
        .map(|i| day(first) + chrono::Days::new(i))
        .filter(|d| !matches!(chrono::Datelike::weekday(d), chrono::Weekday::Sat | chrono::Weekday::Sun))
        .map(|date| CalendarDay {
            school_id: school.into(),
            date,
            instructional: true,
            term: "Fall".into(),
            minutes: None,
            sessions: 1,
            year,
            year_named: false,
        })
        .collect()
}

/// Marks as (student, school, date, category).
pub(crate) fn attendance(shapes: Shapes, marks: &[(&str, &str, &str, &str)]) -> Option<Attendance> {
    let mut shapes = shapes;
    let mut strips: std::collections::BTreeMap<(String, String), Vec<Mark>> = Default::default();
    let mut covers: Vec<(String, SchoolYear)> = Vec::new();
    let mut last_rows: std::collections::BTreeMap<String, Date> = Default::default();
    let mut told: std::collections::BTreeMap<String, std::collections::BTreeMap<Date, u32>> =
        Default::default();
    for (student, school, date, category) in marks {
        let date = day(date);
        let unusable = *category == "???";
        let shape = shapes.number(&Shape { category: (*category).into(), unusable, ..Shape::default() });
        let mark = Mark { day: day_number(YEAR, date).unwrap(), shape, arrival: None, departure: None };
        strips.entry(((*student).into(), (*school).into())).or_default().push(mark);
        *told.entry((*school).to_owned()).or_default().entry(date).or_default() += 1;
        covers.push(((*school).into(), YEAR));
        let last = last_rows.entry((*school).into()).or_insert(date);
        *last = (*last).max(date);
    }
    covers.sort();
    covers.dedup();
    let set_aside = marks.iter().filter(|m| m.3 == "???").count() as u64;
    Some(Attendance {
        file: "attendance.csv".into(),
        read: marks.len() as u64,
        set_aside,
        shapes,
        strips: strips
            .into_iter()
            .map(|((student_id, school_id), marks)| PlacedStrip {
                student_id,
                school_id,
                year: YEAR,
                strip: Strip::from_marks(marks),
            })
            .collect(),
        covers,
        last_rows: last_rows.into_iter().collect(),
        told: told
            .into_iter()
            .map(|(school_id, days)| ToldYear { school_id, year: YEAR, days: days.into_iter().collect() })
            .collect(),
        since: None,
    })
}

/// The marks of the town.
pub(crate) const MARKS: &[(&str, &str, &str, &str)] = &[
    ("s1", "100", "2021-08-23", "Excused Absence"),
    ("s1", "100", "2021-08-24", "Unexcused Absence"),
    ("s2", "100", "2021-08-24", "Tardy"),
    ("s2", "100", "2021-08-24", "Unexcused Absence"),
    ("s4", "200", "2021-08-25", "???"),
    ("s4", "200", "2021-08-26", "Unexcused Absence"),
];

/// Schools 100 and 200; students s1 to s5 (s5 is 18 on 1 September 2021); t1 teaches a1 (s1, s2) and is the parent of s3;
/// c1 counsels s2 and s4; a principal of each school; d1 leads the district; p1 is a parent of s1 and s2, restricted for
/// s2; p2 of s4 by contacts.csv only.
pub(crate) fn town() -> Delivery {
    let org = |key: &str, id: &str, name: &str, kind: &str| Org {
        key: key.into(),
        id: id.into(),
        name: name.into(),
        kind: kind.into(),
        parent_key: String::new(),
    };
    let section = |key: &str, school: &str| Section {
        key: key.into(),
        title: format!("Class {key}"),
        course_key: String::new(),
        code: key.into(),
        kind: "homeroom".into(),
        location: String::new(),
        school_key: school.into(),
        term_keys: Vec::new(),
        periods: Vec::new(),
    };
    let mut people: Vec<Person> =
        ["s1", "s2", "s3", "s4", "s5", "t1", "t2", "c1", "pr1", "pr2", "d1", "p1", "p2", "sys"]
            .into_iter()
            .map(|id| person(id, &format!("Given{id}"), &format!("Family{id}")))
            .collect();
    people[0].given_name = "Zoë".into();
    people[0].family_name = "Núñez".into();
    people[0].agent_keys = vec!["k-p1".into()];
    people[1].agent_keys = vec!["k-p1".into()];
    people[5].agent_keys = vec!["k-s3".into()];
    let mut calendar_days = calendar("100", YEAR, "2021-08-23");
    calendar_days.extend(calendar("200", YEAR, "2021-08-23"));
    let birth = |id: &str, date: &str| Demographics {
        person_key: format!("k-{id}"),
        birth_date: Some(day(date)),
        sex: String::new(),
        race_ethnicity: String::new(),
    };
    Delivery {
        orgs: table(
            "orgs.csv",
            vec![
                org("d", "1", "District", "district"),
                org("h", "100", "Hill School", "school"),
                org("l", "200", "Lake School", "school"),
            ],
        ),
        sections: table("classes.csv", vec![section("a1", "h"), section("b1", "l")]),
        roles: table(
            "roles.csv",
            vec![
                role("s1", "student", "h"),
                role("s2", "student", "h"),
                role("s3", "student", "l"),
                role("s4", "student", "l"),
                role("s5", "student", "l"),
                role("t1", "teacher", "h"),
                role("t1", "parent", "l"),
                role("t2", "aide", "l"),
                role("c1", "counselor", "d"),
                role("pr1", "principal", "h"),
                role("pr2", "siteAdministrator", "l"),
                role("d1", "districtAdministrator", "d"),
                role("p1", "parent", "h"),
                role("p2", "guardian", "l"),
                role("sys", "systemAdministrator", "d"),
            ],
        ),
        people: table("users.csv", people),
        section_rosters: table(
            "enrollments.csv",
            vec![
                member("t1", "a1", "teacher"),
                member("s1", "a1", "student"),
                member("s2", "a1", "student"),
                member("t2", "b1", "aide"),
                member("s3", "b1", "student"),
                member("s4", "b1", "student"),
            ],
        ),
        demographics: table(
            "demographics.csv",
            vec![birth("s1", "2012-01-05"), birth("s2", "2012-03-06"), birth("s5", "2003-09-01")],
        ),
        calendar: table("calendar.csv", calendar_days),
        enrollments: table(
            "enrollments.csv",
            vec![
                span("s1", "100", "2021-08-23", None),
                span("s2", "100", "2021-08-23", None),
                span("s3", "200", "2021-08-23", None),
                span("s4", "200", "2021-08-23", None),
                span("s5", "200", "2021-08-23", None),
            ],
        ),
        contacts: table(
            "contacts.csv",
            vec![contact("s1", "p1", false), contact("s2", "p1", true), contact("s4", "p2", false)],
        ),
        caseload: table(
            "caseload.csv",
            vec![
                CaseloadEntry { staff_id: "c1".into(), student_id: "s2".into(), kind: "counseling".into() },
                CaseloadEntry { staff_id: "c1".into(), student_id: "s4".into(), kind: "counseling".into() },
            ],
        ),
        attendance: attendance(Shapes::default(), MARKS),
        ..Delivery::default()
    }
}

/// Syncs a delivery; what became of its rows.
pub(crate) async fn sync(
    district: &District,
    run: i64,
    delivery: &Delivery,
    allow_removals: bool,
) -> Result<Vec<TableCount>, store::Error> {
    apply(district, run, delivery, allow_removals, None).await
}

/// The same, whatever it removes, with what categories mean.
pub(crate) async fn sync_with_codes(
    district: &District,
    run: i64,
    delivery: &Delivery,
    codes: Option<CodeMap>,
) -> Result<Vec<TableCount>, store::Error> {
    apply(district, run, delivery, true, codes).await
}

async fn apply(
    district: &District,
    run: i64,
    delivery: &Delivery,
    allow_removals: bool,
    codes: Option<CodeMap>,
) -> Result<Vec<TableCount>, store::Error> {
    let mut mint = ids();
    // Another beginning for each run, so that no id is given twice.
    for _ in 0..run * 1_000 {
        mint();
    }
    let mut tx = district.begin_sync(RunId(run), at(run * 10), "the test").await?;
    let mut plan = tx.plan(delivery, &Limits::lifted(allow_removals), &mut mint).await?;
    if let Some(codes) = codes {
        plan = plan.with_codes(codes);
    }
    let counts = plan.counts().to_vec();
    let ahead = tx.history_ahead(&plan).await?;
    tx.apply(plan).await?;
    // What the rules were asked about is what everybody will read.
    let applied = tx.write().await?.history().await?;
    assert_eq!(applied.differences(&ahead), Vec::<&str>::new());
    assert_eq!(applied.history.shapes.list(), ahead.history.shapes.list());
    tx.commit(at(run * 10 + 5)).await?;
    Ok(counts)
}

pub(crate) fn job(today: &str) -> Scope {
    Scope::system("test", day(today), day(today))
}

pub(crate) async fn find(district: &District, id: &str) -> PersonId {
    let found = district.find_people(&job("2021-09-03"), id).await.unwrap();
    assert_eq!(found.len(), 1, "{id}");
    found[0].id
}

pub(crate) async fn student(district: &District, id: &str) -> StudentId {
    find(district, id).await.student()
}

/// The scope of a person on a day, where they have one.
pub(crate) async fn scope(district: &District, id: &str, today: &str) -> Option<Scope> {
    let today = day(today);
    let school_day = district.school_day(today).await.unwrap().unwrap_or(today);
    let sealed = district.grants_of(find(district, id).await).await.unwrap();
    Scope::of_person(sealed, today, school_day)
}

pub(crate) fn count<'a>(counts: &'a [TableCount], name: &str) -> &'a TableCount {
    counts.iter().find(|c| c.table == name).unwrap()
}
