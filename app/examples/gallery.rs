//! The gallery: every page in its states, drawn to static HTML without a server and without data of anybody.
//!
//! `cargo run -p app --features ssr --example gallery -- FOLDER` writes one file a state. They link
//! `/pkg/everpresent.css` and `/fonts`, so serve the folder beside the built style sheet. Names and figures are made up.

use app::Language;
use app::components::{failure_view, footer_view, loading_view, rail_view};
use app::pages::{
    data_view, family_view, reconciliation_view, school_view, search_form, sign_in_view, source_view,
    student_view, students_head, students_view, today_view,
};
use chrono::{Datelike, Days};
use leptos::prelude::*;
use leptos_meta::{ServerMetaContext, provide_meta_context};
use leptos_router::StaticSegment;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::location::RequestUrl;
use model::alert::{AlertKind, OpenAlert};
use model::canonical::Carries;
use model::ids::{PersonId, SchoolId, SourceId, SourceRunId, StudentId};
use model::page::*;
use model::report::{Reason, Refusal, SetAside, TableCount};
use model::role::{Capability, Role, SeenBecause};
use model::signal::WhyNot;
use model::source::{
    AlsoBegins, GoingLine, SourceJob, SourcePage, SourceProblem, SourceRunView, SourceView, Sources,
    StoppedRun, Waiting,
};
use model::time::{Date, SchoolYear};
use std::path::Path;

const NAMES: [&str; 8] = [
    "Nguyễn, Thảo Vy",
    "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maximiliana Josephine Antoinette",
    "Okonkwo, Chidi",
    "García Hernández, María José",
    "Al-Rashid, Yusuf",
    "Li, Na",
    "O’Brien-Kowalczyk, Siobhán",
    "Smith, Jo",
];
const SCHOOLS: [&str; 3] =
    ["Alder Creek Elementary School", "Birch Hollow Middle School", "Cedar Ridge High School"];

fn date(text: &str) -> Date {
    text.parse().unwrap_or_default()
}

fn fresh(behind: u32) -> Freshness {
    Freshness {
        synced_at: None,
        synced_local: Some("2026-11-21 05:12".to_owned()),
        data_through: Some(date("2026-11-20")),
        days_since: 1,
        days_behind: behind,
        sources_late: 0,
        schools_current: if behind > 0 { 2 } else { 3 },
        schools_unknown: 0,
        schools: 3,
    }
}

fn never() -> Freshness {
    Freshness { synced_local: None, data_through: None, ..fresh(0) }
}

fn schools() -> Vec<SchoolChoice> {
    SCHOOLS
        .iter()
        .enumerate()
        .map(|(i, name)| SchoolChoice { id: SchoolId(i as i64 + 1), name: (*name).to_owned() })
        .collect()
}

fn grades() -> Vec<String> {
    ["KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"].map(str::to_owned).to_vec()
}

fn reason(standing: Standing, rate: bool) -> ReasonLine {
    ReasonLine {
        rule: if rate { "US-CHRONIC" } else { "PA-TRUANT" }.to_owned(),
        rule_title: String::new(),
        numerator: if rate { 17 } else { 3 },
        denominator: rate.then_some(169),
        unit: "day".to_owned(),
        counts: if rate { "all" } else { "unexcused" }.to_owned(),
        more: None,
        standing,
        standing_since: Some(date("2026-11-11")),
        district_wide: false,
        to_verify: !rate,
    }
}

const STANDINGS: [Standing; 4] =
    [Standing::NewlyMet, Standing::StillOpen, Standing::Close, Standing::Recovered];

fn because(i: usize) -> SeenBecause {
    match i % 3 {
        0 => SeenBecause::School(SCHOOLS[i % 3].to_owned()),
        1 => SeenBecause::Section("Algebra I, period 3".to_owned()),
        _ => SeenBecause::Caseload,
    }
}

fn worklist(count: usize, behind: u32) -> Worklist {
    let items = (0..count.min(100))
        .map(|i| WorkItem {
            student: StudentId(i as i64 + 1),
            name: NAMES[i % 8].to_owned(),
            grade: grades()[i % 13].clone(),
            school: SCHOOLS[i * 3 / count.clamp(1, 100)].to_owned(),
            reason: reason(STANDINGS[i % 3], i % 4 != 1),
            because: because(i),
        })
        .collect();
    Worklist {
        freshness: if count == 0 { never() } else { fresh(behind) },
        alerts: alerts(behind),
        as_of: Some(date("2026-11-20")),
        newly_met: count as u32 / 4,
        still_open: (count - count / 4 - count / 3) as u32,
        close: count as u32 / 3,
        items,
        total: count as u32,
        page: 1,
        pages: count.div_ceil(100).max(1) as u32,
        schools: schools(),
        grades: grades(),
        rules: rules(),
    }
}

fn rules() -> Vec<RuleChoice> {
    ["US-CHRONIC", "PA-TRUANT"]
        .map(|id| RuleChoice { id: id.to_owned(), title: String::new(), to_verify: id == "PA-TRUANT" })
        .to_vec()
}

fn students(count: usize) -> StudentList {
    let rows = (0..count.min(100))
        .map(|i| StudentRow {
            student: StudentId(i as i64 + 1),
            local_id: format!("70{i:04}"),
            name: NAMES[i % 8].to_owned(),
            grade: grades()[i % 13].clone(),
            school: SCHOOLS[i % 3].to_owned(),
            enrolled: i % 9 != 8,
            missed: (i * 7 % 23) as u32,
            days: 62,
            standing: STANDINGS.get(i % 6).copied(),
            because: because(i),
        })
        .collect();
    StudentList {
        freshness: fresh(0),
        rows,
        total: count as u32,
        page: 1,
        pages: count.div_ceil(100).max(1) as u32,
        schools: schools(),
        grades: grades(),
        rules: rules(),
    }
}

/// A school year up to Thanksgiving, or all of it.
fn strip(whole: bool) -> Vec<StripDay> {
    let kinds = [
        (7, DayKind::Excused, "Excused Absence"),
        (19, DayKind::Unexcused, "Unexcused Absence"),
        (11, DayKind::Part, "Tardy"),
        (31, DayKind::Unknown, "Field day"),
        (43, DayKind::ReasonUnknown, "Absent"),
        (53, DayKind::RollNotTaken, ""),
    ];
    let first = date("2026-08-24");
    (0..if whole { 285 } else { 89 })
        .map(|i| first + Days::new(i))
        .filter(|d| d.weekday().number_from_monday() < 6)
        .filter(|d| !(date("2026-12-21")..date("2027-01-04")).contains(d))
        .enumerate()
        .map(|(i, date)| {
            let found = kinds.iter().find(|(n, _, _)| i > 0 && i % n == 0);
            let (kind, category) = found.map_or((DayKind::Attended, ""), |(_, k, c)| (*k, *c));
            StripDay {
                date,
                kind,
                missed: matches!(kind, DayKind::Excused | DayKind::Unexcused | DayKind::ReasonUnknown),
                category: category.to_owned(),
            }
        })
        .collect()
}

fn mark(day: &str, category: &str, reason: &str) -> EvidenceView {
    EvidenceView {
        date: date(day),
        category: category.to_owned(),
        reason: Some(reason.to_owned()),
        counts: 1,
        school: SCHOOLS[0].to_owned(),
    }
}

fn signal(standing: Standing, rate: bool) -> SignalView {
    SignalView {
        line: reason(standing, rate),
        school: SCHOOLS[0].to_owned(),
        year: SchoolYear(2026),
        met_on: Some(date("2026-10-04")),
        episodes: vec![(date("2026-10-04"), Some(date("2026-10-20"))), (date("2026-11-11"), None)],
        evidence: vec![
            mark("2026-09-01", "Excused Absence", "Illness"),
            mark("2026-09-14", "Unexcused Absence", ""),
            mark("2026-11-11", "Unexcused Absence", ""),
        ],
        near_misses: vec![NearMissView { day: mark("2026-10-02", "Tardy", ""), why: WhyNot::PartTooSmall }],
        unknown_days: 1,
        citation: "20 U.S.C. 6311(h)(1)(C)(viii); EDFacts file specification 195".to_owned(),
        source: "https://www.ed.gov/".to_owned(),
        pack: "us-federal 1".to_owned(),
        next_before: None,
        deadline: Some(DeadlineView { days: 10, school_days: true }),
        action: "Report the student as chronically absent.".to_owned(),
        reviewed_on: Some(date("2026-08-01")),
        reading: "Tested from the tenth enrolled day.".to_owned(),
        to_verify: vec!["Whether the state reports the share or the count.".to_owned()],
    }
}

fn student(full: bool) -> StudentPage {
    StudentPage {
        freshness: fresh(0),
        student: StudentId(7),
        name: if full { "María José García Hernández" } else { "Jo Smith" }.to_owned(),
        local_id: "700042".to_owned(),
        grade: "03".to_owned(),
        school: SCHOOLS[0].to_owned(),
        left_on: (!full).then(|| date("2026-10-30")),
        year: Some(SchoolYear(2026)),
        as_of: Some(date("2026-11-20")),
        enrollments: vec![EnrollmentLine {
            school: SCHOOLS[0].to_owned(),
            grade: "03".to_owned(),
            entry: date("2026-08-24"),
            end: None,
        }],
        strip: if full { strip(true) } else { Vec::new() },
        missed: if full { 17 } else { 0 },
        days: if full { 169 } else { 0 },
        unknown_days: u32::from(full),
        trend: if full {
            (0..26)
                .map(|w| WeekPoint {
                    week: date("2026-08-24") + Days::new(7 * w),
                    days: if w == 17 { 0 } else { 5 },
                    missed: (w * w % 7 % 3) as u32,
                })
                .collect()
        } else {
            Vec::new()
        },
        signals: if full {
            vec![signal(Standing::Close, false), signal(Standing::StillOpen, true)]
        } else {
            Vec::new()
        },
        guardians: full.then(|| {
            [("Rosa Hernández", true, false), ("Tomás García", false, true)]
                .map(|(name, primary, legal_restriction)| GuardianView {
                    name: name.to_owned(),
                    relation: "parent".to_owned(),
                    primary,
                    lives_with: primary,
                    address: if primary {
                        vec!["12 Alder St".to_owned(), "Grand Bend".to_owned()]
                    } else {
                        Vec::new()
                    },
                    phone: if primary { "(555) 010-0142".to_owned() } else { String::new() },
                    email: if primary { "rosa@example.org".to_owned() } else { String::new() },
                    language: if primary { "Spanish".to_owned() } else { String::new() },
                    legal_restriction,
                })
                .to_vec()
        }),
        because: vec![because(0), because(1)],
    }
}

fn school(empty: bool) -> SchoolPage {
    SchoolPage {
        freshness: fresh(0),
        school: SchoolId(1),
        name: SCHOOLS[0].to_owned(),
        year: Some(SchoolYear(2026)),
        as_of: Some(date("2026-11-20")),
        chronic: Some(RuleChoice { id: "US-CHRONIC".to_owned(), title: String::new(), to_verify: false }),
        weeks: if empty {
            Vec::new()
        } else {
            (0..13)
                .map(|w| SchoolWeek {
                    week: date("2026-08-24") + Days::new(7 * w),
                    attended: if w == 5 {
                        Share::Hidden
                    } else {
                        Share::Of { count: 1890 - (w * w % 11 * 14) as u32, group: 2000 }
                    },
                })
                .collect()
        },
        grades: if empty {
            Vec::new()
        } else {
            grades()
                .into_iter()
                .take(6)
                .enumerate()
                .map(|(i, grade)| GradeShare {
                    grade,
                    chronic: if i % 4 == 1 {
                        Share::Hidden
                    } else {
                        Share::Of { count: 10 + 3 * i as u32, group: 70 + i as u32 }
                    },
                })
                .collect()
        },
        total: if empty { Share::Of { count: 0, group: 0 } } else { Share::Of { count: 61, group: 412 } },
        schools: schools(),
    }
}

/// Alerts where attendance is behind.
fn alerts(behind: u32) -> Vec<OpenAlert> {
    let alert = |kind, name: &str| OpenAlert {
        source: SourceId(1),
        name: name.to_owned(),
        kind,
        since_local: "2026-11-18 05:12".to_owned(),
    };
    let open = vec![
        alert(AlertKind::Stopped, "nightly"),
        alert(AlertKind::Failed, "district-office-attendance-2026-27-x"),
    ];
    if behind > 0 { open } else { Vec::new() }
}

fn data(runs: usize) -> DataPage {
    let table = |table: &str, read: u64, set_aside: u64| TableCount {
        table: table.to_owned(),
        file: format!("{table}.csv"),
        read,
        added: read / 100,
        changed: 3,
        unchanged: read - read / 100 - 3 - set_aside,
        removed: 0,
        set_aside,
    };
    DataPage {
        freshness: if runs == 0 { never() } else { fresh(3) },
        alerts: alerts(runs as u32),
        runs: (0..runs)
            .map(|i| RunView {
                ended_local: format!("2026-11-{:02} 05:12", 21 - i),
                tables: vec![table("people", 2_451, 0), table("attendance", 18_204, 3)],
            })
            .collect(),
        not_asked: if runs == 0 {
            Vec::new()
        } else {
            vec![NotAskedLine {
                rule: RuleChoice { id: "CA-HABITUAL".to_owned(), title: String::new(), to_verify: true },
                why: WhyNotAsked::NoFacts,
            }]
        },
        set_aside: (runs > 0).then(|| {
            let group = |reason, count: u32| SetAsideGroup {
                file: "attendance.csv".to_owned(),
                column: Some("date".to_owned()),
                reason,
                count,
                first: (1..=count.min(20)).map(|i| (1_206 + u64::from(i), "2026-11-14".to_owned())).collect(),
            };
            vec![group(Reason::NotInstructional, 3), group(Reason::NoCalendar, 13_482)]
        }),
        set_aside_count: if runs > 0 { 3 } else { 0 },
        sources: if runs > 0 { sources() } else { Sources { may_manage: true, ..Sources::default() } },
        schools: schools()
            .into_iter()
            .enumerate()
            .map(|(i, s)| SchoolFreshness {
                name: s.name,
                last_row: (i != 2).then(|| date("2026-11-20")),
                days_behind: (i != 2).then_some(i as u32 * 3),
            })
            .collect(),
    }
}

/// Two schools compared with their source, one of them opened, perhaps with a day.
fn reconciliation(day: bool) -> ReconciliationPage {
    let balance = |n: u64| DayBalance {
        date: date("2026-11-20") - chrono::Days::new(n),
        told: (n != 9).then_some(30 + n as u32),
        held: 30 + n as u32 - u32::from(n == 2) * 2 + u32::from(n == 3),
    };
    let days: Vec<DayBalance> = (0..30).rev().map(balance).collect();
    let row = |line| SetAside {
        file: "attendance.csv".to_owned(),
        line,
        column: Some("category".to_owned()),
        value: "Astray".to_owned(),
        reason: Reason::UnmappedCategory,
        at: None,
    };
    let mark = |n: i64| HeldMark {
        student: StudentId(n),
        local_id: (100_000 + n).to_string(),
        category: "Unexcused Absence".to_owned(),
    };
    let rows = DayRows {
        day: balance(2),
        set_aside: vec![row(1_207), row(1_318)],
        held: (1..9).map(mark).collect(),
    };
    let schools = schools().into_iter().enumerate().map(|(i, s)| SchoolBalance {
        school: s.id,
        name: s.name,
        year: SchoolYear(2026),
        compared: 29,
        differing: if i == 0 { 2 } else { 0 },
        untold: u32::from(i == 0),
    });
    let schools: Vec<SchoolBalance> = schools.collect();
    let open = SchoolDays {
        school: schools[0].school,
        name: schools[0].name.clone(),
        days,
        open: day.then_some(rows),
    };
    ReconciliationPage { freshness: fresh(0), schools, open: Some(open) }
}

fn source(number: i64, name: &str, kind: &str, carries: Carries, outcome: &str) -> SourceView {
    SourceView {
        id: SourceId(number),
        name: name.to_owned(),
        kind: kind.to_owned(),
        carries,
        profile: (kind == "folder").then(|| "aspen".to_owned()),
        fields: if number == 3 { String::new() } else { "15 4 * * 1-5".to_owned() },
        next_local: (number == 1).then(|| "2026-11-23 04:21".to_owned()),
        also: (number == 3).then_some(AlsoBegins::FilesDropped),
        paused_local: (number == 2).then(|| "2026-11-20 16:40".to_owned()),
        late: number == 2,
        job: (number == 3).then_some(SourceJob::Queued),
        waiting: (outcome == "braked").then_some(Waiting { rows: 412, approved: false }),
        last_run: (!outcome.is_empty()).then(|| SourceRunView {
            id: SourceRunId(number),
            started_local: "2026-11-21 04:21".to_owned(),
            outcome: outcome.to_owned(),
            read: 20_655,
            added: 206,
            changed: 6,
            removed: 0,
            set_aside: 3,
        }),
    }
}

fn sources() -> Sources {
    Sources {
        may_manage: true,
        list: vec![
            source(1, "attendance-nightly", "folder", Carries::Plain, "braked"),
            source(2, "roster", "oneroster", Carries::Roster, "fetch_unreachable"),
            source(3, "uploads-of-a-school-with-a-very-long-nam", "folder", Carries::Plain, "applied"),
        ],
        done: None,
    }
}

fn stopped() -> SourcePage {
    let going = |table: &str, school: &str, rows| GoingLine {
        table: table.to_owned(),
        school: school.to_owned(),
        rows,
        examples: (1..=5).map(|n| format!("10{n:04}, 101, 2026-08-24")).collect(),
    };
    SourcePage {
        source: source(1, "attendance-nightly", "folder", Carries::Plain, "braked"),
        stopped: Some(StoppedRun {
            causes: vec![
                Refusal::TooManyRemovals {
                    table: "enrollments".to_owned(),
                    at: ", school 101".to_owned(),
                    removed: 212,
                    stored: 400,
                },
                Refusal::CalendarGone { school: "102".to_owned() },
            ],
            going: vec![going("enrollments", SCHOOLS[0], 212), going("attendance", SCHOOLS[0], 200)],
            digest: "0".repeat(32),
            approvable: true,
        }),
        fields: "every night".to_owned(),
        upcoming: Vec::new(),
        reason: String::new(),
        problem: Some(SourceProblem::Schedule),
        done: None,
    }
}

fn noted(day: &str, kind: DayKind, category: &str, reason: Option<&str>) -> FamilyDay {
    FamilyDay {
        date: date(day),
        kind,
        category: category.to_owned(),
        reason: reason.map(str::to_owned),
        school: SCHOOLS[0].to_owned(),
    }
}

fn family(children: usize, own: bool) -> FamilyPage {
    FamilyPage {
        freshness: fresh(0),
        children: (0..children)
            .map(|i| ChildView {
                student: StudentId(i as i64),
                given_name: ["Ana", "Mateo"][i % 2].to_owned(),
                school: SCHOOLS[i % 3].to_owned(),
                own,
                missed: if i == 0 { 6 } else { 0 },
                excused: if i == 0 { 2 } else { 0 },
                days: 62,
                strip: strip(false),
                dates: if i == 0 {
                    vec![
                        noted("2026-11-11", DayKind::Unexcused, "Unexcused Absence", None),
                        noted("2026-09-01", DayKind::Excused, "Excused Absence", Some("Illness")),
                    ]
                } else {
                    Vec::new()
                },
                often_missed: false,
                days_to_often: Some(if i == 0 { 1 } else { 7 }),
                not_counted: if i == 0 {
                    vec![(noted("2026-10-06", DayKind::Part, "Tardy", None), WhyNot::PartTooSmall)]
                } else {
                    Vec::new()
                },
                clause: Some(ClauseView {
                    citation: "34 CFR 222.161, 20 U.S.C. 6311(h)".to_owned(),
                    source: "https://www.ecfr.gov/".to_owned(),
                    pack: "us-federal 1".to_owned(),
                }),
            })
            .collect(),
    }
}

fn sign_in(demo: bool) -> SignInPage {
    let people = [
        ("Dana Whitfield", Role::SchoolAdministrator, "principal"),
        ("Chidi Okonkwo", Role::Teacher, "homeroom-teacher"),
        ("Rosa Hernández", Role::Guardian, "parent"),
        ("Siobhán O’Brien-Kowalczyk", Role::Counselor, "counselor"),
        ("Yusuf Al-Rashid", Role::AdultStudent, "adult-student"),
    ];
    SignInPage {
        demo_people: people
            .into_iter()
            .filter(|_| demo)
            .enumerate()
            .map(|(i, (name, role, why))| DemoPerson {
                person: PersonId(i as i64),
                name: name.to_owned(),
                roles: vec![role],
                place: SCHOOLS[i % 3].to_owned(),
                why: why.to_owned(),
            })
            .collect(),
    }
}

fn viewer(family: bool) -> Viewer {
    Viewer {
        name: if family { "Rosa Hernández" } else { "Dana Whitfield" }.to_owned(),
        district: "Alder Valley Unified (demo)".to_owned(),
        demo: true,
        roles: vec![if family { Role::Guardian } else { Role::SchoolAdministrator }],
        capabilities: if family {
            vec![Capability::Family]
        } else {
            vec![Capability::Worklist, Capability::SchoolFigures, Capability::DataStatus]
        },
        schools: schools(),
    }
}

type Draw = fn() -> AnyView;

/// Each state: file, address (for the rail), whether a family reads it, and how it is drawn.
const STATES: [(&str, &str, bool, Draw); 24] = [
    ("today-30", "/", false, || today_view(&worklist(30, 0), &WorklistFilter::default(), None)),
    ("today-0", "/", false, || today_view(&worklist(0, 0), &WorklistFilter::default(), None)),
    ("today-1-stale", "/", false, || today_view(&worklist(1, 3), &WorklistFilter::default(), None)),
    ("today-2000", "/", false, || today_view(&worklist(2_000, 0), &WorklistFilter::default(), None)),
    ("today-none-fits", "/", false, || {
        let filter =
            WorklistFilter { standing: Some(Wanted::Only(Standing::Close)), ..WorklistFilter::default() };
        today_view(&Worklist { items: Vec::new(), total: 0, ..worklist(30, 0) }, &filter, None)
    }),
    ("students-30", "/students", false, || students_page(30, "")),
    ("students-0", "/students", false, || students_page(0, "")),
    ("students-2000-searched", "/students", false, || students_page(2_000, "gar")),
    ("students-none-found", "/students", false, || students_page(0, "zzz")),
    ("student-full", "/students/x", false, || student_view(&student(true), None)),
    ("student-empty", "/students/x", false, || student_view(&student(false), None)),
    ("school", "/schools/0000000000001", false, || school_view(&school(false))),
    ("school-empty", "/schools/0000000000001", false, || school_view(&school(true))),
    ("data", "/data", false, || data_view(&data(2))),
    ("data-never", "/data", false, || data_view(&data(0))),
    ("reconciliation", "/data", false, || reconciliation_view(&reconciliation(false))),
    ("reconciliation-day", "/data", false, || reconciliation_view(&reconciliation(true))),
    ("source-stopped", "/data/sources/x", false, || source_view(&stopped())),
    ("family", "/", true, || family_view(&family(2, false))),
    ("family-own", "/", true, || family_view(&family(1, true))),
    ("family-empty", "/", true, || family_view(&family(0, false))),
    ("not-found", "/x", false, || failure_view(Failure::NotFound.into())),
    ("refused", "/x", false, || failure_view(Failure::Refused.into())),
    ("loading", "/x", false, loading_view),
];

fn students_page(count: usize, text: &'static str) -> AnyView {
    let t = app::words::use_language();
    let filter = StudentFilter { page: 1, ..StudentFilter::default() };
    view! {
        <div class="page page-students">
            {students_head(t)}
            {search_form(t, text.to_owned(), "/students".to_owned())}
            {students_view(&students(count), &filter, text, None)}
        </div>
    }
    .into_any()
}

fn framed(family: bool, page: Draw) -> AnyView {
    view! {
        <div class="frame">
            {rail_view(&viewer(family))} <main id="content" tabindex="-1">{page()}</main> {footer_view()}
        </div>
    }
    .into_any()
}

fn entry(demo: bool) -> AnyView {
    view! {
        <div class="entry">
            <main id="content">{sign_in_view(&sign_in(demo))}</main>
            {footer_view()}
        </div>
    }
    .into_any()
}

fn document(
    language: Language,
    address: &str,
    body: impl Fn() -> AnyView + Send + Sync + Clone + 'static,
) -> String {
    let owner = Owner::new();
    let html = owner.with(|| {
        provide_context(language);
        provide_context(RequestUrl::new(address));
        let (meta, _) = ServerMetaContext::new();
        provide_context(meta);
        provide_meta_context();
        view! {
            <Router>
                // No address matches, so the fallback draws each state.
                <Routes fallback=body>
                    <Route path=StaticSegment("none") view=|| ()/>
                </Routes>
            </Router>
        }
        .to_html()
    });
    format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Gallery</title><link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"/pkg/everpresent.css\"></head><body>{html}</body></html>",
        language.code()
    )
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned());
    std::fs::create_dir_all(&folder)?;
    for language in Language::ALL {
        let file = |name: &str| Path::new(&folder).join(format!("{name}.{}.html", language.code()));
        for (name, address, family, draw) in STATES {
            std::fs::write(file(name), document(language, address, move || framed(family, draw)))?;
        }
        for (name, demo) in [("sign-in", false), ("sign-in-demo", true)] {
            std::fs::write(file(name), document(language, "/sign-in", move || entry(demo)))?;
        }
    }
    println!("{} files in {folder}", (STATES.len() + 2) * Language::ALL.len());
    Ok(())
}
