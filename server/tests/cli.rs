//! The command line's promises, kept by the real program: exit codes, what goes where, what is refused, and `check`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Export, Mark, Ran, Served, Store, program, run, weekdays};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use tempfile::TempDir;

const FIRST: &str = "2021-08-23";
const UNEXCUSED: &str = "Unexcused Absence";
const EXCUSED: &str = "Excused Absence";

/// The citation of US-CHRONIC, which every row carries.
const CHRONIC: &str = "EDFacts file specification FS195; CEDS element 002022: absent for any reason (missed at least half of the school day) on 10 % or more of the days enrolled, enrolled at least 10 days";

// --- what goes where ---

#[test]
fn each_command_explains_itself_on_stdout() {
    let commands = [
        "",
        "demo",
        "serve",
        "district",
        "district add",
        "district list",
        "district remove",
        "invite",
        "sync",
        "source",
        "source add",
        "source list",
        "source credentials",
        "source profile",
        "source end",
        "key",
        "key new",
        "key rotate",
        "evaluate",
        "check",
        "packs",
        "packs list",
        "packs show",
        "packs test",
        "packs new",
        "profiles",
        "profiles list",
        "profiles show",
        "backup",
        "restore",
        "audit",
        "audit verify",
        "doctor",
    ];
    for command in commands {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let helped = run(&arguments).ends(0);
        assert!(
            helped.out.contains("Usage:") && helped.out.contains("--data <DIR>"),
            "{command}: {}",
            helped.out
        );
        assert_eq!(helped.err, "", "{command}");
    }
}

#[test]
fn wrong_usage_ends_with_2_and_says_so_on_stderr_only() {
    for (arguments, words) in [
        (&["nonsense"][..], "unrecognized subcommand 'nonsense'"),
        (&["sync", "town"], "--from <PATH>"),
        (&["sync", "Town!", "--from", "."], "is not a district id: 2 to 40 of a-z, 0-9 and -"),
        (&["evaluate", "town", "--as-of", "May"], "a date such as 2026-05-27 is expected"),
        (
            &["evaluate", "town", "--as-of", "2022-05-27", "--format", "xml"],
            "[possible values: table, json, csv]",
        ),
        (
            &["evaluate", "town", "--as-of", "2022-05-27", "--known-on", "May"],
            "a date such as 2026-05-27, or a moment with its offset such as 2026-05-27T14:30:00-05:00, is expected",
        ),
        (&["check", "--as-of", "2022-05-27"], "--calendar <FILE>"),
        (&["invite", "town", "--role", "wizard"], "district-administrator"),
        (&["packs"], "Usage:"),
        (&["packs", "new", "us-nj"], "--title <TITLE>"),
        (&[], "Usage:"),
    ] {
        let wrong = run(arguments).ends(2);
        assert_eq!(wrong.out, "", "{arguments:?}");
        wrong.says(words);
    }
}

#[test]
fn stdout_carries_the_result_stderr_the_rest_and_quiet_leaves_only_what_matters() {
    let store = Store::sqlite();
    let export =
        Export::town(1..=3, FIRST, 15, &[(1, 10, UNEXCUSED), (1, 11, UNEXCUSED), (1, 12, "Field trip")]);
    let added = store.run(&["district", "add", "town", "--name", "Town"]).ends(0);
    assert_eq!(added.out, "");
    added.says("added town; next: everpresent sync town --from FOLDER");

    let loud =
        store.sync(export.path(), &[]).ends(3).says("reading the files …").says("1 row was set aside:");
    assert_eq!(loud.json()["total"]["set_aside"], 1);
    let quiet = store.sync(export.path(), &["--quiet"]).ends(3);
    assert_eq!(quiet.json()["total"]["set_aside"], 1);
    assert_eq!(
        quiet.err,
        "1 row was set aside:\n  attendance.csv, line 4, category: `Field trip`: no one has said what this category means; map it. The day counts as unknown\n\
         rows with a category that no one has mapped; [code_map] of a profile says what it means:\n  1 × `Field trip`\n"
    );
    let answer =
        store.run(&["--quiet", "evaluate", "town", "--as-of", "2021-09-10", "--format", "json"]).ends(0);
    assert_eq!((answer.json().as_array().unwrap().len(), answer.err.as_str()), (1, ""));
    let refused = store.run(&["--quiet", "sync", "town", "--from", "/nowhere"]).ends(1);
    assert_eq!(refused.out, "");
    assert_eq!(
        refused.err,
        "everpresent: /nowhere: cannot be read: there is no such folder or zip. Nothing was changed. Send it again\n"
    );
}

#[test]
fn unknown_districts_packs_and_zones_are_named_with_what_to_do() {
    for store in Store::both() {
        store.add_town();
        let from = store.folder().to_str().unwrap();
        for arguments in [
            &["evaluate", "nowhere", "--as-of", "2022-05-27"][..],
            &["sync", "nowhere", "--from", from],
            &["invite", "nowhere", "--role", "principal"],
            &["district", "remove", "nowhere"],
            &["backup", "nowhere", "--to", "nowhere.backup"],
            &["audit", "verify", "nowhere"],
        ] {
            let refused = store.run(arguments).ends(1);
            assert_eq!(refused.out, "", "{arguments:?}");
            refused.says("there is no district `nowhere`; `everpresent district list` names those there are");
        }
        let packs = "there is no rule pack `us-mars`; there are ";
        store.run(&["evaluate", "town", "--as-of", "2022-05-27", "--pack", "us-mars"]).ends(1).says(packs);
        store.run(&["district", "add", "other", "--name", "Other", "--pack", "us-mars"]).ends(1).says(packs);
        store
            .run(&["district", "add", "other", "--name", "Other", "--time-zone", "Mars/North"])
            .ends(1)
            .says("`Mars/North` is not a time zone; a name such as America/Chicago is expected");
        assert_eq!(store.run(&["district", "list"]).ends(0).out, "town                     Town\n");
    }
}

#[test]
fn districts_are_added_listed_and_removed_each_by_itself() {
    for store in Store::both() {
        let export = Export::town(1..=3, FIRST, 15, &[(1, 10, UNEXCUSED), (1, 11, UNEXCUSED)]);
        store.add_town();
        store.sync(export.path(), &[]).ends(0);
        let before = store.picture("2021-09-10");
        store.run(&["district", "add", "other", "--name", "Other, Inc."]).ends(0);
        store
            .run(&["district", "add", "town", "--name", "Again"])
            .ends(1)
            .says("there is a district `town` already; choose another id, or remove it first");
        let list = store.run(&["district", "list"]).ends(0).out;
        assert_eq!(list, "other                    Other, Inc.\ntown                     Town\n");
        store.run(&["district", "remove", "other"]).ends(0).says("removed other and all its records");
        assert_eq!(store.picture("2021-09-10"), before, "{}", store.engine);
        store.run(&["district", "remove", "town"]).ends(0);
        assert_eq!(store.run(&["district", "list"]).ends(0).out, "");
        // Nothing of the removed one comes back with its id.
        store.add_town();
        assert_eq!(store.evaluate("2021-09-10"), "[]\n");
        store.is_sound();
    }
}

#[test]
fn packs_are_listed_shown_and_tested_without_a_store() {
    let list = run(&["packs", "list"]).ends(0).out;
    assert!(list.contains("us-federal ") && list.contains("us-pa "), "{list}");
    for (pack, words) in [
        ("us-federal", ["US-CHRONIC", "FS195", "Version 1"]),
        ("us-pa", ["PA-TRUANT", "PA-HABITUAL", "24 P.S. § 13-1333"]),
    ] {
        let shown = run(&["packs", "show", pack]).ends(0).out;
        assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
    }
    run(&["packs", "show", "us-mars"]).ends(1).says("there is no rule pack `us-mars`");
    let tested = run(&["packs", "test"]).ends(0).out;
    let last = tested.lines().last().unwrap();
    assert!(last.ends_with(" examples passed, 0 failed"), "{last}");
    let passed: usize = last.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(tested.lines().count(), passed + 1);
    for rule in ["US-CHRONIC", "PA-TRUANT", "PA-HABITUAL"] {
        assert!(tested.contains(rule), "{rule} has a worked example");
    }
}

/// A new pack as the scaffolder writes it, its blanks filled in the order of the file.
fn filled(skeleton: &str) -> String {
    let blanks = ["New Jersey", "Its book of laws", "2026-01-31", "Missed 3 days", "Clause 1", "Call home"];
    let (head, rest) = skeleton.split_once("\nid = ").unwrap();
    let fill = |text: String, blank: &&str| text.replacen("\"\"", &format!("\"{blank}\""), 1);
    format!("{head}\nid = {}", blanks.iter().fold(rest.to_owned(), fill))
}

#[test]
fn a_new_pack_is_scaffolded_filled_in_and_tested_before_it_is_added() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("us-nj.toml");
    let path = file.to_str().unwrap();
    let new = ["packs", "new", "us-nj", "--title", "New Jersey: days missed"];
    let skeleton = run(&new).ends(0).out;
    assert!(
        skeleton.contains("id = \"us-nj\"") && skeleton.contains("[[version.rule.example]]"),
        "{skeleton}"
    );

    let written = run(&[&new[..], &["--out", path]].concat()).ends(0);
    assert_eq!((written.out.as_str(), std::fs::read_to_string(&file).unwrap()), ("", skeleton.clone()));
    run(&[&new[..], &["--out", path]].concat())
        .ends(1)
        .says("us-nj.toml: there is such a file already; nothing was written");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), skeleton);

    let blank = run(&["packs", "test", "--file", path]).ends(1).says("us-nj.toml, line 11: `reviewed_on`");
    assert_eq!(blank.out, "");
    std::fs::write(&file, filled(&skeleton)).unwrap();
    let tested = run(&["packs", "test", "--file", path]).ends(0);
    assert_eq!(tested.out.lines().last(), Some("2 examples passed, 0 failed"));
    assert!(tested.out.contains("NJ-1 (version 1): The third day meets it"), "{}", tested.out);

    let wrong = filled(&skeleton).replace("met_on = 20", "met_on = 19");
    std::fs::write(&file, &wrong).unwrap();
    let line = wrong.lines().position(|line| line == "[[version.rule.example]]").unwrap() + 1;
    let failed = run(&["packs", "test", "--file", path]).ends(1).says(&format!(
        "us-nj.toml, line {line}: NJ-1, example \"The third day meets it\": expected school 1: met on day 19 and stands, 3; found school 1: met on day 20 and stands, 3."
    ));
    assert_eq!(failed.out.lines().last(), Some("1 examples passed, 1 failed"));
}

#[test]
fn a_pack_of_a_districts_own_is_kept_by_edition_and_a_refused_file_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    run(&["--data", data, "district", "add", "nj", "--name", "NJ"]).ends(0);
    let new = ["packs", "new", "us-nj", "--title", "New Jersey: days missed"];
    let text = filled(&run(&new).ends(0).out);
    let file = folder.path().join("us-nj.toml");
    let path = file.to_str().unwrap();
    let add = ["--data", data, "packs", "add", "nj", path, "--reason", "The board decided so"];
    let asked = ["--data", data, "evaluate", "nj", "--as-of", "2026-05-01", "--pack", "us-nj"];

    run(&asked).ends(1).says("there is no rule pack `us-nj`");
    std::fs::write(&file, &text).unwrap();
    assert_eq!(run(&add).ends(0).out, "edition 1 is kept\n");
    run(&asked).ends(0);
    std::fs::write(&file, text.replace("met_on = 20", "met_on = 19")).unwrap();
    run(&add).ends(1).says("us-nj.toml, line ");
    run(&asked).ends(0);
    std::fs::write(&file, text.replace("\"us-nj\"", "\"us-pa\"")).unwrap();
    run(&add).ends(1).says("`us-pa` is the id of a pack that comes with the program");
}

#[test]
fn a_new_pack_takes_no_id_that_is_taken_or_is_none() {
    let new = |id: &str| run(&["packs", "new", id, "--title", "Days missed"]).ends(1);
    assert_eq!(
        new("us-pa")
            .says("there is a rule pack `us-pa` already; `everpresent packs show us-pa` prints it")
            .out,
        ""
    );
    new("US NJ").says("`US NJ` is not a pack's id. Write 2 to 40 of a-z, 0-9 and -");
    run(&["packs", "test", "--file", "/nowhere.toml"]).ends(1).says("/nowhere.toml: ");
}

// --- sync ---

/// Added, changed, unchanged, removed and set aside of a table.
fn counts(report: &Value, table: &str) -> [u64; 5] {
    let of = if table == "total" { &report["total"] } else { &report["tables"][table] };
    ["added", "changed", "unchanged", "removed", "set_aside"].map(|name| of[name].as_u64().unwrap())
}

#[track_caller]
fn reconciles(report: &Value) {
    for (table, t) in report["tables"].as_object().unwrap() {
        let n = |name: &str| t[name].as_u64().unwrap();
        assert_eq!(n("read"), n("added") + n("changed") + n("unchanged") + n("set_aside"), "{table}: {t}");
    }
}

#[test]
fn a_clean_sync_ends_with_0_and_the_same_files_again_change_nothing() {
    for store in Store::both() {
        let export = Export::town(1..=5, FIRST, 15, &[(1, 10, UNEXCUSED), (1, 11, EXCUSED)]);
        store.add_town();
        let first = store.sync(export.path(), &[]).ends(0).json();
        reconciles(&first);
        assert_eq!(counts(&first, "people"), [7, 0, 0, 0, 0]);
        assert_eq!(counts(&first, "calendar"), [15, 0, 0, 0, 0]);
        assert_eq!(counts(&first, "enrollments"), [5, 0, 0, 0, 0]);
        assert_eq!(counts(&first, "attendance"), [2, 0, 0, 0, 0]);
        assert_eq!((first["changed_nothing"].clone(), first["set_aside"].clone()), (json!(false), json!([])));
        let second = store.sync(export.path(), &[]).ends(0).json();
        reconciles(&second);
        let [added, changed, unchanged, removed, set_aside] = counts(&second, "total");
        assert_eq!([added, changed, removed, set_aside], [0; 4]);
        assert_eq!(unchanged, counts(&first, "total")[0]);
        assert_eq!(second["changed_nothing"], true);
        let table = store.run(&["sync", "town", "--from", export.path().to_str().unwrap()]).ends(0).out;
        assert!(table.ends_with("The store holds all of this already; nothing changed.\n"), "{table}");
        store.is_sound();
    }
}

#[test]
fn a_dry_run_shows_the_plan_and_changes_nothing() {
    for store in Store::both() {
        let export = Export::town(1..=5, FIRST, 15, &[(1, 10, UNEXCUSED), (1, 11, UNEXCUSED)]);
        store.add_town();
        let before = store.picture("2021-09-10");
        let plan = store.sync(export.path(), &["--dry-run"]).ends(0).json();
        assert_eq!(counts(&plan, "attendance"), [2, 0, 0, 0, 0]);
        assert_eq!((plan["dry_run"].clone(), plan["changed_nothing"].clone()), (json!(true), json!(true)));
        assert_eq!(store.picture("2021-09-10"), before);
        let real = store.sync(export.path(), &[]).ends(0).json();
        assert_eq!(real["tables"], plan["tables"], "the plan is what then happens");

        export.edit("attendance.csv", |text| text.replacen(UNEXCUSED, EXCUSED, 1));
        let before = store.picture("2021-09-10");
        let arguments = ["sync", "town", "--dry-run", "--from", export.path().to_str().unwrap()];
        let table = store.run(&arguments).ends(0).out;
        assert!(
            table.ends_with("A dry run: 0 rows would be added, 1 changed, 0 removed. Nothing changed.\n"),
            "{table}"
        );
        assert_eq!(store.picture("2021-09-10"), before);
    }
}

#[test]
fn a_delivery_that_cannot_be_right_is_refused_with_its_reason_and_nothing_is_changed() {
    let marks: Vec<Mark> = (1..=40).map(|student| (student, 10, UNEXCUSED)).collect();
    type Spoil = fn(&Export);
    let spoiled: [(&str, Spoil); 9] = [
        (
            "calendar.csv is missing; a delivery needs it, so nothing was changed. Add the file and run the sync again",
            |e| {
                e.without("calendar.csv");
            },
        ),
        ("users.csv is missing; a delivery needs it", |e| e.without("oneroster/users.csv")),
        ("manifest.csv is missing; a delivery needs it", |e| e.without("oneroster/manifest.csv")),
        (
            "attendance.csv, line 1: the column `category` is missing; found `student_id,school_id,date,kind`. Nothing was changed. Add the column and run the sync again",
            |e| e.edit("attendance.csv", |text| text.replacen("category", "kind", 1)),
        ),
        (
            "attendance.csv has a header and no rows, and 40 attendance rows are in the store: this would remove them all, so nothing was changed. Send the whole file",
            |e| e.with("attendance.csv", "student_id,school_id,date,category\n"),
        ),
        ("enrollments.csv has a header and no rows, and 40 enrollments rows are in the store", |e| {
            e.with("enrollments.csv", "student_id,school_id,grade,entry_date,exit_date\n");
        }),
        ("oneroster/users.csv has a header and no rows, and 42 people rows are in the store", |e| {
            e.with("oneroster/users.csv", "sourcedId,givenName,familyName\n");
        }),
        ("calendar.csv: cannot be read", |e| e.with("calendar.csv", [0xFF, 0xFE, b's', 0, b'c', 0])),
        ("oneroster.version is `2.0`; 1.1 or 1.2 is expected", |e| {
            e.edit("oneroster/manifest.csv", |text| text.replace("version,1.2", "version,2.0"));
        }),
    ];
    for store in Store::both() {
        store.add_town();
        let good = Export::town(1..=40, FIRST, 15, &marks);
        store.sync(good.path(), &[]).ends(0);
        let before = store.compared(&good, "2021-09-10");
        for (words, spoil) in &spoiled {
            let export = Export::town(1..=40, FIRST, 15, &marks);
            spoil(&export);
            // `--allow-removals` lifts none of these.
            for more in [&[][..], &["--allow-removals"]] {
                let refused = store.sync(export.path(), more).ends(1);
                assert_eq!(refused.out, "");
                refused.says(words);
            }
            assert_eq!(store.compared(&good, "2021-09-10"), before, "{}: {words}", store.engine);
        }
        store.is_sound();
    }
}

#[test]
fn many_removals_are_refused_unless_they_are_allowed() {
    let marks = |count: u32| -> Vec<Mark> { (1..=count).map(|student| (student, 10, UNEXCUSED)).collect() };
    for store in Store::both() {
        store.add_town();
        let good = Export::town(1..=40, FIRST, 15, &marks(40));
        store.sync(good.path(), &[]).ends(0);
        let before = store.compared(&good, "2021-09-10");
        let fewer = Export::town(1..=40, FIRST, 15, &marks(29));
        let words = "attendance, school 100: 11 of 40 rows would be removed, more than 10 % and more than 10. Nothing was changed. If this is right, run the sync with --allow-removals";
        store.sync(fewer.path(), &[]).ends(1).says(words);
        store.sync(fewer.path(), &["--dry-run"]).ends(1).says(words);
        assert_eq!(store.compared(&good, "2021-09-10"), before);
        // Eleven people and all that is theirs.
        store
            .sync(Export::town(1..=29, FIRST, 15, &marks(29)).path(), &[])
            .ends(1)
            .says("11 of 42 rows would be removed");
        assert_eq!(store.compared(&good, "2021-09-10"), before);

        // Ten rows are no flood, whatever their share.
        let ten_fewer = Export::town(1..=40, FIRST, 15, &marks(30));
        assert_eq!(
            counts(&store.sync(ten_fewer.path(), &[]).ends(0).json(), "attendance"),
            [0, 0, 30, 10, 0]
        );
        let eleven_fewer = Export::town(1..=40, FIRST, 15, &marks(19));
        store.sync(eleven_fewer.path(), &[]).ends(1);
        let allowed = store.sync(eleven_fewer.path(), &["--allow-removals"]).ends(0).json();
        assert_eq!(counts(&allowed, "attendance"), [0, 0, 19, 11, 0]);
        store.is_sound();
    }
}

#[test]
fn each_row_set_aside_is_listed_with_file_line_value_and_reason_on_every_sync() {
    for store in Store::both() {
        store.add_town();
        let export = Export::town(1..=3, FIRST, 15, &[(1, 10, EXCUSED), (1, 11, UNEXCUSED)]);
        export.edit("attendance.csv", |text| {
            format!(
                "{text}1,100,2021-08-28,{EXCUSED}\n999,100,2021-08-24,{EXCUSED}\n1,100,2021-08-24,Virtual\n1,100,soon,{EXCUSED}\n1,999,2021-08-24,{EXCUSED}\n2,100,2021-08-20,{EXCUSED}\n1,100,2021-09-06,{EXCUSED}\n"
            )
        });
        export.edit("enrollments.csv", |text| format!("{text}404,100,05,{FIRST},\n3,100,05,tomorrow,\n"));
        let expected = [
            ("attendance.csv", 4, "date", "2021-08-28", "not_instructional"),
            ("attendance.csv", 5, "student_id", "999", "unknown_student"),
            ("attendance.csv", 6, "category", "Virtual", "unmapped_category"),
            ("attendance.csv", 7, "date", "soon", "bad_value"),
            ("attendance.csv", 8, "school_id", "999", "unknown_school"),
            ("attendance.csv", 9, "date", "2021-08-20", "not_instructional"),
            ("attendance.csv", 10, "", "1, 100, 2021-09-06, Excused Absence", "duplicate_row"),
            ("enrollments.csv", 5, "student_id", "404", "unknown_student"),
            ("enrollments.csv", 6, "entry_date", "tomorrow", "bad_value"),
        ];
        for _ in 0..2 {
            let ran = store.sync(export.path(), &[]).ends(3);
            let report = ran.json();
            reconciles(&report);
            assert_eq!(report["unmapped"], json!([{"category": "Virtual", "rows": 1}]));
            let told: Vec<_> = report["set_aside"].as_array().unwrap().iter().collect();
            let told: Vec<_> = told
                .iter()
                .map(|row| {
                    let text = |name: &str| row[name].as_str().unwrap_or_default();
                    (
                        text("file"),
                        row["line"].as_u64().unwrap(),
                        text("column"),
                        text("value"),
                        text("reason"),
                    )
                })
                .collect();
            assert_eq!(told, expected, "{}", store.engine);
            for (file, line, _, value, _) in expected {
                assert!(ran.err.contains(&format!("  {file}, line {line}")), "{}", ran.err);
                assert!(ran.err.contains(&format!("`{value}`: ")), "{}", ran.err);
            }
            ran.says("9 rows were set aside:");
        }
    }
}

#[test]
fn a_profile_is_named_shown_and_copied_to_be_changed() {
    let listed = run(&["profiles", "list"]).ends(0);
    assert!(listed.out.contains("\naspen            Aspen X2 (Follett): "), "{}", listed.out);
    run(&["profiles", "show", "nobody"])
        .ends(1)
        .says("there is no profile `nobody`; there are aeries, aspen,");
    let shown = run(&["profiles", "show", "aspen"]).ends(0).out;
    let store = Store::sqlite();
    store.add_town();
    let export = Export::town(1..=3, FIRST, 15, &[]);
    let day = |absence: &str, excused: &str, date: &str| {
        format!(
            "\"9\",\"1\",\"{absence}\",\"0\",\"0\",\"NULL\",\"{excused}\",\"said \\\"ill\\\"\",\"{date}\",\"100\"\n"
        )
    };
    let rows =
        [day("yes", "0", "2021-08-24"), day("absent", "1", "2021-08-25"), day("absent", "1", "2021-08-26")];
    let header =
        "state_id,local_id,absence,tardy,dismissed,reason,excused,comment,event_date,school_local_id\n";
    export.with("attendance.csv", format!("{header}{}", rows.concat()));
    let first = store
        .sync(export.path(), &["--profile", "aspen"])
        .ends(3)
        .says("  2 × `absence=absent excused=1 tardy=0 dismissed=0`");
    assert_eq!(counts(&first.json(), "attendance")[0], 1);
    let own = tempfile::tempdir().unwrap();
    let file = own.path().join("ours.toml");
    let changed = shown.replace("nulls = ", "true_words = [\"yes\", \"absent\", \"1\"]\nnulls = ");
    std::fs::write(&file, changed).unwrap();
    let second = store.sync(export.path(), &["--profile", file.to_str().unwrap()]).ends(0);
    assert_eq!(second.json()["unmapped"], json!([]));
    let none = store.sync(export.path(), &["--profile", "nobody"]).ends(1);
    none.says(
        "nobody: cannot be read: there is no such file, and the profiles that need none are aeries, aspen,",
    );
}

#[test]
fn a_file_that_is_not_read_is_said_to_be_ignored() {
    let store = Store::sqlite();
    store.add_town();
    let export = Export::town(1..=3, FIRST, 15, &[(1, 10, EXCUSED)]);
    export.with("lunch.csv", "student_id,meal\n1,soup\n");
    store.sync(export.path(), &[]).ends(0).says("lunch.csv: not a file that is read here; ignored");
}

#[test]
fn an_absence_excused_later_closes_the_signal() {
    for store in Store::both() {
        store.add_town();
        let marks = [(1, 10, UNEXCUSED), (1, 11, UNEXCUSED), (1, 12, UNEXCUSED), (2, 12, UNEXCUSED)];
        let export = Export::town(1..=3, FIRST, 15, &marks);
        store.sync(export.path(), &[]).ends(0);
        let of_pa = || -> Vec<Value> {
            let all: Vec<Value> = serde_json::from_str(&store.evaluate("2021-09-10")).unwrap();
            all.into_iter().filter(|s| s["rule"] == "PA-TRUANT").collect()
        };
        let before = of_pa();
        assert_eq!(before.len(), 1);
        assert_eq!((&before[0]["student_id"], &before[0]["met_on"]), (&json!("1"), &json!("2021-09-08")));

        let day = export.days[11];
        export.edit("attendance.csv", |text| {
            text.replace(&format!("1,100,{day},{UNEXCUSED}"), &format!("1,100,{day},{EXCUSED}"))
        });
        let corrected = store.sync(export.path(), &[]).ends(0).json();
        assert_eq!(counts(&corrected, "attendance"), [0, 1, 3, 0, 0]);
        assert_eq!(of_pa(), Vec::<Value>::new());
        assert!(store.evaluate("2021-09-10").contains("US-CHRONIC"), "excused days still count as missed");
        let known_on = |day: &str| {
            store.run(&["evaluate", "town", "--as-of", "2021-09-10", "--format", "json", "--known-on", day])
        };
        known_on("2021-09-10")
            .ends(1)
            .says("nothing was known of town at 2021-09-11")
            .says("its first sync ended");
        let known = known_on("2999-01-01").ends(0).says("As known after the sync that ended");
        assert_eq!(known.out, store.evaluate("2021-09-10"));
        store.is_sound();
    }
}

#[test]
fn in_a_new_school_year_those_who_left_leave_the_list_and_their_records_stay() {
    for store in Store::both() {
        store.add_town();
        let marks: Vec<Mark> = (9..=14).map(|day| (1, day, UNEXCUSED)).collect();
        let first = Export::town(1..=12, "2023-08-28", 15, &marks);
        store.sync(first.path(), &[]).ends(0);
        let end_of_first = first.days[14].to_string();
        let known = store.evaluate(&end_of_first);
        assert!(known.contains("\"student_id\":\"1\""), "{known}");

        // 1 and 2 have left; 13 is new. The new files name the new year only.
        let second = Export::town(3..=13, "2024-08-26", 15, &[(3, 12, UNEXCUSED)]);
        let report = store.sync(second.path(), &[]).ends(0).json();
        assert_eq!(
            counts(&report, "attendance"),
            [1, 0, 0, 0, 0],
            "{}: last year's marks stay",
            store.engine
        );
        assert_eq!(counts(&report, "enrollments"), [11, 0, 0, 0, 0]);
        assert_eq!(counts(&report, "calendar"), [15, 0, 0, 0, 0]);
        assert_eq!(store.evaluate(&end_of_first), known, "{}", store.engine);
        let now = store.evaluate(&second.days[14].to_string());
        let now: Vec<Value> = serde_json::from_str(&now).unwrap();
        assert!(now.iter().all(|s| s["school_year"] == "2023-2024"), "{now:?}");
        store.is_sound();

        let link = store.run(&["invite", "town", "--role", "principal"]).ends(0).out;
        let served = Served::start(&store);
        let cookie = served.sign_in(&link);
        let (list, with_former) =
            (served.ask("GET /students", &cookie), served.ask("GET /students?former=1", &cookie));
        for student in 3..=13 {
            assert!(
                list.contains(&format!("Family{student}")),
                "{}: student {student} is listed",
                store.engine
            );
        }
        for student in 1..=2 {
            let name = format!("Given{student} ");
            let other_way = format!("Family{student},");
            assert!(
                !list.contains(&name) && !list.contains(&other_way),
                "{}: {student} has left",
                store.engine
            );
        }
        assert!(with_former.contains("Given1 ") || with_former.contains("Family1,"), "{}", store.engine);
    }
}

// --- invitations ---

#[test]
fn what_an_invitation_gave_is_listed_and_ends_at_once_with_its_links_and_sessions() {
    for store in Store::both() {
        store.add_town();
        store.sync(Export::town(1..=3, "2021-08-23", 15, &[(1, 10, "Excused Absence")]).path(), &[]).ends(0);
        let invite = |more: &[&str]| store.run(&[&["invite", "town"][..], more].concat());
        assert_eq!(invite(&["--list"]).ends(0).out, "", "{}", store.engine);

        let link = invite(&["--role", "district-administrator"]).ends(0).out;
        let listed = invite(&["--list"]).ends(0).out;
        let id = listed.split('\t').next().unwrap().to_owned();
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines[0], format!("{id}\tdistrict-administrator\tgranted, 0 sessions"));
        assert!(
            lines[1].starts_with(&format!("{id}\tdistrict-administrator\tunused link, until ")),
            "{listed}"
        );
        let served = Served::start(&store);
        let cookie = served.sign_in(&link);
        assert!(served.ask("GET /students", &cookie).contains("Family2"), "{}", store.engine);
        // A second link, which nobody will have used.
        let unused = invite(&["--role", "district-administrator", "--person", &id]).ends(0).out;
        // And somebody else, who keeps what is theirs.
        let principal = served.sign_in(&invite(&["--role", "principal"]).ends(0).out);

        invite(&["--revoke", &id]).ends(0).says("ended: grants 1, unused links 1, sessions 1");
        assert!(!served.ask("GET /students", &cookie).contains("Family2"), "{}", store.engine);
        let path = &unused.trim_end()[unused.find("/invitation/").unwrap()..];
        let late = served.ask(&format!("GET {path}"), "");
        assert!(late.contains("notice=invitation") && !late.contains("set-cookie: "), "{late}");
        assert!(served.ask("GET /students", &principal).contains("Family2"), "{}", store.engine);
        assert_eq!(invite(&["--list"]).ends(0).out, "", "{}", store.engine);

        invite(&["--revoke", &id]).ends(1).says("nothing to end");
        invite(&["--revoke", "nobody"]).ends(1).says("nobody has the id `nobody` in town");
        invite(&["--role", "district-administrator", "--person", &id]).ends(1);
        store.run(&["audit", "verify", "town"]).ends(0);
        store.is_sound();
    }
}

// --- the demo ---

/// Every file of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).unwrap()))
        .collect()
}

fn demo(store: &Store, students: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["demo", "--no-serve", "--today", "2026-03-02", "--students", students];
    arguments.extend(more);
    store.run(&arguments)
}

#[test]
fn the_demo_replaces_a_demo_and_nothing_else() {
    for store in Store::both() {
        let export = Export::town(1..=3, FIRST, 15, &[(1, 10, UNEXCUSED), (1, 11, UNEXCUSED)]);
        store.add_town();
        store.sync(export.path(), &[]).ends(0);
        let town = store.picture("2021-09-10");
        demo(&store, "120", &[]).ends(0).says("The demo district `demo` holds 120 students");
        let of_demo =
            |seen: &str| store.run(&["evaluate", "demo", "--as-of", seen, "--format", "json"]).ends(0).out;
        let first = of_demo("2026-03-02");
        demo(&store, "130", &["--seed", "2"]).ends(0).says("The demo district `demo` holds 130 students");
        assert_ne!(of_demo("2026-03-02"), first);
        demo(&store, "120", &[]).ends(0);
        assert_eq!(of_demo("2026-03-02"), first, "{}: the same seed, date and size", store.engine);
        let list = store.run(&["district", "list"]).ends(0).out;
        assert_eq!(list.matches("(demo)").count(), 1, "{list}");
        assert_eq!(store.picture("2021-09-10"), town);
        store.is_sound();

        store.run(&["district", "remove", "demo"]).ends(0);
        store.run(&["district", "add", "demo", "--name", "Demopolis"]).ends(0);
        let out = store.folder().join("not-written");
        let refused = demo(&store, "120", &["--out", out.to_str().unwrap()]).ends(1);
        refused.says(
            "`demo` is a real district; the demo replaces only a demo district, so nothing was changed",
        );
        assert!(!out.exists());
        let list = store.run(&["district", "list"]).ends(0).out;
        assert_eq!(list, "demo                     Demopolis\ntown                     Town\n");
    }
}

#[test]
fn the_same_seed_date_and_size_write_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let store = Store::sqlite();
    let write = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        demo(&store, "150", &["--seed", seed, "--out", out.to_str().unwrap()]).ends(0);
        files(&out)
    };
    let (first, again, other) = (write("a", "5"), write("b", "5"), write("c", "6"));
    assert!(first.contains_key("oneroster.zip") && first.contains_key("attendance.csv"));
    assert_eq!(first.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
    assert!(first == again, "the same seed, date and size");
    assert!(first["attendance.csv"] != other["attendance.csv"], "another seed");
}

// --- check ---

/// Plain files: a school (100) of 40 school days, two students (700001, 700002), and rows of attendance.
struct Plain {
    folder: TempDir,
    days: Vec<String>,
}

const HEADER: &str = "student_id,school_id,date,category";

impl Plain {
    fn new() -> Self {
        let days: Vec<String> = weekdays(FIRST, 40).iter().map(ToString::to_string).collect();
        let plain = Self { folder: TempDir::new().unwrap(), days };
        let calendar: String = plain.days.iter().map(|day| format!("100,{day},1\n")).collect();
        plain.write("calendar.csv", format!("school_id,date,instructional\n{calendar}"));
        plain.write(
            "enrollments.csv",
            format!("student_id,school_id,grade,entry_date,exit_date\n700001,100,05,{FIRST},\n700002,100,KG,{FIRST},\n"),
        );
        plain.attendance(HEADER, &plain.absences(&[10, 11, 12]));
        plain
    }

    /// Unexcused days of 700001.
    fn absences(&self, days: &[usize]) -> Vec<String> {
        days.iter().map(|day| format!("700001,100,{},{UNEXCUSED}", self.days[*day])).collect()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn attendance(&self, header: &str, rows: &[String]) {
        self.write("attendance.csv", format!("{header}\n{}\n", rows.join("\n")));
    }

    /// Runs `check` in the folder of the files.
    fn check_files(&self, ending: &str, more: &[&str]) -> Ran {
        let mut command = program();
        command.current_dir(self.folder.path()).arg("check");
        for name in ["calendar", "enrollments", "attendance"] {
            command.arg(format!("--{name}")).arg(format!("{name}.csv{ending}"));
        }
        if !more.contains(&"--pack") {
            command.args(["--pack", "us-federal"]);
        }
        if !more.contains(&"--as-of") {
            command.args(["--as-of", &self.days[39]]);
        }
        if !more.contains(&"--format") {
            command.args(["--format", "json"]);
        }
        Ran::of(command.args(more))
    }

    fn check(&self, more: &[&str]) -> Ran {
        self.check_files("", more)
    }

    /// Student, school, met on, numerator / denominator, and whether it stands.
    fn told(ran: &Ran) -> Vec<String> {
        let of = |s: &Value| {
            let text = |name: &str| s[name].as_str().unwrap_or("-").to_owned();
            let stands = if s["standing"] == true { "stands" } else { "recovered" };
            let [n, d] = ["numerator", "denominator"].map(|name| s[name].to_string());
            format!("{} {} {} {n}/{d} {stands}", text("student_id"), text("school_id"), text("met_on"))
        };
        ran.json().as_array().unwrap().iter().map(of).collect()
    }
}

#[test]
fn check_prints_the_promised_object_with_its_fields_in_order() {
    let plain = Plain::new();
    let ran = plain.check(&[]).ends(0);
    let expected = format!(
        r#"[
{{"student_id":"700001","school_id":"100","scope":"school","pack":"us-federal","pack_version":"1","rule":"US-CHRONIC","school_year":"2021-2022","met_on":"2021-09-07","standing":true,"standing_since":"2021-09-07","as_of":"2021-10-15","numerator":3,"denominator":13,"unit":"day","evidence":[{{"date":"2021-09-06","category":"Unexcused Absence","counts":1}},{{"date":"2021-09-07","category":"Unexcused Absence","counts":1}},{{"date":"2021-09-08","category":"Unexcused Absence","counts":1}}],"met_evidence":["2021-09-06","2021-09-07"],"episodes":[["2021-09-07",null]],"citation":"{CHRONIC}","title":"Has missed 10 % or more of the school days so far","next":null,"not_counted":[],"unknown_days":27,"to_verify":false}}
]
"#
    );
    assert_eq!(ran.out, expected);
}

#[test]
fn check_counts_to_the_last_attendance_row_and_roll_overrides_it() {
    let plain = Plain::new();
    assert_eq!(Plain::told(&plain.check(&[]).ends(0)), ["700001 100 2021-09-07 3/13 stands"]);
    // A row of anybody at the school, on the last day.
    let mut rows = plain.absences(&[10, 11, 12]);
    rows.push(format!("700002,100,{},In Attendance", plain.days[39]));
    plain.attendance(HEADER, &rows);
    assert_eq!(Plain::told(&plain.check(&[]).ends(0)), ["700001 100 2021-09-07 3/40 recovered"]);
    // The as-of date, where it is earlier.
    let as_of = plain.days[20].clone();
    let earlier = plain.check(&["--as-of", &as_of]).ends(0);
    assert_eq!(Plain::told(&earlier), ["700001 100 2021-09-07 3/21 stands"]);

    plain.attendance(HEADER, &plain.absences(&[10, 11, 12]));
    let taken: String = plain.days[13..21].iter().map(|day| format!("100,{day},1\n")).collect();
    plain.write("roll.csv", format!("school_id,date,taken\n{taken}"));
    let ran = plain.check(&["--roll", "roll.csv"]).ends(0);
    assert_eq!(Plain::told(&ran), ["700001 100 2021-09-07 3/21 stands"]);
    plain.write("roll.csv", format!("school_id,date,taken\n100,{},false\n", plain.days[3]));
    let ran = plain.check(&["--roll", "roll.csv"]).ends(0);
    assert_eq!(Plain::told(&ran), ["700001 100 2021-09-06 3/12 stands"]);
}

#[test]
fn check_takes_a_day_it_cannot_read_for_unknown_and_ends_with_3() {
    let plain = Plain::new();
    let rows = plain.absences(&[10, 11, 12]);
    let with =
        |second: &str| [format!("{},", rows[0]), format!("{}{second}", rows[1]), format!("{},", rows[2])];
    plain.attendance(&format!("{HEADER},duration"), &with(",two"));
    let ran =
        plain.check(&[]).ends(3).says("1 row was set aside:\n  attendance.csv, line 3, duration: `two`: ");
    assert_eq!(Plain::told(&ran), ["700001 100 2021-09-08 2/12 stands"]);

    let unmapped = rows[1].replace(UNEXCUSED, "Field trip");
    plain.attendance(HEADER, &[rows[0].clone(), unmapped, rows[2].clone()]);
    let ran = plain.check(&[]).ends(3).says(
        "attendance.csv, line 3, category: `Field trip`: no one has said what this category means; map it. The day counts as unknown",
    );
    assert_eq!(Plain::told(&ran), ["700001 100 2021-09-08 2/12 stands"]);

    plain.attendance(&format!("{HEADER},period"), &with(",1"));
    let ran = plain
        .check(&[])
        .ends(3)
        .says("attendance.csv, line 3, period: `1`: a period without a bell schedule");
    assert_eq!(Plain::told(&ran), ["700001 100 2021-09-08 2/12 stands"]);
}

#[test]
fn check_lists_rows_that_belong_to_no_day_of_a_student_and_they_change_nothing() {
    let plain = Plain::new();
    let clean = plain.check(&[]).ends(0).out;
    let mut rows = plain.absences(&[10, 11, 12]);
    rows.extend([
        format!("700009,100,{},{UNEXCUSED}", plain.days[10]),
        format!("700001,100,2021-08-28,{UNEXCUSED}"),
        format!("700001,100,2999-01-03,{UNEXCUSED}"),
        format!("700001,999,{},{UNEXCUSED}", plain.days[5]),
        rows[0].clone(),
    ]);
    plain.attendance(HEADER, &rows);
    let ran = plain.check(&[]).ends(3);
    assert_eq!(ran.out, clean);
    assert!(
        ran.err.ends_with(
            "5 rows were set aside:
  attendance.csv, line 5, student_id: `700009`: no such student in the roster; send the roster first, or correct the id
  attendance.csv, line 6, date: `2021-08-28`: not an instructional day of the school; correct the date or the calendar
  attendance.csv, line 7, date: `2999-01-03`: the school has no calendar for that school year; send its days, or correct the date
  attendance.csv, line 8, school_id: `999`: no such school in the roster; send the roster first, or correct the id
  attendance.csv, line 9: `700001, 100, 2021-09-06, Unexcused Absence`: the same row appeared before in this file; it counts once
"
        ),
        "{}",
        ran.err
    );
}

#[test]
fn check_knows_the_exit_day_and_names_grades_it_cannot_read() {
    let plain = Plain::new();
    let (entry, exit) = (&plain.days[0], &plain.days[12]);
    plain.write(
        "enrollments.csv",
        format!(
            "student_id,school_id,grade,entry_date,exit_date\n700001,100,Third grade,{entry},{exit}\n700002,100,Drittes,{entry},\n"
        ),
    );
    let ran = plain
        .check(&[])
        .ends(3)
        .says("enrollments.csv: grades that name none: 1 (the first is `Drittes`, line 3)")
        .says(
            "attendance.csv, line 4, date: `2021-09-08`: the student was not enrolled at the school that day",
        );
    assert_eq!(Plain::told(&ran), ["700001 100 2021-09-07 2/12 stands"]);
}

#[test]
fn check_maps_a_districts_own_codes() {
    let plain = Plain::new();
    let rows: Vec<String> = plain
        .absences(&[10, 11, 12, 13])
        .iter()
        .zip(["A", "a", "A", "T"])
        .map(|(row, code)| row.replace(UNEXCUSED, code))
        .collect();
    plain.attendance(HEADER, &rows);
    plain.write("codes.csv", "category,meaning\nA,unexcused\nT,tardy\n");
    let ran = plain.check(&["--code-map", "codes.csv", "--pack", "us-pa"]).ends(0);
    assert_eq!(Plain::told(&ran), ["700001 100 2021-09-08 3/null stands"]);
    plain.check(&["--pack", "us-pa"]).ends(3).says("4 rows were set aside:");
    plain.write("codes.csv", "category,meaning\nA,absent\n");
    plain
        .check(&["--code-map", "codes.csv"])
        .ends(1)
        .says("codes.csv: cannot be read: line 2: `A` = `absent`");
}

#[test]
fn check_reads_the_same_from_any_form_of_the_same_files() {
    let plain = Plain::new();
    let clean = plain.check(&[]).ends(0).out;
    for name in ["calendar.csv", "enrollments.csv", "attendance.csv"] {
        let text = plain.read(name);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text.as_bytes()).unwrap();
        plain.write(&format!("{name}.gz"), packed.finish().unwrap());
        plain.write(&format!("{name}.zst"), zstd::encode_all(text.as_bytes(), 0).unwrap());
    }
    assert_eq!(plain.check_files(".gz", &[]).ends(0).out, clean);
    assert_eq!(plain.check_files(".zst", &[]).ends(0).out, clean);

    for name in ["calendar.csv", "enrollments.csv", "attendance.csv"] {
        // Columns from right to left, one more that nobody asked for, a BOM, CRLF.
        let turned: String = plain
            .read(name)
            .lines()
            .enumerate()
            .map(|(at, line)| {
                let mut fields: Vec<&str> = line.split(',').collect();
                fields.reverse();
                fields.insert(1, if at == 0 { "remark" } else { "\"late, \"\"again\"\"\"" });
                format!("{}\r\n", fields.join(","))
            })
            .collect();
        plain.write(name, format!("\u{feff}{turned}"));
    }
    assert_eq!(plain.check(&[]).ends(0).out, clean);
}

#[test]
fn check_counts_a_mover_at_each_school_and_once_for_all_of_them() {
    let plain = Plain::new();
    let calendar: String =
        plain.days.iter().flat_map(|day| [100, 200].map(|school| format!("{school},{day},1\n"))).collect();
    plain.write("calendar.csv", format!("school_id,date,instructional\n{calendar}"));
    let (entry, moved) = (&plain.days[0], &plain.days[20]);
    plain.write(
        "enrollments.csv",
        format!(
            "student_id,school_id,grade,entry_date,exit_date\n700001,100,05,{entry},{moved}\n700001,200,05,{moved},\n700002,100,05,{entry},\n"
        ),
    );
    let mut rows = plain.absences(&[10, 11, 12]);
    rows.push(format!("700001,200,{},{EXCUSED}", plain.days[39]));
    rows.push(format!("700002,100,{},In Attendance", plain.days[39]));
    plain.attendance(HEADER, &rows);
    let ran = plain.check(&[]).ends(0);
    let signals = ran.json();
    let scopes: Vec<&str> =
        signals.as_array().unwrap().iter().map(|s| s["scope"].as_str().unwrap()).collect();
    assert_eq!(scopes, ["district", "school"]);
    assert_eq!(Plain::told(&ran), ["700001 - 2021-09-07 4/40 stands", "700001 100 2021-09-07 3/20 stands"]);
}

#[test]
fn check_ends_with_0_where_nobody_is_flagged_in_every_format() {
    let plain = Plain::new();
    plain.attendance(HEADER, &[format!("700002,100,{},In Attendance", plain.days[39])]);
    assert_eq!(plain.check(&[]).ends(0).out, "[]\n");
    let csv = plain.check(&["--format", "csv"]).ends(0).out;
    assert_eq!(csv.lines().count(), 1, "{csv}");
    assert_eq!(plain.check(&["--format", "table"]).ends(0).out, "0 signals, of which 0 standing\n");
}

#[test]
fn check_in_csv_and_table_says_the_same_and_no_cell_becomes_a_formula() {
    let plain = Plain::new();
    for name in ["enrollments.csv", "attendance.csv"] {
        let text = plain.read(name).replace("700001", "=1+1");
        plain.write(name, text);
    }
    let csv = plain.check(&["--format", "csv"]).ends(0).out;
    assert_eq!(
        csv,
        format!(
            "student_id,school_id,scope,pack,pack_version,rule,school_year,met_on,standing,standing_since,as_of,numerator,denominator,unit,evidence,met_evidence,episodes,citation,title,next,contributions,not_counted,unknown_days,to_verify\n\
             '=1+1,100,school,us-federal,1,US-CHRONIC,2021-2022,2021-09-07,true,2021-09-07,2021-10-15,3,13,day,2021-09-06 2021-09-07 2021-09-08,2021-09-06 2021-09-07,2021-09-07/,\"{CHRONIC}\",Has missed 10 % or more of the school days so far,,2021-09-06 Unexcused Absence 1; 2021-09-07 Unexcused Absence 1; 2021-09-08 Unexcused Absence 1,,27,false\n"
        )
    );
    let table = plain.check(&["--format", "table"]).ends(0).out;
    let words: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "=1+1 100 US-CHRONIC 2021-2022 2021-09-07 2021-09-07 3 of 13 09-06 09-07 09-08"
    );
    assert!(table.ends_with("1 signal, of which 1 standing\n"), "{table}");
    assert!(table.contains("US-CHRONIC (us-federal 1): ") && table.contains(CHRONIC), "{table}");
}

#[test]
fn a_table_opens_to_the_days_that_counted_and_those_that_did_not_and_why() {
    let plain = Plain::new();
    let mut rows = plain.absences(&[10, 11, 12]);
    rows.push(format!("700001,100,{},Tardy", plain.days[13]));
    plain.attendance(HEADER, &rows);
    let opened = plain.check(&["--format", "table", "--explain"]).ends(0).out;
    for said in [
        "700001, school 100, 2021-2022: US-CHRONIC (",
        "  counted: 2021-09-06 Unexcused Absence 1; 2021-09-07 Unexcused Absence 1; ",
        "  not counted: 2021-09-09 Tardy (part too small)\n",
        "1 signal, of which 1 standing\n",
    ] {
        assert!(opened.contains(said), "{said}: {opened}");
    }
    let csv = plain.check(&["--format", "csv"]).ends(0).out;
    assert!(csv.contains("2021-09-09 Tardy (part too small)"), "{csv}");
}

#[test]
fn a_rule_that_nobody_has_checked_is_marked_in_every_format() {
    let plain = Plain::new();
    let asked = |format: &str| plain.check(&["--pack", "us-ca", "--format", format]).ends(0).out;
    let json: Value = serde_json::from_str(&asked("json")).unwrap();
    let marks: Vec<(&str, bool)> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["rule"].as_str().unwrap(), s["to_verify"].as_bool().unwrap()))
        .collect();
    let marked = marks.iter().filter(|(_, open)| *open).count();
    assert!(marked > 0, "{marks:?}");
    let csv = asked("csv");
    assert_eq!(csv.lines().filter(|line| line.ends_with(",true")).count(), marked, "{csv}");
    let said = "Not all of it is checked against the text of the law yet.";
    let table = asked("table");
    assert_eq!(table.lines().filter(|line| line.ends_with(said)).count(), marked, "{table}");
}

#[test]
fn check_judges_by_every_pack_named_and_refuses_what_it_cannot_read() {
    let plain = Plain::new();
    let both = plain.check(&["--pack", "us-pa", "--pack", "us-federal"]).ends(0).json();
    let rules: Vec<&str> = both.as_array().unwrap().iter().map(|s| s["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["PA-TRUANT", "US-CHRONIC"]);
    plain.check(&["--pack", "us-mars"]).ends(1).says("there is no rule pack `us-mars`; there are ");

    plain.write("attendance.csv", "student_id,school_id,date,kind\n");
    let refused = plain.check(&[]).ends(1);
    assert_eq!(refused.out, "");
    refused.says(
        "attendance.csv, line 1: the column `category` is missing; found `student_id,school_id,date,kind`",
    );
    std::fs::remove_file(plain.folder.path().join("attendance.csv")).unwrap();
    plain.check(&[]).ends(1).says("everpresent: .: attendance.csv is missing; a delivery needs it");
    plain.check_files(".gz", &[]).ends(1).says("calendar.csv.gz is missing");
}
