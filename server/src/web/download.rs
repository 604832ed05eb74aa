//! Tables as CSV (RFC 4180), by POST: taking records along is an act of its own, which no prefetch does and no other
//! site can cause. Names stand in the file, never in its name or in an address.

use super::pages::{language, search_text};
use app::Language;
use app::pages::{students_filter, worklist_filter};
use app::words::{
    because, day_meaning, grade, percent, reason_sentence, rule_title, set_aside_reason, standing, why_not,
};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use model::ids::{SchoolId, StudentId};
use model::page::{EvidenceView, Failure, Share};
use model::time::Date;
use services::Visit;
use services::download::{self, DataTable, SchoolTable, StudentTable};
use std::collections::HashMap;

type Filters = Query<HashMap<String, String>>;
type Words = Form<HashMap<String, String>>;

/// A table on its way to a file.
struct Sheet {
    name: &'static str,
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// `POST /download/worklist`, with the filters of `/`.
pub(super) async fn worklist(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Query(filters): Filters,
) -> Response {
    let t = language(&headers);
    let filter = worklist_filter(&filters.into_iter().collect());
    answer(download::worklist(&visit, &filter).await, |items| Sheet {
        name: "worklist",
        heads: vec![
            t.students_name(),
            t.grade_label(),
            t.filter_school(),
            t.filter_rule(),
            t.filter_standing(),
            t.download_since(),
            t.download_counted(),
            t.download_of(),
            t.download_unit(),
            t.download_reason(),
            t.students_why(),
        ],
        rows: items
            .iter()
            .map(|item| {
                let reason = &item.reason;
                vec![
                    text(&item.name),
                    text(&grade(t, &item.grade)),
                    text(&item.school),
                    text(&rule_title(t, &reason.rule, &reason.rule_title)),
                    standing(t, Some(reason.standing)).to_owned(),
                    date(reason.standing_since),
                    reason.numerator.to_string(),
                    figure(reason.denominator),
                    text(&reason.unit),
                    text(&reason_sentence(t, reason)),
                    text(&because(t, &item.because)),
                ]
            })
            .collect(),
    })
}

/// `POST /download/students`, with the filters of `/students`; the text searched for is in the form.
pub(super) async fn students(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Query(filters): Filters,
    Form(form): Words,
) -> Response {
    let t = language(&headers);
    let filter = students_filter(&filters.into_iter().collect());
    let search = search_text(form);
    answer(download::students(&visit, &filter, &search).await, |rows| Sheet {
        name: "students",
        heads: vec![
            t.students_name(),
            t.students_id(),
            t.grade_label(),
            t.filter_school(),
            t.download_enrolled(),
            t.students_missed(),
            t.trend_days(),
            t.trend_share(),
            t.filter_standing(),
            t.students_why(),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    text(&row.name),
                    text(&row.local_id),
                    text(&grade(t, &row.grade)),
                    text(&row.school),
                    yes_no(t, row.enrolled),
                    row.missed.to_string(),
                    row.days.to_string(),
                    share_of(row.missed, row.days),
                    standing(t, row.standing).to_owned(),
                    text(&because(t, &row.because)),
                ]
            })
            .collect(),
    })
}

/// `POST /download/students/{id}/days`: each school day of the year.
pub(super) async fn student_days(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let t = language(&headers);
    answer(of_student(&visit, &id, StudentTable::Days).await, |page| Sheet {
        name: "student-days",
        heads: vec![t.strip_date(), t.strip_meaning(), t.strip_category(), t.download_missed()],
        rows: page
            .strip
            .iter()
            .map(|day| {
                vec![
                    day.date.to_string(),
                    day_meaning(t, day.kind).to_owned(),
                    text(&day.category),
                    yes_no(t, day.missed),
                ]
            })
            .collect(),
    })
}

/// `POST /download/students/{id}/weeks`: the trend in figures.
pub(super) async fn student_weeks(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let t = language(&headers);
    answer(of_student(&visit, &id, StudentTable::Weeks).await, |page| Sheet {
        name: "student-weeks",
        heads: vec![t.trend_week(), t.trend_missed(), t.trend_days()],
        rows: page
            .trend
            .iter()
            .map(|week| vec![week.week.to_string(), week.missed.to_string(), week.days.to_string()])
            .collect(),
    })
}

/// `POST /download/students/{id}/signals`: each day that counted for a threshold, and each that did not, with the
/// clause.
pub(super) async fn student_signals(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let t = language(&headers);
    answer(of_student(&visit, &id, StudentTable::Signals).await, |page| Sheet {
        name: "student-thresholds",
        heads: vec![
            t.filter_rule(),
            t.filter_standing(),
            t.signal_school(),
            t.download_year(),
            t.signal_date(),
            t.signal_category(),
            t.signal_reason(),
            t.download_counts(),
            t.download_unit(),
            t.signal_why_not(),
            t.signal_clause(),
            t.signal_pack(),
        ],
        rows: page
            .signals
            .iter()
            .flat_map(|signal| {
                let row = move |day: &EvidenceView, counts: u32, why: &str| {
                    vec![
                        text(&rule_title(t, &signal.line.rule, &signal.line.rule_title)),
                        standing(t, Some(signal.line.standing)).to_owned(),
                        text(&day.school),
                        signal.year.to_string(),
                        day.date.to_string(),
                        text(&day.category),
                        text(day.reason.as_deref().unwrap_or_default()),
                        counts.to_string(),
                        text(&signal.line.unit),
                        why.to_owned(),
                        text(&signal.citation),
                        text(&signal.pack),
                    ]
                };
                let counted = signal.evidence.iter().map(move |day| row(day, day.counts, ""));
                counted
                    .chain(signal.near_misses.iter().map(move |miss| row(&miss.day, 0, why_not(t, miss.why))))
            })
            .collect(),
    })
}

/// `POST /download/schools/{id}/grades`: chronic absence by grade; what the page hides is hidden here.
pub(super) async fn school_grades(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let t = language(&headers);
    answer(of_school(&visit, &id, SchoolTable::Grades).await, |page| {
        let row = |name: String, of: Share| [vec![name], share(t, of)].concat();
        Sheet {
            name: "school-grades",
            heads: vec![t.grade_label(), t.school_students(), t.school_chronic(), t.school_share()],
            rows: page
                .grades
                .iter()
                .map(|g| row(text(&grade(t, &g.grade)), g.chronic))
                .chain([row(t.school_all_grades().to_owned(), page.total)])
                .collect(),
        }
    })
}

/// `POST /download/schools/{id}/weeks`: attendance by week; what the page hides is hidden here.
pub(super) async fn school_weeks(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let t = language(&headers);
    answer(of_school(&visit, &id, SchoolTable::Weeks).await, |page| Sheet {
        name: "school-weeks",
        heads: vec![t.trend_week(), t.school_student_days(), t.school_attended(), t.school_share()],
        rows: page.weeks.iter().map(|w| [vec![w.week.to_string()], share(t, w.attended)].concat()).collect(),
    })
}

/// `POST /download/data/schools`: how far attendance has come.
pub(super) async fn data_schools(Extension(visit): Extension<Visit>, headers: HeaderMap) -> Response {
    let t = language(&headers);
    answer(download::data(&visit, DataTable::Schools).await, |page| Sheet {
        name: "attendance-by-school",
        heads: vec![t.filter_school(), t.data_last_row(), t.data_missing()],
        rows: page
            .schools
            .iter()
            .map(|s| vec![text(&s.name), date(s.last_row), days_behind(t, s.days_behind)])
            .collect(),
    })
}

/// `POST /download/data/set-aside`: every row that is set aside.
pub(super) async fn data_set_aside(Extension(visit): Extension<Visit>, headers: HeaderMap) -> Response {
    let t = language(&headers);
    answer(download::set_aside(&visit).await, |rows| Sheet {
        name: "rows-set-aside",
        heads: vec![
            t.data_file(),
            t.data_line(),
            t.data_column(),
            t.data_value(),
            t.data_why(),
            t.filter_school(),
            t.reconciliation_day(),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    text(&row.file),
                    row.line.to_string(),
                    text(row.column.as_deref().unwrap_or_default()),
                    text(&row.value),
                    set_aside_reason(t, row.reason).to_owned(),
                    text(row.at.as_ref().map_or("", |at| &at.school_id)),
                    date(row.at.as_ref().map(|at| at.date)),
                ]
            })
            .collect(),
    })
}

/// `POST /download/data/runs`: what the last syncs did with each file.
pub(super) async fn data_runs(Extension(visit): Extension<Visit>, headers: HeaderMap) -> Response {
    let t = language(&headers);
    answer(download::data(&visit, DataTable::Runs).await, |page| Sheet {
        name: "syncs",
        heads: vec![
            t.download_ended(),
            t.data_table(),
            t.data_file(),
            t.data_read(),
            t.data_added(),
            t.data_changed(),
            t.data_unchanged(),
            t.data_removed(),
            t.data_set_aside(),
        ],
        rows: page
            .runs
            .iter()
            .flat_map(|run| {
                run.tables.iter().map(move |c| {
                    let figures = [c.read, c.added, c.changed, c.unchanged, c.removed, c.set_aside];
                    let names = vec![run.ended_local.clone(), text(&c.table), text(&c.file)];
                    [names, figures.map(|f| f.to_string()).to_vec()].concat()
                })
            })
            .collect(),
    })
}

/// `POST /download/family`: the days that each child missed, for those who may read them as a family.
pub(super) async fn family(Extension(visit): Extension<Visit>, headers: HeaderMap) -> Response {
    let t = language(&headers);
    answer(download::family(&visit).await, |page| Sheet {
        name: "days-missed",
        heads: vec![
            t.students_name(),
            t.family_date(),
            t.signal_school(),
            t.family_category(),
            t.family_reason(),
        ],
        rows: page
            .children
            .iter()
            .flat_map(|child| {
                child.dates.iter().map(move |day| {
                    vec![
                        text(&child.given_name),
                        day.date.to_string(),
                        text(&day.school),
                        text(&day.category),
                        text(day.reason.as_deref().unwrap_or_default()),
                    ]
                })
            })
            .collect(),
    })
}

async fn of_student(
    visit: &Visit,
    id: &str,
    table: StudentTable,
) -> Result<model::page::StudentPage, Failure> {
    let id: StudentId = id.parse().map_err(|_| Failure::NotFound)?;
    download::student(visit, id, table).await
}

async fn of_school(visit: &Visit, id: &str, table: SchoolTable) -> Result<model::page::SchoolPage, Failure> {
    let id: SchoolId = id.parse().map_err(|_| Failure::NotFound)?;
    download::school(visit, id, table).await
}

fn figure(value: Option<u32>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn date(value: Option<Date>) -> String {
    value.map(|d| d.to_string()).unwrap_or_default()
}

/// School days that are missing, or that nobody can say.
fn days_behind(t: Language, days: Option<u32>) -> String {
    days.map_or_else(|| t.data_no_calendar().to_owned(), |days| days.to_string())
}

fn yes_no(t: Language, value: bool) -> String {
    if value { t.download_yes() } else { t.download_no() }.to_owned()
}

/// A share as spreadsheets read one: `9.4%`.
fn share_of(part: u32, of: u32) -> String {
    percent(part, of).replace('\u{a0}', "")
}

/// Group, count and percent, or the word `hidden` three times.
fn share(t: Language, of: Share) -> Vec<String> {
    match of {
        Share::Of { count, group } => vec![group.to_string(), count.to_string(), share_of(count, group)],
        Share::Hidden => vec![t.school_hidden().to_owned(); 3],
    }
}

/// Text that came from outside. A spreadsheet takes a cell that begins with one of these signs (their wide forms too)
/// for a formula; an apostrophe before it keeps it text.
fn text(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula { format!("'{value}") } else { value.to_owned() }
}

/// The file, or why not.
fn answer<T>(outcome: Result<T, Failure>, sheet: impl FnOnce(T) -> Sheet) -> Response {
    match outcome.map(sheet) {
        Ok(sheet) => match csv_of(&sheet) {
            Ok(bytes) => file(sheet.name, bytes),
            Err(error) => {
                tracing::error!(%error, "a table could not be written");
                refused(Failure::Broken)
            }
        },
        Err(failure) => refused(failure),
    }
}

fn refused(failure: Failure) -> Response {
    let error = app::AppError(failure);
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, format!("{}\n", error.code())).into_response()
}

fn csv_of(sheet: &Sheet) -> Result<Vec<u8>, csv::Error> {
    // Spreadsheets know by the mark at the beginning that the names are in UTF-8.
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    writer.write_record(&sheet.heads)?;
    for row in &sheet.rows {
        writer.write_record(row)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}

fn file(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_becomes_text() {
        for formula in ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        for plain in ["", "Li, Na", "O’Brien-Kowalczyk", "3 = 3", "'quoted"] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_within_their_cell() {
        let sheet =
            Sheet { name: "x", heads: vec!["a", "b"], rows: vec![vec!["1,\"2\"".into(), "3\r\n4".into()]] };
        let written = String::from_utf8(csv_of(&sheet).unwrap()).unwrap();
        assert_eq!(written, "\u{feff}a,b\r\n\"1,\"\"2\"\"\",\"3\r\n4\"\r\n");
    }
}
