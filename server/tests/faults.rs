//! What happens when things go wrong in the middle: a killed sync, two at once, a full disk, a zip cut off, a stop while
//! a request is under way.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Export, Ran, Served, Store, demo_export};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const BEFORE: &str = "2025-12-01";
const AFTER: &str = "2026-03-02";
/// The lines by which a sync says how far it is.
const STAGES: [&str; 4] =
    ["reading the files …", "comparing with the store …", "asking the rules …", "writing …"];

/// A command under way, whose stderr is read line by line.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let (sender, lines) = channel();
        let reader = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// Waits for a line; false where the command ended without it.
    fn reaches(&self, line: &str) -> bool {
        self.lines.iter().any(|said| said == line)
    }

    /// Waits until the command ends, or this long.
    fn lasts(&self, long: Duration) {
        let end = Instant::now() + long;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Kills it as `kill -9` does.
    fn kill(mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

fn sync_command(store: &Store, from: &Path, more: &[&str]) -> Command {
    let mut arguments = vec!["sync", "town", "--format", "json", "--from", from.to_str().unwrap()];
    arguments.extend(more);
    store.command(&arguments)
}

/// How long each stage of a sync takes here, the start of the program first.
fn durations(store: &Store, from: &Path) -> Vec<Duration> {
    let mut begun = Instant::now();
    let sync = Running::start(&mut sync_command(store, from, &[]));
    let mut lap = || {
        let took = begun.elapsed();
        begun = Instant::now();
        took
    };
    let mut took = Vec::new();
    for stage in STAGES {
        assert!(sync.reaches(stage), "a sync says `{stage}`");
        took.push(lap());
    }
    sync.lasts(Duration::from_secs(60));
    took.push(lap());
    let mut child = sync.child;
    assert_eq!(child.wait().unwrap().code(), Some(3));
    took
}

/// Kills a sync at moments spread over all its stages, each time from the state before it.
fn killed_at_seeded_moments(store: &Store, rounds: u32, seed: u64) {
    let (old, new) = (demo_export(BEFORE), demo_export(AFTER));
    store.add_town();
    store.sync(old.path(), &[]).ends(3);
    let before = store.evaluate(AFTER);
    let usual = durations(store, new.path());
    let after = store.evaluate(AFTER);
    assert_ne!(before, after, "the two states can be told apart");

    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = [0_u32; 2];
    for round in 0..rounds {
        let back = store.sync(old.path(), &["--allow-removals"]).ends(3);
        assert_eq!(back.json()["changed_nothing"], false);
        assert_eq!(store.evaluate(AFTER), before);

        let stage = round as usize % usual.len();
        let fraction = f64::from(chance.next_u32()) / f64::from(u32::MAX);
        let sync = Running::start(&mut sync_command(store, new.path(), &[]));
        if stage == 0 || sync.reaches(STAGES[stage - 1]) {
            sync.lasts(usual[stage].mul_f64(fraction));
        }
        sync.kill();

        let place = format!("{}, seed {seed}, round {round}, stage {stage}, {fraction:.3}", store.engine);
        store.is_sound();
        let found = store.evaluate(AFTER);
        assert!(found == before || found == after, "{place}: neither the state before nor the state after");
        seen[usize::from(found == after)] += 1;
        let next = store.sync(new.path(), &[]).ends(3).json();
        assert_eq!(next["changed_nothing"], found == after, "{place}");
        assert_eq!(store.evaluate(AFTER), after, "{place}");
    }
    store.is_sound();
    store.run(&["audit", "verify", "town"]).ends(0);
    println!("{}: {} killed before the commit, {} after it", store.engine, seen[0], seen[1]);
    assert!(seen[0] > 0, "some were killed before their commit");
}

#[test]
fn a_sync_killed_at_any_moment_leaves_the_state_before_it_or_after_it_on_sqlite() {
    killed_at_seeded_moments(&Store::sqlite(), 20, 11);
}

#[test]
fn a_sync_killed_at_any_moment_leaves_the_state_before_it_or_after_it_on_postgres() {
    killed_at_seeded_moments(&Store::postgres(), 5, 12);
}

/// A named pipe: whoever reads it waits until something is written.
fn pipe(folder: &Path) -> PathBuf {
    let pipe = folder.join("profile.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    pipe
}

#[test]
fn a_second_sync_at_the_same_time_is_refused_with_a_word_on_who_runs() {
    for store in Store::both() {
        let export = Export::town(1..=3, "2021-08-23", 15, &[(1, 10, "Excused Absence")]);
        store.add_town();
        let waits = pipe(store.folder());
        let mut first =
            Running::start(&mut sync_command(&store, export.path(), &["--profile", waits.to_str().unwrap()]));
        // It has the right to sync now, and waits for its profile.
        assert!(first.reaches(STAGES[0]));
        let who = format!("a sync of town is running (process {}, since ", first.child.id());
        for more in [&[][..], &["--dry-run"]] {
            let second = store.sync(export.path(), more).ends(1);
            assert_eq!(second.out, "");
            second.says(&who).says("Nothing was changed. Wait for it to end, or stop it, and try again");
        }
        let remove = store.run(&["district", "remove", "town"]).ends(1);
        remove.says(&who);
        assert_eq!(store.evaluate("2021-09-10"), "[]\n", "reading goes on");

        std::fs::write(&waits, "").unwrap();
        assert_eq!(first.child.wait().unwrap().code(), Some(0), "{}: the first one goes on", store.engine);
        let third = store.sync(export.path(), &[]).ends(0).json();
        assert_eq!(third["changed_nothing"], true);

        // One that is killed while it has the right blocks nobody.
        let killed =
            Running::start(&mut sync_command(&store, export.path(), &["--profile", waits.to_str().unwrap()]));
        assert!(killed.reaches(STAGES[0]));
        killed.kill();
        store.sync(export.path(), &[]).ends(0);
        store.is_sound();
    }
}

/// A small disk of its own, taken away again.
struct Disk(tempfile::TempDir);

impl Disk {
    /// None where this user may not mount one.
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "everpresent-test"])
            .arg(folder.path())
            .output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A server that still runs has files on it.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_said_to_be_full_and_the_store_stays_whole() {
    let (old, new) = (demo_export(BEFORE), demo_export(AFTER));
    for (size, on) in [("24m", on_sqlite as fn(&Path) -> Option<Store>), ("96m", Store::postgres_in)] {
        let Some(disk) = Disk::mount(size) else {
            println!("skipped: this user may not mount a small disk");
            return;
        };
        let Some(store) = on(disk.0.path()) else {
            println!(
                "skipped: the server that EVERPRESENT_TEST_POSTGRES_URL names cannot be given a small disk"
            );
            return;
        };
        store.add_town();
        store.sync(old.path(), &[]).ends(3);
        let before = store.evaluate(AFTER);

        // Fill what is left, but for a little.
        let filler = disk.0.path().join("filler");
        let mut file = std::fs::File::create(&filler).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        let full = file.metadata().unwrap().len();
        for left in [128 * 1024, 32 * 1024] {
            file.set_len(full - left).unwrap();
            let refused = store.sync(new.path(), &[]).ends(1);
            assert_eq!(refused.out, "");
            refused
                .says("the disk of the store is full")
                .says("Nothing was changed. Make room and try again");
            assert_eq!(store.evaluate(AFTER), before, "{} with {left} bytes left", store.engine);
        }
        std::fs::remove_file(&filler).unwrap();
        drop(file);

        store.is_sound();
        assert_eq!(store.evaluate(AFTER), before, "{}", store.engine);
        store.sync(new.path(), &[]).ends(3);
        store.is_sound();
        let elsewhere = Store::sqlite();
        elsewhere.add_town();
        elsewhere.sync(old.path(), &[]).ends(3);
        elsewhere.sync(new.path(), &[]).ends(3);
        assert_eq!(store.evaluate(AFTER), elsewhere.evaluate(AFTER), "as if the disk had never been full");
    }
}

fn on_sqlite(disk: &Path) -> Option<Store> {
    Some(Store::sqlite_in(disk))
}

#[test]
fn a_zip_cut_off_on_its_way_is_refused_and_nothing_is_changed() {
    let export = demo_export(BEFORE);
    let zip = export.path().join("oneroster.zip");
    let whole = std::fs::read(&zip).unwrap();
    for store in Store::both() {
        store.add_town();
        store.sync(export.path(), &[]).ends(3);
        let before = store.evaluate(BEFORE);
        for length in [whole.len() - 1, whole.len() / 2, 100, 0] {
            std::fs::write(&zip, &whole[..length]).unwrap();
            let refused: Ran = store.sync(export.path(), &["--allow-removals"]).ends(1);
            assert_eq!(refused.out, "");
            refused.says("oneroster.zip: cannot be read: it is no zip, or a zip that was cut off on its way");
            assert_eq!(store.evaluate(BEFORE), before);
        }
        std::fs::write(&zip, &whole).unwrap();
        let again = store.sync(export.path(), &[]).ends(3).json();
        assert_eq!(again["changed_nothing"], true, "{}", store.engine);
    }
}

#[test]
fn asked_to_stop_the_server_finishes_the_write_under_way_and_ends_with_0() {
    for store in Store::both() {
        stopped_in_the_middle_of_a_write(&store);
    }
}

fn stopped_in_the_middle_of_a_write(store: &Store) {
    store.add_town();
    store.sync(Export::town(1..=3, "2021-08-23", 15, &[(1, 10, "Excused Absence")]).path(), &[]).ends(0);
    let link = store.run(&["invite", "town", "--role", "principal"]).ends(0).out;
    let mut served = Served::start(store);
    let cookie = served.sign_in(&link);

    let events = || -> u64 {
        let said = store.run(&["audit", "verify", "town"]).ends(0).out;
        let (_, after) = said.split_once("holds: ").unwrap();
        after.split(' ').next().unwrap().parse().unwrap()
    };
    let before = events();

    // A download, which leaves an event in the audit log, is under way: its form is half sent.
    let body = "text=Family2";
    let mut stream = TcpStream::connect(&served.addr).unwrap();
    write!(
        stream,
        "POST /download/students HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {1}\r\nExpect: 100-continue\r\n\r\n",
        served.addr,
        body.len()
    )
    .unwrap();
    // The server asks for the form only once it works on the request.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body.as_bytes()[..4]).unwrap();

    let stopped = Command::new("kill").arg("-TERM").arg(served.child.id().to_string()).status().unwrap();
    assert!(stopped.success());
    // Nobody new is let in.
    while TcpStream::connect(&served.addr).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(served.child.try_wait().unwrap(), None, "it waits for the request under way");
    stream.write_all(&body.as_bytes()[4..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("Family2"), "{answer}");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    assert_eq!(events(), before + 1, "what was answered is written");
    store.is_sound();
}

#[test]
fn the_doctor_ends_with_1_on_a_damaged_store_and_with_0_on_a_sound_one() {
    // A strip that is not its ledger's, and an event of the audit log that was rewritten.
    let one = "(SELECT MIN(student_id) FROM strip)";
    let strip = format!(
        "UPDATE strip SET strip = (SELECT o.strip FROM strip o WHERE o.strip <> strip.strip LIMIT 1)
         WHERE student_id = {one}"
    );
    let chain = "UPDATE audit SET event = '{\"kind\":\"signed_out\"}' WHERE number = 1".to_owned();
    for (damage, named) in
        [(strip, "WRONG strips agree with the ledger"), (chain, "WRONG audit chain: audit row 1")]
    {
        for store in Store::both() {
            store.add_town();
            let marks = [(1, 10, "Excused Absence"), (2, 3, "Excused Absence")];
            store.sync(Export::town(1..=3, "2021-08-23", 15, &marks).path(), &[]).ends(0);
            store.is_sound();
            store.tamper(&damage);
            let doctor = store.run(&["doctor"]).ends(1);
            let wrong: Vec<&str> = doctor.out.lines().filter(|line| line.contains("WRONG")).collect();
            assert!(!wrong.is_empty(), "{}: {}", store.engine, doctor.out);
            assert!(wrong.iter().all(|line| line.contains(named)), "{}: {wrong:?}", store.engine);
        }
    }
}
