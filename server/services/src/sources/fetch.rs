//! The port through which a server is asked for its data. Whoever stands behind it speaks the protocol, goes to no host
//! but the one named, and puts files as `sis::read_delivery` reads them into a folder.

use crate::Progress;
use sis::remote::{Keep, RemoteSource};
use std::fmt;
use std::path::Path;
use std::pin::Pin;
use zeroize::Zeroizing;

/// What is wanted, and from where. Its `Debug` shows no credentials.
pub struct Wanted<'a> {
    /// The server, and how it is asked.
    pub of: &'a RemoteSource,
    /// What the server knows us by.
    pub client_id: Zeroizing<String>,
    /// What shows that it is us.
    pub client_secret: Zeroizing<String>,
    /// Where the rows of the last fetch are, so that only what changed is asked for; nothing where all is wanted and
    /// nothing is to be kept.
    pub keep: Option<&'a mut dyn Keep>,
    /// The folder to make for the files, in a private one that is there.
    pub into: &'a Path,
    /// Hears how far it has come.
    pub progress: &'a dyn Progress,
}

impl fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wanted({})", self.of.base_url)
    }
}

/// Why a server did not give its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFetched {
    /// Whether it may pass by itself, so that it is worth another try.
    pub passes: bool,
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
