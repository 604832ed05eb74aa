//! Sources on the command line, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Export, Ran, Store};
use std::io::Write as _;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const FIRST: &str = "2021-08-23";
const UNEXCUSED: &str = "Unexcused Absence";

fn table(ran: &Ran, name: &str) -> String {
    ran.out.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default().to_owned()
}

#[test]
fn a_source_is_added_synced_listed_and_ended_and_then_nothing_is_read_from_it() {
    for store in Store::both() {
        let export = Export::town(1..=5, FIRST, 15, &[(1, 10, UNEXCUSED)]);
        store.add_town();
        let folder = export.path().to_str().unwrap();
        store.run(&["source", "add", "town", "drop", "--kind", "folder", "--path", folder]).ends(0);
        let before = store.picture("2021-09-10");
        let sync = |more: &[&str]| {
            let arguments = ["sync", "town", "--source", "drop", "--format", "json"];
            store.run(&[&arguments[..], more].concat())
        };
        assert_eq!(sync(&["--dry-run"]).ends(0).json()["dry_run"], true);
        assert_eq!(store.picture("2021-09-10"), before, "{}", store.engine);
        let first = sync(&[]).ends(0).json();
        assert_eq!(first["tables"]["attendance"]["added"], 1);
        assert_eq!(first["changed_nothing"], false);
        let handed = store.sync(export.path(), &[]).ends(0).json();
        assert_eq!(handed["changed_nothing"], true, "{}", store.engine);
        let listed = store.run(&["source", "list", "town"]).ends(0);
        let line = table(&listed, "drop");
        assert!(line.contains("folder") && line.contains("whole") && line.contains("applied"), "{line}");

        store.run(&["source", "end", "town", "drop"]).ends(0);
        sync(&[]).ends(1).says("was ended");
        store.run(&["source", "end", "town", "drop"]).ends(1).says("was ended");
        store.run(&["sync", "town", "--source", "nobody"]).ends(1).says("everpresent source list town");
        store.run(&["audit", "verify", "town"]).ends(0);
        store.is_sound();
    }
}

#[test]
fn a_source_that_cannot_be_read_changes_nothing_and_says_why() {
    for store in Store::both() {
        let export = Export::town(1..=5, FIRST, 15, &[(1, 10, UNEXCUSED)]);
        store.add_town();
        store.sync(export.path(), &[]).ends(0);
        let gone = store.folder().join("gone");
        let path = gone.to_str().unwrap();
        store.run(&["source", "add", "town", "drop", "--kind", "folder", "--path", path]).ends(0);
        let before = store.compared(&export, "2021-09-10");
        store.run(&["sync", "town", "--source", "drop"]).ends(1).says("there is no such folder");
        assert_eq!(store.compared(&export, "2021-09-10"), before, "{}", store.engine);
        let listed = store.run(&["source", "list", "town"]).ends(0);
        assert!(table(&listed, "drop").contains("unreadable"), "{}", listed.out);
    }
}

#[test]
fn a_key_is_made_once_and_only_its_id_is_shown() {
    let store = Store::sqlite();
    let file = store.folder().join("key");
    let path = file.to_str().unwrap();
    let made = store.run(&["key", "new", path]).ends(0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((text.trim().len(), made.out.trim().len()), (64, 16));
    assert!(!format!("{}{}", made.out, made.err).contains(text.trim()));
    store.run(&["key", "new", path]).ends(1).says("never overwritten");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    // Nothing to rotate is no fault.
    let to = store.folder().join("new key");
    let rotate = ["key", "rotate", "--key-file", path, "--to", to.to_str().unwrap()];
    store.run(&rotate).ends(0).says("0 credentials");
}

#[test]
fn a_source_takes_only_what_its_kind_has_and_a_sync_one_way_to_its_files() {
    let store = Store::sqlite();
    store.add_town();
    let add = |more: &[&str]| store.run(&[&["source", "add", "town", "sis"][..], more].concat());
    add(&["--kind", "floppy"]).ends(2);
    add(&["--kind", "folder"]).ends(1).says("needs --path");
    add(&["--kind", "folder", "--path", "x", "--url", "https://sis.example"])
        .ends(1)
        .says("nothing of a server");
    store.run(&["sync", "town"]).ends(2);
    store.run(&["sync", "town", "--from", "x", "--source", "y"]).ends(2);
}

#[test]
fn a_servers_credentials_come_by_stdin_or_file_and_are_never_shown_again() {
    for store in Store::both() {
        store.add_town();
        let file = |name: &str| store.folder().join(name).to_str().unwrap().to_owned();
        let (key, new, secret) = (file("key"), file("new-key"), file("secret.toml"));
        let text = "client_id = \"us\"\nclient_secret = \"s3cret-s3cret\"\n";
        std::fs::write(&secret, text).unwrap();
        // Without leave no private address is asked: no request goes out.
        let url = "https://127.0.0.1:9/ims/oneroster/rostering/v1p2";
        let add = ["source", "add", "town", "sis", "--kind", "oneroster", "--url", url, "--secret-file"];
        store.run(&[&add[..], &[secret.as_str()][..]].concat()).ends(1).says("everpresent key new");
        store.run(&["key", "new", &key]).ends(0);
        let with_key = ["--key-file", key.as_str()];
        let mut command = store.command(&[&add[..], &["-"][..], &with_key[..]].concat());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{}", store.engine);

        let before = store.run(&["source", "list", "town"]).ends(0);
        assert!(before.out.contains(url) && before.out.contains("roster"), "{}", before.out);
        let sync = ["sync", "town", "--source", "sis"];
        store.run(&sync).ends(1).says("EVERPRESENT_KEY_FILE");
        store.run(&[&sync[..], &with_key[..]].concat()).ends(1).says("private address");
        let rotated = store.run(&["key", "rotate", "--key-file", &key, "--to", &new]).ends(0);
        assert!(rotated.err.contains("1 credentials"), "{}", rotated.err);
        store.run(&[&sync[..], &with_key[..]].concat()).ends(1).says("sealed with the key");
        let with_new = ["--key-file", new.as_str()];
        let anew = ["source", "credentials", "town", "sis", "--secret-file", &secret];
        store.run(&[&anew[..], &with_new[..]].concat()).ends(0);
        store.run(&[&sync[..], &with_new[..]].concat()).ends(1).says("private address");
        let list = store.run(&["source", "list", "town"]).ends(0);
        assert!(list.out.contains("fetch_address") && !list.out.contains("s3cret"), "{}", list.out);
        store.run(&["audit", "verify", "town"]).ends(0);
    }
}

/// A OneRoster server of an export; it ends with the test.
struct Server {
    child: Child,
    said: serde_json::Value,
}

impl Server {
    fn of(export: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/stubs/serve.mjs");
        let mut command = Command::new("node");
        command.arg(script).args(["oneroster", "--district"]).arg(export);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node 20 is needed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, said: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_brings_the_roster_and_a_folder_the_rest_and_the_answer_is_that_of_the_files_handed_over() {
    for store in Store::both() {
        let export = Export::town(1..=5, FIRST, 15, &[8, 9, 10].map(|day| (1, day, UNEXCUSED)));
        let server = Server::of(export.path());
        store.add_town();
        let file = |name: &str| store.folder().join(name).to_str().unwrap().to_owned();
        let (key, secret) = (file("key"), file("secret.toml"));
        let (id, word) = (server.text("clientId"), server.text("clientSecret"));
        std::fs::write(&secret, format!("client_id = \"{id}\"\nclient_secret = \"{word}\"\n")).unwrap();
        store.run(&["key", "new", &key]).ends(0);
        let with_key = ["--key-file", key.as_str()];
        let add = ["source", "add", "town", "sis", "--kind", "oneroster", "--url", server.text("url")];
        let how = ["--allow-private", "--secret-file", secret.as_str()];
        store.run(&[&add[..], &how[..], &with_key[..]].concat()).ends(0);
        let folder = export.path().to_str().unwrap();
        let add =
            ["source", "add", "town", "files", "--kind", "folder", "--carries", "plain", "--path", folder];
        store.run(&add).ends(0);

        let files = ["sync", "town", "--source", "files", "--format", "json"];
        store.run(&files).ends(1).says("roster");
        let sis = ["sync", "town", "--source", "sis", "--format", "json"];
        let first = store.run(&[&sis[..], &with_key[..]].concat()).ends(0);
        assert_eq!(first.json()["tables"]["people"]["added"], 7, "{}", store.engine);
        assert!(!format!("{}{}", first.out, first.err).contains(word));
        assert_eq!(store.run(&files).ends(0).json()["tables"]["attendance"]["added"], 3, "{}", store.engine);
        let again = store.run(&[&sis[..], &with_key[..]].concat()).ends(0);
        assert_eq!(again.json()["changed_nothing"], true, "{}: {}", store.engine, again.out);
        let apart = store.evaluate("2021-09-10");
        assert!(apart.contains("US-CHRONIC"), "{}: {apart}", store.engine);
        let handed = store.sync(export.path(), &[]).ends(0).json();
        for table in ["people", "orgs", "calendar", "enrollments", "attendance"] {
            let of = &handed["tables"][table];
            assert_eq!(of["read"], of["unchanged"], "{}: {table}: {handed}", store.engine);
        }
        assert_eq!(store.evaluate("2021-09-10"), apart, "{}", store.engine);
        assert!(!store.folder().join("staging").join("town").exists());
    }
}
