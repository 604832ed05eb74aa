//! Running the real program on either engine, and small districts of our own to run it on.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot begin must say so and stop")]

use chrono::{Datelike, NaiveDate, Weekday};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;
use tempfile::TempDir;

/// The built program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_everpresent");

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Its stdout.
    pub(crate) out: String,
    /// Its stderr.
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end. One that does not end in two minutes hangs: it is killed, and the test fails.
    pub(crate) fn of(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the program can be started");
        let id = child.id().to_string();
        let (sender, ended) = channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let output = ended.recv_timeout(Duration::from_secs(120)).unwrap_or_else(|_| {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            panic!("{command:?} did not end");
        });
        let output = output.expect("the program can be waited for");
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            err: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }

    /// Fails unless it ended with this code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Fails unless stderr says this.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words), "`{words}` was expected; stderr:\n{}", self.err);
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }
}

/// The program without what the environment would tell it.
pub(crate) fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    for name in [
        "DATABASE_URL",
        "EVERPRESENT_KEY",
        "EVERPRESENT_KEY_FILE",
        "EVERPRESENT_MAIL_FROM",
        "EVERPRESENT_SMTP",
        "EVERPRESENT_URL",
        "EVERPRESENT_SITE",
        "EVERPRESENT_OVER_TLS",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs a command that needs no store.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    Ran::of(program().args(arguments))
}

/// An empty place for districts.
pub(crate) struct Store {
    /// `SQLite` or `PostgreSQL`.
    pub(crate) engine: &'static str,
    folder: TempDir,
    /// The store, where it is not the folder of its own.
    elsewhere: Option<PathBuf>,
    url: Option<String>,
}

impl Store {
    /// In a folder.
    pub(crate) fn sqlite() -> Self {
        Self { engine: "SQLite", folder: TempDir::new().unwrap(), elsewhere: None, url: None }
    }

    /// In a folder that is there already, such as a disk's.
    pub(crate) fn sqlite_in(folder: &Path) -> Self {
        Self { elsewhere: Some(folder.join("data")), ..Self::sqlite() }
    }

    /// In a database of a private server.
    pub(crate) fn postgres() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = runtime.block_on(async {
            let made = store::testing::postgres().await;
            made.directory.close().await;
            match made.location {
                store::Location::Postgres(url) => url,
                store::Location::Folder(folder) => panic!("{} is not PostgreSQL", folder.display()),
            }
        });
        Self { engine: "PostgreSQL", folder: TempDir::new().unwrap(), elsewhere: None, url: Some(url) }
    }

    /// In a database of a private server on a disk of its own; `None` where the server is no private one.
    pub(crate) fn postgres_in(folder: &Path) -> Option<Self> {
        let made = Self::postgres();
        let location = store::Location::Postgres(made.url.clone()?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(store::testing::onto_disk(&location, folder)).then_some(made)
    }

    /// One of each.
    pub(crate) fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// A folder of its own, for what a test writes and for what a sync fetches.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program on this store.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.arg("--data").arg(self.elsewhere.as_deref().unwrap_or(self.folder()));
        if let Some(url) = &self.url {
            command.env("DATABASE_URL", url);
        }
        command.args(arguments);
        command
    }

    /// Runs the program on this store.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Adds the district `town`.
    pub(crate) fn add_town(&self) {
        self.run(&["district", "add", "town", "--name", "Town", "--pack", "us-federal", "--pack", "us-pa"])
            .ends(0);
    }

    /// Syncs `town`.
    pub(crate) fn sync(&self, from: &Path, more: &[&str]) -> Ran {
        let mut arguments = vec!["sync", "town", "--format", "json", "--from", from.to_str().unwrap()];
        arguments.extend(more);
        self.run(&arguments)
    }

    /// What the rules say of `town`.
    #[track_caller]
    pub(crate) fn evaluate(&self, as_of: &str) -> String {
        self.run(&["evaluate", "town", "--as-of", as_of, "--format", "json"]).ends(0).out
    }

    /// Changes `town`'s store behind the program's back.
    pub(crate) fn tamper(&self, statement: &str) {
        let location = match &self.url {
            Some(url) => store::Location::Postgres(url.clone()),
            None => store::Location::Folder(self.elsewhere.as_deref().unwrap_or(self.folder()).to_owned()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(store::testing::tamper_at(&location, "town", statement));
    }

    /// Fails unless the store is sound.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        let doctor = self.run(&["doctor"]).ends(0);
        assert!(!doctor.out.contains("WRONG"), "{}", doctor.out);
    }

    /// What the rules say of `town`, and how its store compares with an export: to say that nothing was changed where a
    /// refusal was noted in the audit log.
    pub(crate) fn compared(&self, export: &Export, as_of: &str) -> (String, String) {
        let plan = self.sync(export.path(), &["--dry-run"]).ends(0).json();
        (self.evaluate(as_of), plan["tables"].to_string())
    }

    /// What the rules say of `town`, and its audit log: to say that nothing was changed, or even tried.
    pub(crate) fn picture(&self, as_of: &str) -> (String, String) {
        (self.evaluate(as_of), self.run(&["audit", "verify", "town"]).ends(0).out)
    }
}

/// A row of the attendance file: a student's number, the day as its place among the school days, the category.
pub(crate) type Mark = (u32, usize, &'static str);

/// The first `count` weekdays from a date on.
pub(crate) fn weekdays(first: &str, count: usize) -> Vec<NaiveDate> {
    let first: NaiveDate = first.parse().unwrap();
    first
        .iter_days()
        .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
        .take(count)
        .collect()
}

/// The export of a district with one school (100), a principal (p1), a teacher (t1) and some students. Every student is
/// enrolled from the first school day on.
pub(crate) struct Export {
    folder: TempDir,
    /// The school days.
    pub(crate) days: Vec<NaiveDate>,
}

impl Export {
    /// Students by their numbers, `count` school days from a date on, and what was marked.
    pub(crate) fn town(students: RangeInclusive<u32>, first: &str, count: usize, marks: &[Mark]) -> Self {
        Self::new(students.clone(), students, first, count, marks)
    }

    /// The same with people in the roster who are enrolled no longer.
    pub(crate) fn new(
        roster: RangeInclusive<u32>,
        enrolled: RangeInclusive<u32>,
        first: &str,
        count: usize,
        marks: &[Mark],
    ) -> Self {
        let days = weekdays(first, count);
        let mut users = String::from("sourcedId,enabledUser,username,givenName,familyName,identifier\n");
        let mut roles = String::from("sourcedId,userSourcedId,roleType,role,orgSourcedId\n");
        for (key, given, family, role) in
            [("p1", "Paula", "Principal", "principal"), ("t1", "Tom", "Teacher", "teacher")]
        {
            writeln!(users, "{key},true,,{given},{family},{key}").unwrap();
            writeln!(roles, "r-{key},{key},primary,{role},s").unwrap();
        }
        for student in roster {
            writeln!(users, "u{student},true,,Given{student},Family{student},{student}").unwrap();
            writeln!(roles, "r{student},u{student},primary,student,s").unwrap();
        }
        let calendar: String = days.iter().map(|day| format!("100,{day},1\n")).collect();
        let spans: String = enrolled.map(|student| format!("{student},100,05,{},\n", days[0])).collect();
        let mut attendance = String::from("student_id,school_id,date,category\n");
        for (student, day, category) in marks {
            writeln!(attendance, "{student},100,{},{category}", days[*day]).unwrap();
        }
        let export = Self { folder: TempDir::new().unwrap(), days };
        std::fs::create_dir(export.path().join("oneroster")).unwrap();
        export.with(
            "oneroster/manifest.csv",
            "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\nfile.users,bulk\nfile.roles,bulk\n",
        );
        export.with(
            "oneroster/orgs.csv",
            "sourcedId,name,type,identifier,parentSourcedId\nd,Town,district,1,\ns,North School,school,100,d\n",
        );
        export.with("oneroster/users.csv", users);
        export.with("oneroster/roles.csv", roles);
        export.with("calendar.csv", format!("school_id,date,instructional\n{calendar}"));
        export.with("enrollments.csv", format!("student_id,school_id,grade,entry_date,exit_date\n{spans}"));
        export.with("attendance.csv", attendance);
        export
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub(crate) fn with(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    /// Changes a file's text.
    pub(crate) fn edit(&self, name: &str, change: impl Fn(&str) -> String) {
        let text = std::fs::read_to_string(self.path().join(name)).unwrap();
        self.with(name, change(&text));
    }

    /// Removes a file.
    pub(crate) fn without(&self, name: &str) {
        std::fs::remove_file(self.path().join(name)).unwrap();
    }
}

/// The exports of a demo district of 600 students as of a day.
pub(crate) fn demo_export(today: &str) -> TempDir {
    let (out, scratch) = (TempDir::new().unwrap(), Store::sqlite());
    let folder = out.path().to_str().unwrap();
    scratch
        .run(&[
            "--quiet",
            "demo",
            "--students",
            "600",
            "--seed",
            "7",
            "--today",
            today,
            "--out",
            folder,
            "--no-serve",
        ])
        .ends(0);
    out
}

/// The folder of shared data, where it is present; else says so.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("EVERPRESENT_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from)
        .join(folder);
    if shared.is_dir() {
        return Some(shared);
    }
    println!("skipped: there is no {}", shared.display());
    None
}

/// A running `serve`, killed when dropped.
pub(crate) struct Served {
    /// The process.
    pub(crate) child: Child,
    /// Where it listens.
    pub(crate) addr: String,
    log: tempfile::NamedTempFile,
}

impl Served {
    /// Serves a store on a free port.
    pub(crate) fn start(store: &Store) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = store
            .command(&["serve", "--addr", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .expect("the program can be started");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line
            .trim_end()
            .strip_prefix("Everpresent is at http://")
            .expect("it says where it is")
            .to_owned();
        Self { child, addr, log }
    }

    /// What it has written to its log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// The whole answer to a request, headers and body.
    pub(crate) fn ask(&self, head: &str, cookie: &str) -> String {
        let mut stream = TcpStream::connect(&self.addr).unwrap();
        // HTTP/1.0: the body comes in one piece, and its end is the connection's.
        write!(stream, "{head} HTTP/1.0\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", self.addr).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Opens a session with an invitation's link; its cookie.
    pub(crate) fn sign_in(&self, link: &str) -> String {
        let path = &link.trim_end()[link.find("/invitation/").unwrap()..];
        let answer = self.ask(&format!("GET {path}"), "");
        let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect(&answer);
        set.split(';').next().unwrap().to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
