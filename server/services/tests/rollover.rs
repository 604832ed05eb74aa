//! From June to August: schools begin the new year on days of their own, with new classes and without those who left.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use chrono::{Datelike, NaiveDate, Weekday};
use model::ids::{DistrictId, SchoolId, StudentId};
use model::page::{Failure, Standing, StudentFilter, WorklistFilter};
use model::report::Reason;
use model::role::Role;
use model::time::{Date, SchoolYear};
use services::{
    Context, Silent, Visit, data, district, invite, school, sign_in, student, students, sync, today,
};
use std::fmt::Write;
use std::path::Path;
use store::testing::both;
use support::open;

const ORGS: &str = "sourcedId,name,type,identifier,parentSourcedId\nd,Town,district,1,\na,Hill School,school,100,d\nb,Lake School,school,200,d\n";
/// Thirteen students of school 100 and three of school 200.
const STUDENTS: std::ops::RangeInclusive<u32> = 1..=16;
/// Whose absences are too many.
const OFTEN_ABSENT: u32 = 1;
/// Who goes on from school 100 to 200, and who leaves the district.
const MOVED_UP: u32 = 12;
const LEFT: u32 = 13;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn weekdays(from: &str, to: &str) -> impl Iterator<Item = NaiveDate> {
    let to = day(to);
    day(from)
        .iter_days()
        .take_while(move |day| *day <= to)
        .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
}

/// Writes the export of a school year: when each school is open, who is where from the first day on, on which days one
/// student of the first school is absent, and up to which day the second has reported.
fn write(
    folder: &Path,
    year: i32,
    open: [(&str, &str); 2],
    here: &[u32],
    there: &[u32],
    absent: &[Date],
    reported: &str,
) {
    let mut users = String::from("sourcedId,enabledUser,username,givenName,familyName,identifier\n");
    let mut roles = String::from("sourcedId,userSourcedId,roleType,role,orgSourcedId\n");
    for (key, role, org) in [("pa", "principal", "a"), ("pb", "principal", "b"), ("ta", "teacher", "a")] {
        writeln!(users, "{key},true,,Given,Family,{key}").unwrap();
        writeln!(roles, "r-{key},{key},primary,{role},{org}").unwrap();
    }
    let classes =
        format!("sourcedId,title,courseSourcedId,classType,schoolSourcedId\nc{year},Class,k,homeroom,a\n");
    let begin = open[0].0;
    let mut members = String::from("sourcedId,classSourcedId,userSourcedId,role,beginDate,endDate\n");
    writeln!(members, "t{year},c{year},ta,teacher,{begin},{}", open[0].1).unwrap();
    let mut spans = String::from("student_id,school_id,grade,entry_date,exit_date\n");
    for (school, org, first, students) in [("100", "a", open[0].0, here), ("200", "b", open[1].0, there)] {
        for student in students {
            writeln!(users, "u{student},true,,Given{student},Family,{student}").unwrap();
            writeln!(roles, "r{student},u{student},primary,student,{org}").unwrap();
            writeln!(spans, "{student},{school},05,{first},").unwrap();
            if org == "a" {
                writeln!(members, "m{year}-{student},c{year},u{student},student,{begin},{}", open[0].1)
                    .unwrap();
            }
        }
    }
    let mut calendar = String::from("school_id,date,instructional\n");
    for (school, (first, last)) in ["100", "200"].into_iter().zip(open) {
        weekdays(first, last).for_each(|day| writeln!(calendar, "{school},{day},1").unwrap());
    }
    let mut attendance = String::from("student_id,school_id,date,category\n");
    for day in absent {
        writeln!(attendance, "{OFTEN_ABSENT},100,{day},Excused Absence").unwrap();
    }
    writeln!(attendance, "{},200,{reported},Excused Absence", there[there.len() - 1]).unwrap();
    for (name, text) in [
        (
            "oneroster/manifest.csv",
            "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\nfile.users,bulk\nfile.roles,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n",
        ),
        ("oneroster/orgs.csv", ORGS),
        ("oneroster/users.csv", &users),
        ("oneroster/roles.csv", &roles),
        ("oneroster/classes.csv", &classes),
        ("oneroster/enrollments.csv", &members),
        ("calendar.csv", &calendar),
        ("enrollments.csv", &spans),
        ("attendance.csv", &attendance),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// A person at the program, from an invitation on.
async fn visit(context: &Context, id: &DistrictId, role: Role, person: &str) -> Visit {
    let link = invite::make(context, id, role, Some(person)).await.unwrap();
    let session = sign_in::redeem(context, &link.reveal()).await.unwrap().unwrap();
    sign_in::identify(context, &session.reveal()).await.unwrap().unwrap()
}

/// What a principal sees of their school.
struct Seen {
    students: Vec<String>,
    standing: Vec<String>,
    school: SchoolId,
    as_of: Option<Date>,
    year: Option<SchoolYear>,
    weeks: usize,
}

async fn seen(visit: &Visit, name: &str) -> Seen {
    let list = students::list(visit, StudentFilter::default(), String::new()).await.unwrap();
    let work = today::worklist(visit, WorklistFilter::default()).await.unwrap();
    let place = list.schools.iter().find(|choice| choice.name == name).unwrap().id;
    let page = school::page(visit, place).await.unwrap();
    let mut students: Vec<String> = list.rows.into_iter().map(|row| row.local_id).collect();
    students.sort_by_key(|id| id.parse::<u32>().unwrap());
    let stands = |item: &model::page::WorkItem| item.reason.standing != Standing::Close;
    Seen {
        students,
        standing: work.items.iter().filter(|item| stands(item)).map(|item| item.name.clone()).collect(),
        school: place,
        as_of: page.as_of,
        year: page.year,
        weeks: page.weeks.len(),
    }
}

async fn find(visit: &Visit, id: u32) -> StudentId {
    let filter = StudentFilter { former: true, ..StudentFilter::default() };
    let list = students::list(visit, filter, id.to_string()).await.unwrap();
    list.rows.iter().find(|row| row.local_id == id.to_string()).unwrap().student
}

#[tokio::test]
async fn until_its_first_day_a_school_is_shown_as_over_the_summer_though_another_teaches_already() {
    for store in both().await {
        let engine = store.engine;
        let (context, clock) = open(&store).await;
        let id: DistrictId = "town".parse().unwrap();
        clock.set("2022-06-06T12:00:00Z");
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        let order = sync::Order {
            from: export.path().to_owned(),
            profile: None,
            dry_run: false,
            allow_removals: false,
        };
        let all: Vec<u32> = STUDENTS.collect();
        let missed: Vec<Date> = weekdays("2021-08-23", "2022-05-27").step_by(5).collect();
        let old = [("2021-08-23", "2022-05-27"), ("2021-08-23", "2022-05-27")];
        write(export.path(), 2021, old, &all[..13], &all[13..], &missed, "2022-05-27");
        sync::run(&context, &id, &order, &Silent).await.unwrap();
        let hill = visit(&context, &id, Role::SchoolAdministrator, "pa").await;
        let june = seen(&hill, "Hill School").await;
        assert_eq!((june.students.len(), june.standing.len()), (13, 1), "{engine}");

        let new = [("2022-08-24", "2023-05-26"), ("2022-08-10", "2023-05-26")];
        let (here, there) = (&all[..11], [&[MOVED_UP][..], &all[13..]].concat());
        for (now, teaches) in [("2022-08-15T12:00:00Z", false), ("2022-08-25T12:00:00Z", true)] {
            clock.set(now);
            let absent: Vec<Date> = if teaches { vec![day("2022-08-24")] } else { Vec::new() };
            write(
                export.path(),
                2022,
                new,
                here,
                &there,
                &absent,
                if teaches { "2022-08-24" } else { "2022-08-12" },
            );
            sync::run(&context, &id, &order, &Silent).await.unwrap();
            let hill = visit(&context, &id, Role::SchoolAdministrator, "pa").await;
            let lake = visit(&context, &id, Role::SchoolAdministrator, "pb").await;

            let at_lake = seen(&lake, "Lake School").await;
            assert_eq!(at_lake.students, ["12", "14", "15", "16"], "{engine}, {now}");
            assert_eq!((at_lake.as_of, at_lake.year), (Some(day(&now[..10])), Some(SchoolYear(2022))));

            let at_hill = seen(&hill, "Hill School").await;
            assert_ne!(at_hill.school, at_lake.school);
            let ids = |ids: &mut dyn Iterator<Item = &u32>| ids.map(u32::to_string).collect::<Vec<_>>();
            let first = student::page(&hill, find(&hill, OFTEN_ABSENT).await).await.unwrap();
            assert_eq!(first.left_on, None, "{engine}, {now}");
            if teaches {
                assert_eq!(at_hill.students, ids(&mut here.iter()), "{engine}");
                assert_eq!((at_hill.as_of, at_hill.year), (Some(day("2022-08-25")), Some(SchoolYear(2022))));
                assert_eq!(at_hill.standing, Vec::<String>::new(), "{engine}: a new year, a new count");
                assert_eq!((first.year, first.missed), (Some(SchoolYear(2022)), 1));
            } else {
                assert_eq!(at_hill.students, ids(&mut here.iter().chain([&LEFT])), "{engine}");
                assert_eq!((at_hill.as_of, at_hill.year), (Some(day("2022-05-27")), Some(SchoolYear(2021))));
                assert_eq!(at_hill.weeks, june.weeks, "{engine}");
                assert_eq!(at_hill.standing, june.standing, "{engine}");
                assert_eq!((first.year, first.missed), (Some(SchoolYear(2021)), missed.len() as u32));
                assert!(first.signals.iter().any(|signal| signal.line.standing == Standing::StillOpen));
            }

            // Who left the district stays with the school that had them last; who went on does not.
            let left = student::page(&hill, find(&hill, LEFT).await).await.unwrap();
            assert_eq!(left.left_on, teaches.then(|| day("2022-05-28")), "{engine}, {now}");
            assert_eq!(left.year, Some(SchoolYear(2021)));
            let moved = find(&lake, MOVED_UP).await;
            let refused = student::page(&hill, moved).await.unwrap_err();
            assert_eq!(refused, Failure::NotFound, "{engine}, {now}");
            let moved = student::page(&lake, moved).await.unwrap();
            assert_eq!((moved.school.as_str(), moved.left_on), ("Lake School", None), "{engine}, {now}");
        }
        context.close().await;
    }
}

/// Puts twelve classes of one term in place of those of an export, each with a student of school 100.
fn with_classes(folder: &Path, prefix: &str, term: (&str, &str, &str)) {
    let (key, starts, ends) = term;
    let file = |name: &str| folder.join("oneroster").join(name);
    let terms = format!(
        "sourcedId,title,type,startDate,endDate,parentSourcedId,schoolYear\n{key},Year,schoolYear,{starts},{ends},,{}\n",
        &ends[..4]
    );
    let mut classes =
        String::from("sourcedId,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds\n");
    let mut members = String::from("sourcedId,classSourcedId,userSourcedId,role,beginDate,endDate\n");
    for number in 1..=11 {
        writeln!(classes, "{prefix}{number},Class {number},k,scheduled,a,{key}").unwrap();
        writeln!(members, "{prefix}m{number},{prefix}{number},u{number},student,,").unwrap();
    }
    let manifest = std::fs::read_to_string(file("manifest.csv")).unwrap();
    std::fs::write(file("manifest.csv"), manifest + "file.academicSessions,bulk\n").unwrap();
    std::fs::write(file("academicSessions.csv"), terms).unwrap();
    std::fs::write(file("classes.csv"), classes).unwrap();
    std::fs::write(file("enrollments.csv"), members).unwrap();
}

#[tokio::test]
async fn classes_that_ended_go_without_leave_and_those_that_last_do_not() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        let id: DistrictId = "town".parse().unwrap();
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        let from = export.path().to_owned();
        let order = sync::Order { from, profile: None, dry_run: false, allow_removals: false };
        let all: Vec<u32> = STUDENTS.collect();
        let old = [("2021-08-23", "2022-05-27"), ("2021-08-23", "2022-05-27")];
        let this_year = ("t2021", "2021-08-23", "2022-05-27");
        let write_old =
            || write(export.path(), 2021, old, &all[..13], &all[13..], &[day("2021-09-01")], "2022-03-01");

        clock.set("2022-03-02T12:00:00Z");
        write_old();
        with_classes(export.path(), "a", this_year);
        sync::run(&context, &id, &order, &Silent).await.unwrap();
        for (now, last) in
            [("2022-03-03T12:00:00Z", false), ("2022-05-27T12:00:00Z", false), ("2022-05-28T12:00:00Z", true)]
        {
            clock.set(now);
            write_old();
            let next = if last { ("t2022", "2022-08-24", "2023-05-26") } else { this_year };
            with_classes(export.path(), "b", next);
            let said = sync::run(&context, &id, &order, &Silent).await;
            if last {
                assert_eq!(said.unwrap().tables.iter().find(|t| t.table == "sections").unwrap().removed, 11);
            } else {
                let refused = said.unwrap_err().to_string();
                assert!(refused.contains("11 of 11"), "{}, {now}: {refused}", store.engine);
            }
        }
        context.close().await;
    }
}

#[tokio::test]
async fn a_school_whose_calendar_never_came_is_shown_with_what_is_missing_and_not_as_up_to_date() {
    for store in both().await {
        let engine = store.engine;
        let (context, clock) = open(&store).await;
        let id: DistrictId = "town".parse().unwrap();
        clock.set("2021-08-25T12:00:00Z");
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        let all: Vec<u32> = STUDENTS.collect();
        let year = [("2021-08-23", "2022-05-27"), ("2021-08-23", "2022-05-27")];
        write(export.path(), 2021, year, &all[..13], &all[13..], &[day("2021-08-24")], "2021-08-24");
        let calendar = export.path().join("calendar.csv");
        let text = std::fs::read_to_string(&calendar).unwrap();
        let without: String = text.split_inclusive('\n').filter(|line| !line.starts_with("200,")).collect();
        std::fs::write(&calendar, without).unwrap();
        let order = sync::Order {
            from: export.path().to_owned(),
            profile: None,
            dry_run: false,
            allow_removals: false,
        };
        sync::run(&context, &id, &order, &Silent).await.unwrap();
        let visit = visit(&context, &id, Role::SchoolAdministrator, "pa").await;
        let page = data::page(&visit).await.unwrap();
        let said: Vec<_> =
            page.schools.iter().map(|s| (s.name.as_str(), s.last_row, s.days_behind)).collect();
        let hill = ("Hill School", Some(day("2021-08-24")), Some(0));
        assert_eq!(said, [hill, ("Lake School", None, None)], "{engine}");
        let fresh = &page.freshness;
        assert_eq!((fresh.schools_current, fresh.schools_unknown, fresh.schools), (1, 1, 2), "{engine}");
        // A row of the school says that the calendar is missing, and not that its date is wrong.
        let link = invite::make(&context, &id, Role::DistrictAdministrator, None).await.unwrap();
        let session = sign_in::redeem(&context, &link.reveal()).await.unwrap().unwrap();
        let district = sign_in::identify(&context, &session.reveal()).await.unwrap().unwrap();
        let groups = data::page(&district).await.unwrap().set_aside.unwrap();
        let of_dates: Vec<_> =
            groups.iter().filter(|g| g.file == "attendance.csv").map(|g| (g.reason, g.count)).collect();
        assert_eq!(of_dates, [(Reason::NoCalendar, 1)], "{engine}");
    }
}

#[tokio::test]
async fn a_students_trend_counts_known_days_by_week_and_ends_where_the_roll_ends() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        let id: DistrictId = "town".parse().unwrap();
        // A Monday; the last row of the school is of Wednesday the week before.
        clock.set("2021-09-20T12:00:00Z");
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        let all: Vec<u32> = STUDENTS.collect();
        let year = [("2021-08-23", "2022-05-27"), ("2021-08-23", "2022-05-27")];
        let absent = ["2021-08-24", "2021-08-26", "2021-09-07", "2021-09-15"].map(day);
        write(export.path(), 2021, year, &all[..13], &all[13..], &absent, "2021-09-17");
        // Labor Day, and a day of which nobody can say anything.
        for (file, old, new) in [
            ("calendar.csv", "100,2021-09-06,1", "100,2021-09-06,0"),
            ("attendance.csv", "1,100,2021-08-26,Excused Absence", "1,100,2021-08-26,Never mapped"),
        ] {
            let path = export.path().join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(old));
            std::fs::write(path, text.replace(old, new)).unwrap();
        }
        let order = sync::Order {
            from: export.path().to_owned(),
            profile: None,
            dry_run: false,
            allow_removals: false,
        };
        sync::run(&context, &id, &order, &Silent).await.unwrap();
        let hill = visit(&context, &id, Role::SchoolAdministrator, "pa").await;

        let weeks = async |student: u32| {
            let page = student::page(&hill, find(&hill, student).await).await.unwrap();
            let known: u32 = page.trend.iter().map(|week| week.days).sum();
            assert_eq!(known, page.days, "{}: the weeks are the year's days", store.engine);
            page.trend.iter().map(|w| (w.week.to_string(), w.missed, w.days)).collect::<Vec<_>>()
        };
        let expected = |missed: [(u32, u32); 4]| {
            let mondays = ["2021-08-23", "2021-08-30", "2021-09-06", "2021-09-13"];
            mondays.into_iter().zip(missed).map(|(w, (m, d))| (w.to_owned(), m, d)).collect::<Vec<_>>()
        };
        assert_eq!(weeks(OFTEN_ABSENT).await, expected([(1, 4), (0, 5), (1, 4), (1, 3)]), "{}", store.engine);
        assert_eq!(weeks(2).await, expected([(0, 5), (0, 5), (0, 4), (0, 3)]), "{}", store.engine);
        context.close().await;
    }
}
