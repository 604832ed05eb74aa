//! Pages drawn on the server: what stands in their HTML.

// A helper that cannot go on fails its test.
#![allow(clippy::unwrap_used)]

use app::Language;
use app::components::{day_strip, day_table, failure_view};
use app::pages::{school_view, students_view};
use leptos::prelude::*;
use model::ids::{SchoolId, StudentId};
use model::page::*;
use model::role::SeenBecause;
use model::time::Date;

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
        schools_current: 1,
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

#[test]
fn a_hidden_figure_is_said_to_be_hidden_and_draws_no_bar() {
    let page = SchoolPage {
        freshness: fresh(),
        school: SchoolId(1),
        name: "Alder".to_owned(),
        year: None,
        as_of: None,
        weeks: Vec::new(),
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
