//! A stub server, and the time and chance that the tests of remote adapters share.

#![allow(dead_code, reason = "not every test needs all of it")]

pub(crate) mod tiny;

use sis::remote::{
    FetchError, Fetched, Keep, RemoteKind, RemoteSource, Secrets, Staged, Taking, Tools, fetch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::Future;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// 2026-02-01T00:00:00Z, which the stub is told too.
const NOW: i64 = 1_769_904_000;

#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) nonces: AtomicU64,
    /// Seconds after the time that the stub begins with.
    pub(crate) later: i64,
    pub(crate) waits: Mutex<Vec<u64>>,
}

impl Tools for Fake {
    fn now(&self) -> i64 {
        NOW + self.later
    }
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.waits.lock().unwrap().push(time.as_secs());
        Box::pin(std::future::ready(()))
    }
    fn nonce(&self) -> String {
        format!("nonce{}", self.nonces.fetch_add(1, Ordering::Relaxed))
    }
}

/// A running stub of a server; it ends with the test, when its standard input closes.
pub(crate) struct Stub {
    child: Child,
    said: serde_json::Value,
}

impl Stub {
    /// Serves a district's folder by a protocol.
    pub(crate) fn serve(protocol: &str, district: &Path, more: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/stubs/serve.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .args([protocol, "--now", "2026-02-01T00:00:00Z", "--district"])
            .arg(district)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node 20 is needed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, said: serde_json::from_str(&line).unwrap() }
    }

    /// What it said when it was ready.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }

    /// Where it is.
    pub(crate) fn source(&self, kind: RemoteKind) -> RemoteSource {
        let base_url = self.text("url").to_owned();
        RemoteSource { kind, base_url, token_url: None, allow_private: true, page_size: None }
    }

    /// What it knows us by.
    pub(crate) fn secrets(&self) -> Secrets {
        Secrets::new(self.text("clientId"), self.text("clientSecret"))
    }

    /// What the stub's control port says of its state.
    pub(crate) fn state(&self) -> serde_json::Value {
        self.control("GET", "state", "")
    }

    /// Asks the control port.
    pub(crate) fn control(&self, method: &str, what: &str, body: &str) -> serde_json::Value {
        let host = self.text("control").trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        let head = format!("{method} /stub/{what} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}");
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (start, end) = (answer.find('{').unwrap(), answer.rfind('}').unwrap());
        serde_json::from_str(&answer[start..=end]).unwrap()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Fetches everything into a folder.
pub(crate) fn run(
    of: &RemoteSource,
    secrets: &Secrets,
    into: &Path,
    tools: &Fake,
) -> Result<Staged, FetchError> {
    run_keeping(of, secrets, None, into, tools)
}

/// Fetches into a folder, by what is kept of the last fetch.
pub(crate) fn run_keeping(
    of: &RemoteSource,
    secrets: &Secrets,
    keep: Option<&mut dyn Keep>,
    into: &Path,
    tools: &Fake,
) -> Result<Staged, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(fetch(of, secrets, keep, into, tools, &mut |_: Fetched| {}))
}

/// Keeps the rows of the last fetch in memory.
#[derive(Default)]
pub(crate) struct InMemory(pub(crate) Option<Vec<u8>>);

impl Keep for InMemory {
    fn last(&mut self) -> io::Result<Option<Box<dyn Read + Send + '_>>> {
        Ok(self.0.as_deref().map(|rows| Box::new(rows) as Box<dyn Read + Send>))
    }

    fn begin(&mut self) -> io::Result<Box<dyn Taking + '_>> {
        Ok(Box::new(Taken { rows: Vec::new(), into: &mut self.0 }))
    }

    fn forget(&mut self) -> io::Result<()> {
        self.0 = None;
        Ok(())
    }
}

struct Taken<'k> {
    rows: Vec<u8>,
    into: &'k mut Option<Vec<u8>>,
}

impl Write for Taken<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rows.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Taking for Taken<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        *self.into = Some(self.rows);
        Ok(())
    }
}

/// The lines of each file of a folder, in whatever order.
pub(crate) fn lines(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut files = BTreeMap::new();
    for within in [folder.to_owned(), folder.join("oneroster")] {
        for entry in fs::read_dir(within).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
            let text = fs::read_to_string(entry.path()).unwrap();
            // Roles have a number in their key, in the order in which they were read.
            let lines = text.lines().map(str::to_owned).collect();
            files.insert(entry.file_name().into_string().unwrap(), lines);
        }
    }
    files
}

/// A folder of the shared data, where it is there.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("EVERPRESENT_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = shared.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}
