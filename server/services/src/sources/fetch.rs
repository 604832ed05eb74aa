//! The port through which a server is asked for its data. Whoever stands behind it speaks the protocol, goes to no host
//! but the one named, and puts files as `sis::read_delivery` reads them into a folder.

use super::settings::Kind;
use crate::Progress;
use model::time::Date;
use std::fmt;
use std::path::Path;
use std::pin::Pin;
use zeroize::Zeroizing;

/// What is wanted, and from where. Its `Debug` shows no credentials.
pub struct Wanted<'a> {
    /// The protocol: never [`Kind::Folder`].
    pub kind: Kind,
    /// The server's address.
    pub url: &'a str,
    /// Where it gives tokens, if its own documents do not say.
    pub token_url: Option<&'a str>,
    /// Which version of OneRoster it speaks, where that was said: `1.1` or `1.2`.
    pub version: Option<&'a str>,
    /// It may be at a private address.
    pub allow_private: bool,
    /// What the server knows us by.
    pub client_id: Zeroizing<String>,
    /// What shows that it is us.
    pub client_secret: Zeroizing<String>,
    /// The folder to make for the files, in a private one that is there.
    pub into: &'a Path,
    /// The district's day.
    pub today: Date,
    /// Hears how far it has come.
    pub progress: &'a dyn Progress,
}

impl fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wanted({} from {})", self.kind.name(), self.url)
    }
}

/// Why a server did not give its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFetched {
    /// A code for the audit log: it names no host and nobody.
    pub code: &'static str,
    /// What happened and what to do, as a sentence without credentials.
    pub why: String,
}

/// What a fetch gives: what a person should know of it, in sentences that name nobody.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Vec<String>, NotFetched>> + Send + 'a>>;

/// Asks servers for their data.
pub trait Fetcher: Send + Sync {
    /// Puts a server's data into a folder, whole or not at all.
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetched<'a>;
}
