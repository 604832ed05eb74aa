//! What a sync promises, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::attendance::{CodeMap, Meaning, Shapes, Strip};
use model::canonical::{Carries, Delivery, Demographics};
use model::ids::RunId;
use model::report::{Reason, Refusal, SetAside};
use model::time::SchoolYear;
use store::testing::both;
use store::{Error, Limits};
use support::*;

#[tokio::test]
async fn rows_reconcile_and_the_same_input_twice_changes_nothing() {
    for store in both().await {
        let town = town();
        let district = district(&store, "town").await;
        let first = sync(&district, 1, &town, false).await.unwrap();
        assert!(first.iter().all(|c| c.reconciles()), "{first:#?}");
        assert_eq!(count(&first, "people").added, 14);
        let marks = count(&first, "attendance");
        assert_eq!((marks.read, marks.added, marks.set_aside), (6, 5, 1));
        let shapes = district.shapes().await.unwrap();
        let mut again = town.clone();
        again.attendance = attendance(shapes, MARKS);
        let second = sync(&district, 2, &again, false).await.unwrap();
        for c in &second {
            assert!(c.reconciles(), "{c:?}");
            assert_eq!((c.added, c.changed, c.removed), (0, 0, 0), "{}: {c:?}", store.engine);
        }
        // An adapter that did not begin with the store's shapes is understood too.
        let mut strange = town.clone();
        let backwards: Vec<_> = MARKS.iter().rev().copied().collect();
        strange.attendance = attendance(Shapes::default(), &backwards);
        let third = sync(&district, 3, &strange, false).await.unwrap();
        assert_eq!(count(&third, "attendance").unchanged, 5, "{}", store.engine);
        let runs = district.runs(&job("2021-09-03"), 10).await.unwrap();
        assert_eq!(runs.iter().map(|r| r.id.0).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!(runs[2].tables, first);
    }
}

#[tokio::test]
async fn a_correction_changes_the_strip_and_what_was_known_before_stays_known() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        sync(&district, 1, &town, false).await.unwrap();
        let s1 = student(&district, "s1").await;
        let before = known(&district, 1, s1).await;
        let corrected: Vec<_> = MARKS
            .iter()
            .map(|m| if m.2 == "2021-08-24" && m.0 == "s1" { (m.0, m.1, m.2, "Excused Absence") } else { *m })
            .collect();
        town.attendance = attendance(district.shapes().await.unwrap(), &corrected);
        let counts = sync(&district, 2, &town, false).await.unwrap();
        let marks = count(&counts, "attendance");
        assert_eq!((marks.changed, marks.unchanged, marks.added, marks.removed), (1, 4, 0, 0));
        assert_eq!(known(&district, 1, s1).await, before);
        let after = known(&district, 2, s1).await;
        assert_ne!(after, before);
        assert_eq!(after[0].marks().count(), 2);
        assert_eq!(district.compare_strips().await.unwrap(), []);
    }
}

/// A student's strips as they were known after a run.
async fn known(district: &store::District, run: i64, student: model::ids::StudentId) -> Vec<Strip> {
    let then = district.known_after(at(run * 10 + 5)).await.unwrap();
    let known = district.history_known(&job("2021-09-03"), &then).await.unwrap();
    let place = known.students.iter().position(|s| *s == student).unwrap();
    known.history.students[place].years.iter().map(|year| year.strip.clone()).collect()
}

#[tokio::test]
async fn a_file_with_a_header_and_no_rows_is_refused_even_when_removals_are_allowed() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        sync(&district, 1, &town, false).await.unwrap();
        town.contacts = table("contacts.csv", Vec::new());
        let refused = sync(&district, 2, &town, true).await.unwrap_err();
        assert!(matches!(&refused, Error::Refused(Refusal::WouldRemoveAll { stored: 3, .. })), "{refused}");
        town.contacts = None;
        town.attendance = attendance(Shapes::default(), &[]);
        let refused = sync(&district, 3, &town, true).await.unwrap_err();
        // Marks are counted that a row could be used for, not students.
        assert!(matches!(&refused, Error::Refused(Refusal::WouldRemoveAll { stored: 5, .. })), "{refused}");
        assert_eq!(district.runs(&job("2021-09-03"), 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn on_the_first_day_of_a_school_year_there_are_no_marks_yet_and_those_of_the_last_year_stay() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        sync(&district, 1, &town, false).await.unwrap();
        // By the clock of these syncs (December 2021) the year after has begun.
        let next = SchoolYear(2022);
        town.calendar = table("calendar.csv", calendar("100", next, "2021-12-20"));
        town.enrollments = table("enrollments.csv", vec![span("s1", "100", "2021-12-20", None)]);
        town.enrollments.as_mut().unwrap().rows[0].year = next;
        town.attendance = attendance(Shapes::default(), &[]);
        let counts = sync(&district, 2, &town, false).await.unwrap();
        assert_eq!(count(&counts, "attendance").removed, 0);
        let s1 = student(&district, "s1").await;
        assert_eq!(known(&district, 2, s1).await[0].marks().count(), 2, "{}", store.engine);
    }
}

#[tokio::test]
async fn people_who_vanish_hold_the_brake_by_school() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        // One school's are known by their enrollment, the other's by their role.
        let (large, small): (Vec<String>, Vec<String>) =
            ((0..120).map(|i| format!("x{i:03}")).collect(), (0..12).map(|i| format!("y{i:02}")).collect());
        let birth = |id: &String| Demographics {
            person_key: format!("k-{id}"),
            birth_date: Some(day("2012-01-05")),
            sex: String::new(),
            race_ethnicity: String::new(),
        };
        for id in large.iter().chain(&small) {
            town.people.as_mut().unwrap().rows.push(person(id, "Extra", "Person"));
            town.demographics.as_mut().unwrap().rows.push(birth(id));
        }
        for id in &large {
            town.enrollments.as_mut().unwrap().rows.push(span(id, "100", "2021-08-23", None));
        }
        for id in &small {
            town.roles.as_mut().unwrap().rows.push(role(id, "student", "l"));
        }
        sync(&district, 1, &whole(&town), false).await.unwrap();
        let mut fewer = town.clone();
        fewer.people.as_mut().unwrap().rows.retain(|p| !p.id.starts_with('y'));
        let refused = sync(&district, 2, &whole(&fewer), false).await.unwrap_err().to_string();
        assert!(refused.starts_with("people, school 200: 12 of "), "{}: {refused}", store.engine);
        let mut fewer = town.clone();
        fewer.demographics.as_mut().unwrap().rows.retain(|d| !d.person_key.starts_with("k-y"));
        let refused = sync(&district, 2, &whole(&fewer), false).await.unwrap_err().to_string();
        assert!(refused.starts_with("demographics, school 200: 12 of "), "{}: {refused}", store.engine);
    }
}

/// A delivery whose counts of rows read are those of its rows.
fn whole(delivery: &Delivery) -> Delivery {
    let mut delivery = delivery.clone();
    let counted = |read: &mut u64, rows: usize| *read = rows as u64;
    delivery.people.iter_mut().for_each(|t| counted(&mut t.read, t.rows.len()));
    delivery.roles.iter_mut().for_each(|t| counted(&mut t.read, t.rows.len()));
    delivery.demographics.iter_mut().for_each(|t| counted(&mut t.read, t.rows.len()));
    delivery.enrollments.iter_mut().for_each(|t| counted(&mut t.read, t.rows.len()));
    delivery
}

#[tokio::test]
async fn a_plan_changes_nothing_only_where_what_is_read_beside_the_rows_is_held_too() {
    for store in both().await {
        let town = town();
        let district = district(&store, "town").await;
        let codes = CodeMap::default();
        sync_with_codes(&district, 1, &town, Some(codes.clone())).await.unwrap();
        let same = held(&district, &town, codes.clone()).await;
        assert!(same, "{}", store.engine);
        let mut other = codes.clone();
        other.set("Tardy", Meaning::Unexcused);
        assert!(!held(&district, &town, other).await, "a category means something else");
        let mut later = town.clone();
        later.attendance.as_mut().unwrap().last_rows[0].1 = day("2021-08-27");
        assert!(!held(&district, &later, codes.clone()).await, "a school has reported up to a later day");
        let mut odd = town.clone();
        let marks: Vec<_> = MARKS.iter().copied().chain([("s1", "100", "2021-08-26", "???")]).collect();
        odd.attendance = attendance(Shapes::default(), &marks);
        odd.attendance.as_mut().unwrap().last_rows.clone_from(&town.attendance.as_ref().unwrap().last_rows);
        assert!(
            !held(&district, &odd, codes.clone()).await,
            "a mark that cannot be used makes a day unknown"
        );
    }
}

/// Whether a delivery's plan changes nothing.
async fn held(district: &store::District, delivery: &Delivery, codes: CodeMap) -> bool {
    let mut tx = district.begin_sync(RunId(99), at(1_000), "the test").await.unwrap();
    tx.plan(delivery, &Limits::lifted(true), &mut ids()).await.unwrap().with_codes(codes).changes_nothing()
}

#[tokio::test]
async fn many_removals_are_refused_unless_allowed_and_people_are_kept() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        let people = town.people.as_mut().unwrap();
        for i in 0..20 {
            people.rows.push(person(&format!("x{i:02}"), "Extra", "Person"));
        }
        people.read = people.rows.len() as u64;
        sync(&district, 1, &town, false).await.unwrap();
        let people = town.people.as_mut().unwrap();
        people.rows.retain(|p| !p.id.starts_with('x'));
        people.read = people.rows.len() as u64;
        let refused = sync(&district, 2, &town, false).await.unwrap_err();
        assert!(
            matches!(refused.refusal(), Some(Refusal::TooManyRemovals { removed: 20, stored: 34, .. })),
            "{refused}"
        );
        let counts = sync(&district, 3, &town, true).await.unwrap();
        assert_eq!(count(&counts, "people").removed, 20);
        let shown = district.find_people(&job("2021-09-03"), "x07").await.unwrap();
        assert!(shown.is_empty(), "no longer active");
        // They come back as the same people: changed, not added.
        let people = town.people.as_mut().unwrap();
        people.rows.push(person("x07", "Extra", "Person"));
        people.read += 1;
        let counts = sync(&district, 4, &town, false).await.unwrap();
        assert_eq!((count(&counts, "people").added, count(&counts, "people").changed), (0, 1));
    }
}

#[tokio::test]
async fn removed_marks_hold_the_brake_by_school_and_leave_the_strip_when_allowed() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        let days: Vec<String> = (1..=28).map(|d| format!("2021-09-{d:02}")).collect();
        let many: Vec<_> = days.iter().map(|d| ("s1", "100", d.as_str(), "Excused Absence")).collect();
        let mut marks = many.clone();
        marks.push(("s4", "200", "2021-08-26", "Excused Absence"));
        town.attendance = attendance(Shapes::default(), &marks);
        sync(&district, 1, &town, false).await.unwrap();
        let mut fewer = marks.clone();
        fewer.drain(0..12);
        town.attendance = attendance(district.shapes().await.unwrap(), &fewer);
        let refused = sync(&district, 2, &town, false).await.unwrap_err().to_string();
        assert!(refused.starts_with("attendance, school 100: 12 of 28 rows would be removed"), "{refused}");
        let counts = sync(&district, 3, &town, true).await.unwrap();
        assert_eq!(count(&counts, "attendance").removed, 12);
        assert_eq!(district.compare_strips().await.unwrap(), []);
        let history = district.history(&job("2021-09-30")).await.unwrap();
        let marks: usize =
            history.history.students.iter().flat_map(|s| &s.years).map(|y| y.strip.marks().count()).sum();
        assert_eq!(marks, 17);
    }
}

#[tokio::test]
async fn present_marks_of_a_whole_year_are_one_row_and_replay_exactly() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        let days: Vec<String> =
            (0..150).map(|d| (day("2021-08-23") + chrono::Days::new(d)).to_string()).collect();
        let marks: Vec<_> = days.iter().map(|d| ("s1", "100", d.as_str(), "Present")).collect();
        town.attendance = attendance(Shapes::default(), &marks);
        sync(&district, 1, &town, false).await.unwrap();
        assert_eq!(district.compare_strips().await.unwrap(), []);
        let s1 = student(&district, "s1").await;
        assert_eq!(known(&district, 1, s1).await[0].marks().count(), 150);
    }
}

#[tokio::test]
async fn a_second_sync_at_the_same_time_is_refused_with_a_word_on_who_runs() {
    for store in both().await {
        let town = town();
        let district = district(&store, "town").await;
        let first = district.begin_sync(RunId(1), at(0), "process 4711 on host").await.unwrap();
        let refused = sync(&district, 2, &town, false).await.unwrap_err().to_string();
        assert!(refused.contains("process 4711 on host, since 2021-12-20 11:33:20 UTC"), "{refused}");
        first.commit(at(1)).await.unwrap();
        sync(&district, 2, &town, false).await.unwrap();
    }
}

#[tokio::test]
async fn a_sync_that_is_not_committed_never_was() {
    for store in both().await {
        let town = town();
        let district = district(&store, "town").await;
        let mut tx = district.begin_sync(RunId(1), at(0), "test").await.unwrap();
        let plan = tx.plan(&town, &Limits::default(), &mut ids()).await.unwrap();
        tx.apply(plan).await.unwrap();
        assert_eq!(tx.write().await.unwrap().history().await.unwrap().students.len(), 5);
        drop(tx);
        let history = district.history(&job("2021-09-03")).await.unwrap();
        assert!(history.students.is_empty() && history.schools.is_empty(), "{}", store.engine);
    }
}

#[tokio::test]
async fn a_student_left_out_of_the_next_years_file_is_no_longer_enrolled() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        sync(&district, 1, &town, false).await.unwrap();
        let next = SchoolYear(2022);
        town.calendar = table("calendar.csv", calendar("100", next, "2022-08-22"));
        town.enrollments = table("enrollments.csv", vec![span("s1", "100", "2022-08-22", None)]);
        town.attendance = None;
        let counts = sync(&district, 2, &town, false).await.unwrap();
        assert_eq!(count(&counts, "enrollments").removed, 0, "last year stays as history");
        let known = district.history(&job("2022-08-30")).await.unwrap();
        let spans = |id: &str| {
            let at = known.student_local_ids.iter().position(|s| s == id).unwrap();
            known.history.students[at].spans.iter().map(|s| (s.entry, s.end)).collect::<Vec<_>>()
        };
        // The day behind the last calendar day of 2021-2022.
        let over = Some(day("2021-09-04"));
        assert_eq!(spans("s2"), [(day("2021-08-23"), over)]);
        assert_eq!(spans("s1"), [(day("2021-08-23"), over), (day("2022-08-22"), None)]);
        assert_eq!(spans("s3"), [(day("2021-08-23"), None)], "school 200 sent nothing yet");
    }
}

#[tokio::test]
async fn a_row_that_names_somebody_unknown_is_set_aside_and_still_reconciles() {
    for store in both().await {
        let mut town = town();
        let district = district(&store, "town").await;
        let spans = town.enrollments.as_mut().unwrap();
        spans.rows.push(span("nobody", "100", "2021-08-23", None));
        spans.rows.push(span("s1", "100", "2021-08-23", Some("2021-09-01")));
        spans.read += 2;
        let counts = sync(&district, 1, &town, false).await.unwrap();
        let spans = count(&counts, "enrollments");
        assert!(spans.reconciles());
        assert_eq!((spans.added, spans.set_aside), (5, 2));
        assert_eq!(district.set_aside_count(&job("2021-09-03")).await.unwrap(), 2);
        let listed = district.set_aside(&job("2021-09-03")).await.unwrap().unwrap();
        assert_eq!(listed[0].value, "nobody");
    }
}

#[tokio::test]
async fn the_history_is_what_was_delivered() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let known = district.history(&job("2021-09-03")).await.unwrap();
        assert_eq!(known.students.len(), 5);
        assert_eq!(known.schools.len(), 2);
        for school in &known.history.schools {
            assert_eq!(school.calendars.len(), 1);
            assert_eq!(school.calendars[0].days.len(), 10);
        }
        let s1 = known.student_local_ids.iter().position(|s| s == "s1").unwrap();
        assert_eq!(known.history.students[s1].birth_date, Some(day("2012-01-05")));
        let seen = scope(&district, "pr1", "2021-09-03").await.unwrap();
        let seen = district.see(&seen, known.students[s1]).await.unwrap().unwrap();
        let one = district.history_of(&[&seen]).await.unwrap();
        assert_eq!(one.students, [known.students[s1]]);
        assert_eq!(one.schools, known.schools);
        assert_eq!(one.history.students[0].spans, known.history.students[s1].spans);
        let at = one.history.students[0].spans[0].school as usize;
        assert_eq!(one.history.schools[at].calendars[0].days, known.history.schools[at].calendars[0].days);
        assert_eq!(one.history.schools[at].last_row, Some(day("2021-08-24")));
    }
}

#[tokio::test]
async fn any_text_comes_back_as_it_was_delivered() {
    for store in both().await {
        let mut town = town();
        let odd = "\\N a\tb\\t\\\\ c\r\nd 'e' \"f\" \\.\u{1f}é";
        let people = &mut town.people.as_mut().unwrap().rows;
        people[0].given_name = odd.into();
        people[1].family_name = "\\.".into();
        let district = district(&store, "town").await;
        sync(&district, 1, &town, false).await.unwrap();
        let job = job("2021-09-03");
        assert_eq!(district.find_people(&job, "s1").await.unwrap()[0].given_name, odd, "{}", store.engine);
        assert_eq!(district.find_people(&job, "s2").await.unwrap()[0].family_name, "\\.", "{}", store.engine);
        let again = sync(&district, 2, &town, false).await.unwrap();
        assert_eq!(count(&again, "people").changed, 0, "{}", store.engine);
    }
}

/// The two sides of a delivery.
fn sides(town: &Delivery) -> (Delivery, Delivery) {
    let town = town.clone();
    let roster = Delivery {
        carries: Carries::Roster,
        calendar: None,
        enrollments: None,
        contacts: None,
        caseload: None,
        attendance: None,
        ..town.clone()
    };
    let plain = Delivery {
        carries: Carries::Plain,
        orgs: None,
        sections: None,
        people: None,
        roles: None,
        section_rosters: None,
        demographics: None,
        ..town
    };
    (roster, plain)
}

/// All that the rules read, and who may see what.
async fn picture(district: &store::District) -> String {
    let known = district.history(&job("2021-09-03")).await.unwrap();
    let entitled = district.entitled(&job("2021-09-03")).await.unwrap();
    let history = known.history;
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{entitled:?}",
        history.shapes.list(),
        history.schools,
        history.students,
        known.student_local_ids
    )
}

#[tokio::test]
async fn a_roster_and_plain_files_from_two_sources_end_as_one_delivery_does() {
    for store in both().await {
        let town = town();
        let (roster, plain) = sides(&town);
        let whole = district(&store, "whole").await;
        sync(&whole, 1, &town, false).await.unwrap();
        let parts = district(&store, "parts").await;
        sync(&parts, 1, &roster, false).await.unwrap();
        sync(&parts, 2, &plain, false).await.unwrap();
        assert_eq!(picture(&parts).await, picture(&whole).await, "{}", store.engine);
        for check in parts.doctor().await.unwrap() {
            assert!(check.problems.is_empty(), "{check:?}");
        }
    }
}

#[tokio::test]
async fn a_delivery_of_one_side_leaves_the_other_as_it_is() {
    for store in both().await {
        let town = town();
        let (mut roster, mut plain) = sides(&town);
        let district = district(&store, "town").await;
        sync(&district, 1, &town, false).await.unwrap();
        let before = picture(&district).await;
        plain.attendance = attendance(district.shapes().await.unwrap(), MARKS);
        for (run, side) in [(2, &roster), (3, &plain)] {
            let counts = sync(&district, run, side, false).await.unwrap();
            for c in counts {
                assert!(c.reconciles(), "{c:?}");
                assert_eq!((c.added, c.changed, c.removed), (0, 0, 0), "{}: {c:?}", store.engine);
            }
        }
        assert_eq!(picture(&district).await, before, "{}", store.engine);

        // Who leaves the roster leaves it; what plain files said of them stays, and may still be said.
        let s4 = student(&district, "s4").await;
        let marks = known(&district, 3, s4).await;
        roster.people.as_mut().unwrap().rows.retain(|p| p.id != "s4");
        roster.roles.as_mut().unwrap().rows.retain(|r| r.person_key != "k-s4");
        roster.section_rosters.as_mut().unwrap().rows.retain(|m| m.person_key != "k-s4");
        let counts = sync(&district, 4, &roster, false).await.unwrap();
        assert_eq!(count(&counts, "people").removed, 1);
        assert_eq!(known(&district, 4, s4).await, marks, "{}", store.engine);
        let tx = district.begin_sync(RunId(5), at(50), "test").await.unwrap();
        let roster = tx.known_roster().await.unwrap();
        drop(tx);
        assert_eq!(roster.students, ["s1", "s2", "s3", "s4", "s5"]);
        assert_eq!(roster.schools, ["1", "100", "200"]);
        assert_eq!(roster.people.len(), 14);
    }
}

#[tokio::test]
async fn rows_set_aside_for_one_reason_stand_together_with_their_number_and_the_first_of_them() {
    for store in both().await {
        let mut town = town();
        let aside = |line, column: Option<&str>, reason| SetAside {
            file: "attendance.csv".into(),
            line,
            column: column.map(str::to_owned),
            value: format!("v{line}"),
            reason,
            at: None,
        };
        let no_calendar = |line| aside(line, Some("date"), Reason::NoCalendar);
        town.set_aside = vec![no_calendar(2), aside(3, None, Reason::BadRow), no_calendar(4), no_calendar(5)];
        let district = district(&store, "town").await;
        sync(&district, 1, &town, false).await.unwrap();
        let groups = district.set_aside_groups(&job("2021-09-03"), 2).await.unwrap().unwrap();
        let said: Vec<_> =
            groups.iter().map(|g| (g.reason, g.column.as_deref(), g.count, g.first.as_slice())).collect();
        let value = |line: u64| (line, format!("v{line}"));
        assert_eq!(
            said,
            [
                (Reason::NoCalendar, Some("date"), 3, [value(2), value(4)].as_slice()),
                (Reason::BadRow, None, 1, [value(3)].as_slice()),
            ],
            "{}",
            store.engine
        );
        assert_eq!(district.set_aside(&job("2021-09-03")).await.unwrap().unwrap().len(), 4);
    }
}

#[tokio::test]
async fn rows_set_aside_stay_listed_until_their_own_side_comes_again() {
    for store in both().await {
        let town = town();
        let (mut roster, mut plain) = sides(&town);
        let aside = |file: &str, line| SetAside {
            file: file.into(),
            line,
            column: None,
            value: String::new(),
            reason: Reason::BadRow,
            at: None,
        };
        roster.set_aside = vec![aside("users.csv", 2), aside("users.csv", 3)];
        plain.set_aside = vec![aside("attendance.csv", 4)];
        let district = district(&store, "town").await;
        let listed = async || {
            let rows = district.set_aside(&job("2021-09-03")).await.unwrap().unwrap();
            rows.into_iter().map(|row| (row.file, row.line)).collect::<Vec<_>>()
        };
        sync(&district, 1, &roster, false).await.unwrap();
        sync(&district, 2, &plain, false).await.unwrap();
        let [u2, u3] = [2, 3].map(|line| ("users.csv".to_owned(), line));
        let a4 = ("attendance.csv".to_owned(), 4);
        assert_eq!(listed().await, [u2, u3.clone(), a4.clone()], "{}", store.engine);
        roster.set_aside.remove(0);
        sync(&district, 3, &roster, false).await.unwrap();
        assert_eq!(listed().await, [a4, u3], "{}", store.engine);
        sync(&district, 4, &town, false).await.unwrap();
        assert_eq!(listed().await, [], "{}", store.engine);
    }
}

#[tokio::test]
async fn rows_set_aside_stay_listed_while_only_what_changed_comes_and_once_each() {
    for store in both().await {
        let town = town();
        let (mut roster, _) = sides(&town);
        let aside = |file: &str, line, value: &str| SetAside {
            file: file.into(),
            line,
            column: Some("sourcedId".into()),
            value: value.into(),
            reason: Reason::BadRow,
            at: None,
        };
        let district = district(&store, "town").await;
        let listed = async || {
            let rows = district.set_aside(&job("2021-09-03")).await.unwrap().unwrap();
            rows.into_iter().map(|row| format!("{} {} {}", row.file, row.line, row.value)).collect::<Vec<_>>()
        };
        roster.set_aside =
            vec![aside("users.csv", 7, "one"), aside("users.csv", 8, "two"), aside("orgs.csv", 3, "three")];
        sync(&district, 1, &roster, false).await.unwrap();
        // The users come as changes; `one` is among them and still no use, the orgs are whole and mended.
        roster.changes = ["users.csv".to_owned()].into();
        roster.set_aside = vec![aside("users.csv", 2, "one"), aside("users.csv", 3, "four")];
        for run in [2, 3] {
            sync(&district, run, &roster, false).await.unwrap();
            let now = ["users.csv 8 two", "users.csv 2 one", "users.csv 3 four"];
            assert_eq!(listed().await, now, "{}", store.engine);
        }
        let whole = Delivery { changes: [].into(), set_aside: Vec::new(), ..roster };
        sync(&district, 4, &whole, false).await.unwrap();
        assert_eq!(listed().await, [""; 0], "{}", store.engine);
    }
}
