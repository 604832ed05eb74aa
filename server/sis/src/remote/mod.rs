//! Remote adapters: they fetch from a district's system and stage the files of the contract into a folder, which
//! [`crate::read_delivery`] then reads like any other.

mod address;
mod edfi;
mod error;
mod http;
mod kept;
mod oneroster;
mod paging;
mod stage;
mod token;

pub use error::{FetchError, Why};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::Future;
use std::io::{self, Read, Write};
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

/// A system to fetch from: what is stored of it, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteSource {
    /// What it speaks.
    pub kind: RemoteKind,
    /// Where it is: `https://sis.example.org`, or with the path under which the protocol is served.
    pub base_url: String,
    /// Where tokens are given, where that is not where the protocol says.
    #[serde(default)]
    pub token_url: Option<String>,
    /// Whether private and loopback addresses may be asked, there without TLS too.
    #[serde(default)]
    pub allow_private: bool,
    /// Rows asked for at a time; 500 where it is not said.
    #[serde(default)]
    pub page_size: Option<u32>,
}

/// A protocol, with what differs between servers of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "protocol", rename_all = "lowercase")]
pub enum RemoteKind {
    /// OneRoster REST. It carries no attendance and no calendar.
    OneRoster {
        /// Of the protocol.
        version: OneRosterVersion,
        /// How requests prove who asks.
        #[serde(default)]
        sign_in: SignIn,
    },
    /// Ed-Fi ODS/API, Data Standards 3.3 to 5.x. It carries both sides: the roster and the plain files.
    EdFi {
        /// The school year in the address of the data, by the year it ends in, where the server keeps one address a
        /// year and names it nowhere else (`apiMode` Year Specific).
        #[serde(default)]
        school_year: Option<u16>,
        /// Whether a student is still enrolled on the exit date. Ed-Fi does not say; vendors differ.
        #[serde(default = "yes")]
        exit_day_enrolled: bool,
        /// Calendar events of the district's own on which there is school, by their code values.
        #[serde(default)]
        instructional_events: Vec<String>,
    },
}

fn yes() -> bool {
    true
}

/// A version of OneRoster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OneRosterVersion {
    /// 1.1: a role and orgs on the user.
    #[serde(rename = "1.1")]
    V1_1,
    /// 1.2: roles as objects of their own.
    #[serde(rename = "1.2")]
    V1_2,
}

/// How requests prove who asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignIn {
    /// OAuth 2 client credentials (RFC 6749, section 4.4).
    #[default]
    #[serde(rename = "oauth2")]
    OAuth2,
    /// OAuth 1.0a (RFC 5849) signed with HMAC-SHA1, OneRoster 1.1 only.
    #[serde(rename = "oauth1_sha1")]
    OAuth1Sha1,
    /// OAuth 1.0a signed with HMAC-SHA256, OneRoster 1.1 only.
    #[serde(rename = "oauth1_sha256")]
    OAuth1Sha256,
}

/// What proves who asks. It is neither shown nor written anywhere.
#[derive(Clone)]
pub struct Secrets {
    client_id: String,
    client_secret: String,
}

impl Secrets {
    /// The id (in OAuth 1.0a the consumer key) and the secret that the system gave.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into() }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// The time, waiting and chance, which come from outside.
pub trait Tools: Send + Sync {
    /// Seconds since 1970 in UTC.
    fn now(&self) -> i64;
    /// Waits.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// A text that was never given before and cannot be guessed, of letters and digits.
    fn nonce(&self) -> String;
}

/// How far a fetch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// The collection or resource that is being read, by its name in the protocol.
    pub resource: &'static str,
    /// Rows of it that came so far.
    pub rows: u64,
}

/// What was staged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staged {
    /// Each file by its path in the folder, and its rows without the header.
    pub files: Vec<(String, u64)>,
    /// Collections that the system does not have or does not show us; no file was staged for them.
    pub absent: Vec<&'static str>,
    /// What else a person should know of how the data was read, in sentences that name nobody.
    pub notes: Vec<String>,
}

/// Where the rows of a fetch lie until the next one, which then asks only for what changed. They are personal data, as the
/// district's files are: whoever keeps them keeps them sealed.
pub trait Keep: Send {
    /// The rows of the last fetch; nothing where there are none.
    ///
    /// # Errors
    /// Where they cannot be read, or are not whole: this or the reader fails before its end.
    fn last(&mut self) -> io::Result<Option<Box<dyn Read + Send + '_>>>;

    /// Begins to take in the rows of this fetch. Those of the last one stay until [`Taking::finish`].
    ///
    /// # Errors
    /// Where they cannot be written.
    fn begin(&mut self) -> io::Result<Box<dyn Taking + '_>>;

    /// Removes what is kept, if anything is.
    ///
    /// # Errors
    /// Where it cannot be removed.
    fn forget(&mut self) -> io::Result<()>;
}

/// Takes in the rows of a fetch. Dropped before [`Taking::finish`], it leaves those of the last one in their place.
pub trait Taking: Write + Send {
    /// Puts what was written in the place of the last fetch's rows.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Fetches everything that the source has and stages it as the folder `into`, which must not be there yet. A fetch
/// that fails, or is dropped, leaves no such folder: it is written beside it, as `into` with `.part` at its end.
///
/// With `keep`, only what changed since the last fetch is asked for where the server can say it (Ed-Fi's change queries,
/// OneRoster's `dateLastModified`), and everything is staged all the same. Where no usable rows are kept everything is read,
/// and a note says why; once a week in any case.
///
/// # Errors
/// A [`FetchError`] that names the host, the path, the status and what to do, but no secret and nobody's data. What is
/// kept is then of the last fetch that came to its end.
pub async fn fetch(
    of: &RemoteSource,
    secrets: &Secrets,
    keep: Option<&mut dyn Keep>,
    into: &Path,
    tools: &dyn Tools,
    progress: &mut (dyn FnMut(Fetched) + Send),
) -> Result<Staged, FetchError> {
    let mut stage = stage::Stage::begin(into)?;
    match &of.kind {
        RemoteKind::OneRoster { version, sign_in } => {
            let settings = oneroster::Settings { version: *version, sign_in: *sign_in };
            oneroster::fetch(of, settings, secrets, keep, &mut stage, tools, progress).await?;
        }
        RemoteKind::EdFi { school_year, exit_day_enrolled, instructional_events } => {
            let (school_year, exit_day_enrolled) = (*school_year, *exit_day_enrolled);
            let settings = edfi::Settings { school_year, exit_day_enrolled, instructional_events };
            edfi::fetch(of, settings, secrets, keep, &mut stage, tools, progress).await?;
        }
    }
    stage.finish()
}
