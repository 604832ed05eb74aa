//! Pages drawn on the server: what stands in their HTML.

// A helper that cannot go on fails its test.
#![allow(clippy::unwrap_used)]

use app::Language;
use app::components::{day_strip, day_table, failure_view, freshness_stamp};
use app::pages::{
    Tried, data_view, family_view, lab_view, reconciliation_view, school_view, source_view, students_view,
    today_view,
};
use leptos::prelude::*;
use model::alert::{AlertKind, OpenAlert};
use model::canonical::Carries;
use model::ids::{SchoolId, SourceId, SourceRunId, StudentId};
use model::lab::{DivisionBy, LabGroup, LabPage, LabResult, LabRule, Part};
use model::page::*;
use model::report::{Reason, Refusal, SetAside};
use model::role::SeenBecause;
use model::source::{
    GoingLine, SourcePage, SourceProblem, SourceRunView, SourceView, Sources, StoppedRun, Waiting,
};
use model::time::{Date, SchoolYear};
use rules::setting::Setting;

fn draw(language: Language, view: impl FnOnce() -> AnyView) -> String {
    Owner::new().with(|| {
        provide_context(language);
        view().to_html()
    })
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn fresh() -> Freshness {
    Freshness {
        synced_at: None,
        synced_local: Some("2026-11-21 05:12".to_owned()),
        data_through: Some(date("2026-11-20")),
        days_since: 1,
        days_behind: 0,
        sources_late: 0,
        schools_current: 1,
        schools_unknown: 0,
        schools: 1,
    }
}

/// The values of an attribute, in order.
fn attributes(html: &str, name: &str) -> Vec<String> {
    html.split(&format!(" {name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(v, _)| v.to_owned())
        .collect()
}

/// The text of each table row, its cells parted by `|`.
fn rows(html: &str) -> Vec<String> {
    let body = html.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    body.split("<tr")
        .skip(1)
        .map(|row| {
            row.split('<')
                .filter_map(|piece| piece.split_once('>'))
                .map(|(_, text)| text)
                .filter(|text| !text.trim().is_empty())
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect()
}

#[test]
fn the_table_says_the_same_as_the_squares() {
    let kinds = [
        DayKind::Attended,
        DayKind::Excused,
        DayKind::Unexcused,
        DayKind::ReasonUnknown,
        DayKind::Part,
        DayKind::Unknown,
        DayKind::RollNotTaken,
        DayKind::NotEnrolled,
    ];
    let days: Vec<StripDay> = kinds
        .into_iter()
        .enumerate()
        .map(|(i, kind)| StripDay {
            date: date("2026-09-01") + chrono::Days::new(i as u64),
            kind,
            missed: false,
            category: if i % 2 == 1 { format!("Category {i}") } else { String::new() },
        })
        .collect();
    for language in Language::ALL {
        let squares = attributes(&draw(language, || day_strip(&days)), "title");
        let table = rows(&draw(language, || day_table(&days, "").into_any()));
        assert_eq!(squares.len(), days.len());
        let as_squares: Vec<String> = table
            .iter()
            .map(|row| match row.split('|').collect::<Vec<_>>()[..] {
                [day, meaning] => format!("{day}: {meaning}"),
                [day, meaning, category] => format!("{day}: {meaning} ({category})"),
                _ => row.clone(),
            })
            .collect();
        assert_eq!(squares, as_squares);
    }
}

fn list(name: &str) -> StudentList {
    StudentList {
        freshness: fresh(),
        rows: vec![StudentRow {
            student: StudentId(5),
            local_id: "700001".to_owned(),
            name: name.to_owned(),
            grade: "03".to_owned(),
            school: "Alder".to_owned(),
            enrolled: true,
            missed: 3,
            days: 60,
            standing: None,
            because: SeenBecause::Caseload,
        }],
        total: 250,
        page: 2,
        pages: 3,
        schools: Vec::new(),
        grades: vec!["03".to_owned()],
        rules: Vec::new(),
    }
}

#[test]
fn a_name_is_text_and_never_markup() {
    let filter = StudentFilter { page: 2, ..StudentFilter::default() };
    let html = draw(Language::En, || students_view(&list("<script>alert(1)</script>"), &filter, "", None));
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script"));
}

#[test]
fn a_text_searched_for_stands_in_no_address() {
    let filter = StudentFilter { page: 2, ..StudentFilter::default() };
    let html = draw(Language::En, || students_view(&list("Li, Na"), &filter, "zebra", None));
    for name in ["href", "action", "formaction", "src"] {
        assert!(attributes(&html, name).iter().all(|address| !address.contains("zebra")), "{name}");
    }
    // It travels on, by POST, to the next page and to another order.
    assert!(html.contains("method=\"post\" action=\"/students?page=3\""), "{html}");
    assert!(html.contains("type=\"hidden\" name=\"text\" value=\"zebra\""));
}

fn rule(id: &str, to_verify: bool) -> RuleChoice {
    RuleChoice { id: id.to_owned(), title: "A rule of the district.".to_owned(), to_verify }
}

/// A school of which 12 of 60 third-graders are on the list of a rule.
fn school(chronic: Option<RuleChoice>) -> SchoolPage {
    let share = Share::Of { count: 12, group: 60 };
    let none = chronic.is_none();
    SchoolPage {
        freshness: fresh(),
        school: SchoolId(1),
        name: "Alder".to_owned(),
        year: None,
        as_of: None,
        weeks: Vec::new(),
        chronic,
        grades: if none { Vec::new() } else { vec![GradeShare { grade: "03".to_owned(), chronic: share }] },
        total: if none { Share::Hidden } else { share },
        schools: Vec::new(),
    }
}

#[test]
fn a_schools_figure_leads_to_those_on_whom_its_rule_stands_and_to_nobody_who_is_close() {
    let html = draw(Language::En, || school_view(&school(Some(rule("EN-PERSISTENT", false)))));
    let lists: Vec<String> =
        attributes(&html, "href").into_iter().filter(|to| to.contains("rule=")).collect();
    assert!(!lists.is_empty());
    assert!(
        lists.iter().all(|to| to.contains("rule=EN-PERSISTENT") && to.contains("standing=standing")),
        "{lists:?}"
    );
}

#[test]
fn a_school_without_a_rule_of_chronic_absence_shows_no_figure_and_says_why() {
    let html = draw(Language::En, || school_view(&school(None)));
    assert!(html.contains("There are no figures of chronic absence"), "{html}");
    assert!(!html.contains("0.0"), "{html}");
}

/// The lab of a school, compared with a rule or with none.
fn lab(compared: Option<&str>) -> Tried {
    let share = Share::Of { count: 12, group: 60 };
    let rules = compared.map(|id| LabRule {
        id: id.to_owned(),
        title: "A rule of the district.".to_owned(),
        codes: Vec::new(),
        to_verify: true,
    });
    Tried {
        page: LabPage {
            freshness: fresh(),
            school: SchoolChoice { id: SchoolId(1), name: "Alder".to_owned() },
            schools: Vec::new(),
            rules: rules.into_iter().collect(),
            compared: compared.unwrap_or_default().to_owned(),
            grades: vec!["03".to_owned(), "04".to_owned()],
            as_of: date("2026-11-20"),
            stamp: "a".to_owned(),
            result: LabResult {
                total: share,
                grades: vec![("03".to_owned(), share)],
                months: Vec::new(),
                enter: Vec::new(),
                leave: Vec::new(),
            },
            groups: vec![
                LabGroup { by: DivisionBy::Sex, parts: None },
                LabGroup { by: DivisionBy::LowIncome, parts: Some(vec![(Part::Yes, share)]) },
            ],
            enter: Vec::new(),
            leave: Vec::new(),
        },
        setting: Setting::default(),
        base: Setting::default(),
    }
}

#[test]
fn a_lab_without_a_rule_to_compare_with_compares_nothing() {
    let html = draw(Language::En, || lab_view(&lab(Some("EN-PERSISTENT"))));
    assert!(html.contains("Compared with") && html.contains("/policies#EN-PERSISTENT"), "{html}");
    let html = draw(Language::En, || lab_view(&lab(None)));
    assert!(!html.contains("Compared with"), "{html}");
}

#[test]
fn each_slider_of_the_lab_says_its_value_in_words() {
    let html = draw(Language::En, || lab_view(&lab(Some("US-CHRONIC"))));
    assert_eq!(attributes(&html, "data-moves"), ["value", "length", "from", "to"]);
    let said = attributes(&html, "aria-valuetext");
    assert_eq!(said, ["At least 10 % of the school days", "the school year", "any grade", "any grade"]);
}

#[test]
fn figures_by_group_that_would_tell_of_few_are_said_to_be_hidden() {
    let html = draw(Language::En, || lab_view(&lab(Some("US-CHRONIC"))));
    assert!(html.contains("these would tell of fewer than 10 students"), "{html}");
    assert!(html.contains("Low income"), "{html}");
}

#[test]
fn the_data_page_says_which_rules_could_not_be_asked_and_why() {
    let line = |id: &str, why| NotAskedLine { rule: rule(id, false), why };
    let page = DataPage {
        freshness: fresh(),
        alerts: Vec::new(),
        runs: Vec::new(),
        set_aside: None,
        set_aside_count: 0,
        schools: Vec::new(),
        not_asked: vec![
            line("CA-HABITUAL", WhyNotAsked::NoFacts),
            line("OH-HABITUAL", WhyNotAsked::NoDayLength { schools: 2 }),
        ],
        sources: Sources::default(),
    };
    let html = draw(Language::En, || data_view(&page));
    for said in ["Rules that could not be asked", "facts of a case", "at 2 schools"] {
        assert!(html.contains(said), "{said}: {html}");
    }
    let none = DataPage { not_asked: Vec::new(), ..page };
    assert!(!draw(Language::En, || data_view(&none)).contains("Rules that could not be asked"));
}

/// A source whose run stopped.
fn stopped_source() -> SourceView {
    SourceView {
        id: SourceId(7),
        name: "nightly".to_owned(),
        kind: "folder".to_owned(),
        carries: Carries::Whole,
        profile: Some("aspen".to_owned()),
        fields: "15 4 * * 1-5".to_owned(),
        next_local: Some("2026-11-23 04:21".to_owned()),
        also: None,
        paused_local: None,
        late: true,
        job: None,
        waiting: Some(Waiting { rows: 412, approved: false }),
        last_run: Some(SourceRunView {
            id: SourceRunId(9),
            started_local: "2026-11-21 04:21".to_owned(),
            outcome: "braked".to_owned(),
            read: 0,
            added: 0,
            changed: 0,
            removed: 0,
            set_aside: 0,
        }),
    }
}

#[test]
fn everybody_of_the_data_page_reads_how_a_source_stands_and_only_who_may_manage_it_has_buttons() {
    let page = |may_manage, list| DataPage {
        freshness: fresh(),
        alerts: Vec::new(),
        runs: Vec::new(),
        set_aside: None,
        set_aside_count: 0,
        schools: Vec::new(),
        not_asked: Vec::new(),
        sources: Sources { may_manage, list, done: None },
    };
    let of = |may_manage| draw(Language::En, || data_view(&page(may_manage, vec![stopped_source()])));
    let (clerk, principal) = (of(true), of(false));
    for html in [&clerk, &principal] {
        for said in [
            "nightly",
            "Folder of files",
            "Monday to Friday at 04:15",
            "412 rows would go",
            "Late",
            "stopped",
        ] {
            assert!(html.contains(said), "{said}: {html}");
        }
    }
    assert!(clerk.contains("See what would go") && clerk.contains("value=\"pause\""));
    for hidden in ["<form", "<button", "/data/sources/"] {
        assert!(!principal.contains(hidden), "{hidden}: {principal}");
    }
    let none = |may_manage| draw(Language::En, || data_view(&page(may_manage, Vec::new())));
    assert!(none(true).contains("No source is set up") && !none(false).contains("No source is set up"));
}

#[test]
fn an_alert_stands_on_today_and_data_and_leads_to_its_source() {
    let open = vec![OpenAlert {
        source: SourceId(7),
        name: "nightly".to_owned(),
        kind: AlertKind::Failed,
        since_local: "2026-11-21 05:12".to_owned(),
    }];
    let data = |alerts| DataPage {
        freshness: fresh(),
        alerts,
        runs: Vec::new(),
        set_aside: None,
        set_aside_count: 0,
        schools: Vec::new(),
        not_asked: Vec::new(),
        sources: Sources::default(),
    };
    let today = |alerts| Worklist {
        freshness: fresh(),
        alerts,
        as_of: None,
        newly_met: 0,
        still_open: 0,
        close: 0,
        items: Vec::new(),
        total: 0,
        page: 1,
        pages: 1,
        schools: Vec::new(),
        grades: Vec::new(),
        rules: Vec::new(),
    };
    let filter = WorklistFilter::default();
    let draw_both = |t, alerts: Vec<OpenAlert>| {
        [
            draw(t, || data_view(&data(alerts.clone()))),
            draw(t, || today_view(&today(alerts.clone()), &filter, None)),
        ]
    };
    let way = format!("href=\"/data/sources/{}\"", SourceId(7));
    for html in draw_both(Language::En, open.clone()) {
        assert!(
            html.contains("The last run of nightly failed") && html.contains("Sat 21 Nov 05:12"),
            "{html}"
        );
        assert!(html.contains(&way), "{html}");
    }
    for html in draw_both(Language::Es, open) {
        assert!(html.contains("La última lectura de nightly falló"), "{html}");
        assert!(html.contains(&way), "{html}");
    }
    for html in draw_both(Language::En, Vec::new()) {
        assert!(!html.contains("role=\"note\""), "{html}");
    }
}

#[test]
fn a_day_that_differs_is_said_in_words_and_opens_to_its_rows_and_marks() {
    let day = |text: &str, told, held| DayBalance { date: date(text), told, held };
    let days = vec![
        day("2026-11-16", Some(34), 34),
        day("2026-11-17", Some(34), 31),
        day("2026-11-18", Some(30), 31),
        day("2026-11-19", None, 12),
    ];
    let mark =
        HeldMark { student: StudentId(7), local_id: "100007".to_owned(), category: "Tardy".to_owned() };
    let row = SetAside {
        file: "attendance.csv".to_owned(),
        line: 1_207,
        column: Some("category".to_owned()),
        value: "Astray".to_owned(),
        reason: Reason::UnmappedCategory,
        at: None,
    };
    let rows = |day: DayBalance, set_aside| DayRows { day, set_aside, held: vec![mark.clone()] };
    let page = |open: Option<DayRows>| ReconciliationPage {
        freshness: fresh(),
        schools: vec![SchoolBalance {
            school: SchoolId(3),
            name: "Alder".to_owned(),
            year: SchoolYear(2026),
            compared: 3,
            differing: 2,
            untold: 1,
        }],
        open: Some(SchoolDays { school: SchoolId(3), name: "Alder".to_owned(), days: days.clone(), open }),
    };
    let of = |open| draw(Language::En, || reconciliation_view(&page(open)));
    let closed = of(None);
    assert!(closed.contains("2 school days differ."), "{closed}");
    let (differing, all) = closed.split_once("<details").unwrap();
    assert!(differing.contains("3 rows not used") && differing.contains("1 mark too many"), "{differing}");
    assert!(!differing.contains("day=2026-11-16") && all.contains("day=2026-11-16"));
    assert!(!differing.contains("day=2026-11-19") && all.contains("not told in full"), "{all}");

    let opened = of(Some(rows(days[1], vec![row])));
    assert!(opened.contains("attendance.csv, line 1,207") && opened.contains("Astray"), "{opened}");
    assert!(opened.contains(&format!("/students/{}", StudentId(7))), "{opened}");
    assert!(!opened.contains("not in the source any more"), "{opened}");
    let unlisted = of(Some(rows(days[1], Vec::new())));
    assert!(unlisted.contains("others are only counted"), "{unlisted}");
    let too_many = of(Some(rows(days[2], Vec::new())));
    assert!(too_many.contains("not in the source any more"), "{too_many}");

    let nothing = ReconciliationPage { freshness: fresh(), schools: Vec::new(), open: None };
    let nothing = draw(Language::En, || reconciliation_view(&nothing));
    assert!(nothing.contains("Nothing can be compared yet") && !nothing.contains("<table"), "{nothing}");
}

#[test]
fn the_page_of_a_source_says_what_would_go_why_and_which_field_is_wrong() {
    let page = SourcePage {
        source: stopped_source(),
        stopped: Some(StoppedRun {
            causes: vec![Refusal::TooManyRemovals {
                table: "enrollments".to_owned(),
                at: ", school 101".to_owned(),
                removed: 412,
                stored: 500,
            }],
            going: vec![GoingLine {
                table: "enrollments".to_owned(),
                school: "Alder".to_owned(),
                rows: 412,
                examples: vec!["100001, 101, 2026-08-24".to_owned()],
            }],
            digest: "00ff".to_owned(),
            approvable: true,
        }),
        fields: "every night".to_owned(),
        upcoming: Vec::new(),
        reason: String::new(),
        problem: Some(SourceProblem::Schedule),
        done: None,
    };
    let html = draw(Language::En, || source_view(&page));
    assert_eq!(rows(&html), ["Enrollments|Alder|412|100001, 101, 2026-08-24"]);
    for said in [
        "Enrollments, school 101: 412 of 500 rows would go",
        "Let these 412 rows go",
        "value=\"00ff\"",
        "aria-describedby=\"problem-fields\"",
        "This is not a schedule",
    ] {
        assert!(html.contains(said), "{said}: {html}");
    }
    let many = StoppedRun { approvable: false, ..page.stopped.clone().unwrap() };
    let html = draw(Language::En, || source_view(&SourcePage { stopped: Some(many), ..page }));
    assert!(html.contains("too many to approve here") && !html.contains("value=\"approve\""));
}

#[test]
fn how_old_the_data_is_never_passes_over_a_school_without_a_calendar() {
    let stamp = |fresh: Freshness| draw(Language::En, || freshness_stamp(&fresh));
    let past = Freshness { days_since: 90, ..fresh() };
    assert!(stamp(past.clone()).contains("no school day has followed"));
    // Nobody can say whether a school day has followed at the other school.
    let unknown = stamp(Freshness { schools_unknown: 1, schools: 2, ..past });
    assert!(!unknown.contains("no school day has followed"), "{unknown}");
    for said in ["1 of 2 schools up to date", "no calendar has come for 1 school"] {
        assert!(unknown.contains(said), "{unknown}");
    }
}

#[test]
fn a_family_reads_in_its_own_language_what_a_day_was() {
    let day = FamilyDay {
        date: date("2026-11-11"),
        kind: DayKind::Unexcused,
        category: "Unexcused Absence".to_owned(),
        reason: None,
        school: "Alder".to_owned(),
    };
    let child = ChildView {
        student: StudentId(5),
        given_name: "Ana".to_owned(),
        school: "Alder".to_owned(),
        own: false,
        missed: 1,
        excused: 0,
        days: 60,
        strip: Vec::new(),
        dates: vec![day],
        often_missed: false,
        days_to_often: None,
        not_counted: Vec::new(),
        clause: None,
    };
    let page = FamilyPage { freshness: fresh(), children: vec![child] };
    let cells = |language| rows(&draw(language, || family_view(&page)));
    assert_eq!(cells(Language::En), ["Wed 11 Nov|Unexcused Absence|none written"]);
    let es = "mié 11 nov|ausente, sin justificar|Unexcused Absence|sin motivo escrito";
    assert_eq!(cells(Language::Es), [es]);
}

#[test]
fn a_rule_that_nobody_has_checked_is_marked_wherever_its_title_stands() {
    let mark = "href=\"/policies#PA-TRUANT\"";
    let html = draw(Language::En, || school_view(&school(Some(rule("PA-TRUANT", true)))));
    assert!(html.contains(mark) && html.contains("not checked against the law yet"), "{html}");
    assert!(!draw(Language::En, || school_view(&school(Some(rule("PA-TRUANT", false))))).contains(mark));
    let list = |to_verify| Worklist {
        freshness: fresh(),
        alerts: Vec::new(),
        as_of: None,
        newly_met: 1,
        still_open: 0,
        close: 0,
        items: vec![WorkItem {
            student: StudentId(5),
            name: "Li, Na".to_owned(),
            grade: "03".to_owned(),
            school: "Alder".to_owned(),
            reason: ReasonLine {
                rule: "PA-TRUANT".to_owned(),
                rule_title: String::new(),
                numerator: 3,
                denominator: None,
                unit: "day".to_owned(),
                counts: "unexcused".to_owned(),
                more: None,
                standing: Standing::NewlyMet,
                standing_since: None,
                district_wide: false,
                to_verify,
            },
            because: SeenBecause::Caseload,
        }],
        total: 1,
        page: 1,
        pages: 1,
        schools: Vec::new(),
        grades: Vec::new(),
        rules: vec![rule("PA-TRUANT", to_verify)],
    };
    let html = draw(Language::Es, || today_view(&list(true), &WorklistFilter::default(), None));
    assert!(html.contains(mark), "{html}");
    // Beside the line, and in the choice of rules.
    assert_eq!(html.matches("aún no comprobado con la ley").count(), 2, "{html}");
    let html = draw(Language::Es, || today_view(&list(false), &WorklistFilter::default(), None));
    assert!(!html.contains(mark) && !html.contains("aún no comprobado"), "{html}");
}

#[test]
fn a_hidden_figure_is_said_to_be_hidden_and_draws_no_bar() {
    let page = SchoolPage {
        freshness: fresh(),
        school: SchoolId(1),
        name: "Alder".to_owned(),
        year: None,
        as_of: None,
        weeks: Vec::new(),
        chronic: Some(rule("US-CHRONIC", false)),
        grades: vec![GradeShare { grade: "03".to_owned(), chronic: Share::Hidden }],
        total: Share::Hidden,
        schools: Vec::new(),
    };
    let html = draw(Language::En, || school_view(&page));
    assert_eq!(html.matches(">hidden<").count(), 6);
    assert!(attributes(&html, "width").iter().all(|w| w == "100" || w == "0.0" || w == "0.600"), "{html}");
}

#[test]
fn a_failure_says_what_to_do_and_gives_a_code() {
    for (failure, code) in
        [(Failure::NotFound, "not_found"), (Failure::Refused, "refused"), (Failure::Broken, "broken")]
    {
        let html = draw(Language::En, || failure_view(failure.into()));
        assert!(html.contains(&format!("Code: {code}")) && html.contains("href=\"/\""));
    }
    assert!(draw(Language::Es, || failure_view(Failure::NotSignedIn.into())).contains("href=\"/sign-in\""));
}

#[test]
fn the_family_page_and_sign_in_go_out_without_script() {
    for (path, plain) in [
        ("/family", true),
        ("/sign-in", true),
        ("/sign-in/", true),
        ("/", false),
        ("/students", false),
        ("/familyx", false),
    ] {
        assert_eq!(app::is_plain(path), plain, "{path}");
    }
}
