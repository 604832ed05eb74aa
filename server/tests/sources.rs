//! Sources on the command line, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Export, Ran, Store, run, shared};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

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
fn a_source_keeps_its_profile_and_is_read_by_it_until_it_is_given_another() {
    for store in Store::both() {
        let export = Export::town(1..=3, FIRST, 15, &[(1, 10, UNEXCUSED)]);
        store.add_town();
        let own = store.folder().join("ours.toml");
        let piped = "[files.attendance]\nname = \"ATT_*.txt\"\ndelimiter = \"|\"\n";
        std::fs::write(&own, piped).unwrap();
        let (file, folder) = (own.to_str().unwrap(), export.path().to_str().unwrap());
        let rows = std::fs::read_to_string(export.path().join("attendance.csv")).unwrap();
        export.without("attendance.csv");
        export.with("ATT_0912.txt", rows.replace(',', "|"));
        let add = ["source", "add", "town", "drop", "--kind", "folder", "--path", folder, "--profile"];
        store.run(&[&add[..], &["nobody"]].concat()).ends(1).says("the profiles that need none are aeries");
        store.run(&[&add[..], &[file]].concat()).ends(0);
        // It is kept with the source: the file may go.
        std::fs::remove_file(&own).unwrap();
        let sync = |more: &[&str]| {
            let arguments = ["sync", "town", "--source", "drop", "--format", "json"];
            store.run(&[&arguments[..], more].concat())
        };
        assert_eq!(sync(&[]).ends(0).json()["tables"]["attendance"]["added"], 1, "{}", store.engine);
        let listed = store.run(&["source", "list", "town"]).ends(0);
        assert!(table(&listed, "drop").contains("  ours  "), "{}", listed.out);
        assert_eq!(store.run(&["source", "profile", "town", "drop"]).ends(0).out, piped);

        // What makes no sense is refused, and the source goes on as before.
        std::fs::write(&own, "delimiter = 7\n").unwrap();
        let log = || store.run(&["audit", "verify", "town"]).ends(0).out;
        let before = log();
        store.run(&["source", "profile", "town", "drop", file]).ends(1).says("ours.toml: ");
        assert_eq!(log(), before, "{}: what is refused is no event", store.engine);
        assert_eq!(sync(&[]).ends(0).json()["changed_nothing"], true);
        let before = log();
        store.run(&["source", "profile", "town", "drop", "--none"]).ends(0);
        assert_ne!(log(), before, "{}: what a source is read by is in the log", store.engine);
        sync(&[]).ends(1).says("attendance.csv");
        // Another may be tried out without being kept.
        std::fs::write(&own, piped).unwrap();
        let tried = sync(&["--dry-run", "--profile", file]).ends(0).json();
        assert_eq!(tried["tables"]["attendance"]["unchanged"], 1);
        sync(&[]).ends(1);
        store.run(&["source", "profile", "town", "drop", file]).ends(0);
        assert_eq!(sync(&[]).ends(0).json()["changed_nothing"], true, "{}", store.engine);

        let said = store.run(&["source", "profile", "town", "nobody", file]).ends(1);
        said.says("everpresent source list town");
        let server = ["source", "add", "town", "sis", "--kind", "edfi", "--url", "https://sis.example"];
        store.run(&[&server[..], &["--profile", "aspen"]].concat()).ends(1).says("one form");
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
    add(&["--kind", "folder", "--path", "x", "--school-year", "2026"]).ends(1).says("only edfi has");
    add(&["--kind", "edfi", "--url", "https://sis.example", "--version", "1.2"])
        .ends(1)
        .says("only oneroster has");
    add(&["--kind", "edfi", "--url", "https://sis.example", "--carries", "roster"])
        .ends(1)
        .says("Ed-Fi carries the whole");
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

/// A server of an export; it ends with the test.
struct Server {
    child: Child,
    said: Value,
}

impl Server {
    fn of(protocol: &str, export: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/stubs/serve.mjs");
        let mut command = Command::new("node");
        command.arg(script).args([protocol, "--district"]).arg(export);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node 20 is needed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, said: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }

    /// Writes what it knows us by into a file.
    fn write_credentials(&self, file: &Path) {
        let (id, word) = (self.text("clientId"), self.text("clientSecret"));
        std::fs::write(file, format!("client_id = \"{id}\"\nclient_secret = \"{word}\"\n")).unwrap();
    }

    /// Asks its control port.
    fn control(&self, method: &str, what: &str, body: &str) -> Value {
        let host = self.text("control").trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        let head = format!("{method} /stub/{what} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}");
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let begin = answer.find("\r\n\r\n").unwrap();
        serde_json::from_str(&answer[begin..]).unwrap()
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
        let server = Server::of("oneroster", export.path());
        store.add_town();
        let file = |name: &str| store.folder().join(name).to_str().unwrap().to_owned();
        let (key, secret) = (file("key"), file("secret.toml"));
        let word = server.text("clientSecret");
        server.write_credentials(Path::new(&secret));
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

/// Grand Bend on an Ed-Fi server, and a district that has it as its source. Keys and credentials lie elsewhere.
struct GrandBend<'s> {
    store: &'s Store,
    server: Server,
    files: PathBuf,
    apart: TempDir,
}

const AS_OF: &str = "2022-05-27";

impl<'s> GrandBend<'s> {
    fn add(store: &'s Store, files: PathBuf) -> Self {
        let server = Server::of("edfi", &files);
        let town = Self { store, server, files, apart: TempDir::new().unwrap() };
        store.run(&["district", "add", "town", "--name", "Grand Bend ISD"]).ends(0);
        let (key, secret) = (town.apart("key"), town.apart("secret.toml"));
        town.server.write_credentials(Path::new(&secret));
        store.run(&["key", "new", &key]).ends(0);
        let add = ["source", "add", "town", "sis", "--kind", "edfi", "--url", town.server.text("url")];
        let how = ["--allow-private", "--secret-file", &secret, "--key-file", &key];
        store.run(&[&add[..], &how[..]].concat()).ends(0);
        town
    }

    fn apart(&self, name: &str) -> String {
        self.apart.path().join(name).to_str().unwrap().to_owned()
    }

    /// Syncs. Three of the marks are on a weekend.
    fn sync(&self, key: &str, more: &[&str]) -> Ran {
        let key = self.apart(key);
        let sync = ["sync", "town", "--source", "sis", "--format", "json", "--key-file", &key];
        self.store.run(&[&sync[..], more].concat()).ends(3)
    }

    fn sealed(&self) -> PathBuf {
        self.store.folder().join("fetched/town/sis.sealed")
    }

    /// A mark of a student on a day on which only others have one.
    fn add_a_mark(&self) {
        let rows = self.server.control("GET", "rows/studentSchoolAttendanceEvents", "");
        let rows = rows.as_array().unwrap();
        let of = |row: &Value| (row["schoolReference"].clone(), row["sessionReference"].clone());
        let who = |row: &Value| row["studentReference"]["studentUniqueId"].clone();
        let marked = |row: &Value, day: &Value| {
            rows.iter().any(|other| who(other) == who(row) && other["eventDate"] == *day)
        };
        let first = &rows[0];
        let day = rows.iter().find(|row| of(row) == of(first) && !marked(first, &row["eventDate"]));
        let mut row = first.clone();
        row["eventDate"] = day.unwrap()["eventDate"].clone();
        row.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "id" | "changeVersion"));
        let body = json!({ "resource": "studentSchoolAttendanceEvents", "row": row }).to_string();
        let said = self.server.control("POST", "upsert", &body);
        assert!(said["id"].is_string(), "{said}");
    }
}

/// Words of a file's columns, as long as no chance brings them.
fn words(file: &Path, columns: &[&str]) -> HashSet<Vec<u8>> {
    let text = std::fs::read_to_string(file).unwrap();
    let names: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let wanted = |(name, _): &(&&str, &str)| columns.contains(name);
    let words = text.lines().skip(1).flat_map(|line| names.iter().zip(line.split(',')).filter(wanted));
    words.map(|(_, word)| word.as_bytes().to_vec()).filter(|word| word.len() > 5).collect()
}

/// Whether a file, or one within a folder, has one of some words in it.
fn holds(place: &Path, words: &HashSet<Vec<u8>>) -> bool {
    if place.is_dir() {
        return std::fs::read_dir(place).unwrap().any(|entry| holds(&entry.unwrap().path(), words));
    }
    let bytes = std::fs::read(place).unwrap();
    let begins: HashSet<&[u8]> = words.iter().map(|word| &word[..6]).collect();
    let is_word = |at: usize| (6..=40).any(|end| bytes.get(at..at + end).is_some_and(|w| words.contains(w)));
    let mut parts = bytes.windows(6).enumerate();
    parts.any(|(at, part)| begins.contains(part) && is_word(at))
}

#[test]
fn grand_bend_over_ed_fi_is_the_grand_bend_of_its_files_and_what_is_kept_of_it_is_sealed_and_ends() {
    let Some(files) = shared("grand-bend") else { return };
    for store in Store::both() {
        let town = GrandBend::add(&store, files.clone());
        let listed = store.run(&["source", "list", "town"]).ends(0);
        let line = table(&listed, "sis");
        assert!(line.contains("edfi") && line.contains("whole") && line.contains("http://"), "{line}");
        town.sync("key", &["--dry-run"]);
        assert!(!town.sealed().exists(), "{}: a dry run leaves nothing", store.engine);

        let in_full = "everything was read, for ";
        let first = town.sync("key", &[]).says("nothing is kept of an earlier fetch");
        assert_eq!(first.json()["tables"]["attendance"]["added"], 1914, "{}", store.engine);
        first.says("the server does not show studentSectionAttendanceEvents");
        let evaluate = ["evaluate", "town", "--as-of", AS_OF, "--pack", "us-federal", "--format", "json"];
        let said = store.run(&evaluate).ends(0);
        let signals = said.json();
        let standing = signals.as_array().unwrap().iter().filter(|signal| signal["standing"] == true);
        assert!(standing.clone().all(|signal| signal["rule"] == "US-CHRONIC"));
        assert_eq!(standing.count(), 44, "{}", store.engine);
        let file = |name: &str| town.files.join(name).to_str().unwrap().to_owned();
        let check = ["calendar", "enrollments", "attendance"]
            .map(|name| [format!("--{name}"), file(&format!("{name}.csv"))])
            .concat();
        let check: Vec<&str> =
            check.iter().map(String::as_str).chain(evaluate[2..].iter().copied()).collect();
        assert_eq!(run(&[&["check"][..], &check].concat()).ends(3).out, said.out, "{}", store.engine);
        // The plain files say the same of the same students and schools.
        let add = ["source", "add", "town", "files", "--kind", "folder", "--carries", "plain", "--path"];
        store.run(&[&add[..], &[town.files.to_str().unwrap()]].concat()).ends(0);
        let files = ["sync", "town", "--source", "files", "--dry-run", "--format", "json"];
        let plain = store.run(&files).ends(3).json();
        for table in ["calendar", "enrollments", "contacts", "attendance"] {
            let n = |name: &str| plain["tables"][table][name].as_u64().unwrap();
            assert!(n("read") > 0);
            let counts = (n("unchanged") + n("set_aside"), n("removed"));
            assert_eq!(counts, (n("read"), 0), "{}: {table}: {plain}", store.engine);
        }
        // The keys of a roster are those of its source, so there it is as many rows.
        let roster = store.sync(&town.files, &["--dry-run", "--allow-removals"]).ends(3).json();
        for (table, rows) in [("orgs", 4), ("people", 733), ("roles", 733), ("sections", 532)] {
            let of = &roster["tables"][table];
            let n = |name: &str| of[name].as_u64().unwrap();
            assert_eq!((n("added"), n("removed")), (rows, rows), "{}: {table}: {of}", store.engine);
        }

        // What is kept names nobody, and no file of the store holds the credentials.
        let mode = std::fs::metadata(town.sealed()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut names = words(&town.files.join("oneroster/users.csv"), &["givenName", "familyName"]);
        names.extend(words(&town.files.join("enrollments.csv"), &["student_id"]));
        assert!(names.len() > 400 && holds(&town.files, &names));
        assert!(!holds(&town.sealed(), &names), "{}", store.engine);
        let secret = HashSet::from([town.server.text("clientSecret").as_bytes().to_vec()]);
        assert!(holds(town.apart.path(), &secret) && !holds(store.folder(), &secret), "{}", store.engine);
        assert!(!store.folder().join("staging/town").exists());

        let again = town.sync("key", &[]);
        assert!(!again.err.contains(in_full), "{}", again.err);
        assert_eq!(again.json()["changed_nothing"], true, "{}: {}", store.engine, again.out);
        town.add_a_mark();
        let rotate = ["key", "rotate", "--key-file", &town.apart("key"), "--to", &town.apart("new")];
        store.run(&rotate).ends(0);
        let alone = town.sync("new", &[]);
        assert!(!alone.err.contains(in_full), "{}", alone.err);
        let total = &alone.json()["total"];
        let moved = ["added", "changed", "removed"].map(|name| total[name].as_u64().unwrap());
        assert_eq!(moved, [1, 0, 0], "{}: {}", store.engine, alone.out);
        assert_eq!(alone.json()["tables"]["attendance"]["added"], 1, "{}", store.engine);

        // What cannot be opened is not trusted, and brings the same.
        let mut bytes = std::fs::read(town.sealed()).unwrap();
        bytes.truncate(bytes.len() - 1);
        std::fs::write(town.sealed(), bytes).unwrap();
        let full = town.sync("new", &[]).says("what is kept of the last fetch cannot be read");
        assert_eq!(full.json()["changed_nothing"], true, "{}: {}", store.engine, full.out);

        let anew = ["source", "credentials", "town", "sis", "--secret-file", &town.apart("secret.toml")];
        store.run(&[&anew[..], &["--key-file", &town.apart("new")]].concat()).ends(0);
        assert!(!town.sealed().exists(), "{}", store.engine);
        town.sync("new", &[]).says("nothing is kept of an earlier fetch");
        assert!(town.sealed().exists());
        store.run(&["source", "end", "town", "sis"]).ends(0);
        assert_eq!(std::fs::read_dir(store.folder().join("fetched/town")).unwrap().count(), 0);
        store.run(&["audit", "verify", "town"]).ends(0);
        store.is_sound();
        store.run(&["district", "remove", "town"]).ends(0);
        assert!(!store.folder().join("fetched/town").exists(), "{}", store.engine);
    }
}
