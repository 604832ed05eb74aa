//! OneRoster REST against the stub server with each of its faults: what is staged is what the files say.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it cannot go on")]

mod stub;

use model::attendance::Shapes;
use model::canonical::{Delivery, Table};
use model::time::Date;
use sis::remote::{OneRosterVersion, RemoteKind, RemoteSource, Secrets, SignIn, Why};
use sis::{Expect, Profile, read_delivery};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use stub::tiny::tiny;
use stub::{Fake, Stub, run, shared_data};

fn serve(district: &Path, more: &[&str]) -> Stub {
    Stub::serve("oneroster", district, more)
}

fn source(stub: &Stub, version: OneRosterVersion, sign_in: SignIn) -> RemoteSource {
    let kind = RemoteKind::OneRoster { version, sign_in };
    RemoteSource { page_size: Some(4), ..stub.source(kind) }
}

/// Copies the plain files of a district to a fetched roster: a delivery has both, and OneRoster carries only the one.
fn beside(files: &Path, into: &Path) {
    for name in ["calendar.csv", "enrollments.csv", "attendance.csv"] {
        fs::copy(files.join(name), into.join(name)).unwrap();
    }
}

struct Place {
    _temp: tempfile::TempDir,
    files: PathBuf,
    into: PathBuf,
}

fn place() -> Place {
    let temp = tempfile::tempdir().unwrap();
    let (files, into) = (temp.path().join("files"), temp.path().join("fetched"));
    tiny(&files);
    for (name, text) in [
        ("calendar.csv", "school_id,date,instructional\n91,2025-09-01,1\n92,2025-09-01,1\n"),
        ("enrollments.csv", "student_id,school_id,grade,entry_date,exit_date\n1010,91,03,2025-09-01,\n"),
        ("attendance.csv", "student_id,school_id,date,category\n1010,91,2025-09-01,Excused Absence\n"),
    ] {
        fs::write(files.join(name), text).unwrap();
    }
    Place { _temp: temp, files, into }
}

fn read(folder: &Path) -> Delivery {
    let today = Date::from_ymd_opt(2026, 2, 1).unwrap();
    read_delivery(folder, &Profile::default(), today, Shapes::default(), Expect::Whole).unwrap()
}

fn shown<T: Debug>(table: &Option<Table<T>>) -> BTreeSet<String> {
    table.iter().flat_map(|t| &t.rows).map(|row| format!("{row:?}")).collect()
}

/// The pairs of who is whose agent: a server says them at both ends, files at one.
fn families(delivery: &Delivery) -> BTreeSet<[String; 2]> {
    let people = delivery.people.iter().flat_map(|t| &t.rows);
    let pairs = people.flat_map(|p| p.agent_keys.iter().map(|a| [p.key.clone(), a.clone()]));
    pairs
        .map(|mut pair| {
            pair.sort();
            pair
        })
        .collect()
}

fn people(delivery: &Delivery) -> BTreeSet<String> {
    let rows = delivery.people.iter().flat_map(|t| t.rows.clone());
    rows.map(|mut person| {
        person.agent_keys.clear();
        format!("{person:?}")
    })
    .collect()
}

/// Everything but roles, of which 1.1 knows fewer, and demographics, which a server may lack.
fn assert_same_roster(fetched: &Delivery, files: &Delivery) {
    assert_eq!(shown(&fetched.orgs), shown(&files.orgs));
    assert_eq!(shown(&fetched.terms), shown(&files.terms));
    assert_eq!(shown(&fetched.courses), shown(&files.courses));
    assert_eq!(shown(&fetched.sections), shown(&files.sections));
    assert_eq!(people(fetched), people(files));
    assert_eq!(families(fetched), families(files));
    assert_eq!(shown(&fetched.section_rosters), shown(&files.section_rosters));
    assert_eq!(fetched.set_aside, files.set_aside);
}

fn assert_same(fetched: &Path, files: &Path) {
    beside(files, fetched);
    let (fetched, files) = (read(fetched), read(files));
    assert_same_roster(&fetched, &files);
    assert_eq!(shown(&fetched.roles), shown(&files.roles));
    assert_eq!(shown(&fetched.demographics), shown(&files.demographics));
}

#[test]
fn a_roster_fetched_by_1_2_is_the_roster_of_the_files() {
    let place = place();
    let stub = serve(&place.files, &[]);
    let source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
    let staged = run(&source, &stub.secrets(), &place.into, &Fake::default()).unwrap();
    assert_same(&place.into, &place.files);
    let users = staged.files.iter().find(|(path, _)| path == "oneroster/users.csv").unwrap();
    assert_eq!(users.1, 15);
    assert!(staged.absent.is_empty());
}

#[test]
fn a_roster_fetched_by_1_1_is_the_roster_of_the_files_however_we_sign_in() {
    for sign_in in [SignIn::OAuth2, SignIn::OAuth1Sha1, SignIn::OAuth1Sha256] {
        let place = place();
        let stub = serve(&place.files, &["--version", "1.1"]);
        let source = source(&stub, OneRosterVersion::V1_1, sign_in);
        run(&source, &stub.secrets(), &place.into, &Fake::default()).unwrap();
        beside(&place.files, &place.into);
        let (fetched, files) = (read(&place.into), read(&place.files));
        assert_same_roster(&fetched, &files);
        assert_eq!(fetched.roles.unwrap().rows.len(), files.roles.unwrap().rows.len());
        assert_eq!(shown(&fetched.demographics), shown(&files.demographics));
    }
}

#[test]
fn no_fault_of_a_server_that_still_tells_all_loses_or_doubles_a_row() {
    for fault in [
        "clamp-limit-500",
        "no-total-count",
        "no-link",
        "link-other-host",
        "link-stray-comma",
        "forbidden-for-unauthorized",
        "no-content-for-not-found",
        "booleans-as-json",
        "booleans-as-strings",
        "booleans-as-upper",
        "booleans-as-integers",
        "errors-without-imsx",
        "grades-as-words",
        "duplicate-rows",
        "reordered",
        "token-expires-mid-run",
        "rate-limit",
        "unavailable",
        "cut-mid-page",
    ] {
        let place = place();
        let stub = serve(&place.files, &["--fault", fault]);
        let source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
        let tools = Fake::default();
        run(&source, &stub.secrets(), &place.into, &tools).unwrap_or_else(|error| panic!("{fault}: {error}"));
        println!("{fault}");
        assert_same(&place.into, &place.files);
        assert_eq!(stub.state()["visits"]["byOtherName"], 0, "{fault}");
        let waits = tools.waits.lock().unwrap().clone();
        match fault {
            "rate-limit" | "unavailable" => assert_eq!(waits, [1, 1], "{fault}: as Retry-After says"),
            "cut-mid-page" => assert_eq!(waits, [1]),
            _ => assert!(waits.is_empty(), "{fault}"),
        }
    }
}

#[test]
fn a_token_that_ends_in_mid_run_is_renewed_where_the_server_says_403_for_401() {
    let place = place();
    let faults = ["--fault", "token-expires-mid-run", "--fault", "forbidden-for-unauthorized"];
    let stub = serve(&place.files, &faults);
    let source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
    run(&source, &stub.secrets(), &place.into, &Fake::default()).unwrap();
    assert_same(&place.into, &place.files);
    assert_eq!(stub.state()["visits"]["tokens"], 2);
}

#[test]
fn a_row_deleted_while_paging_hides_no_other() {
    let place = place();
    let stub = serve(&place.files, &["--fault", "delete-while-paging"]);
    let source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
    let staged = run(&source, &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let state = stub.state();
    let counts = &state["counts"];
    for (path, rows) in staged.files {
        let name = path.trim_start_matches("oneroster/").trim_end_matches(".csv").to_owned();
        if let Some(held) = counts[&name].as_u64() {
            // The deleted row may have been read before it went, but only where a single page held all.
            assert!(rows == held || rows == held + 1, "{name}: {rows} of {held}");
        }
    }
}

#[test]
fn demographics_that_a_server_does_not_have_are_said_to_be_absent() {
    for more in [
        &["--fault", "no-demographics"][..],
        &["--fault", "no-demographics", "--fault", "no-content-for-not-found"],
    ] {
        let place = place();
        let stub = serve(&place.files, more);
        let source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
        let staged = run(&source, &stub.secrets(), &place.into, &Fake::default()).unwrap();
        assert_eq!(staged.absent, ["demographics"]);
        beside(&place.files, &place.into);
        let (fetched, files) = (read(&place.into), read(&place.files));
        assert_same_roster(&fetched, &files);
        assert!(fetched.demographics.is_none());
    }
}

#[test]
fn a_failed_fetch_leaves_no_folder_and_says_where_but_no_secret() {
    for why in [Why::Redirect(302), Why::SignIn(401), Why::Private] {
        let place = place();
        let faults: &[&str] =
            if why == Why::Redirect(302) { &["--fault", "redirect-other-host"] } else { &[] };
        let stub = serve(&place.files, faults);
        let mut source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
        source.allow_private = why != Why::Private;
        let secrets = match why {
            Why::SignIn(_) => Secrets::new("an-id", "a-wrong-secret"),
            _ => stub.secrets(),
        };
        let error = run(&source, &secrets, &place.into, &Fake::default()).unwrap_err();
        assert_eq!(error.why, why);
        let said = error.to_string();
        assert!(said.starts_with("127.0.0.1:"), "{said}");
        assert!(
            !said.contains(stub.text("clientSecret"))
                && !said.contains('?')
                && !said.contains("a-wrong-secret"),
            "{said}"
        );
        assert!(!place.into.exists());
        assert!(!place.into.with_file_name("fetched.part").exists());
        assert_eq!(stub.state()["visits"]["byOtherName"], 0);
    }
}

#[test]
fn a_wrong_path_is_missing_and_never_an_empty_roster() {
    for fault in ["errors-without-imsx", "no-content-for-not-found"] {
        let place = place();
        let stub = serve(&place.files, &["--fault", fault]);
        let mut source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
        source.token_url = Some(stub.text("tokenUrl").to_owned());
        source.base_url = source.base_url.replace("/ims/", "/other/ims/");
        let error = run(&source, &stub.secrets(), &place.into, &Fake::default()).unwrap_err();
        assert!(matches!(error.why, Why::Missing(204 | 404)), "{error}");
        assert!(!place.into.exists());
    }
}

#[test]
fn a_secret_is_not_sent_where_tls_fails() {
    let place = place();
    let stub = serve(&place.files, &[]);
    let mut source = source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2);
    source.base_url = source.base_url.replace("http://", "https://");
    let error = run(&source, &stub.secrets(), &place.into, &Fake::default()).unwrap_err();
    assert!(matches!(error.why, Why::Untrusted | Why::Cut), "{error}");
    assert_eq!(stub.state()["visits"]["tokens"], 0);
}

#[test]
fn grand_bend_over_rest_is_the_roster_of_its_files() {
    let Some(files) = shared_data("grand-bend") else { return };
    let temp = tempfile::tempdir().unwrap();
    let into = temp.path().join("fetched");
    let stub = serve(&files, &["--fault", "clamp-limit-500"]);
    let source = RemoteSource { page_size: None, ..source(&stub, OneRosterVersion::V1_2, SignIn::OAuth2) };
    run(&source, &stub.secrets(), &into, &Fake::default()).unwrap();
    beside(&files, &into);
    let (fetched, files) = (read(&into), read(&files));
    assert_same_roster(&fetched, &files);
    assert_eq!(shown(&fetched.roles), shown(&files.roles));
    assert_eq!(shown(&fetched.demographics), shown(&files.demographics));
}

#[test]
fn a_stored_source_reads_back_with_its_defaults() {
    let stored = r#"{"kind":{"protocol":"oneroster","version":"1.2"},"base_url":"https://sis.example.org"}"#;
    let source: RemoteSource = serde_json::from_str(stored).unwrap();
    let kind = RemoteKind::OneRoster { version: OneRosterVersion::V1_2, sign_in: SignIn::OAuth2 };
    assert_eq!(source.kind, kind);
    assert!(!source.allow_private);
    let again: RemoteSource = serde_json::from_str(&serde_json::to_string(&source).unwrap()).unwrap();
    assert_eq!(again, source);
}
