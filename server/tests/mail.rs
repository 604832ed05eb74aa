//! Mail about sources over real SMTP: how a letter arrives, what goes wrong with it, `mail test`, and `serve` telling those
//! who lead a district, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Export, Ran, Store};
use model::alert::{AlertKind, OpenAlert};
use model::ids::SourceId;
use server::mail::Smtp;
use services::alerts::{Letter, NotSent, Post};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const FROM: &str = "Everpresent <attendance@district.example>";

/// What a mail server thinks of those who call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temper {
    Takes,
    KnowsNobody,
    RefusesSignIn,
    Busy,
}

/// A mail, as it was taken.
struct Taken {
    to: Vec<String>,
    /// Headers and body, as they were sent.
    text: String,
}

impl Taken {
    /// The value of a header, on one line.
    fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
        let found = lines.find(|(of, _)| of.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("no {name}: {head}")).1.to_owned()
    }

    /// The body, from quoted-printable (RFC 2045, 6.7).
    fn body(&self) -> String {
        let (_, body) = self.text.split_once("\r\n\r\n").unwrap();
        assert_eq!(self.header("Content-Transfer-Encoding"), "quoted-printable");
        let joined = body.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            if byte == b'=' {
                let (digits, after) = rest.split_at(2);
                bytes.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
                rest = after;
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    }
}

/// A mail server on this machine, without TLS.
struct Server {
    address: SocketAddr,
    mails: Receiver<Taken>,
    /// Every command it was given.
    said: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(temper: Temper) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mails) = channel();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let heard = said.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A caller who hangs up in the middle has changed their mind.
                let _ = talk(&stream, temper, &heard, &sender);
            }
        });
        Self { address, mails, said }
    }

    fn url(&self) -> String {
        format!("smtp://us:s3cret@{}", self.address)
    }

    fn mail(&self) -> Taken {
        self.mails.recv_timeout(Duration::from_secs(100)).expect("a mail comes")
    }
}

fn talk(
    stream: &TcpStream,
    temper: Temper,
    said: &Mutex<Vec<String>>,
    sender: &Sender<Taken>,
) -> std::io::Result<()> {
    let mut answer = stream;
    let mut lines = BufReader::new(stream);
    let mut to = Vec::new();
    write!(answer, "220 mail.test ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        said.lock().unwrap().push(line.trim_end().to_owned());
        let verb = line.split([' ', ':', '\r']).next().unwrap().to_ascii_uppercase();
        let reply = match (verb.as_str(), temper) {
            ("EHLO", _) => "250-mail.test\r\n250 AUTH PLAIN",
            ("AUTH", Temper::RefusesSignIn) => "535 5.7.8 wrong",
            ("AUTH", _) => "235 2.7.0 welcome",
            ("MAIL", Temper::Busy) => "451 4.3.0 come back later",
            ("RCPT", Temper::KnowsNobody) => "550 5.1.1 <ada@town.example>: nobody here",
            ("RCPT", _) => {
                to.push(line.split(['<', '>']).nth(1).unwrap().to_owned());
                "250 2.1.5 known"
            }
            ("DATA", _) => {
                write!(answer, "354 go on\r\n")?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    lines.read_line(&mut text)?;
                }
                let text = text.strip_suffix(".\r\n").unwrap().replace("\r\n..", "\r\n.");
                let _ = sender.send(Taken { to: std::mem::take(&mut to), text });
                "250 2.0.0 taken"
            }
            ("QUIT", _) => {
                write!(answer, "221 2.0.0 bye\r\n")?;
                return Ok(());
            }
            _ => "250 2.0.0 so be it",
        };
        write!(answer, "{reply}\r\n")?;
    }
}

fn letter(to: &str, name: &str) -> Letter {
    Letter {
        id: "0000000000007.0".to_owned(),
        to: to.to_owned(),
        at: "2026-11-21T10:12:00Z".parse().unwrap(),
        district: "Grand Bend\r\nBcc: evil@evil.example".to_owned(),
        alert: OpenAlert {
            source: SourceId(7),
            name: name.to_owned(),
            kind: AlertKind::Stopped,
            since_local: "2026-11-21 05:12".to_owned(),
        },
        again: false,
    }
}

async fn send(url: &str, to: &str) -> Result<(), NotSent> {
    Smtp::new(url, FROM, None).unwrap().send(&letter(to, "nightly")).await
}

#[tokio::test]
async fn a_letter_arrives_as_a_plain_mail_from_the_one_named_with_the_way_to_the_source() {
    let server = Server::start(Temper::Takes);
    let smtp = Smtp::new(&server.url(), FROM, Some("https://everpresent.example/")).unwrap();
    smtp.send(&letter("ada@town.example", "nightly")).await.unwrap();
    let mail = server.mail();
    assert_eq!(mail.to, ["ada@town.example"]);
    for (name, value) in [
        ("From", FROM),
        ("To", "ada@town.example"),
        ("Subject", "Everpresent: nightly waits for a person"),
        ("Date", "Sat, 21 Nov 2026 10:12:00 +0000"),
        ("Message-ID", "<0000000000007.0@district.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(mail.header(name), value);
    }
    let body = mail.body();
    let link = format!("https://everpresent.example/data/sources/{}", SourceId(7));
    for said in
        ["A run of nightly stopped", "Sat 21 Nov 05:12", "Grand Bend", "Una lectura de nightly", &link]
    {
        assert!(body.contains(said), "{said}: {body}");
    }
    // The password went to the server, as AUTH PLAIN has it, and only after it was greeted.
    assert!(server.said.lock().unwrap()[1].starts_with("AUTH PLAIN "));
}

#[tokio::test]
async fn nobody_adds_a_header_or_a_recipient_whatever_stands_in_an_address_or_a_name() {
    let server = Server::start(Temper::Takes);
    let smtp = Smtp::new(&server.url(), FROM, None).unwrap();
    smtp.send(&letter("ada@town.example", "nightly\r\nBcc: evil@evil.example")).await.unwrap();
    let mail = server.mail();
    assert_eq!(mail.to, ["ada@town.example"]);
    let head = mail.text.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
    for to in [
        "ada@town.example\r\nBcc: evil@evil.example",
        "ada@town.example>\r\nRCPT TO:<evil@evil.example",
        "ada",
    ] {
        let not = smtp.send(&letter(to, "nightly")).await.unwrap_err();
        assert_eq!(not, NotSent { passes: false, code: "mail_no_address" }, "{to}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_one_address_is_told_from_what_is_wrong_with_the_server() {
    for (temper, passes, code) in [
        (Temper::KnowsNobody, false, "mail_refused"),
        (Temper::RefusesSignIn, true, "mail_sign_in"),
        (Temper::Busy, true, "mail_busy"),
    ] {
        let server = Server::start(temper);
        assert_eq!(
            send(&server.url(), "ada@town.example").await,
            Err(NotSent { passes, code }),
            "{temper:?}"
        );
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let not = send(&format!("smtp://{closed}"), "ada@town.example").await.unwrap_err();
    assert_eq!(not, NotSent { passes: true, code: "mail_unreachable" });
}

#[tokio::test]
async fn a_server_elsewhere_that_offers_no_tls_is_told_neither_the_password_nor_the_mail() {
    let server = Server::start(Temper::Takes);
    let port = server.address.port();
    // 0.0.0.0 leads here, and is no address of this machine alone.
    for url in [format!("smtp://us:s3cret@0.0.0.0:{port}"), format!("smtps://us:s3cret@127.0.0.1:{port}")] {
        let not = send(&url, "ada@town.example").await.unwrap_err();
        assert!(not.passes, "{url}");
    }
    let said = server.said.lock().unwrap();
    let clear = |line: &String| ["AUTH", "MAIL", "RCPT", "DATA"].iter().any(|verb| line.starts_with(verb));
    assert!(said.iter().any(|line| line.starts_with("EHLO")) && !said.iter().any(clear), "{said:?}");
}

/// `mail test` with a server named by its environment.
fn test(url: &str, from: &str, to: &str) -> Ran {
    let mut command = cli_common::program();
    command.args(["mail", "test", "--to", to]);
    for (name, value) in [("EVERPRESENT_SMTP", url), ("EVERPRESENT_MAIL_FROM", from)] {
        if !value.is_empty() {
            command.env(name, value);
        }
    }
    Ran::of(&mut command)
}

#[test]
fn mail_test_sends_one_mail_or_says_what_to_put_right_and_never_the_password() {
    let server = Server::start(Temper::Takes);
    let sent = test(&server.url(), FROM, "clerk@town.example").ends(0);
    assert_eq!(sent.out, "sent to clerk@town.example\n");
    let mail = server.mail();
    assert_eq!(
        (mail.to, mail.text.contains("Everpresent: a test")),
        (vec!["clerk@town.example".to_owned()], true)
    );

    let url = server.url();
    for (url, from, to, says) in [
        ("", FROM, "clerk@town.example", "EVERPRESENT_SMTP: no mail server is named"),
        (url.as_str(), "", "clerk@town.example", "EVERPRESENT_MAIL_FROM"),
        (url.as_str(), "nobody", "clerk@town.example", "EVERPRESENT_MAIL_FROM"),
        (url.as_str(), FROM, "clerk", "--to: no e-mail address"),
        ("http://us:s3cret@mail.example", FROM, "clerk@town.example", "smtp://user:password@host"),
    ] {
        let ran = test(url, from, to).ends(1).says(says);
        assert!(ran.out.is_empty() && !ran.err.contains("s3cret"), "{}", ran.err);
    }
    for (temper, says) in [
        (Temper::RefusesSignIn, "check the user and the password"),
        (Temper::KnowsNobody, "nobody here"),
        (Temper::Busy, "come back later"),
    ] {
        let server = Server::start(temper);
        let ran = test(&server.url(), FROM, "clerk@town.example").ends(1).says(says).says("EVERPRESENT_SMTP");
        assert!(!ran.err.contains("s3cret"), "{}", ran.err);
    }
    // Without --to there is nobody to send it to.
    cli_common::run(&["mail", "test"]).ends(2);
}

/// The export of a town that somebody leads.
fn led() -> Export {
    let export = Export::town(1..=5, "2021-08-23", 15, &[]);
    export.edit("oneroster/users.csv", |text| {
        let mut lines = text.lines();
        let head = format!("{},email\n", lines.next().unwrap());
        let rows: String = lines.map(|line| format!("{line},\n")).collect();
        format!("{head}{rows}d1,true,,Dee,District,d1,dee@town.example\n")
    });
    export.edit("oneroster/roles.csv", |text| format!("{text}r-d1,d1,primary,districtAdministrator,d\n"));
    export
}

#[test]
fn serve_tells_whoever_leads_the_district_that_a_run_failed_and_its_log_says_no_address() {
    for store in Store::both() {
        let server = Server::start(Temper::Takes);
        store.add_town();
        let export = led();
        let path = export.path().to_str().unwrap();
        store.run(&["source", "add", "town", "drop", "--kind", "folder", "--path", path]).ends(0);
        store.run(&["sync", "town", "--source", "drop"]).ends(0);
        export.without("enrollments.csv");
        store.run(&["source", "run", "town", "drop"]).ends(0);
        let mut command = store.command(&["serve", "--addr", "127.0.0.1:0"]);
        command.env("EVERPRESENT_SMTP", server.url()).env("EVERPRESENT_MAIL_FROM", FROM);
        command.env("EVERPRESENT_URL", "https://everpresent.example");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mail = server.mail();
        assert_eq!(mail.to, ["dee@town.example"], "{}", store.engine);
        assert_eq!(mail.header("Subject"), "Everpresent: drop failed");
        let body = mail.body();
        assert!(body.contains("https://everpresent.example/data/sources/"), "{body}");
        assert!(!body.contains("Family") && !body.contains("Given"), "no student is named: {body}");
        let mut log = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while !log.contains("Told(1)") {
            assert!(lines.read_line(&mut log).unwrap() > 0, "{log}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!log.contains('@') && !log.contains("s3cret"), "{log}");
        assert!(!log.contains("names no mail server"), "{log}");
        store.run(&["audit", "verify", "town"]).ends(0);
        store.is_sound();
    }
}

#[test]
fn serve_says_once_that_no_mail_is_sent_and_refuses_to_start_where_nobody_writes_it() {
    let store = Store::sqlite();
    let mut command = store.command(&["serve", "--addr", "127.0.0.1:0"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    child.kill().unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(said.matches("EVERPRESENT_SMTP names no mail server").count(), 1, "{said}");
    let mut command = store.command(&["serve", "--addr", "127.0.0.1:0"]);
    command.env("EVERPRESENT_SMTP", "smtp://us:s3cret@mail.example");
    let ran = Ran::of(&mut command).ends(1).says("EVERPRESENT_MAIL_FROM");
    assert!(!ran.err.contains("s3cret"), "{}", ran.err);
}
