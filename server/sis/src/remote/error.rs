//! What can go wrong while fetching, with what to do about it; never a secret, a query or a person's data.

use std::fmt;

/// A fetch that failed: where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchError {
    /// The host that was asked; empty where none was.
    pub host: String,
    /// The path that was asked, without its query.
    pub path: String,
    /// What happened.
    pub why: Why,
}

/// Why a fetch failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The configured address cannot be used.
    BadAddress,
    /// The address is neither `https` nor an allowed private one.
    NotSecure,
    /// The name leads to a private or loopback address, which the configuration does not allow.
    Private,
    /// The name is not known.
    UnknownHost,
    /// No connection, or it broke, each time that it was tried.
    Cut,
    /// No answer in time, each time that it was tried.
    TooSlow,
    /// The certificate does not prove that it is this host, or the host speaks no TLS.
    Untrusted,
    /// The answer sends us elsewhere.
    Redirect(u16),
    /// The id and the secret are refused.
    SignIn(u16),
    /// We may not have this.
    Forbidden(u16),
    /// This is not there, though it must be.
    Missing(u16),
    /// Too many requests, or the system is not available, each time that it was tried.
    Busy(u16),
    /// Another status.
    Status(u16),
    /// The answer is larger than this many bytes.
    TooLarge(usize),
    /// The answer is not what the protocol says.
    Unreadable(&'static str),
    /// The rows changed again and again while they were read, so none of the readings was whole.
    Unsteady,
    /// The files could not be written: the kind of the system's error.
    Disk(std::io::ErrorKind),
}

impl FetchError {
    /// A fault at a host and a path.
    pub(crate) fn new(host: &str, path: &str, why: Why) -> Self {
        Self { host: host.to_owned(), path: path.to_owned(), why }
    }

    /// A fault of the disk.
    pub(crate) fn disk(error: &std::io::Error) -> Self {
        Self::new("", "", Why::Disk(error.kind()))
    }
}

impl From<std::io::Error> for FetchError {
    fn from(error: std::io::Error) -> Self {
        Self::disk(&error)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.host.is_empty() {
            write!(f, "{}{}: ", self.host, self.path)?;
        }
        write!(f, "{}", self.why)
    }
}

impl std::error::Error for FetchError {}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadAddress => f.write_str("the address cannot be read; write it as https://host/path"),
            Self::NotSecure => {
                f.write_str("without TLS only allowed private addresses are asked; write https, not http")
            }
            Self::Private => f.write_str(
                "the name leads to a private address; allow private addresses for this source if that is meant",
            ),
            Self::UnknownHost => f.write_str("the name is not known; check the address"),
            Self::Cut => f.write_str("no connection, or it broke each time; try again when the system is reachable"),
            Self::TooSlow => f.write_str("no answer in time; try again, or ask for fewer rows a page"),
            Self::Untrusted => {
                f.write_str("its certificate is not valid for this host; ask those who run it to renew it")
            }
            Self::Redirect(status) => write!(
                f,
                "status {status}: it sends us to another address, which is not followed; write the final address"
            ),
            Self::SignIn(status) => {
                write!(f, "status {status}: the id or the secret is refused; enter them again, or ask for new ones")
            }
            Self::Forbidden(status) => {
                write!(f, "status {status}: we may not read this; ask for the scope or claim that allows it")
            }
            Self::Missing(status) => write!(f, "status {status}: it is not there; check the address and the version"),
            Self::Busy(status) => write!(f, "status {status}, each time that it was tried; try again later"),
            Self::Status(status) => write!(f, "status {status}; ask those who run the system"),
            Self::TooLarge(bytes) => {
                write!(f, "the answer is larger than {bytes} bytes; ask for fewer rows a page")
            }
            Self::Unreadable(what) => write!(f, "the answer is not what the protocol says: {what}"),
            Self::Unsteady => f.write_str("rows changed each time that they were read; try again at a quieter hour"),
            Self::Disk(kind) => write!(f, "the files could not be written: {kind}"),
        }
    }
}
