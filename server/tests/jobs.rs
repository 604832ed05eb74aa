//! `serve` syncs sources by itself, on both engines: when asked, after `kill -9`, and with a person's approval.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Export, Store};
use std::io::{BufRead, BufReader, Lines};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, Command, Stdio};

const FIRST: &str = "2021-08-23";

/// A running `serve` whose log is read line by line; killed when dropped.
struct Serving {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Serving {
    fn start(store: &Store, more: &[&str]) -> Self {
        let mut command = store.command(&[&["serve", "--addr", "127.0.0.1:0"], more].concat());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log }
    }

    /// Reads on until a job ended; how.
    fn sync_ended(&mut self) -> String {
        self.log
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains("a job ended"))
            .expect("a sync ends")
    }

    /// Asks it to stop, and waits until it has.
    fn stop(&mut self) {
        assert!(
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success()
        );
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(store: &Store, name: &str) -> String {
    let listed = store.run(&["source", "list", "town"]).ends(0).out;
    listed.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default().to_owned()
}

#[test]
fn serve_does_what_is_queued_and_a_person_lets_exactly_what_was_shown_go() {
    for store in Store::both() {
        store.add_town();
        let export = Export::town(1..=40, FIRST, 15, &[]);
        let path = export.path().to_str().unwrap();
        store.run(&["source", "add", "town", "drop", "--kind", "folder", "--path", path]).ends(0);
        let source = |what: &[&str]| store.run(&[&["source", what[0], "town", "drop"], &what[1..]].concat());
        source(&["schedule"]).ends(2);
        source(&["schedule", "every night"]).ends(1).says("minute, hour, day of the month");
        source(&["schedule", "15 4 * * 1-5"]).ends(0);
        assert!(line(&store, "drop").contains("15 4 * * 1-5"), "{}", line(&store, "drop"));
        source(&["pause"]).ends(0);
        assert!(line(&store, "drop").contains("paused"));
        source(&["resume"]).ends(0);
        source(&["schedule", "--none"]).ends(0);
        assert!(!line(&store, "drop").contains("15 4"));
        source(&["approve"]).ends(1).says("no run of `drop` waits");

        source(&["run"]).ends(0);
        assert!(line(&store, "drop").contains("queued"));
        let mut serving = Serving::start(&store, &[]);
        assert!(serving.sync_ended().contains("Applied"), "{}", store.engine);
        assert!(line(&store, "drop").contains("applied"), "{}", store.engine);

        let fewer = Export::new(1..=40, 16..=40, FIRST, 15, &[]);
        std::fs::copy(fewer.path().join("enrollments.csv"), export.path().join("enrollments.csv")).unwrap();
        source(&["run"]).ends(0);
        assert!(serving.sync_ended().contains("Braked"), "{}", store.engine);
        let shown = source(&["approve"]).ends(0).out;
        assert!(shown.contains("enrollments") && shown.contains("1, 100, 2021-08-23"), "{shown}");
        assert!(!shown.contains("Family"), "{shown}");
        let digest = shown.split("--removals ").nth(1).unwrap().split(' ').next().unwrap();
        source(&["approve", "--removals", digest]).ends(2);
        source(&["approve", "--removals", digest, "--reason", "moved to the new school"]).ends(0);
        assert!(serving.sync_ended().contains("Applied"), "{}", store.engine);
        serving.stop();
        store.run(&["audit", "verify", "town"]).ends(0);
        store.is_sound();
    }
}

#[test]
fn a_serve_that_is_killed_in_the_middle_of_a_run_leaves_it_to_the_next() {
    for store in Store::both() {
        store.add_town();
        // A server that takes the call and says nothing.
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/ims/oneroster/rostering/v1p2", server.local_addr().unwrap());
        let file = |name: &str| store.folder().join(name).to_str().unwrap().to_owned();
        let (key, secret) = (file("key"), file("secret.toml"));
        std::fs::write(&secret, "client_id = \"us\"\nclient_secret = \"s3cret\"\n").unwrap();
        store.run(&["key", "new", &key]).ends(0);
        let add = ["source", "add", "town", "sis", "--kind", "oneroster", "--url", &url, "--allow-private"];
        store.run(&[&add[..], &["--secret-file", &secret, "--key-file", &key]].concat()).ends(0);
        store.run(&["source", "run", "town", "sis"]).ends(0);
        let with_key = ["--key-file", key.as_str()];
        let first = Serving::start(&store, &with_key);
        let call = server.accept().unwrap();
        assert!(line(&store, "sis").contains("at work"), "{}", store.engine);
        // `kill -9`.
        drop(first);
        drop(call);
        assert!(line(&store, "sis").contains("at work"), "{}: nobody gave it back", store.engine);
        // Five minutes later.
        store.tamper("UPDATE job SET leased_until = due_at");
        let mut next = Serving::start(&store, &with_key);
        let call = server.accept().unwrap();
        // Asked to stop in the middle, it gives the job back.
        next.stop();
        drop(call);
        assert!(line(&store, "sis").contains("queued"), "{}: {}", store.engine, line(&store, "sis"));
        store.run(&["audit", "verify", "town"]).ends(0);
        store.is_sound();
    }
}
