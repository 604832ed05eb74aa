//! Mail over SMTP: where it goes, and how a letter of [`services::alerts`] becomes a message.
//!
//! What is sent crosses a network sealed, or not at all: STARTTLS is demanded, or TLS from the first byte, but for a server
//! on this machine. Addresses and headers are types of `lettre`, which encode whatever is put into them.

use app::words::{MailWords, alert_mail, test_mail};
use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{Address, AsyncTransport, Tokio1Executor};
use percent_encoding::percent_decode_str;
use services::Error;
use services::alerts::{Letter, NotSent, Post, Sent};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};
use url::{Host, Url};

/// Where the server is named.
pub const SMTP: &str = "EVERPRESENT_SMTP";
/// Where the sender is named.
pub const FROM: &str = "EVERPRESENT_MAIL_FROM";

/// How long a mail server may take for one answer.
const ANSWER: Duration = Duration::from_secs(20);
/// How long one mail may take in all: less than a job is somebody's.
const MAIL: Duration = Duration::from_secs(90);

/// Answers that speak of the address and not of us: 550 to 553, and 501 for one that makes no sense (RFC 5321, 4.2.2).
const REFUSED: [u16; 5] = [501, 550, 551, 552, 553];

/// A mail server, and who writes by it.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The address at which people reach the site.
    site: Option<String>,
}

/// How what is sent is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seal {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// Not at all: it does not leave this machine.
    None,
}

/// A server as its URL names it.
struct Server {
    host: String,
    port: u16,
    seal: Seal,
    credentials: Option<(String, String)>,
}

impl Smtp {
    /// A server by its URL (`smtp://user:password@host:587`, `smtps://…`), the sender, and the address at which people reach
    /// the site, where that is known. Nothing is sent yet.
    ///
    /// # Errors
    /// Says which of them cannot be used, and what is expected. The URL is not repeated: it holds a password.
    pub fn new(url: &str, from: &str, site: Option<&str>) -> Result<Self, Error> {
        let Server { host, port, seal, credentials } = read(url).map_err(|why| refused(SMTP, &why))?;
        let from: Mailbox = from.trim().parse().map_err(|_| {
            refused(FROM, "no address; one such as `Everpresent <attendance@district.example>` is expected")
        })?;
        let tls = || TlsParameters::new(host.clone()).map_err(|error| refused(SMTP, &error.to_string()));
        let tls = match seal {
            Seal::Tls => Tls::Wrapper(tls()?),
            Seal::StartTls => Tls::Required(tls()?),
            Seal::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(ANSWER))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some((user, password)) = credentials {
            transport = transport.credentials(Credentials::new(user, password));
        }
        let site = site.map(|site| site.trim_end_matches('/').to_owned());
        Ok(Self { transport: transport.build(), from, site })
    }

    /// Sends a mail that only shows that mail arrives.
    ///
    /// # Errors
    /// Where the address is none, or the server does not take the mail; what it said.
    pub async fn test(&self, to: &str, id: &str, at: DateTime<Utc>) -> Result<(), Error> {
        let to: Address = to.parse().map_err(|_| refused("--to", "no e-mail address"))?;
        let message =
            self.message(to, id, at, test_mail()).map_err(|error| refused(FROM, &error.to_string()))?;
        match tokio::time::timeout(MAIL, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(SMTP, &told(&error))),
            Err(_) => Err(refused(SMTP, "the server did not take the mail in time")),
        }
    }

    fn message(
        &self,
        to: Address,
        id: &str,
        at: DateTime<Utc>,
        words: MailWords,
    ) -> Result<Message, lettre::error::Error> {
        // No machine answers it (RFC 3834).
        let by_itself = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(SystemTime::from(at))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(HeaderValue::new(by_itself, "auto-generated".to_owned()))
            .subject(words.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(words.body)
    }

    async fn deliver(&self, letter: &Letter) -> Result<(), NotSent> {
        let not_taken = |code| NotSent { passes: false, code };
        let to: Address = letter.to.parse().map_err(|_| not_taken("mail_no_address"))?;
        let link = self.site.as_ref().map(|site| format!("{site}/data/sources/{}", letter.alert.source));
        let words = alert_mail(&letter.district, &letter.alert, letter.again, link.as_deref());
        let message =
            self.message(to, &letter.id, letter.at, words).map_err(|_| not_taken("mail_no_message"))?;
        match tokio::time::timeout(MAIL, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(not_sent(&error)),
            Err(_) => Err(NotSent { passes: true, code: "mail_timeout" }),
        }
    }
}

impl Post for Smtp {
    fn send<'a>(&'a self, letter: &'a Letter) -> Sent<'a> {
        Box::pin(self.deliver(letter))
    }
}

fn refused(place: &str, why: &str) -> Error {
    Error::Place { place: place.to_owned(), why: why.to_owned() }
}

/// What went wrong, for the person at the command line, and what to look at.
fn told(error: &SmtpError) -> String {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let said = next.to_string();
        if !why.contains(&said) {
            why = format!("{why}: {said}");
        }
        cause = next.source();
    }
    let look = match not_sent(error).code {
        "mail_sign_in" => "check the user and the password",
        "mail_tls" => "the server must offer TLS with a certificate that this machine trusts",
        "mail_refused" => "the server does not take this recipient or this sender",
        _ => "check the host and the port",
    };
    format!("{why}. Nothing was sent; {look}")
}

/// Why a mail did not go, without what the server said: that may repeat the address.
fn not_sent(error: &SmtpError) -> NotSent {
    let status = error.status().map(u16::from);
    let (passes, code) = match status {
        Some(530 | 534 | 535 | 538) => (true, "mail_sign_in"),
        Some(status) if REFUSED.contains(&status) => (false, "mail_refused"),
        Some(_) => (true, "mail_busy"),
        None if error.is_timeout() => (true, "mail_timeout"),
        None if error.is_tls() => (true, "mail_tls"),
        None if error.is_client() => (true, "mail_not_understood"),
        None => (true, "mail_unreachable"),
    };
    NotSent { passes, code }
}

/// Reads a server's URL.
fn read(text: &str) -> Result<Server, String> {
    const EXPECTED: &str = "smtp://user:password@host:587 or smtps://user:password@host:465 is expected";
    let url = Url::parse(text.trim()).map_err(|error| format!("no URL ({error}); {EXPECTED}"))?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| format!("no host; {EXPECTED}"))?.trim_matches(['[', ']']).to_owned();
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("nothing stands behind the port; {EXPECTED}"));
    }
    let (seal, port) = match url.scheme() {
        "smtps" => (Seal::Tls, 465),
        "smtp" if is_this_machine(&host) => (Seal::None, 587),
        "smtp" => (Seal::StartTls, 587),
        other => return Err(format!("`{other}` is no way to send mail; {EXPECTED}")),
    };
    let part = |text: &str| {
        let read = percent_decode_str(text).decode_utf8();
        read.map(|text| text.into_owned()).map_err(|_| "the user or the password is not UTF-8".to_owned())
    };
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => Some((part(user)?, part(password.unwrap_or_default())?)),
    };
    Ok(Server { host, port: url.port().unwrap_or(port), seal, credentials })
}

/// Whether what is sent to a host does not leave this machine.
fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        _ => host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(url: &str) -> (String, u16, Seal, Option<(String, String)>) {
        let Server { host, port, seal, credentials } = read(url).unwrap();
        (host, port, seal, credentials)
    }

    #[test]
    fn only_a_server_on_this_machine_is_spoken_to_in_the_clear() {
        for (url, port, seal) in [
            ("smtp://mail.district.example", 587, Seal::StartTls),
            ("smtp://mail.district.example:2525", 2525, Seal::StartTls),
            ("smtp://10.0.0.7:25", 25, Seal::StartTls),
            ("smtp://localhost.district.example", 587, Seal::StartTls),
            ("smtps://mail.district.example", 465, Seal::Tls),
            ("smtps://localhost", 465, Seal::Tls),
            ("smtp://localhost:25", 25, Seal::None),
            ("smtp://127.0.0.1:2525", 2525, Seal::None),
            ("smtp://[::1]:25", 25, Seal::None),
        ] {
            let (_, of_port, of_seal, credentials) = seen(url);
            assert_eq!((of_port, of_seal, credentials), (port, seal, None), "{url}");
        }
    }

    #[test]
    fn a_user_and_a_password_may_hold_any_sign_and_an_error_repeats_neither() {
        let (host, .., credentials) = seen("smtp://clerk%40district.example:p%2Fs%3Aw%20d@mail.example:587");
        assert_eq!(host, "mail.example");
        assert_eq!(credentials.unwrap(), ("clerk@district.example".to_owned(), "p/s:w d".to_owned()));
        let errors = [
            ("https://us:s3cret@mail.example", "smtp://"),
            ("smtp://us:s3cret@mail.example/inbox", "behind the port"),
            ("smtp://us:s3cret@mail.example?tls=none", "behind the port"),
            ("mail.example:587", "smtp://"),
            ("smtp://us:s3cret@", "smtp://"),
        ];
        for (url, expected) in errors {
            let error = Smtp::new(url, "a@district.example", None).err().unwrap().to_string();
            assert!(error.starts_with(SMTP) && error.contains(expected), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        let error = Smtp::new("smtp://mail.example", "nobody", None).err().unwrap().to_string();
        assert!(error.starts_with(FROM), "{error}");
    }
}
