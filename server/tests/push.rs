//! Files that are pushed, by a program as a district's SIS would run it, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Export, Served, Store};
use std::io::{Cursor, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use zip::write::SimpleFileOptions;

const FIRST: &str = "2021-08-23";
const UNEXCUSED: &str = "Unexcused Absence";

/// The files of an export in one zip.
fn zipped(export: &Export) -> Vec<u8> {
    fn add(zip: &mut zip::ZipWriter<Cursor<Vec<u8>>>, folder: &Path, before: &str) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{before}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                add(zip, &path, &format!("{name}/"));
            } else {
                zip.start_file(name, SimpleFileOptions::default()).unwrap();
                zip.write_all(&std::fs::read(path).unwrap()).unwrap();
            }
        }
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    add(&mut zip, export.path(), "");
    zip.finish().unwrap().into_inner()
}

/// Sends a zip until no run of the source is under way any more; the status.
fn push_whole(site: &Served, token: &str, zip: &[u8]) -> u16 {
    let mut said = (0..2_000).map(|_| push(site, token, zip, true));
    said.find(|status| *status != 503).unwrap_or(503)
}

/// Sends a body with a token; the status. `whole`: as long as its head says.
fn push(site: &Served, token: &str, body: &[u8], whole: bool) -> u16 {
    let mut stream = TcpStream::connect(&site.addr).unwrap();
    let length = body.len() + usize::from(!whole);
    let head = format!(
        "POST /push HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n",
        site.addr
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Who is refused is answered before all of it is sent.
    let _ = stream.write_all(body);
    if !whole {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Lists the sources until something is so.
fn wait(store: &Store, is_so: impl Fn(&str) -> bool) -> bool {
    (0..2_000).any(|_| is_so(&store.run(&["source", "list", "town"]).ends(0).out))
}

/// Asks until the last run of the source ended so.
fn wait_for(store: &Store, outcome: &str) {
    let of_ours = |line: &str| line.trim_start().starts_with("nightly") && line.contains(outcome);
    let ended = wait(store, |listed| listed.lines().any(of_ours));
    assert!(ended, "{}: no run ended as {outcome}", store.engine);
}

fn waiting(store: &Store) -> usize {
    std::fs::read_dir(store.folder().join("pushed/town")).map_or(0, Iterator::count)
}

#[test]
fn what_is_pushed_with_the_token_of_its_source_is_synced_and_goes_and_nothing_else_is_taken() {
    for store in Store::both() {
        let export = Export::town(1..=5, FIRST, 15, &[(1, 10, UNEXCUSED)]);
        store.add_town();
        let made = store.run(&["source", "add", "town", "nightly", "--kind", "push"]).ends(0);
        let token = made.out.trim().to_owned();
        assert_eq!(store.run(&["source", "token", "town", "nobody"]).ends(1).out, "");
        let site = Served::start(&store);
        let zip = zipped(&export);

        for wrong in ["", "town.", &token[..token.len() - 1], &token.replace("town", "city")] {
            assert_eq!(push(&site, wrong, &zip, true), 401, "{}: {wrong}", store.engine);
        }
        assert_eq!(push(&site, &token, b"student_id,school_id\n", true), 415, "{}", store.engine);
        assert_eq!(push(&site, &token, b"", true), 415, "{}", store.engine);
        assert_ne!(push(&site, &token, &zip[..zip.len() / 2], false), 202, "{}", store.engine);
        // The server hears of it when it reads on.
        assert!(
            wait(&store, |_| waiting(&store) == 0),
            "{}: what did not come whole is not kept",
            store.engine
        );

        assert_eq!(push_whole(&site, &token, &zip), 202, "{}", store.engine);
        wait_for(&store, "applied");
        let handed = store.sync(export.path(), &["--dry-run"]).ends(0).json();
        assert_eq!(handed["changed_nothing"], true, "{}: {handed}", store.engine);
        assert_eq!(waiting(&store), 0, "{}: what was applied goes", store.engine);
        store.run(&["sync", "town", "--source", "nightly"]).ends(1).says("nothing waits that was pushed");

        // Another token ends the first; the end of the source ends both.
        let other = store.run(&["source", "token", "town", "nightly"]).ends(0).out.trim().to_owned();
        assert_eq!(push(&site, &token, &zip, true), 401, "{}", store.engine);
        assert_eq!(push_whole(&site, &other, &zip), 202, "{}", store.engine);
        wait_for(&store, "unchanged");
        store.run(&["source", "end", "town", "nightly"]).ends(0);
        assert_eq!(push(&site, &other, &zip, true), 401, "{}", store.engine);
        let audit = store.run(&["audit", "verify", "town"]).ends(0);
        assert!(!format!("{}{}", audit.out, made.err).contains(&token));
        drop(site);
        store.is_sound();
    }
}

#[test]
fn what_was_pushed_and_refused_waits_until_a_better_one_comes_and_the_log_names_nobody() {
    for store in Store::both() {
        let export = Export::town(1..=5, FIRST, 15, &[(1, 10, UNEXCUSED), (2, 10, "Family2 called")]);
        store.add_town();
        let made = store.run(&["source", "add", "town", "nightly", "--kind", "push"]).ends(0);
        let token = made.out.trim();
        let site = Served::start(&store);
        let whole = zipped(&export);
        export.without("oneroster/users.csv");
        assert_eq!(push_whole(&site, token, &zipped(&export)), 202, "{}", store.engine);
        wait_for(&store, "missing_file");
        assert_eq!(waiting(&store), 1, "{}", store.engine);
        assert_eq!(push_whole(&site, token, &whole), 202, "{}", store.engine);
        wait_for(&store, "applied");
        assert_eq!(waiting(&store), 0, "{}", store.engine);
        let log = site.log();
        assert!(log.contains("route=/push") && log.contains("missing_file"), "{}: {log}", store.engine);
        for personal in ["Given", "Family", "Paula", "called", token] {
            assert!(!log.contains(personal), "{}: `{personal}` is in the log:\n{log}", store.engine);
        }
    }
}
